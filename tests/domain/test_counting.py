from __future__ import annotations

import pytest

from slaplugin.domain.calendars import ALWAYS
from slaplugin.domain.counting import Track
from tests.domain.calendar_builders import HOUR
from tests.domain.tickets import UTC_OFFICE, at


def make_track(start: str = "09:00", *switches: tuple[str, str]) -> Track:
    """A track around the clock; switches are (instant, "run", "stopped" or the label of a pause)."""
    track = Track(at(start), ALWAYS, "e1")
    for when, what in switches:
        kind = what if what in ("run", "stopped") else "paused"
        track.switch(at(when), kind, (what,) if kind == "paused" else (), f"since {when}")  # type: ignore[arg-type]
    return track


PAUSED_ONCE = (("10:00", "pending"), ("11:00", "run"))


def test_time_counts_while_it_runs() -> None:
    assert make_track().elapsed(at("10:30")) == 5400


def test_time_stands_still_in_a_pause() -> None:
    assert make_track("09:00", ("10:00", "pending")).elapsed(at("15:00")) == 3600


def test_time_counts_on_after_a_pause() -> None:
    assert make_track("09:00", *PAUSED_ONCE).elapsed(at("11:30")) == 5400


def test_a_switch_to_the_same_kind_and_reasons_leaves_no_trace() -> None:
    track = make_track("09:00", ("10:00", "pending"), ("10:30", "pending"))
    assert (track.since, track.cause) == (at("10:00"), "since 10:00")


def test_a_piece_without_length_leaves_no_trace() -> None:
    track = make_track("09:00", ("10:00", "pending"), ("10:00", "run"))
    assert [piece.kind for piece in track.all_pieces(at("11:00"))] == ["run", "run"]
    assert track.elapsed(at("11:00")) == 2 * HOUR


@pytest.mark.parametrize(
    ("threshold", "when"),
    [(-5, "09:00"), (0, "09:00"), (1, "09:00:01"), (3600, "10:00"), (3601, "11:00:01"), (7200, "12:00"), (7201, None)],
)
def test_a_threshold_lies_where_the_counted_time_first_reaches_it(threshold: int, when: str | None) -> None:
    track = make_track("09:00", *PAUSED_ONCE, ("12:00", "pending"))
    assert track.locate(threshold) == (None if when is None else at(when))


def test_a_threshold_to_come_is_projected_while_it_runs() -> None:
    assert make_track("09:00", *PAUSED_ONCE).locate(3 * HOUR) == at("13:00")


def test_a_threshold_to_come_is_counted_from_the_end_for_a_timer_that_ended_in_a_pause() -> None:
    track = make_track("09:00", ("10:00", "pending"))
    assert track.locate(3 * HOUR, at("15:00")) == at("17:00")


def test_a_change_of_calendar_keeps_what_was_counted() -> None:
    track = make_track("16:00")
    track.change_calendar(at("18:00"), UTC_OFFICE)
    assert track.elapsed(at("09:30", day=1)) == 2 * HOUR + 1800


def test_a_threshold_that_was_reached_lies_in_the_calendar_it_was_counted_in() -> None:
    track = make_track("16:00")
    track.change_calendar(at("18:00"), UTC_OFFICE)
    assert track.locate(5400) == at("17:30")


def test_the_same_calendar_again_is_no_change() -> None:
    track = make_track()
    track.change_calendar(at("10:00"), ALWAYS)
    assert track.pieces == []


def test_a_recount_counts_every_piece_in_the_other_calendar() -> None:
    track = make_track("16:00", ("16:30", "pending"), ("16:45", "run"), ("20:00", "stopped"), ("21:00", "run"))
    again = track.recounted(UTC_OFFICE)
    assert again.elapsed(at("22:00")) == 45 * 60
    assert [piece[:3] for piece in again.all_pieces(at("22:00"))] == [
        piece[:3] for piece in track.all_pieces(at("22:00"))
    ]


def test_a_recount_in_the_same_calendar_is_the_track_itself() -> None:
    track = make_track()
    assert track.recounted(ALWAYS) is track


def test_a_cut_opens_the_piece_that_held_then() -> None:
    track = make_track("09:00", *PAUSED_ONCE, ("12:00", "pending"))
    track.cut(at("10:30"))
    assert (track.kind, track.labels, track.since, track.cause) == ("paused", ("pending",), at("10:00"), "since 10:00")
    assert track.elapsed(at("18:00")) == HOUR


def test_a_cut_goes_back_to_the_calendar_of_that_time() -> None:
    track = make_track("09:00")
    track.change_calendar(at("10:00"), UTC_OFFICE)
    track.cut(at("09:30"))
    assert track.calendar is ALWAYS


def test_a_cut_where_the_open_piece_began_changes_nothing() -> None:
    track = make_track("09:00", ("10:00", "pending"))
    track.cut(at("10:00"))
    assert (track.kind, track.since) == ("paused", at("10:00"))


def test_pieces_reach_to_the_instant_asked_for() -> None:
    track = make_track("09:00", *PAUSED_ONCE)
    assert [(piece.kind, piece.start, piece.end) for piece in track.all_pieces(at("12:00"))] == [
        ("run", at("09:00"), at("10:00")),
        ("paused", at("10:00"), at("11:00")),
        ("run", at("11:00"), at("12:00")),
    ]


def test_pieces_of_an_earlier_instant_are_cut_there() -> None:
    track = make_track("09:00", *PAUSED_ONCE)
    assert [(piece.end, piece.counted_seconds) for piece in track.all_pieces(at("09:20"))] == [(at("09:20"), 1200)]
    assert [piece.end for piece in track.all_pieces(at("10:00"))] == [at("10:00")]


def test_there_are_no_pieces_at_the_start() -> None:
    assert make_track("09:00").all_pieces(at("09:00")) == []

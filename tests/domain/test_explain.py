from __future__ import annotations

from datetime import date

from slaplugin.domain.explain import Segment, explain
from slaplugin.domain.policies import Policy, PolicyDocument, Version
from tests.domain.calendar_builders import HOUR, make_calendar
from tests.domain.tickets import CALENDARS, at, created, event, make_policy, replied


def segments(*events: object, when: int, calendar: str = "24x7") -> tuple[Segment, ...]:
    calendars = CALENDARS | {"feast": make_calendar(holidays={date(2026, 3, 3): "Town Day"})}
    goal: object = {"p1": {"resolution": 8 * HOUR}}
    policy = make_policy(goal)  # type: ignore[arg-type]
    target = policy.targets["p1"]["resolution"]
    moved = Policy("all", targets={"p1": {"resolution": type(target)(target.seconds, calendar)}})
    document = PolicyDocument(("p1",), None, calendars, (moved,))
    return explain(events, [Version(0, document)], when)["resolution", 1]  # type: ignore[arg-type]


def test_open_time_is_counted_by_the_calendar() -> None:
    assert segments(created(), when=at("10:00"), calendar="office") == (
        Segment(at("09:00"), at("10:00"), "counted", "open hours of calendar office"),
    )


def test_time_outside_hours_and_holidays_are_named() -> None:
    found = segments(created("16:00"), when=at("10:00", day=2), calendar="feast")
    assert found == (
        Segment(at("16:00"), at("17:00"), "counted", "open hours of calendar office"),
        Segment(at("17:00"), at("00:00", day=1), "closed", "outside the hours of calendar office"),
        Segment(at("00:00", day=1), at("00:00", day=2), "holiday", "Town Day, calendar office"),
        Segment(at("00:00", day=2), at("09:00", day=2), "closed", "outside the hours of calendar office"),
        Segment(at("09:00", day=2), at("10:00", day=2), "counted", "open hours of calendar office"),
    )


def test_a_pause_names_its_reasons_and_the_event_that_began_it() -> None:
    found = segments(created(), event("10:00", status="pending"), event("11:00", subject="x"), when=at("12:00"))
    assert found[1] == Segment(at("10:00"), at("12:00"), "paused", "pending since event 10:00 changed")


def test_a_stop_names_the_event_that_ended_the_timer() -> None:
    events = [created(), event("10:00", status="solved"), event("10:30", subject="x"), event("11:00", status="open")]
    found = segments(*events, when=at("12:00"))
    assert found[1] == Segment(
        at("10:00"), at("11:00"), "stopped", "ended by event 10:00 changed, before it was reopened"
    )


def test_a_stop_keeps_its_name_when_everything_is_counted_again() -> None:
    """Another tier under other pauses lays every piece anew."""
    old = make_policy(name="old", match={"team": None})
    new = make_policy(name="new", metrics={})
    events = [created(), event("10:00", status="solved"), event("11:00", status="open"), event("12:00", team="net")]
    document = PolicyDocument(("p1",), None, CALENDARS, (old, new))
    found = explain(events, [Version(0, document)], at("13:00"))["resolution", 1]
    assert found[1].because == "ended by event 10:00 changed, before it was reopened"


def test_a_lost_timer_is_explained_until_it_was_lost() -> None:
    assert segments(created(), event("10:00", priority=None), when=at("15:00"))[-1].end == at("10:00")


def test_a_fulfilled_timer_is_explained_until_its_end() -> None:
    assert segments(created(), event("10:00", status="solved"), when=at("15:00"))[-1].end == at("10:00")


def test_a_removed_timer_is_explained_until_the_removal() -> None:
    assert segments(created(), event("10:00", "removed"), when=at("15:00"))[-1].end == at("10:00")


def test_at_its_start_there_is_nothing_to_explain() -> None:
    assert segments(created(), replied("10:00", "agent"), when=at("09:00")) == ()


def test_a_segment_knows_its_length() -> None:
    assert Segment(10, 25, "closed", "night").seconds == 15

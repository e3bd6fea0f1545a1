"""The table of wordings, in Python; tests/browser/test_words.py holds the browser's module to the same one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slaplugin import wording
from slaplugin.domain import instants

TABLE = json.loads((Path(__file__).parent / "wording.json").read_text(encoding="utf-8"))
BERLIN = ZoneInfo("Europe/Berlin")
NOW = instants.parse("2026-05-15T13:24:10Z")


def plain(text: str) -> str:
    return text.replace(wording.NBSP, " ")


@pytest.mark.parametrize(("seconds", "options", "expected"), TABLE["remaining"])
def test_remaining_time_is_said_as_in_the_table(seconds: int, options: dict[str, Any], expected: str) -> None:
    assert plain(wording.remaining(seconds, **options)) == expected


def test_a_number_and_its_unit_are_never_torn_apart() -> None:
    assert wording.remaining(4_320) == "1\u00a0h\u00a012\u00a0m left"


@pytest.mark.parametrize(("seconds", "expected"), TABLE["spoken"])
def test_spoken_time_has_full_words(seconds: int, expected: str) -> None:
    assert wording.spoken(seconds) == expected


@pytest.mark.parametrize(("seconds", "expected"), TABLE["ago"])
def test_ages_are_said_as_in_the_table(seconds: int, expected: str) -> None:
    assert plain(wording.ago(seconds)) == expected


@pytest.mark.parametrize(("at", "now", "zone", "expected"), TABLE["moment"])
def test_instants_are_said_as_in_the_table(at: str, now: str, zone: str, expected: str) -> None:
    assert plain(wording.moment(instants.parse(at), instants.parse(now), ZoneInfo(zone))) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (7, "7 s"), (60, "1 m"), (3_000, "50 m"), (3_600, "1 h"), (28_800, "8 h"), (3_605, "1 h 00 m 05 s"),
     (6_312, "1 h 45 m 12 s"), (171_840, "47 h 44 m"), (72, "1 m 12 s")],
)  # fmt: skip
def test_exact_durations_leave_empty_units_out(seconds: int, expected: str) -> None:
    assert plain(wording.exact(seconds)) == expected


@pytest.mark.parametrize(
    ("seconds", "with_seconds", "expected"),
    [(14_400, False, "4 h 00 m"), (3_000, False, "50 m"), (0, False, "0 m"), (14_400, True, "4 h 00 m 00 s"),
     (3_007, True, "50 m 07 s"), (7, True, "7 s"), (0, True, "0 s")],
)  # fmt: skip
def test_a_column_shows_the_same_units_in_every_row(seconds: int, with_seconds: bool, expected: str) -> None:
    assert plain(wording.column(seconds, with_seconds=with_seconds)) == expected


@pytest.mark.parametrize(
    ("labels", "status", "expected"),
    [(["pending"], "Waiting", "waiting for requester"), (["on_hold"], None, "on hold"),
     (["on_hold", "pending"], None, "on hold +1"), (["solved"], "Parts ordered", "Parts ordered"),
     (["tags any frozen"], None, "tags any frozen"), ([], None, "on hold")],
)  # fmt: skip
def test_the_first_reason_names_the_pause(labels: list[str], status: str | None, expected: str) -> None:
    assert wording.reason(labels, status) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [("75%", "75 % of the target"), ("100%", "100 %, due"), ("150%", "150 % of the target"),
     ("-30m", "30 m before due"), ("+2h", "2 h over"), ("+1h30m", "1 h 30 m over")],
)  # fmt: skip
def test_steps_are_said_in_words(at: str, expected: str) -> None:
    assert plain("".join(wording.step(at))) == expected


def test_dates_in_sentences_are_whole() -> None:
    given = ("2026-05-15T13:51:00Z", "2026-05-13T13:40:00Z", "2025-05-13T13:40:00Z")
    said = [wording.dated(instants.parse(at), NOW, BERLIN) for at in given]
    assert [plain(one) for one in said] == ["today 15:51", "Wed 13 May 15:40", "Tue 13 May 2025 15:40"]


def test_a_title_carries_the_full_instant_with_its_zone() -> None:
    assert wording.full(instants.parse("2026-05-15T13:51:00Z"), BERLIN) == "Fri 15 May 2026 15:51:00 Europe/Berlin"


def test_a_heading_names_the_day_and_another_year() -> None:
    days = [wording.day(instants.parse(at), NOW, BERLIN) for at in ("2026-05-17T22:00:00Z", "2027-05-17T22:00:00Z")]
    assert days == ["Monday 18 May", "Tuesday 18 May 2027"]


def test_metrics_are_named_as_people_say_them() -> None:
    assert [wording.metric(name) for name in ("first_response", "vendor_fix", "x")] == [
        "First response",
        "Vendor fix",
        "X",
    ]


def test_numbers_are_grouped_in_threes() -> None:
    assert [wording.number(value) for value in (0, 999, 4_812, 1_234_567)] == ["0", "999", "4,812", "1,234,567"]

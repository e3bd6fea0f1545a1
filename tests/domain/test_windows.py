from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from slaplugin.domain.instants import text
from slaplugin.domain.windows import Window, fills_week, local_instant, open_intervals, union, year_start

HOUR = 3600


@pytest.mark.parametrize(
    ("opens_hours", "closes_hours"),
    [(-1, 5), (24, 25), (9, 9), (9, 8), (9, 34)],
    ids=["before its day", "on the next day", "empty", "inside out", "longer than a day"],
)
def test_a_window_no_day_can_have_is_refused(opens_hours: int, closes_hours: int) -> None:
    with pytest.raises(ValueError, match="must open within its day"):
        Window(opens_hours * HOUR, closes_hours * HOUR)


@pytest.mark.parametrize(("opens_hours", "closes_hours"), [(0, 24), (22, 30), (9, 33)])
def test_a_window_may_last_up_to_a_day(opens_hours: int, closes_hours: int) -> None:
    window = Window(opens_hours * HOUR, closes_hours * HOUR)
    assert window.closes_seconds - window.opens_seconds <= 24 * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "clock", "instant"),
    [
        ("Europe/Berlin", date(2026, 3, 29), (1, 59), "2026-03-29T00:59:00Z"),
        ("Europe/Berlin", date(2026, 3, 29), (2, 30), "2026-03-29T01:30:00Z"),  # skipped: 03:30 summer time
        ("Europe/Berlin", date(2026, 3, 29), (3, 0), "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", date(2026, 10, 25), (2, 30), "2026-10-25T00:30:00Z"),  # twice: the first
        ("Europe/Berlin", date(2026, 10, 25), (3, 0), "2026-10-25T02:00:00Z"),
        ("Australia/Lord_Howe", date(2026, 10, 4), (2, 15), "2026-10-03T15:45:00Z"),  # a jump of half an hour
        ("Australia/Lord_Howe", date(2026, 4, 5), (1, 45), "2026-04-04T14:45:00Z"),
        ("Pacific/Apia", date(2011, 12, 30), (9, 0), "2011-12-30T19:00:00Z"),  # a day that never was
        ("Asia/Kolkata", date(2026, 1, 1), (24, 0), "2026-01-01T18:30:00Z"),
        ("America/New_York", date(2026, 1, 1), (30, 0), "2026-01-02T11:00:00Z"),
        ("UTC", date(1969, 12, 31), (23, 0), "1969-12-31T23:00:00Z"),
    ],
)
def test_an_edge_is_the_first_occurrence_or_the_same_distance_after_the_jump(
    zone: str, day: date, clock: tuple[int, int], instant: str
) -> None:
    seconds = clock[0] * HOUR + clock[1] * 60
    assert text(local_instant(ZoneInfo(zone), day.toordinal(), seconds)) == instant


def test_open_intervals_are_cut_at_the_ends_asked_for() -> None:
    lower, upper, night = year_start(2026), year_start(2027), [Window(22 * HOUR, 30 * HOUR)]
    found = union(open_intervals(ZoneInfo("UTC"), lambda day: night, lower, upper))
    assert found[0] == (lower, lower + 6 * HOUR)
    assert found[-1] == (upper - 2 * HOUR, upper)


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Pacific/Honolulu", date(2025, 12, 30), ("2026-01-01T00:00:00Z", "2026-01-01T07:00:00Z")),
        ("Pacific/Kiritimati", date(2027, 1, 1), ("2026-12-31T20:00:00Z", "2027-01-01T00:00:00Z")),
    ],
    ids=["opened two days before, far in the west", "opens the day after, far in the east"],
)
def test_open_intervals_know_windows_of_other_local_days(zone: str, day: date, expected: tuple[str, str]) -> None:
    only = {day: [Window(22 * HOUR, 45 * HOUR)] if day.year == 2025 else [Window(10 * HOUR, 20 * HOUR)]}
    found = open_intervals(ZoneInfo(zone), lambda asked: only.get(asked, []), year_start(2026), year_start(2027))
    assert [(text(opens), text(closes)) for opens, closes in found] == [expected]


def test_union_joins_what_overlaps_or_touches() -> None:
    assert union([(50, 60), (0, 10), (10, 20), (15, 18), (30, 40), (35, 45)]) == [(0, 20), (30, 45), (50, 60)]


DAY = (Window(0, 24 * HOUR),)
EARLY_LATE = (Window(14 * HOUR, 30 * HOUR), Window(6 * HOUR, 14 * HOUR))


@pytest.mark.parametrize(
    ("week", "is_full"),
    [
        ([DAY] * 7, True),
        ([EARLY_LATE] * 7, True),
        ([DAY] * 6 + [()], False),
        ([()] + [DAY] * 6, False),
        ([EARLY_LATE[:1]] * 7, False),
        ([(Window(0, 24 * HOUR - 1),)] * 7, False),
        ([()] * 7, False),
    ],
    ids=["whole days", "shifts over midnight", "no Sunday", "no Monday", "nights", "a second short", "never"],
)
def test_a_full_week_leaves_no_gap_even_over_its_end(week: list[tuple[Window, ...]], is_full: bool) -> None:
    assert fills_week(week) is is_full


def test_years_start_in_utc() -> None:
    assert text(year_start(2024)) == "2024-01-01T00:00:00Z"

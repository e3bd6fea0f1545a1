"""Open time as look-up tables gives what the calendar itself gives."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slaplugin.backtest import hours
from slaplugin.backtest.hours import OpenHours
from slaplugin.domain.calendars import ALWAYS, Calendar, Window
from tests.backtest.parts import DAY, HOUR, NINE
from tests.domain.calendar_builders import BERLIN, LORD_HOWE, LUNCH, NIGHT, OFFICE, make_calendar, sundays

SPRING = 1_774_670_400  # 2026-03-28T04:00:00Z, a day before the clocks of Berlin go forward
ODD = [[Window(9 * HOUR + 7, 17 * HOUR + 1)]] * 7
CALENDARS = [
    make_calendar(OFFICE),
    make_calendar(LUNCH, BERLIN, {date(2026, 3, 30): "a holiday"}),
    make_calendar(NIGHT, LORD_HOWE),
    make_calendar(ODD, "America/New_York"),
    make_calendar(sundays("00:00-24:00"), BERLIN),
    ALWAYS,
]


def assert_like(calendar: Calendar, start: int, at: list[int], lengths: list[int]) -> None:
    open_hours = OpenHours(calendar, start, max(at))
    counted = open_hours.counted(np.array(at, np.int64))
    assert np.diff(counted).tolist() == [calendar.between(a, b) for a, b in pairwise(at)]
    due = open_hours.instants(counted + np.array(lengths, np.int64))
    assert due.tolist() == [calendar.add(a, length) for a, length in zip(at, lengths, strict=True)]


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda one: one.time_zone)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_both_directions(calendar: Calendar, seed: int) -> None:
    random = Random(seed)
    start = random.choice([NINE, SPRING]) + random.randint(0, 3 * DAY)
    at = sorted(start + random.choice([random.randint(0, 20 * DAY), random.randint(0, 40) * 1800]) for _ in range(12))
    lengths = [random.choice([random.randint(1, 60 * HOUR), random.randint(1, 20) * 1800]) for _ in at]
    assert_like(calendar, start, at, lengths)


def test_odd_seconds_are_searched_when_the_table_would_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours, "MAX_ENTRIES", 10)
    assert_like(CALENDARS[1], NINE, [NINE, NINE + 5 * DAY, SPRING + 3 * DAY], [5 * HOUR, HOUR, 99 * HOUR])


@pytest.mark.parametrize("entries", [10, hours.MAX_ENTRIES])
def test_time_used_up_at_closing_ends_at_closing(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours, "MAX_ENTRIES", entries)
    found = OpenHours(CALENDARS[0], NINE, NINE)
    start = found.counted(np.array([NINE]))
    assert found.instants(start + 8 * HOUR).tolist() == [NINE + 8 * HOUR]


def test_a_target_beyond_the_range_is_found_further_on() -> None:
    assert_like(CALENDARS[1], NINE, [NINE], [20_000 * HOUR])


def test_an_instant_beyond_the_range_is_counted() -> None:
    found = OpenHours(CALENDARS[1], NINE, NINE)
    got = found.counted(np.array([NINE, NINE + 900 * DAY]))
    assert np.diff(got).tolist() == [CALENDARS[1].between(NINE, NINE + 900 * DAY)]


def test_a_target_that_no_calendar_day_is_left_for_raises() -> None:
    with pytest.raises(ValueError, match="not enough open time"):
        OpenHours(CALENDARS[0], NINE, NINE).instants(np.array([10**10]))


def test_a_calendar_that_is_closed_from_now_on_counts_nothing() -> None:
    closed = make_calendar([[]] * 7, exceptions={date(2026, 1, 1): [Window(9 * HOUR, 10 * HOUR)]})
    assert OpenHours(closed, NINE, NINE).counted(np.array([NINE, NINE + DAY])).tolist() == [0, 0]


def test_equal_hours_have_equal_signatures_and_others_do_not() -> None:
    office, again, lunch = (
        OpenHours(one, NINE, NINE + DAY).signature for one in (CALENDARS[0], make_calendar(OFFICE), CALENDARS[1])
    )
    assert office == again
    assert office != lunch

from __future__ import annotations

import threading
from datetime import date

import pytest

from slaplugin.domain.calendars import ALWAYS, FIRST_YEAR, LAST_YEAR, Calendar, Window
from slaplugin.domain.instants import parse, text
from tests.domain.calendar_builders import (
    BERLIN,
    DAY,
    HOUR,
    LORD_HOWE,
    LUNCH,
    NEW_YORK,
    NIGHT,
    OFFICE,
    make_calendar,
    sundays,
    windows,
)

# Start, seconds, expected (UTC), why
PLAIN = [
    ("2026-01-26 10:00:00", 2 * HOUR, "2026-01-26 12:00:00", "inside one window"),
    ("2026-01-26 16:00:00", 2 * HOUR, "2026-01-27 10:00:00", "the rest runs next morning"),
    ("2026-01-26 16:00:00", HOUR, "2026-01-26 17:00:00", "due at closing, not at the next opening"),
    ("2026-01-26 16:00:00", HOUR + 1, "2026-01-27 09:00:01", "a second more is next morning"),
    ("2026-01-26 07:00:00", 60, "2026-01-26 09:01:00", "a start before opening counts from opening"),
    ("2026-01-26 17:00:00", 60, "2026-01-27 09:01:00", "a start at closing counts from tomorrow"),
    ("2026-01-30 16:00:00", 2 * HOUR, "2026-02-02 10:00:00", "over the weekend"),
    ("2026-01-31 12:00:00", 8 * HOUR, "2026-02-02 17:00:00", "a whole day ends at its closing"),
    ("2026-01-31 12:00:00", 0, "2026-01-31 12:00:00", "nothing to count needs no opening"),
    ("2024-12-31 16:00:00", 2 * HOUR, "2025-01-01 10:00:00", "over the end of a year"),
    ("2024-12-31 16:00:00", 261 * 8 * HOUR, "2025-12-31 16:00:00", "all working days of a year"),
]
WITH_LUNCH = [
    ("2026-01-26 11:00:00", 2 * HOUR, "2026-01-26 14:00:00", "lunch does not count"),
    ("2026-01-26 11:00:00", HOUR, "2026-01-26 12:00:00", "used up at the lunch break"),
]
NIGHTS = [
    ("2026-01-26 23:00:00", 7 * HOUR, "2026-01-27 06:00:00", "a night belongs to two days"),
    ("2026-01-26 23:00:00", 7 * HOUR + 1, "2026-01-27 22:00:01", "and goes on the next evening"),
    ("2026-12-31 23:00:00", 2 * HOUR, "2027-01-01 01:00:00", "one window over New Year"),
]
AT_CHRISTMAS = [
    ("2026-12-24 11:00:00", 3 * HOUR, "2026-12-28 11:00:00", "half-day, holiday, weekend"),
    ("2026-12-23 17:00:00", 3 * HOUR, "2026-12-24 12:00:00", "a half-day is used up at noon"),
]
NEW_YORK_NIGHTS = [
    ("2024-03-10 03:00:00", 7 * HOUR, "2024-03-10 10:00:00", "the spring night has 7 h"),
    ("2024-03-10 03:00:00", 7 * HOUR + 1, "2024-03-11 02:00:01", "and goes on an hour earlier"),
    ("2024-11-03 02:00:00", 9 * HOUR, "2024-11-03 11:00:00", "the autumn night has 9 h"),
    ("2024-11-03 02:00:00", 9 * HOUR + 1, "2024-11-04 03:00:01", "and goes on an hour later"),
]
NEW_YORK_OFFICE = [
    ("2024-03-08 21:00:00", 2 * HOUR, "2024-03-11 14:00:00", "after the spring weekend it opens at 13:00 UTC"),
    ("2024-11-01 20:00:00", 2 * HOUR, "2024-11-04 15:00:00", "after the autumn weekend it opens at 14:00 UTC"),
]
LORD_HOWE_NIGHTS = [
    ("2026-10-03 11:30:00", 27_000, "2026-10-03 19:00:00", "the spring night has 7 h 30 m"),
    ("2026-04-04 11:00:00", 30_600, "2026-04-04 19:30:00", "the autumn night has 8 h 30 m"),
]
OVER_THE_SPRING_CHANGE = [("2026-03-28 12:00:00", DAY, "2026-03-29 12:00:00", "24 h are 24 h")]

TABLES = [
    (make_calendar(), PLAIN),
    (make_calendar(LUNCH), WITH_LUNCH),
    (make_calendar(NIGHT), NIGHTS),
    (
        make_calendar(
            holidays={date(2026, 12, 25): "Christmas Day"}, exceptions={date(2026, 12, 24): windows("09:00-12:00")}
        ),
        AT_CHRISTMAS,
    ),
    (
        make_calendar(
            holidays={date(2026, 5, 1): "Labour Day"},
            exceptions={
                date(2026, 5, 1): windows("10:00-11:00"),
                date(2026, 5, 3): windows("12:00-13:00"),
                date(2026, 5, 4): [],
            },
        ),
        [("2026-04-30 16:00:00", 4 * HOUR, "2026-05-05 10:00:00", "it opens a holiday and a Sunday, closes a Monday")],
    ),
    (
        make_calendar(NIGHT, holidays={date(2026, 1, 27): "Closed"}),
        [("2026-01-27 05:00:00", 2 * HOUR, "2026-01-28 23:00:00", "a holiday closes its own night, not the last one")],
    ),
    (
        make_calendar(NIGHT, exceptions={date(2026, 1, 27): windows("04:00-08:00")}),
        [("2026-01-26 22:00:00", 10 * HOUR, "2026-01-27 08:00:00", "an exception merges with last night's window")],
    ),
    (
        make_calendar(NIGHT, exceptions={date(2026, 1, 27): windows("06:00-07:00")}),
        [("2026-01-27 05:00:00", 2 * HOUR, "2026-01-27 07:00:00", "an exception that touches last night's goes on")],
    ),
    (
        make_calendar(holidays={date(2026, 7, day): "Works holidays" for day in range(1, 32)}),
        [("2026-06-30 16:30:00", HOUR, "2026-08-03 09:30:00", "a month closed is only a long gap")],
    ),
    (make_calendar(NIGHT, NEW_YORK), NEW_YORK_NIGHTS),
    (make_calendar(OFFICE, NEW_YORK), NEW_YORK_OFFICE),
    (
        make_calendar(sundays("01:30-02:30"), NEW_YORK),
        [("2024-11-03 00:00:00", 2 * HOUR, "2024-11-03 07:30:00", "from the first 01:30 it is two hours")],
    ),
    (
        make_calendar(sundays("02:30-05:00"), BERLIN),
        [
            ("2026-03-28 12:00:00", 5400, "2026-03-29 03:00:00", "a skipped opening is after the jump: 90 minutes"),
            ("2026-10-24 12:00:00", 12_600, "2026-10-25 04:00:00", "a doubled opening is the first: 3 h 30 m"),
        ],
    ),
    (
        make_calendar(sundays("01:00-02:30"), BERLIN),
        [
            ("2026-03-28 12:00:00", 5400, "2026-03-29 01:30:00", "a skipped closing is after the jump"),
            ("2026-10-24 12:00:00", 5400, "2026-10-25 00:30:00", "a doubled closing is the first"),
        ],
    ),
    (
        make_calendar(sundays("01:00-02:30", "03:00-04:00"), BERLIN),
        [("2026-03-28 12:00:00", 2 * HOUR, "2026-03-29 02:00:00", "windows pushed into one another count once")],
    ),
    (
        make_calendar(sundays("02:30-03:10"), BERLIN),
        [("2026-03-28 12:00:00", 60, "2026-04-05 00:31:00", "a window turned inside out counts as nothing")],
    ),
    (make_calendar(NIGHT, LORD_HOWE), LORD_HOWE_NIGHTS),
    (
        make_calendar(sundays("02:15-03:00"), LORD_HOWE),
        [("2026-10-03 00:00:00", 900, "2026-10-03 16:00:00", "a jump of half an hour: from 02:45")],
    ),
    (
        make_calendar([windows("00:00-24:00")] * 5 + [[], []]),
        [("2026-01-26 00:00:00", DAY, "2026-01-27 00:00:00", "24:00 is the end of its day")],
    ),
    (ALWAYS, OVER_THE_SPRING_CHANGE),
    (make_calendar([windows("00:00-24:00")] * 7, BERLIN), OVER_THE_SPRING_CHANGE),
]
ROWS = [pytest.param(calendar, *row[:3], id=row[3]) for calendar, table in TABLES for row in table]


@pytest.mark.parametrize(("calendar", "start", "seconds", "expected"), ROWS)
def test_add_ends_when_the_open_time_is_used_up(calendar: Calendar, start: str, seconds: int, expected: str) -> None:
    assert text(calendar.add(parse(f"{start}Z"), seconds)) == f"{expected}Z".replace(" ", "T")


@pytest.mark.parametrize(("calendar", "start", "seconds", "expected"), ROWS)
def test_between_counts_what_add_used_up(calendar: Calendar, start: str, seconds: int, expected: str) -> None:
    assert calendar.between(parse(f"{start}Z"), parse(f"{expected}Z")) == seconds


@pytest.mark.parametrize(
    ("start", "end", "seconds", "why"),
    [
        ("2026-01-26T10:00:00Z", "2026-01-26T10:00:00Z", 0, "no time"),
        ("2026-01-26T12:00:00Z", "2026-01-26T10:00:00Z", 0, "backwards is nothing, not negative"),
        ("2026-01-26T17:00:00Z", "2026-01-27T09:00:00Z", 0, "closed from edge to edge"),
        ("2026-01-26T08:00:00Z", "2026-01-26T18:00:00Z", 8 * HOUR, "no more than the window"),
        ("2026-01-26T10:00:00Z", "2026-01-26T10:00:01Z", 1, "to the second"),
        ("2025-12-01T00:00:00Z", "2027-01-04T00:00:00Z", 57 * 5 * 8 * HOUR, "over whole years"),
        ("2199-12-31T00:00:00Z", "2200-01-01T00:00:00Z", 8 * HOUR, "up to the end of the last year"),
    ],
)
def test_between_counts_open_seconds(start: str, end: str, seconds: int, why: str) -> None:
    assert make_calendar().between(parse(start), parse(end)) == seconds, why


@pytest.mark.parametrize(
    ("at", "is_open", "opening"),
    [
        ("2026-01-26T08:59:59Z", False, "2026-01-26T09:00:00Z"),
        ("2026-01-26T09:00:00Z", True, "2026-01-26T09:00:00Z"),
        ("2026-01-26T16:59:59Z", True, "2026-01-26T16:59:59Z"),
        ("2026-01-26T17:00:00Z", False, "2026-01-27T09:00:00Z"),
        ("2026-01-31T12:00:00Z", False, "2026-02-02T09:00:00Z"),
        ("2022-12-31T12:00:00Z", False, "2023-01-02T09:00:00Z"),
    ],
)
def test_a_window_is_open_from_its_first_second_until_before_its_end(at: str, is_open: bool, opening: str) -> None:
    calendar = make_calendar()
    assert (calendar.is_open(parse(at)), text(calendar.next_opening(parse(at)))) == (is_open, opening)


def test_open_until_is_the_closing_time() -> None:
    assert make_calendar().open_until(parse("2026-01-26T10:00:00Z")) == parse("2026-01-26T17:00:00Z")


def test_open_until_looks_over_the_end_of_a_year() -> None:
    assert make_calendar(NIGHT).open_until(parse("2026-12-31T23:00:00Z")) == parse("2027-01-01T06:00:00Z")


def test_open_until_of_closed_time_is_refused() -> None:
    with pytest.raises(ValueError, match="'office' is not open at 2026-01-26T17:00:00Z"):
        make_calendar().open_until(parse("2026-01-26T17:00:00Z"))


def test_the_last_closing_before_open_time_without_end_is_none() -> None:
    calendar = make_calendar([windows("00:00-24:00")] * 7, exceptions={date(2026, 1, 26): []})
    at = parse("2026-01-25T12:00:00Z")
    assert calendar.open_until(at) == parse("2026-01-26T00:00:00Z")
    assert calendar.open_until(at + 2 * DAY) is None


def test_around_the_clock_never_closes() -> None:
    at = parse("2026-01-26T10:00:00Z")
    assert (ALWAYS.name, ALWAYS.time_zone, ALWAYS.is_always_open) == ("24x7", "UTC", True)
    assert (ALWAYS.is_open(at), ALWAYS.next_opening(at), ALWAYS.open_until(at)) == (True, at, None)
    assert (ALWAYS.between(at, at + 5), ALWAYS.between(at + 5, at)) == (5, 0)
    assert [(span.start, span.end, span.kind, span.name) for span in ALWAYS.spans(at, at + 5)] == [
        (at, at + 5, "open", None)
    ]


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        (make_calendar([windows("00:00-24:00")] * 7, BERLIN), True),
        (make_calendar([windows("08:00-20:00", "20:00-08:00")] * 7), True),
        (make_calendar(NIGHT), False),
        (make_calendar([windows("00:00-24:00")] * 7, holidays={date(2026, 1, 1): "New Year"}), False),
        (make_calendar([windows("00:00-24:00")] * 7, holidays=lambda year: {}), False),
        (make_calendar([windows("00:00-24:00")] * 7, exceptions={date(2026, 1, 1): []}), False),
    ],
)
def test_only_a_full_week_without_days_off_is_always_open(calendar: Calendar, expected: bool) -> None:
    assert calendar.is_always_open is expected


@pytest.mark.parametrize(
    ("week", "seconds"),
    [
        (OFFICE, 8 * HOUR),
        (LUNCH, 7 * HOUR),
        (NIGHT, 8 * HOUR),
        ([windows("00:00-24:00")] * 7, DAY),
        ([windows("09:00-17:00")] * 4 + [windows("09:00-15:00"), [], []], None),
        ([[]] * 7, None),
    ],
)
def test_a_working_day_has_a_length_when_all_have_the_same(week: list[list[Window]], seconds: int | None) -> None:
    assert make_calendar(week).open_seconds_per_day() == seconds


def test_around_the_clock_a_day_has_24_hours() -> None:
    assert ALWAYS.open_seconds_per_day() == DAY


def test_holidays_may_come_from_a_function_asked_once_a_year() -> None:
    asked: list[int] = []

    def holidays(year: int) -> dict[date, str]:
        asked.append(year)
        return {date(year, 1, 1): f"New Year {year}"}

    calendar = make_calendar([windows("09:00-17:00")] * 7, holidays=holidays)
    start = parse("2024-06-01T00:00:00Z")
    assert calendar.add(parse("2024-12-31T16:00:00Z"), 2 * HOUR) == parse("2025-01-02T10:00:00Z")
    assert {span.name for span in calendar.spans(start, start + 600 * DAY)} == {None, "New Year 2025", "New Year 2026"}
    assert sorted(asked) == sorted(set(asked))


def test_answers_do_not_depend_on_the_order_of_questions() -> None:
    questions = [(parse(f"{year}-01-01T00:00:00Z"), parse(f"{year + 1}-06-01T12:00:00Z")) for year in range(2020, 2030)]
    forwards, backwards, outwards = make_calendar(NIGHT), make_calendar(NIGHT), make_calendar(NIGHT)
    expected = [make_calendar(NIGHT).between(*question) for question in questions]
    assert [forwards.between(*question) for question in questions] == expected
    assert [backwards.between(*question) for question in reversed(questions)] == expected[::-1]
    outwards.between(*questions[5])
    assert [outwards.between(*question) for question in questions] == expected


def test_a_calendar_extended_by_two_threads_at_once_keeps_its_years_apart() -> None:
    is_compiling, other_is_done = threading.Event(), threading.Event()

    def holidays(year: int) -> dict[date, str]:
        if not is_compiling.is_set():
            is_compiling.set()
            other_is_done.wait(0.2)  # time enough for the other thread to get between, if it can
        return {}

    def ask_meanwhile() -> None:
        is_compiling.wait(10)
        calendar.is_open(parse("2030-06-01T00:00:00Z"))
        other_is_done.set()

    calendar = make_calendar(holidays=holidays)
    thread = threading.Thread(target=ask_meanwhile)
    thread.start()
    calendar.is_open(parse("2024-06-01T00:00:00Z"))
    thread.join(10)
    assert calendar.add(parse("2024-12-31T16:00:00Z"), 2 * HOUR) == parse("2025-01-01T10:00:00Z")


def test_what_a_calendar_was_made_from_may_change_afterwards() -> None:
    week, holidays, exceptions = (
        [windows("09:00-17:00") for _ in range(7)],
        {date(2026, 1, 1): "New Year"},
        {date(2026, 1, 2): windows("09:00-10:00")},
    )
    calendar = make_calendar(week, holidays=holidays, exceptions=exceptions)
    week[2].clear()
    holidays[date(2026, 1, 7)] = "Later"
    exceptions[date(2026, 1, 2)].clear()
    start = parse("2026-01-01T00:00:00Z")
    assert calendar.between(start, start + 7 * DAY) == (5 * 8 + 1) * HOUR


def test_a_calendar_without_open_time_is_named_and_does_not_search_for_ever() -> None:
    never = make_calendar([[]] * 7, exceptions={date(2026, 1, 26): windows("09:00-10:00")})
    at = parse("2026-01-26T09:30:00Z")
    assert never.add(at, 1800) == at + 1800
    assert never.between(at + HOUR, at + 365 * DAY) == 0
    with pytest.raises(ValueError, match="'office' has not enough open time before the year 2200"):
        never.add(at, 1801)
    with pytest.raises(ValueError, match="'office' has not enough open time before the year 2200"):
        never.next_opening(at + HOUR)


def test_a_target_longer_than_the_years_at_hand_is_found() -> None:
    start = parse("2026-01-01T00:00:00Z")
    calendar = make_calendar(sundays("09:00-10:00"))
    assert calendar.add(start, 5000 * HOUR) == (start + 3 * DAY + 4999 * 7 * DAY + 10 * HOUR)


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1, 9999, 1])
def test_an_instant_outside_the_years_known_is_refused(year: int) -> None:
    at = parse(f"{year:04}-06-01T00:00:00Z")
    with pytest.raises(ValueError, match="'office' knows only the years 1900 to 2199"):
        make_calendar().is_open(at)


def test_counting_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="'office' cannot add -1 s"):
        make_calendar().add(parse("2026-01-26T10:00:00Z"), -1)


def test_a_week_of_other_than_seven_days_is_refused() -> None:
    with pytest.raises(ValueError, match="'office' needs the windows of 7 days, Monday first, not 5"):
        make_calendar(OFFICE[:5])


def test_a_calendar_shows_its_name_and_zone() -> None:
    assert repr(make_calendar(time_zone=BERLIN)) == "Calendar('office', 'Europe/Berlin')"

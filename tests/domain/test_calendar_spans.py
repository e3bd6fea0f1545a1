from __future__ import annotations

from datetime import date

import pytest

from slaplugin.domain.calendars import Calendar
from slaplugin.domain.instants import parse, text
from tests.domain.calendar_builders import BERLIN, HOUR, NIGHT, make_calendar, windows


def spelled(calendar: Calendar, start: str, end: str) -> list[str]:
    return [
        f"{text(span.start)[5:16]} {text(span.end)[5:16]} {span.kind}" + (f" {span.name}" if span.name else "")
        for span in calendar.spans(parse(start), parse(end))
    ]


def test_spans_name_open_closed_and_holiday_time() -> None:
    calendar = make_calendar(holidays={date(2026, 1, 30): "Founders' Day"})
    assert spelled(calendar, "2026-01-29T15:00:00Z", "2026-02-02T12:00:00Z") == [
        "01-29T15:00 01-29T17:00 open",
        "01-29T17:00 01-30T00:00 closed",
        "01-30T00:00 01-31T00:00 holiday Founders' Day",
        "01-31T00:00 02-02T09:00 closed",
        "02-02T09:00 02-02T12:00 open",
    ]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-26T08:00:00Z", "2026-01-26T09:00:00Z", "closed"),
        ("2026-01-26T09:00:00Z", "2026-01-26T17:00:00Z", "open"),
        ("2026-01-26T17:00:00Z", "2026-01-26T18:00:00Z", "closed"),
    ],
)
def test_spans_from_edge_to_edge_have_no_empty_neighbours(start: str, end: str, expected: str) -> None:
    assert [span.kind for span in make_calendar().spans(parse(start), parse(end))] == [expected]


def test_closed_time_of_an_exception_is_the_exceptions_even_on_a_holiday() -> None:
    calendar = make_calendar(
        holidays={date(2026, 5, 1): "Labour Day"}, exceptions={date(2026, 5, 1): windows("10:00-11:00")}
    )
    assert spelled(calendar, "2026-04-30T16:00:00Z", "2026-05-02T06:00:00Z") == [
        "04-30T16:00 04-30T17:00 open",
        "04-30T17:00 05-01T00:00 closed",
        "05-01T00:00 05-01T10:00 closed exception",
        "05-01T10:00 05-01T11:00 open",
        "05-01T11:00 05-02T00:00 closed exception",
        "05-02T00:00 05-02T06:00 closed",
    ]


def test_last_nights_window_stays_open_on_a_holiday() -> None:
    calendar = make_calendar(NIGHT, holidays={date(2026, 1, 27): "Closed"})
    assert spelled(calendar, "2026-01-27T05:00:00Z", "2026-01-28T23:00:00Z") == [
        "01-27T05:00 01-27T06:00 open",
        "01-27T06:00 01-28T00:00 holiday Closed",
        "01-28T00:00 01-28T22:00 closed",
        "01-28T22:00 01-28T23:00 open",
    ]


def test_neighbouring_holidays_are_told_apart_by_name_and_joined_by_it() -> None:
    days = {date(2026, 12, 25): "Christmas", date(2026, 12, 26): "Christmas", date(2026, 12, 27): "Sunday off"}
    assert spelled(make_calendar(holidays=days), "2026-12-25T00:00:00Z", "2026-12-28T00:00:00Z") == [
        "12-25T00:00 12-27T00:00 holiday Christmas",
        "12-27T00:00 12-28T00:00 holiday Sunday off",
    ]


def test_a_holiday_is_the_local_day_with_its_change_of_clocks() -> None:
    calendar = make_calendar(time_zone=BERLIN, holidays={date(2026, 3, 29): "Palm Sunday"})
    assert spelled(calendar, "2026-03-28T12:00:00Z", "2026-03-30T06:00:00Z") == [
        "03-28T12:00 03-28T23:00 closed",
        "03-28T23:00 03-29T22:00 holiday Palm Sunday",
        "03-29T22:00 03-30T06:00 closed",
    ]


@pytest.mark.parametrize(
    ("time_zone", "day", "first", "last", "why"),
    [
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T05:00:00Z", "1919-04-01T04:00:00Z", "23:30 jumps to 00:30"),
        (
            "America/St_Johns",
            date(2006, 10, 29),
            "2006-10-29T02:30:00Z",
            "2006-10-30T03:30:00Z",
            "00:01 falls to 23:01",
        ),
        (
            "Pacific/Apia",
            date(2011, 12, 31),
            "2011-12-30T10:00:00Z",
            "2011-12-31T10:00:00Z",
            "the day before is skipped",
        ),
    ],
    ids=["Toronto 1919", "St John's 2006", "Apia 2011"],
)
def test_a_holiday_has_the_same_edges_wherever_the_question_begins(
    time_zone: str, day: date, first: str, last: str, why: str
) -> None:
    calendar = make_calendar([[]] * 7, time_zone, holidays={day: "Holiday"})
    end = parse(last) + 60
    for start in range(parse(first) - 2 * HOUR, end, 600):
        found = [(span.start, span.end) for span in calendar.spans(start, end) if span.kind == "holiday"]
        assert found == ([(max(start, parse(first)), parse(last))] if start < parse(last) else []), why


def test_no_time_has_no_spans() -> None:
    assert make_calendar().spans(10, 10) == []


def test_spans_reach_to_the_end_of_the_last_year() -> None:
    assert spelled(make_calendar(), "2199-12-31T08:00:00Z", "2200-01-01T00:00:00Z") == [
        "12-31T08:00 12-31T09:00 closed",
        "12-31T09:00 12-31T17:00 open",
        "12-31T17:00 01-01T00:00 closed",
    ]


def test_a_year_without_open_time_has_spans_too() -> None:
    never = make_calendar([[]] * 7)
    assert spelled(never, "2026-01-26T00:00:00Z", "2026-01-28T00:00:00Z") == ["01-26T00:00 01-28T00:00 closed"]

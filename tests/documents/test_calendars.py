from __future__ import annotations

from typing import Any

import pytest

from slaplugin.domain import instants
from slaplugin.domain.calendars import Calendar
from tests.documents.parts import calendar_problem, document, load, load_calendar, policy, problem, problems


def desk(**changes: Any) -> Calendar:
    return load_calendar(**changes).document.calendars["desk"]


def opening(calendar: Calendar, at: str) -> str:
    return instants.text(calendar.next_opening(instants.parse(at)))


def closing(calendar: Calendar, at: str) -> str:
    return instants.text(calendar.open_until(instants.parse(at)) or 0)


def test_windows_are_local_wall_clock() -> None:
    assert opening(desk(), "2026-07-01T00:00:00Z") == "2026-07-01T07:00:00Z"


def test_a_day_named_twice_adds_its_windows() -> None:
    calendar = desk(time_zone="UTC", week={"mon-fri": ["09:00-12:00"], "tue": ["13:00-17:00"]})
    assert opening(calendar, "2026-01-27T12:00:00Z") == "2026-01-27T13:00:00Z"


def test_a_range_of_days_may_run_over_sunday() -> None:
    calendar = desk(time_zone="UTC", week={"sun-thu": ["09:00-17:00"]})
    assert opening(calendar, "2026-01-29T17:00:00Z") == "2026-02-01T09:00:00Z"


def test_a_window_may_end_at_24() -> None:
    calendar = desk(time_zone="UTC", week={"mon": ["22:00-24:00"]})
    assert closing(calendar, "2026-01-26T22:00:00Z") == "2026-01-27T00:00:00Z"


def test_an_end_not_after_its_start_is_on_the_next_day() -> None:
    calendar = desk(time_zone="UTC", week={"mon": ["22:00-06:00"]})
    assert closing(calendar, "2026-01-26T22:00:00Z") == "2026-01-27T06:00:00Z"


def test_an_exception_replaces_the_windows_of_its_day() -> None:
    calendar = desk(time_zone="UTC", exceptions={"2026-01-26": ["10:00-11:00"], "2026-01-27": []})
    assert [closing(calendar, "2026-01-26T10:00:00Z"), opening(calendar, "2026-01-26T11:00:00Z")] == [
        "2026-01-26T11:00:00Z",
        "2026-01-28T09:00:00Z",
    ]


def test_a_week_without_a_gap_is_always_open() -> None:
    assert desk(week={"mon-sun": ["00:00-24:00"]}).is_always_open


def test_24x7_is_always_there() -> None:
    assert load_calendar().document.calendars["24x7"].is_always_open


@pytest.mark.parametrize(
    "window", ["9:00-17:00", "09:00", "09:00-17:60", "25:00-26:00", "24:00-06:00", "09:00-24:01", 900, None, ["x"]]
)
def test_what_is_no_window_is_refused(window: Any) -> None:
    found = calendar_problem(week={"mon": [window], "tue": ["09:00-17:00"]})
    mends = ("is not a window", "that no clock shows", "is empty")
    assert (found.path, any(mend in found.message for mend in mends)) == ("calendars.desk.week.mon[0]", True)


def test_a_window_from_nine_to_nine_is_a_whole_day() -> None:
    calendar = desk(time_zone="UTC", week={"mon": ["09:00-09:00"]})
    assert closing(calendar, "2026-01-26T09:00:00Z") == "2026-01-27T09:00:00Z"


@pytest.mark.parametrize("key", ["monday", "mon-", "mon-fri-sun", "Mon", "", "mon,tue"])
def test_what_is_no_day_is_refused(key: str) -> None:
    assert "mon-fri" in calendar_problem(week={key: ["09:00-17:00"], "tue": ["09:00-17:00"]}).message


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ({"mon": ["09:00-12:00", "11:00-13:00"]}, "mon 09:00-12:00 and mon 11:00-13:00"),
        ({"mon": ["22:00-06:00"], "tue": ["05:00-09:00"]}, "mon 22:00-06:00 and tue 05:00-09:00"),
        ({"sun": ["22:00-06:00"], "mon": ["05:00-09:00"]}, "sun 22:00-06:00 and mon 05:00-09:00"),
        ({"mon-fri": ["09:00-17:00"], "wed": ["09:00-17:00"]}, "wed 09:00-17:00 and wed 09:00-17:00"),
        ({"mon": ["00:00-24:00", "09:00-10:00"]}, "mon 00:00-24:00 and mon 09:00-10:00"),
    ],
)
def test_windows_that_overlap_on_the_clock_are_refused(week: dict[str, list[str]], words: str) -> None:
    assert words in calendar_problem(week=week).message


def test_windows_that_touch_are_fine() -> None:
    assert desk(week={"sun": ["22:00-06:00"], "mon": ["06:00-12:00", "12:00-24:00"], "tue": ["00:00-01:00"]})


def test_one_overlap_of_a_range_is_one_problem() -> None:
    assert calendar_problem(week={"mon-fri": ["09:00-12:00", "11:00-13:00"]}).path == "calendars.desk.week"


def test_windows_of_an_exception_may_not_overlap() -> None:
    found = calendar_problem(exceptions={"2026-12-24": ["09:00-12:00", "11:00-13:00"]})
    assert found.path == "calendars.desk.exceptions.2026-12-24"


def test_an_exception_may_meet_the_window_of_the_night_before() -> None:
    calendar = desk(time_zone="UTC", week={"mon": ["22:00-06:00"]}, exceptions={"2026-01-27": ["05:00-07:00"]})
    assert closing(calendar, "2026-01-26T22:00:00Z") == "2026-01-27T07:00:00Z"


@pytest.mark.parametrize("week", [{}, {"mon-fri": []}])
def test_a_calendar_that_is_never_open_is_refused(week: dict[str, list[str]]) -> None:
    assert "never open" in calendar_problem(week=week).message


def test_exceptions_alone_can_open_a_calendar() -> None:
    calendar = desk(time_zone="UTC", week={}, exceptions={"2026-12-24": ["09:00-17:00"]})
    assert opening(calendar, "2026-01-01T00:00:00Z") == "2026-12-24T09:00:00Z"


@pytest.mark.parametrize("key", ["2026-02-30", "2026-2-3", "tomorrow"])
def test_an_impossible_date_is_refused(key: str) -> None:
    assert calendar_problem(exceptions={key: []}).path == f"calendars.desk.exceptions.{key}"


def test_an_empty_exception_has_to_be_a_list() -> None:
    assert "is empty" in calendar_problem(exceptions={"2026-12-24": None}).message


@pytest.mark.parametrize(
    "zone", ["Europe/Berln", "", "../etc/passwd", "right/UTC", "posix/UTC", "localtime", "Europe", 1]
)
def test_what_is_no_time_zone_is_refused(zone: Any) -> None:
    assert "is not a time zone" in calendar_problem(time_zone=zone).message


def test_a_misspelt_time_zone_gets_the_nearest_one() -> None:
    assert 'did you mean "Europe/Berlin"?' in calendar_problem(time_zone="Europe/Berln").message


def test_a_calendar_needs_a_time_zone() -> None:
    content = document(calendars={"desk": {"week": {"mon": ["09:00-17:00"]}}})
    assert str(problem(content)) == "line 1: calendars.desk.time_zone: is missing"


def test_24x7_cannot_be_given_other_hours() -> None:
    content = document(calendars={"24x7": {"time_zone": "UTC", "week": {"mon": ["09:00-17:00"]}}})
    assert "always exists" in problem(content).message


def test_a_calendar_with_problems_is_still_a_calendar_for_its_policies() -> None:
    content = document(calendars={"desk": {"time_zone": "Nowhere"}}, policies=[policy(calendar="desk")])
    assert [one.path for one in problems(content)] == ["calendars.desk.time_zone"]


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ({"mon-fri": ["09:00-17:00"]}, "a day of calendar desk has 8h:"),
        ({"mon-thu": ["09:00-17:00"], "fri": ["09:00-15:00"]}, "has 8h (mon tue wed thu), 6h (fri):"),
    ],
)
def test_days_are_refused_where_the_calendar_closes(week: dict[str, list[str]], words: str) -> None:
    content = document(
        calendars={"desk": {"time_zone": "UTC", "week": week}},
        policies=[policy(calendar="desk", targets={"p1": {"resolution": "2d"}})],
    )
    assert words in problem(content).message


def test_days_are_24_hours_where_the_calendar_never_closes() -> None:
    content = document(
        calendars={"desk": {"time_zone": "America/New_York", "week": {"mon-sun": ["00:00-24:00"]}}},
        policies=[policy(calendar="desk", targets={"p1": {"resolution": "1d"}})],
    )
    assert load(content).document.policies[0].targets["p1"]["resolution"].seconds == 86_400


def test_a_target_that_exceptions_cannot_use_up_is_refused() -> None:
    content = document(
        calendars={"desk": {"time_zone": "UTC", "exceptions": {"2026-12-24": ["09:00-12:00"]}}},
        policies=[policy(calendar="desk", targets={"p1": {"resolution": "3h1s"}})],
    )
    assert "can never be used up: calendar desk is open for 3h in all" in problem(content).message


def test_a_target_that_exceptions_can_just_use_up_is_fine() -> None:
    content = document(
        calendars={"desk": {"time_zone": "UTC", "exceptions": {"2026-12-24": ["09:00-12:00"]}}},
        policies=[policy(calendar="desk", targets={"p1": {"resolution": "3h"}})],
    )
    assert load(content).document.policies[0].targets["p1"]["resolution"].seconds == 10_800


def test_a_target_of_a_lifetime_is_refused() -> None:
    content = document(policies=[policy(targets={"p1": {"resolution": "90000h"}})])
    assert "would take 10 years of calendar 24x7" in problem(content).message

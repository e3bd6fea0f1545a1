from __future__ import annotations

import os
import subprocess
import sys

import pytest

from slaplugin.domain import instants
from slaplugin.domain.calendars import Span
from tests.documents.parts import calendar_problem, load_calendar

UTC = {"time_zone": "UTC"}


def holiday(span: Span) -> str | None:
    return span.name if span.kind == "holiday" else None


def names(holidays: dict[str, object], start: str, end: str) -> list[str]:
    calendar = load_calendar(time_zone="UTC", holidays=holidays).document.calendars["desk"]
    spans = calendar.spans(instants.parse(f"{start}T00:00:00Z"), instants.parse(f"{end}T00:00:00Z"))
    return [name for name in map(holiday, spans) if name]


def test_own_days_close_the_calendar() -> None:
    assert names({"dates": ["2026-12-23"]}, "2026-12-23", "2026-12-24") == ["own closed day"]


def test_days_of_a_country_come_from_the_library() -> None:
    assert names({"country": "GB", "subdivision": "ENG"}, "2024-03-28", "2024-04-03") == [
        "Good Friday",
        "Easter Monday",
    ]


def test_a_subdivision_has_days_of_its_own() -> None:
    assert names({"country": "DE", "subdivision": "BE"}, "2024-03-08", "2024-03-09") == ["Women's Day"]


def test_a_country_and_own_days_close_it_both() -> None:
    assert names({"country": "DE", "dates": ["2026-12-24"]}, "2026-12-24", "2026-12-26") == [
        "own closed day",
        "Christmas Day",
    ]


def test_names_do_not_depend_on_the_locale() -> None:
    code = (
        "from datetime import date; from slaplugin.documents.closed_days import closed_days; "
        "print(closed_days({'country': 'DE'}, (), [], [])(2026)[date(2026, 1, 1)])"
    )
    environment = os.environ | {"LANG": "de_DE.UTF-8", "LANGUAGE": "de", "LC_ALL": "de_DE.UTF-8"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "New Year's Day\n"


@pytest.mark.parametrize(
    ("holidays", "path", "words"),
    [
        ({"country": "XX"}, "country", "is not a country code"),
        ({"country": "Germany"}, "country", "is not a country code"),
        ({"country": "DE", "subdivision": "XX"}, "subdivision", "is not a part of DE; there is BB, BE"),
        ({"subdivision": "BE"}, "subdivision", "needs a country"),
        ({"dates": ["2026-02-29"]}, "dates[0]", "does not exist"),
        ({"dates": ["24.12.2026"]}, "dates[0]", "write it as 2026-12-24"),
        ({"dates": "2026-12-24"}, "dates", "is not a list"),
        ({"contry": "DE"}, "contry", 'did you mean "country"?'),
    ],
)
def test_what_is_wrong_with_holidays(holidays: dict[str, object], path: str, words: str) -> None:
    found = calendar_problem(holidays=holidays)
    assert (found.path, words in found.message) == (f"calendars.desk.holidays.{path}", True)


def test_an_own_day_that_the_country_has_already_is_a_warning() -> None:
    loaded = load_calendar(holidays={"country": "DE", "dates": ["2026-12-25", "2026-12-24"]})
    assert [one.message for one in loaded.warnings] == ["2026-12-25 is a holiday of DE already (Christmas Day)"]


def test_a_day_listed_twice_is_a_warning() -> None:
    loaded = load_calendar(holidays={"dates": ["2026-12-24", "2026-12-24"]})
    assert [one.message for one in loaded.warnings] == ["names 2026-12-24 more than once"]

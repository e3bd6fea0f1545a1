"""Calendars for tests, spelled as people write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from slaplugin.domain.calendars import Calendar, Window

HOUR = 3600
DAY = 24 * HOUR


def windows(*spelled: str) -> list[Window]:
    """Windows as people write them: 09:00-17:00; an end not after its start is on the next day."""
    found = []
    for pair in spelled:
        opens, closes = (int(hours) * HOUR + int(minutes) * 60 for hours, minutes in _halves(pair))
        found.append(Window(opens, closes if closes > opens else closes + DAY))
    return found


def _halves(pair: str) -> list[list[str]]:
    return [clock.split(":") for clock in pair.split("-")]


OFFICE = [windows("09:00-17:00")] * 5 + [[], []]
LUNCH = [windows("09:00-12:00", "13:00-17:00")] * 5 + [[], []]
NIGHT = [windows("22:00-06:00")] * 7
SUNDAY = 6


def sundays(*spelled: str) -> list[list[Window]]:
    return [[]] * SUNDAY + [windows(*spelled)]


def make_calendar(
    week: Sequence[Sequence[Window]] = OFFICE,
    time_zone: str = "UTC",
    holidays: Mapping[date, str] | Callable[[int], Mapping[date, str]] | None = None,
    exceptions: Mapping[date, Sequence[Window]] | None = None,
) -> Calendar:
    return Calendar("office", time_zone, week, holidays or {}, exceptions or {})


NEW_YORK, BERLIN, LORD_HOWE = "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"

"""The calendars that everybody is asked about. Standard library and domain only: peers import this too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from slaplugin.domain.calendars import Calendar, Window

FIRST = 1_704_067_200  # 2024-01-01T00:00:00Z


@dataclass(frozen=True, slots=True)
class Hours:
    """Windows of Monday to Friday as hours of the local clock; one that ends before it starts crosses midnight."""

    name: str
    time_zone: str
    windows: tuple[tuple[int, int], ...]
    holidays: tuple[date, ...] = ()
    first: int = FIRST
    days: int = 700


OFFICE = Hours("office in UTC", "UTC", ((9, 17),))
LUNCH = Hours("lunch break, holidays and summer time", "Europe/Berlin", ((9, 12), (13, 17)), (
    date(2024, 1, 1), date(2024, 5, 1), date(2024, 12, 25), date(2025, 1, 1), date(2025, 5, 1), date(2025, 12, 25),
))  # fmt: skip
NIGHT = Hours("night shift in New York", "America/New_York", ((22, 6),))
SPANS = (OFFICE, LUNCH, NIGHT)


def make_calendar(hours: Hours) -> Calendar:
    """Our calendar of these hours."""
    day = [Window(start * 3600, (end if end > start else end + 24) * 3600) for start, end in hours.windows]
    return Calendar(hours.name, hours.time_zone, [day] * 5 + [[], []], dict.fromkeys(hours.holidays, "holiday"))

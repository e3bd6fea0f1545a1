"""Calendars as written in a policy document: weeks of windows, holidays, exceptions, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from slaplugin.documents import durations
from slaplugin.documents.closed_days import HolidaySchema, closed_days, day
from slaplugin.documents.durations import Duration
from slaplugin.documents.fields import Items, Mold, StrictSchema, Table, nearest, part
from slaplugin.documents.paths import Findings, Path, is_told, shown
from slaplugin.domain.calendars import ALWAYS, Calendar, Window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_YEARS = 10

_DAY_SECONDS = 86_400
_WEEK_SECONDS = 7 * _DAY_SECONDS
_YEAR_SECONDS = 365 * _DAY_SECONDS
_WINDOW = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_NOT_ZONES = ("posix/", "right/", "localtime", "posixrules", "Factory")  # what a machine's zone folder holds besides


@dataclass(frozen=True, slots=True)
class Hours:
    """A calendar and how much it is open by the wall clock: each day of the week, and all exceptions together."""

    calendar: Calendar
    week_seconds: tuple[int, ...]
    exception_seconds: int = 0

    def refuses(self, duration: Duration) -> str | None:
        """Why this duration cannot be counted here, with the mend; None when it can."""
        name = self.calendar.name
        if duration.has_days and not self.calendar.is_always_open:
            return (
                f"has days, which are 24 hours long; a day of calendar {name} has {self._open_hours()}: "
                "write hours, or use calendar 24x7"
            )
        weekly = sum(self.week_seconds)
        if not weekly and duration.seconds > self.exception_seconds:
            opened = durations.text(self.exception_seconds)
            return f"can never be used up: calendar {name} is open for {opened} in all; shorten it or open the calendar"
        if weekly and duration.seconds * _WEEK_SECONDS > weekly * LONGEST_YEARS * _YEAR_SECONDS:
            years = duration.seconds * _WEEK_SECONDS // (weekly * _YEAR_SECONDS)
            return f"would take {years} years of calendar {name}; {LONGEST_YEARS} are the limit"
        return None

    def _open_hours(self) -> str:
        by_length: dict[int, list[str]] = {}
        for name, seconds in zip(DAYS, self.week_seconds, strict=True):
            if seconds:
                by_length.setdefault(seconds, []).append(name)
        if len(by_length) == 1:
            return durations.text(next(iter(by_length)))
        return ", ".join(f"{durations.text(seconds)} ({' '.join(names)})" for seconds, names in by_length.items())


ALWAYS_HOURS = Hours(ALWAYS, (_DAY_SECONDS,) * 7)


def window(value: Any) -> Window:
    """Open hours of the local wall clock, HH:MM-HH:MM; an end not after the start is on the next day."""
    match = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{shown(value)} is not a window; write it as 09:00-17:00, in quotes")
    opens_hour, opens_minute, closes_hour, closes_minute = (int(part) for part in match.groups())
    opens, closes = opens_hour * 3_600 + opens_minute * 60, closes_hour * 3_600 + closes_minute * 60
    if max(opens_minute, closes_minute) > 59 or opens >= _DAY_SECONDS or closes > _DAY_SECONDS:
        raise ValueError(f"{shown(value)} has a time that no clock shows; from 00:00 to 23:59, or 24:00 as an end")
    return Window(opens, closes if closes > opens else closes + _DAY_SECONDS)


def days(value: Any) -> tuple[int, ...]:
    """Weekdays from 0 for Monday: one, or a range, which may run over Sunday (sun-thu)."""
    names = value.split("-")
    if len(names) > 2 or not set(names) <= set(DAYS):
        raise ValueError(f"is not a day or a range of days; write mon, mon-fri or sun-thu ({', '.join(DAYS)})")
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return tuple((first + offset) % 7 for offset in range((last - first) % 7 + 1))


def time_zone(value: Any) -> str:
    """A name of the IANA time zone database."""
    if isinstance(value, str) and value and not value.startswith(_NOT_ZONES):
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
        else:
            return value
    mend = nearest(value, sorted(available_timezones())) if isinstance(value, str) else "as in Europe/Berlin"
    raise ValueError(f"{shown(value)} is not a time zone; {mend}")


class CalendarSchema(StrictSchema):
    """One calendar."""

    time_zone = Mold(time_zone, required=True)
    week = Table(Items(Mold(window)), days)
    holidays = part(HolidaySchema)
    exceptions = Table(Items(Mold(window)), day)


def build(name: str, written: Mapping[str, Any], path: Path, problems: Findings, warnings: Findings) -> Hours | None:
    """The calendar of a loaded CalendarSchema, its problems across fields added; None when it has no time zone."""
    if name == ALWAYS.name:
        problems.append((path, f"{ALWAYS.name} always exists and never closes; give this calendar another name"))
    week: list[list[Window]] = [[] for _ in DAYS]
    for key, windows in (written.get("week") or {}).items():
        for weekday in days(key):
            week[weekday] += _written(windows)
    exceptions = {day(key): _written(windows) for key, windows in (written.get("exceptions") or {}).items()}
    _refuse_overlaps(week, (*path, "week"), problems)
    for one, windows in exceptions.items():
        for first, second in _overlaps([_placed(one.isoformat(), 0, each) for each in windows]):
            problems.append(((*path, "exceptions", one.isoformat()), _overlap(first, second)))
    if not any(week) and not any(exceptions.values()) and not is_told(problems, path):
        problems.append((path, 'is never open; give it a week as in {mon-fri: ["09:00-17:00"]}'))
    holidays = closed_days(written.get("holidays") or {}, (*path, "holidays"), problems, warnings)
    if "time_zone" not in written:
        return None
    calendar = Calendar(name, written["time_zone"], week, holidays, exceptions)
    return Hours(calendar, tuple(map(_open_seconds, week)), sum(map(_open_seconds, exceptions.values())))


def _written(windows: Sequence[Window | None] | None) -> list[Window]:
    return [one for one in windows or () if one is not None]


def _open_seconds(windows: Sequence[Window]) -> int:
    return sum(one.closes_seconds - one.opens_seconds for one in windows)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A window on the clock of one week or day."""

    start: int
    end: int
    day: str
    clock: str


def _placed(name: str, day_start: int, one: Window) -> _Placed:
    closes = (one.closes_seconds - 1) % _DAY_SECONDS + 1
    clock = "-".join(f"{at // 3_600:02}:{at % 3_600 // 60:02}" for at in (one.opens_seconds, closes))
    return _Placed(day_start + one.opens_seconds, day_start + one.closes_seconds, name, clock)


def _refuse_overlaps(week: Sequence[Sequence[Window]], path: Path, problems: Findings) -> None:
    # The week comes round: an eighth day, Monday again, shows what runs over Sunday midnight.
    placed = [
        _placed(DAYS[index % 7], index * _DAY_SECONDS, one)
        for index, windows in enumerate([*week, week[0]])
        for one in windows
    ]
    told = set()
    for first, second in _overlaps(placed):
        if (first.clock, second.clock) not in told:  # mon-fri says it once, not five times
            told.add((first.clock, second.clock))
            problems.append((path, _overlap(first, second)))


def _overlaps(placed: Sequence[_Placed]) -> list[tuple[_Placed, _Placed]]:
    """Pairs of which the second opens before the first closes; touching is fine."""
    found = []
    reaching: _Placed | None = None
    for one in sorted(placed, key=lambda each: (each.start, each.end)):
        if reaching is not None and one.start < reaching.end:
            found.append((reaching, one))
        if reaching is None or one.end > reaching.end:
            reaching = one
    return found


def _overlap(first: _Placed, second: _Placed) -> str:
    return f"{first.day} {first.clock} and {second.day} {second.clock} overlap on the clock; join or shorten them"

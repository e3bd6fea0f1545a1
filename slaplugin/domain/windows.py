"""Windows of the local wall clock, and what they become as instants.

Arithmetic happens in UTC only. A wall-clock edge becomes an instant the way `zoneinfo` does with fold=0: a time that
occurs twice means its first occurrence, one that is skipped lies the same distance behind the jump (PEP 495). Open
time is the union of the windows as instants, so a window that a jump turns inside out counts as nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from slaplugin.domain.instants import Instant

Interval: TypeAlias = tuple[Instant, Instant]

DAY_SECONDS = 86_400

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock time: the zone comes with the question
_EPOCH_ORDINAL = _EPOCH.toordinal()
_NO_OFFSET = timedelta(0)


@dataclass(frozen=True, slots=True)
class Window:
    """Open hours in seconds of the local wall clock, counted from 00:00 of the day they open.

    24:00 is 86400; a window that crosses midnight closes after that, at most 24 hours after it opened.
    """

    opens_seconds: int
    closes_seconds: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens_seconds < DAY_SECONDS or not 0 < self.closes_seconds - self.opens_seconds <= DAY_SECONDS:
            raise ValueError(f"{self} must open within its day and close after that, within 24 hours")


def local_instant(zone: ZoneInfo, ordinal: int, seconds: int) -> Instant:
    """The instant of a wall-clock time; the day is a proleptic ordinal, `seconds` may reach into later days."""
    local_seconds = (ordinal - _EPOCH_ORDINAL) * DAY_SECONDS + seconds
    offset = zone.utcoffset(_EPOCH + timedelta(seconds=local_seconds)) or _NO_OFFSET
    return local_seconds - (offset.days * DAY_SECONDS + offset.seconds)


def open_intervals(
    zone: ZoneInfo, windows_of: Callable[[date], Sequence[Window]], lower: Instant, upper: Instant
) -> list[Interval]:
    """The open intervals within [lower, upper), cut at its ends, neither sorted nor merged."""
    found = []
    # A window closes up to 48 h after its midnight, which lies less than a day from the same midnight in UTC.
    for ordinal in range(lower // DAY_SECONDS + _EPOCH_ORDINAL - 3, upper // DAY_SECONDS + _EPOCH_ORDINAL + 1):
        for window in windows_of(date.fromordinal(ordinal)):
            opens = max(lower, local_instant(zone, ordinal, window.opens_seconds))
            closes = min(upper, local_instant(zone, ordinal, window.closes_seconds))
            if opens < closes:
                found.append((opens, closes))
    return found


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time in order, what overlaps or touches as one."""
    merged: list[Interval] = []
    for opens, closes in sorted(intervals):
        if merged and opens <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], closes)
        else:
            merged.append((opens, closes))
    return merged


def fills_week(week: Sequence[Sequence[Window]]) -> bool:
    """Whether the windows leave no gap on the local clock, from one week into the next; then no jump makes one."""
    windows = sorted(
        (day * DAY_SECONDS + window.opens_seconds, day * DAY_SECONDS + window.closes_seconds)
        for day, windows in enumerate(week)
        for window in windows
    )
    reached = max((closes for _, closes in windows), default=0) - 7 * DAY_SECONDS
    for opens, closes in windows:
        if opens > reached:
            return False
        reached = max(reached, closes)
    return bool(windows)


def year_start(year: int) -> Instant:
    """00:00 UTC of 1 January."""
    return (date(year, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY_SECONDS

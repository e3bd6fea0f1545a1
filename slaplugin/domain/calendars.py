"""Business calendars: local windows compiled once to intervals of instants, then searched by bisection."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from slaplugin.domain.instants import Instant, as_datetime, text
from slaplugin.domain.windows import (
    DAY_SECONDS,
    Interval,
    fills_week,
    local_instant,
    open_intervals,
    union,
    year_start,
)
from slaplugin.domain.windows import Window as Window

SpanKind: TypeAlias = Literal["open", "closed", "holiday"]
Holidays: TypeAlias = Mapping[date, str] | Callable[[int], Mapping[date, str]]

FIRST_YEAR = 1900
LAST_YEAR = 2199

_NO_HOLIDAYS: Mapping[date, str] = MappingProxyType({})
_NO_EXCEPTIONS: Mapping[date, Sequence[Window]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time of one kind; `name` is the holiday's, or "exception" for closed time of an exception's day."""

    start: Instant
    end: Instant
    kind: SpanKind
    name: str | None


class Calendar:
    """When the hours of a desk run. Immutable to its users, and one object serves any number of threads.

    `week` lists the windows of Monday to Sunday. `holidays` names closed days, as a mapping or as a function of the
    local year, asked once a year. `exceptions` replace the windows of a day and win over its holiday. Both affect only
    the windows that open that day. With `always` the calendar never closes, whatever else it was given.

    Years are compiled when first needed. Every method raises ValueError for instants outside FIRST_YEAR to LAST_YEAR,
    which keeps a wild date from compiling millennia; a calendar that never closes takes any instant. An unknown
    `time_zone` raises what `zoneinfo.ZoneInfo` raises.
    """

    __slots__ = (
        "_exceptions",
        "_holidays",
        "_holidays_by_year",
        "_intervals",
        "_lock",
        "_table",
        "_week",
        "_years",
        "_zone",
        "is_always_open",
        "name",
        "time_zone",
    )

    def __init__(
        self,
        name: str,
        time_zone: str,
        week: Sequence[Sequence[Window]],
        holidays: Holidays = _NO_HOLIDAYS,
        exceptions: Mapping[date, Sequence[Window]] = _NO_EXCEPTIONS,
        always: bool = False,
    ) -> None:
        if len(week) != 7:
            raise ValueError(f"calendar {name!r} needs the windows of 7 days, Monday first, not {len(week)}")
        self.name = name
        self.time_zone = time_zone
        self.is_always_open = always or (not holidays and not exceptions and fills_week(week))
        self._zone = ZoneInfo(time_zone)
        self._week = tuple(tuple(windows) for windows in week)
        self._exceptions = {day: tuple(windows) for day, windows in exceptions.items()}
        self._holidays = holidays if callable(holidays) else dict(holidays)
        self._holidays_by_year: dict[int, Mapping[date, str]] = {}
        self._lock = threading.Lock()
        self._years = range(0)
        self._intervals: list[Interval] = []
        self._table = _Table(0, -1, [], [], [])  # covers nothing

    def __repr__(self) -> str:
        return f"Calendar({self.name!r}, {self.time_zone!r})"

    def add(self, start: Instant, seconds: int) -> Instant:
        """The earliest instant, not before `start`, by which `seconds` of open time have run since `start`.

        Time used up exactly at closing ends at closing, not at the next opening. Raises ValueError when `seconds` is
        negative or the calendar has not that much open time left before LAST_YEAR is over.
        """
        if seconds <= 0:
            if seconds < 0:
                raise ValueError(f"calendar {self.name!r} cannot add {seconds} s; only forwards")
            return start
        if self.is_always_open:
            return start + seconds
        while True:
            lower, upper, starts, offsets, totals = self._table
            if start < lower or start > upper:
                lower, upper, starts, offsets, totals = self._cover(start, start)
            index = bisect_right(starts, start)
            counted = start + offsets[index]
            if counted > totals[index]:
                counted = totals[index]
            counted += seconds
            index = bisect_left(totals, counted, index)
            if index < len(totals):
                return counted - offsets[index]
            self._grow(upper)

    def between(self, start: Instant, end: Instant) -> int:
        """Seconds of open time in [start, end); 0 when `end` is not after `start`."""
        if end <= start:
            return 0
        if self.is_always_open:
            return end - start
        lower, upper, starts, offsets, totals = self._table
        if start < lower or end > upper:
            lower, upper, starts, offsets, totals = self._cover(start, end - 1)
        index = bisect_right(starts, start)
        before = start + offsets[index]
        if before > totals[index]:
            before = totals[index]
        index = bisect_right(starts, end, index)
        after = end + offsets[index]
        return (after if after < totals[index] else totals[index]) - before

    def is_open(self, at: Instant) -> bool:
        """Whether the second that begins at `at` counts."""
        return self.is_always_open or _closing(self._covering(at), at) is not None

    def next_opening(self, at: Instant) -> Instant:
        """The first open instant not before `at`: `at` itself when open then.

        Raises ValueError when the calendar does not open again before LAST_YEAR is over.
        """
        if self.is_open(at):
            return at
        while True:
            table = self._covering(at)
            index = bisect_right(table.starts, at)
            if index < len(table.starts):
                return table.starts[index]
            self._grow(table.upper)

    def open_until(self, at: Instant) -> Instant | None:
        """The instant at which the hours running at `at` end; None when they never do.

        Raises ValueError when the calendar is not open at `at`.
        """
        if self.is_always_open:
            return None
        while True:
            table = self._covering(at)
            closes = _closing(table, at)
            if closes is None:
                raise ValueError(f"calendar {self.name!r} is not open at {text(at)}")
            if closes < table.upper:
                return closes
            if table.upper == year_start(LAST_YEAR + 1):
                return None
            self._grow(table.upper)

    def spans(self, start: Instant, end: Instant) -> list[Span]:
        """What the calendar says about [start, end): in order, without gap or overlap, equal neighbours as one.

        All closed time of a holiday's local day belongs to the holiday, that before and after the usual hours
        included. A day reaches from its 00:00 to the next one, both by the fold=0 rule.
        """
        if end <= start:
            return []
        if self.is_always_open:
            return [Span(start, end, "open", None)]
        found: list[Span] = []
        reached = start
        table = self._cover(start, end - 1)
        for position in range(max(1, bisect_right(table.starts, start)), bisect_left(table.starts, end) + 1):
            opens, closes = table.interval(position)
            if closes <= start:
                continue
            opens, closes = max(opens, start), min(closes, end)
            found += self._closed_spans(reached, opens)
            found.append(Span(opens, closes, "open", None))
            reached = closes
        return found + self._closed_spans(reached, end)

    def open_seconds_per_day(self) -> int | None:
        """Open wall-clock seconds of a working day; None when the working days of the week differ or there are none."""
        if self.is_always_open:
            return DAY_SECONDS
        lengths = {sum(w.closes_seconds - w.opens_seconds for w in windows) for windows in self._week if windows}
        return lengths.pop() if len(lengths) == 1 else None

    def _closed_spans(self, start: Instant, end: Instant) -> list[Span]:
        found: list[Span] = []
        # One day early: where a jump spans midnight, the day by the wall clock is not the day by its fold=0 edges.
        ordinal = as_datetime(start).astimezone(self._zone).toordinal() - 1
        while start < end:
            until = min(end, local_instant(self._zone, ordinal + 1, 0))
            if until > start:
                kind, name = self._closed_because(date.fromordinal(ordinal))
                if found and (found[-1].kind, found[-1].name) == (kind, name):
                    found[-1] = Span(found[-1].start, until, kind, name)
                else:
                    found.append(Span(start, until, kind, name))
                start = until
            ordinal += 1
        return found

    def _closed_because(self, day: date) -> tuple[SpanKind, str | None]:
        if day in self._exceptions:
            return "closed", "exception"
        name = self._holiday(day)
        return ("closed", None) if name is None else ("holiday", name)

    def _holiday(self, day: date) -> str | None:
        if not callable(self._holidays):
            return self._holidays.get(day)
        names = self._holidays_by_year.get(day.year)
        if names is None:
            names = self._holidays_by_year.setdefault(day.year, dict(self._holidays(day.year)))
        return names.get(day)

    def _windows(self, day: date) -> tuple[Window, ...]:
        windows = self._exceptions.get(day)
        if windows is None:
            windows = self._week[day.weekday()]
            if windows and self._holiday(day) is not None:
                return ()
        return windows

    def _covering(self, at: Instant) -> _Table:
        table = self._table
        return table if table.lower <= at < table.upper else self._cover(at, at)

    def _grow(self, upper: Instant) -> None:
        """Cover more years after `upper`: as many again as there are, so that a far target costs linear time."""
        year = as_datetime(upper).year
        if year > LAST_YEAR:
            raise ValueError(f"calendar {self.name!r} has not enough open time before the year {year}")
        self._cover(upper, year_start(min(year + len(self._years), LAST_YEAR + 1)) - 1)

    def _cover(self, start: Instant, end: Instant) -> _Table:
        """Compile what is missing for the years of `start` and `end`, and all between them and those at hand.

        Readers hold a table that never changes; this puts a wider one in its place.
        """
        if start < year_start(FIRST_YEAR) or end >= year_start(LAST_YEAR + 1):
            raise ValueError(f"calendar {self.name!r} knows only the years {FIRST_YEAR} to {LAST_YEAR}")
        first, last = as_datetime(start).year, as_datetime(end).year
        with self._lock:
            known = self._years or range(first, first)
            years = range(min(first, known.start), max(last + 1, known.stop))
            if years != self._years:
                earlier = self._compile(range(years.start, known.start))
                later = self._compile(range(known.stop, years.stop))
                self._intervals = union([*earlier, *self._intervals, *later])
                self._table = _tabulate(self._intervals, year_start(years.start), year_start(years.stop))
                self._years = years
            return self._table

    def _compile(self, years: range) -> list[Interval]:
        return open_intervals(self._zone, self._windows, year_start(years.start), year_start(years.stop))


class _Table(NamedTuple):
    """The intervals of [lower, upper) for bisection.

    At position `i = bisect_right(starts, t)`, `min(t + offsets[i], totals[i])` is the open time of [lower, t). Position
    0 stands for the time before the first interval, so `starts` is one shorter than the others.
    """

    lower: Instant
    upper: Instant
    starts: list[Instant]
    offsets: list[int]
    totals: list[int]

    def interval(self, position: int) -> Interval:
        return self.starts[position - 1], self.totals[position] - self.offsets[position]


def _tabulate(intervals: Iterable[Interval], lower: Instant, upper: Instant) -> _Table:
    starts: list[Instant] = []
    offsets, totals, total = [-lower], [0], 0
    for opens, closes in intervals:
        starts.append(opens)
        offsets.append(total - opens)
        total += closes - opens
        totals.append(total)
    return _Table(lower, upper, starts, offsets, totals)


def _closing(table: _Table, at: Instant) -> Instant | None:
    """The end of the interval `at` lies in, None when closed then."""
    position = bisect_right(table.starts, at)
    offset, total = table.offsets[position], table.totals[position]
    return total - offset if at + offset < total else None


ALWAYS = Calendar("24x7", "UTC", ((),) * 7, always=True)

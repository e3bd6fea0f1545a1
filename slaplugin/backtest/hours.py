"""A calendar as arrays: open time up to an instant, and back, for a whole column at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from slaplugin.backtest.arrays import Ints
from slaplugin.domain.calendars import Calendar
from slaplugin.domain.instants import Instant

DAY_SECONDS = 86_400
MAX_ENTRIES = 1 << 20
"""A look-up table larger than this gives way to a search: it would not stay in the cache."""


class OpenHours:
    """Open seconds of a calendar counted from the UTC day of `start` on.

    Both directions are a look-up in a table with one entry per quantum, the largest step that meets every opening and
    closing; a calendar with odd seconds is searched instead. The answers are those of `Calendar.between` and `add`.
    """

    def __init__(self, calendar: Calendar, start: Instant, end: Instant) -> None:
        self._calendar = calendar
        self._lower = start // DAY_SECONDS * DAY_SECONDS
        if not calendar.is_always_open:
            self._compile(end)

    @property
    def signature(self) -> bytes:
        """Equal for calendars that are open at the same times of the range."""
        if self._calendar.is_always_open:
            return b"always"
        return self._opens.tobytes() + self._closes.tobytes()

    def counted(self, at: Ints) -> Ints:
        """Open seconds up to each instant; none may lie before the start."""
        since = at - self._lower
        if self._calendar.is_always_open:
            return since
        if len(at) and int(at.max()) > self._upper:
            self._compile(int(at.max()))
        if self._quantum is None:
            index = np.searchsorted(self._opens, at, side="right")
            return np.minimum(at + self._offsets[index], self._totals[index])
        index = since // self._quantum
        return self._base[index] + self._slope[index] * since

    def instants(self, counted: Ints) -> Ints:
        """The earliest instant by which each number of open seconds, above zero, has run.

        Raises ValueError when the calendar has not that much open time left.
        """
        if self._calendar.is_always_open:
            return counted + self._lower
        if len(counted) and int(counted.max()) > self._totals[-1]:
            self._compile(self._calendar.add(self._lower, int(counted.max())))
        if self._step is None:
            return counted - self._offsets[np.searchsorted(self._totals, counted)]
        return counted + self._shift[(counted - 1) // self._step]

    def _compile(self, end: Instant) -> None:
        self._upper = (end // DAY_SECONDS + 1) * DAY_SECONDS
        found = np.array(list(_intervals(self._calendar, self._lower, self._upper)), np.int64).reshape(-1, 2)
        self._opens, self._closes = found[:, 0].copy(), found[:, 1].copy()
        lengths = self._closes - self._opens
        self._totals = np.append(0, np.cumsum(lengths))
        self._offsets = np.append(-self._lower, self._totals[:-1] - self._opens)
        self._quantum = self._step = None
        if len(found):
            self._tabulate(lengths)

    def _tabulate(self, lengths: Ints) -> None:
        quantum = int(np.gcd.reduce(np.concatenate((self._opens - self._lower, self._closes - self._lower, [DAY_SECONDS]))))
        entries = (self._upper - self._lower) // quantum + 1
        if entries <= MAX_ENTRIES:
            self._quantum = quantum
            edges = np.arange(entries) * quantum + self._lower
            index = np.searchsorted(self._opens, edges, side="right")
            is_open = edges + self._offsets[index] < self._totals[index]
            self._slope = is_open.astype(np.int64)
            self._base = np.where(is_open, self._offsets[index] + self._lower, self._totals[index])
        step = int(np.gcd.reduce(lengths))
        if int(self._totals[-1]) // step <= MAX_ENTRIES:
            self._step = step
            self._shift = np.repeat(-self._offsets[1:], lengths // step)


def _intervals(calendar: Calendar, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant]]:
    at = start
    while at < end:
        try:
            opens = calendar.next_opening(at)
        except ValueError:
            return
        closes = calendar.open_until(opens)
        if opens >= end:
            return
        at = end if closes is None else min(closes, end)
        yield opens, at

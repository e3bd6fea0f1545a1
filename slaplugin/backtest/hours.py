"""A calendar as arrays: open time up to an instant, and back, for a whole column at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from slaplugin.backtest.arrays import Ints
from slaplugin.domain.calendars import Calendar
from slaplugin.domain.instants import Instant

DAY_SECONDS = 86_400
MAX_ENTRIES = 1 << 20
"""A look-up table larger than this gives way to a search: it would not stay in the processor's cache."""


class OpenHours:
    """Open seconds of a calendar, counted from the UTC day of `start` on; the answers are those of `between` and `add`.

    Both directions are look-ups. One table has an entry for each quantum of time, the largest step that meets every
    opening and closing; the other one for each quantum of open time. A calendar with odd seconds is searched instead.
    Compiled up to `end`, and further when asked for later instants.
    """

    def __init__(self, calendar: Calendar, start: Instant, end: Instant) -> None:
        self._calendar = calendar
        self._lower = start // DAY_SECONDS * DAY_SECONDS
        if not calendar.is_always_open:
            self._compile(end)

    @property
    def signature(self) -> bytes:
        """Equal for calendars that are open at the same times of the range."""
        return b"always" if self._calendar.is_always_open else self._opens.tobytes() + self._closes.tobytes()

    def counted(self, at: Ints) -> Ints:
        """Open seconds up to each instant; none may lie before the start."""
        since: Ints = at - self._lower
        if self._calendar.is_always_open or not len(at):
            return since
        if int(at.max()) > self._upper:
            self._compile(int(at.max()))
        if self._quantum:
            quantum = since // self._quantum
            since *= self._slope[quantum]
            since += self._base[quantum]
            return since
        index = np.searchsorted(self._opens, at, side="right")
        found: Ints = np.minimum(at + self._offsets[index], self._totals[index])
        return found

    def instants(self, counted: Ints) -> Ints:
        """The earliest instant by which each number of open seconds, above zero, has run.

        Raises ValueError when the calendar has not that much open time left.
        """
        if self._calendar.is_always_open or not len(counted):
            return counted + self._lower
        if int(counted.max()) > self._totals[-1]:
            self._compile(self._calendar.add(self._lower, int(counted.max())))
        if self._open_quantum:
            shift = self._shifts[(counted - 1) // self._open_quantum]
        else:
            shift = -self._offsets[np.searchsorted(self._totals, counted)]
        shift += counted
        return shift

    def _compile(self, end: Instant) -> None:
        self._upper = (end // DAY_SECONDS + 1) * DAY_SECONDS
        found = np.array(list(_intervals(self._calendar, self._lower, self._upper)), np.int64).reshape(-1, 2)
        self._opens, self._closes = found[:, 0].copy(), found[:, 1].copy()
        lengths = self._closes - self._opens
        # Behind `index` openings, `min(at + offsets[index], totals[index])` is the open time up to `at`.
        self._totals: Ints = np.append(0, np.cumsum(lengths))
        self._offsets: Ints = np.append(-self._lower, self._totals[:-1] - self._opens)
        self._quantum = self._fitting(np.append(found.ravel() - self._lower, DAY_SECONDS), self._upper - self._lower)
        self._open_quantum = self._fitting(lengths, int(self._totals[-1]))
        if self._quantum:
            edges = np.arange(self._lower, self._upper + 1, self._quantum)
            index = np.searchsorted(self._opens, edges, side="right")
            is_open = edges + self._offsets[index] < self._totals[index]
            self._slope = is_open.astype(np.int64)
            self._base = np.where(is_open, self._offsets[index] + self._lower, self._totals[index])
        if self._open_quantum:
            self._shifts = np.repeat(-self._offsets[1:], lengths // self._open_quantum)

    @staticmethod
    def _fitting(lengths: Ints, whole: int) -> int:
        """The largest step that all lengths are multiples of; 0 when the whole would take too many of them."""
        step = int(np.gcd.reduce(lengths)) if len(lengths) else 0
        return step if step and whole // step < MAX_ENTRIES else 0


def _intervals(calendar: Calendar, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant]]:
    at = start
    while at < end:
        try:
            opens = calendar.next_opening(at)
        except ValueError:  # it never opens again
            return
        if opens >= end:
            return
        closes = calendar.open_until(opens)
        at = end if closes is None else min(closes, end)
        yield opens, at

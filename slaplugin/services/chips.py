"""What a countdown needs: a timer's figures at an instant, and until when they go on by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from slaplugin.domain.calendars import Calendar
from slaplugin.domain.instants import Instant
from slaplugin.store.timers import StoredTimer

DAY_SECONDS = 86_400
FOREVER = 253_402_300_799
"""The end of a window that has none: the last second of the year 9999."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One timer at `at`. `remaining_seconds` is counted time, negative when over.

    It shrinks by one each second until `counting_until`; null there means that it stands still. `resumes_at` is when it
    counts again after that; null while paused. `risk_seconds` is the remaining time from which on it is at risk.
    `is_breached` holds at `at`, and for good. `in_days` says that its calendar never closes.
    """

    metric: str
    cycle: int
    state: str
    at: Instant
    remaining_seconds: int
    counting_until: Instant | None
    resumes_at: Instant | None
    target_seconds: int
    risk_seconds: int | None
    due_at: Instant | None
    is_breached: bool
    reasons: tuple[str, ...]
    fulfilled_at: Instant | None
    in_days: bool

    @property
    def is_open(self) -> bool:
        """Neither met nor cancelled."""
        return self.state in ("active", "paused")

    @property
    def is_at_risk(self) -> bool:
        """Past the first threshold before due, and not breached."""
        at_risk = self.risk_seconds is not None and self.remaining_seconds <= self.risk_seconds
        return self.state == "active" and at_risk and not self.is_breached

    @property
    def lasting(self) -> tuple[object, ...]:
        """What stays the same while the chip only counts, so that two looks at it can be compared."""
        moving = self.state == "active"
        return (
            self.metric, self.cycle, self.state, None if moving else self.remaining_seconds, self.counting_until,
            self.resumes_at, self.target_seconds, self.risk_seconds, self.due_at, self.is_breached, self.is_at_risk,
            self.reasons, self.fulfilled_at,
        )  # fmt: skip


def chip(timer: StoredTimer, calendar: Calendar, now: Instant) -> Chip:
    """The timer at `now`: its row holds for an earlier instant, the due instant and the calendar give the rest."""
    remaining, counting_until, resumes_at = timer.remaining_seconds, None, None
    is_breached = timer.breached_at is not None
    if timer.state == "active" and timer.due_at is not None:
        remaining = calendar.between(now, timer.due_at) - calendar.between(timer.due_at, now)
        counting_until, resumes_at = _window(calendar, now)
        is_breached = is_breached or timer.due_at < now
    return Chip(
        metric=timer.metric, cycle=timer.cycle, state=timer.state, at=now, remaining_seconds=remaining,
        counting_until=counting_until, resumes_at=resumes_at, target_seconds=timer.target_seconds,
        risk_seconds=timer.risk_seconds, due_at=timer.due_at, is_breached=is_breached,
        reasons=tuple(timer.pause_reasons), fulfilled_at=timer.fulfilled_at, in_days=calendar.is_always_open,
    )  # fmt: skip


def _window(calendar: Calendar, now: Instant) -> tuple[Instant | None, Instant | None]:
    """Until when the calendar is open now, and its next opening after that."""
    if calendar.is_always_open:
        return FOREVER, None
    if not calendar.is_open(now):
        return None, _next_opening(calendar, now)
    closes = calendar.open_until(now)
    return (FOREVER, None) if closes is None else (closes, _next_opening(calendar, closes))


def _next_opening(calendar: Calendar, after: Instant) -> Instant | None:
    try:
        return calendar.next_opening(after)
    except ValueError:  # the calendar does not open again
        return None

"""One timer while a ticket's events are replayed: what it counts, which promise binds it, whether it was kept."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from slaplugin.domain.counting import Track
from slaplugin.domain.instants import Instant
from slaplugin.domain.metrics import MetricOptions
from slaplugin.domain.moments import Moment
from slaplugin.domain.policies import Policy, Promise


class Loss(NamedTuple):
    """A timer without a target: since when, why, what it had counted by then, and the place of the last event."""

    at: Instant
    reason: str
    elapsed_seconds: int
    place: int


class Stop(NamedTuple):
    """The time between an end and the reopening; `cause` is the event that ended the timer."""

    since: Instant
    until: Instant
    cause: str


_until = attrgetter("until")


class Running:
    """A timer in replay. Unbound until its first target: such a one is never shown and uses no cycle number.

    `moments` are the ticket's applied events, shared and growing; a recount reads them again. `options` judge its end:
    those of the policy in force, or of the last one that knew the metric.
    """

    __slots__ = (
        "breached_at", "cancel_reason", "cycle", "due_at", "effective_at", "end_cause", "ended_at", "is_uniform",
        "loss", "metric", "moments", "options", "original_due_at", "promise", "retroactive", "run", "start_place",
        "started_at", "stops", "track", "version",
    )  # fmt: skip

    def __init__(
        self, metric: str, started_at: Instant, start_place: int, moments: Sequence[Moment], options: MetricOptions
    ) -> None:
        self.metric = metric
        self.started_at = started_at
        self.start_place = start_place
        self.moments = moments
        self.options = options
        self.cycle = 0
        self.run = 1
        self.track: Track | None = None
        self.promise: Promise | None = None
        self.version = 0
        self.is_uniform = True
        self.effective_at = started_at
        self.due_at: Instant | None = None
        self.original_due_at: Instant | None = None
        self.breached_at: Instant | None = None
        self.retroactive = False
        self.ended_at: Instant | None = None
        self.end_cause = ""
        self.cancel_reason: str | None = None
        self.loss: Loss | None = None
        self.stops: list[Stop] = []

    def bind(self, promise: Promise, version: int, cycle: int, at: Instant) -> None:
        """Its first target: no change, it holds from the start."""
        self.promise, self.version, self.cycle, self.options = promise, version, cycle, promise.options
        self.effective_at = at
        self._recount()
        self._refresh()

    def lose(self, at: Instant, policy: Policy | None) -> None:
        """No target any more: shown as cancelled, but counting goes on unseen, for it may come back (rule 11)."""
        if policy is not None:
            self.options = policy.options.get(self.metric, self.options)
        if self.track is not None and self.loss is None:
            self.settle(at)
            self.loss = Loss(
                at, "no_policy" if policy is None else "no_target", self.track.elapsed(at), len(self.moments) - 1
            )

    def look_up(self, promise: Promise, version: int, at: Instant) -> None:
        """The target takes effect: another one, or the same one back after a gap or a reopening."""
        if promise is not self.promise or version != self.version:
            self.settle(at)
            self._change(promise, at)
            self.version = version
        self.options = promise.options
        self.loss = None
        self.effective_at = at
        self._refresh()

    def hold(self) -> None:
        """Pause or resume as the last event left the fields."""
        track, promise = self.track, self.promise
        if track is None or promise is None:
            return
        now = self.moments[-1]
        labels = promise.options.holding(now.after)
        if labels != track.labels:
            self.settle(now.event.at)
            track.switch(now.event.at, "paused" if labels else "run", labels, now.event.id)
            self._refresh()

    def settle(self, at: Instant) -> None:
        """Notice a due instant that has passed before `at`: still open after due is a breach (rule 2)."""
        if self.due_at is not None and self.due_at < at and self.breached_at is None and self.loss is None:
            self.breached_at = self.due_at

    def fulfil(self, at: Instant, cause: str) -> None:
        """It ends now. In a gap without target it stays cancelled."""
        self.settle(at)
        self.ended_at, self.end_cause = at, cause
        if self.track is None or self.promise is None or self.loss is not None:
            return
        if self.track.kind != "run":
            self.due_at = self.track.locate(self.promise.target.seconds, at)
            if self.original_due_at is None:
                self.original_due_at = self.due_at

    def cancel(self, at: Instant, reason: str) -> None:
        """It ends now without being met or missed; a breach that happened stays."""
        self.settle(at)
        self.ended_at = at
        if self.loss is None:
            self.cancel_reason, self.due_at = reason, None

    def reopen(self) -> None:
        """The end was not the end: the time until the last event counts as stopped and the rest goes on (rule 9)."""
        assert self.ended_at is not None  # noqa: S101 - only ended timers are reopened
        at = self.moments[-1].event.at
        self.stops.append(Stop(self.ended_at, at, self.end_cause))
        if self.track is not None:
            self.track.switch(self.ended_at, "stopped", (), self.end_cause)
            self._lay(at, len(self.moments) - 1)
        self.ended_at = self.due_at = None

    def elapsed(self, at: Instant) -> int:
        """Counted seconds shown at `at`."""
        if self.loss is not None:
            return self.loss.elapsed_seconds
        assert self.track is not None  # noqa: S101 - only bound timers are shown
        return self.track.elapsed(at if self.ended_at is None else self.ended_at)

    def _refresh(self) -> None:
        """Compute due anew after a change, and the breach that the change itself may have made (rule 13)."""
        track, promise = self.track, self.promise
        if track is None or promise is None or self.loss is not None:
            return
        is_running = track.kind == "run"
        runs_out = track.locate(promise.target.seconds)
        self.due_at = runs_out if is_running else None
        if self.original_due_at is None:
            self.original_due_at = self.due_at
        if runs_out is None or self.breached_at is not None:
            return
        if not is_running or runs_out < self.effective_at:
            self.breached_at = max(runs_out, self.effective_at)
            self.retroactive = self.effective_at > runs_out

    def _change(self, promise: Promise, at: Instant) -> None:
        assert self.track is not None and self.promise is not None  # noqa: S101, PT018 - bound
        before, self.promise = self.promise, promise
        mode = promise.policy.on_change
        has_equal_pauses = before.options.pause == promise.options.pause
        if mode == "restart":
            self.run += 1
            self.started_at, self.start_place, self.is_uniform = at, len(self.moments) - 1, True
            self._recount()
        elif mode == "keep_elapsed":
            self.is_uniform = self.is_uniform and has_equal_pauses and promise.calendar is before.calendar
            since, place = (at, len(self.moments) - 1) if self.loss is None else (self.loss.at, self.loss.place)
            self.track.cut(since)
            self.track.change_calendar(since, promise.calendar)
            self._lay(since, place)
        elif self.is_uniform and has_equal_pauses:
            self.track = self.track.recounted(promise.calendar)
        else:
            self.is_uniform = True
            self._recount()
        if promise.policy.breaches == "withdraw":
            self.breached_at, self.retroactive = None, False

    def _recount(self) -> None:
        """Count from the start as if the promise now in force had always held, stops and earlier pauses included."""
        assert self.promise is not None  # noqa: S101 - bound
        self.track = Track(self.started_at, self.promise.calendar, self.moments[self.start_place].event.id)
        self._lay(self.started_at, self.start_place)

    def _lay(self, since: Instant, place: int) -> None:
        """Lay the pieces from `since` on under the pauses now in force; `place` is that of an event until then."""
        assert self.track is not None and self.promise is not None  # noqa: S101, PT018 - bound
        holding, switch, moments, stops = self.promise.options.holding, self.track.switch, self.moments, self.stops
        stop = bisect_right(stops, since, key=_until)
        last = len(moments) - 1
        for position in range(place, last + 1):
            if position < last and moments[position + 1].event.at <= since:
                continue  # at `since` holds what the last event until then left
            event = moments[position].event
            at = max(event.at, since)
            while stop < len(stops) and stops[stop].until <= at:
                stop += 1
            if stop < len(stops) and stops[stop].since <= at:
                switch(at, "stopped", (), stops[stop].cause)
            else:
                labels = holding(moments[position].after)
                switch(at, "paused" if labels else "run", labels, event.id)

"""One timer while a ticket's events are replayed: what it counts, which promise binds it, whether it was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slaplugin.domain.conditions import Fields, matches
from slaplugin.domain.counting import Track
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.instants import Instant
from slaplugin.domain.metrics import DEFAULT_OPTIONS, NEVER_PAUSES, MetricOptions, Pause
from slaplugin.domain.policies import Policy, PolicyDocument, Target


@dataclass(frozen=True, slots=True)
class Binding:
    """The promise in force: a tier's target in a policy of a document version."""

    version: int
    document: PolicyDocument
    policy: Policy
    tier: str
    target: Target

    def replaces(self, other: Binding) -> bool:
        """Is it another promise? The pair of policy and tier decides, also between equal targets (rule 12)."""
        return (self.version, self.policy.name, self.tier) != (other.version, other.policy.name, other.tier)


@dataclass(frozen=True, slots=True)
class Loss:
    """A timer without a target: since when, why, and what it had counted by then."""

    at: Instant
    reason: str
    elapsed_seconds: int


class Running:
    """A timer in replay. Unbound until its first target: such a one is never shown and uses no cycle number.

    `steps` is the ticket's applied events, shared and growing; a recount reads them again.
    """

    __slots__ = (
        "binding", "breached_at", "cancel_reason", "cycle", "due_at", "effective_at", "ended_at", "is_cancelled",
        "loss", "metric", "origin", "original_due_at", "retroactive", "run", "start_index", "started_at", "steps",
        "stops", "track",
    )  # fmt: skip

    def __init__(self, metric: str, started_at: Instant, start_index: int, steps: Sequence[TicketEvent],
                 origin: Policy | None) -> None:  # fmt: skip
        self.metric = metric
        self.started_at = started_at
        self.start_index = start_index
        self.steps = steps
        self.origin = origin
        self.cycle = 0
        self.run = 1
        self.track: Track | None = None
        self.binding: Binding | None = None
        self.effective_at = started_at
        self.due_at: Instant | None = None
        self.original_due_at: Instant | None = None
        self.breached_at: Instant | None = None
        self.retroactive = False
        self.ended_at: Instant | None = None
        self.is_cancelled = False
        self.cancel_reason: str | None = None
        self.loss: Loss | None = None
        self.stops: list[tuple[Instant, Instant, str]] = []

    @property
    def is_open(self) -> bool:
        """Not ended; a timer that lost its target is open in this sense, because it may come back."""
        return self.ended_at is None

    @property
    def options(self) -> MetricOptions:
        """The options that judge its end: of the policy that binds it, else of the one it started under."""
        policy = self.origin if self.binding is None else self.binding.policy
        return options_of(policy, self.metric)

    def settle(self, at: Instant) -> None:
        """Notice a due instant that has passed before `at`: still open after due is a breach (rule 2)."""
        if self.due_at is not None and self.due_at < at and self.breached_at is None and self.loss is None:
            self.breached_at = self.due_at

    def bind(self, binding: Binding, at: Instant, index: int, cycle: int) -> None:
        """Its first target: no change, it holds from the start."""
        self.binding = binding
        self.cycle = cycle
        self.effective_at = at
        self._rebuild(index)

    def lose(self, at: Instant, reason: str) -> None:
        """No target any more: shown as cancelled, but counting goes on unseen, for it may come back (rule 11)."""
        if self.track is not None and self.loss is None:
            self.loss = Loss(at, reason, self.track.elapsed(at))

    def look_up(self, binding: Binding, at: Instant, index: int) -> bool:
        """The target looked up after an event; True when that changed anything."""
        assert self.binding is not None  # noqa: S101 - only bound timers are looked up
        lost, self.loss = self.loss, None
        if binding.replaces(self.binding):
            self._change(binding, at, index, lost)
        elif lost is None:
            return False
        self.effective_at = at
        return True

    def hold(self, fields: Fields, at: Instant, cause: str) -> bool:
        """Pause or resume as the fields say; True when that changed anything."""
        track = self.track
        if track is None or self.binding is None:
            return False
        pauses = options_of(self.binding.policy, self.metric).pause
        labels = holding(pauses, fields)
        kind = "paused" if labels else "run"
        if kind == track.kind and labels == track.labels:
            return False
        track.switch(at, "paused" if labels else "run", labels, cause)
        return True

    def refresh(self) -> None:
        """Compute due anew after a change, and the breach that the change itself may have made (rule 13)."""
        track, binding = self.track, self.binding
        if track is None or binding is None or self.loss is not None:
            return
        if track.kind == "run":
            self.due_at = track.locate(binding.target.seconds)
            if self.original_due_at is None:
                self.original_due_at = self.due_at
            if self.breached_at is None and self.due_at is not None and self.due_at < self.effective_at:
                self.breached_at, self.retroactive = self.effective_at, True
            return
        self.due_at = None
        if self.breached_at is None and track.base >= binding.target.seconds:
            ran_out = track.locate(binding.target.seconds)
            assert ran_out is not None  # noqa: S101 - it was counted
            self.breached_at = max(ran_out, self.effective_at)
            self.retroactive = self.effective_at > ran_out

    def fulfil(self, at: Instant) -> None:
        """It ends now. In a gap without target it stays cancelled."""
        self.ended_at = at
        if self.track is None or self.binding is None or self.loss is not None:
            return
        self.due_at = self.track.locate(self.binding.target.seconds, at)
        if self.original_due_at is None:
            self.original_due_at = self.due_at

    def cancel(self, at: Instant, reason: str) -> None:
        """It ends now without being met or missed; a breach that happened stays."""
        self.ended_at = at
        if self.loss is None:
            self.is_cancelled, self.cancel_reason, self.due_at = True, reason, None

    def reopen(self, at: Instant, fields: Fields, cause: str) -> None:
        """The stop was not the end: the time since counts as stopped and the rest goes on (rule 9)."""
        assert self.ended_at is not None  # noqa: S101 - only ended timers are reopened
        self.stops.append((self.ended_at, at, cause))
        if self.track is not None and self.binding is not None:
            self.track.switch(self.ended_at, "stopped", (), self.track.cause)
            labels = holding(options_of(self.binding.policy, self.metric).pause, fields)
            self.track.switch(at, "paused" if labels else "run", labels, cause)
        self.ended_at = None
        self.effective_at = at

    def elapsed(self, at: Instant) -> int:
        """Counted seconds shown at `at`."""
        if self.loss is not None:
            return self.loss.elapsed_seconds
        assert self.track is not None  # noqa: S101 - only bound timers are shown
        return self.track.elapsed(at if self.ended_at is None else self.ended_at)

    def _change(self, binding: Binding, at: Instant, index: int, lost: Loss | None) -> None:
        assert self.track is not None and self.binding is not None  # noqa: S101, PT018 - bound
        before, self.binding = self.binding, binding
        mode = binding.policy.on_change
        calendar = binding.document.calendar(binding.target.calendar)
        if mode == "restart":
            self.started_at, self.start_index, self.stops = at, index, []
            self.run += 1
            self.track = Track(at, calendar, self.steps[index].id)
        elif mode == "keep_elapsed":
            if lost is None:
                self.track.change_calendar(at, calendar)
            else:
                self._recount_gap(lost.at, index)
        elif options_of(before.policy, self.metric).pause == options_of(binding.policy, self.metric).pause:
            self.track = self.track.recounted(calendar)
        else:
            self._rebuild(index)
        if binding.policy.breaches == "withdraw":
            self.breached_at, self.retroactive = None, False

    def _rebuild(self, index: int) -> None:
        """Count from the start as if the promise now in force had always held, stops and earlier pauses included."""
        assert self.binding is not None  # noqa: S101 - bound
        calendar = self.binding.document.calendar(self.binding.target.calendar)
        self.track = Track(self.started_at, calendar, self.steps[self.start_index].id)
        self._play(index, self.started_at)

    def _recount_gap(self, since: Instant, index: int) -> None:
        """Under keep_elapsed the time without a target counts under the new one."""
        assert self.track is not None and self.binding is not None  # noqa: S101, PT018 - bound
        self.track.cut(since)
        self.track.change_calendar(since, self.binding.document.calendar(self.binding.target.calendar))
        self._play(index, since)

    def _play(self, index: int, since: Instant) -> None:
        """Read the applied events again and lay the pieces from `since` on, under the pauses now in force."""
        assert self.track is not None and self.binding is not None  # noqa: S101, PT018 - bound
        track, pauses = self.track, options_of(self.binding.policy, self.metric).pause
        stops = [stop for stop in self.stops if stop[1] > since]
        fields: dict[str, object] = {}
        for position in range(index + 1):
            step = self.steps[position]
            fields.update(step.set)
            if position < self.start_index or (step.at < since and position > self.start_index):
                continue
            at = max(step.at, since)
            if stops and stops[0][0] <= at:
                if track.kind != "stopped":
                    track.switch(max(stops[0][0], since), "stopped", (), step.id)
                if at < stops[0][1]:
                    continue
                at = stops.pop(0)[1]
            labels = holding(pauses, fields)
            if labels != track.labels or track.kind != ("paused" if labels else "run"):
                track.switch(at, "paused" if labels else "run", labels, step.id)


def options_of(policy: Policy | None, metric: str) -> MetricOptions:
    """How a policy runs a metric, defaults filled in."""
    if policy is not None:
        found = policy.metrics.get(metric)
        if found is not None:
            return found
    return DEFAULT_OPTIONS.get(metric, NEVER_PAUSES)


def holding(pauses: Sequence[Pause], fields: Fields) -> tuple[str, ...]:
    """The labels of the pauses that hold now."""
    if not pauses:
        return ()
    return tuple(pause.label for pause in pauses if matches(pause.match, fields))

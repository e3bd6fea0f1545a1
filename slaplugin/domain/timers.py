"""Replay: the events of one ticket, the policy versions and an instant give the ticket's timers.

A pure function. Replaying at an instant gives what was true then; order, repeats and pieces of a feed do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from slaplugin.domain.conditions import Fields
from slaplugin.domain.escalations import Escalation, instants_of
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.feeds import visible
from slaplugin.domain.instants import Instant
from slaplugin.domain.lifecycle import Lifecycle, Start, ending, own_starts, reopening
from slaplugin.domain.metrics import BUILT_IN, RESOLUTION_FAMILY
from slaplugin.domain.moments import INITIAL_FIELDS, Moment, moment
from slaplugin.domain.policies import NOTHING, Policy, Promise, Version, options_of
from slaplugin.domain.running import Running

State: TypeAlias = Literal["active", "paused", "fulfilled", "cancelled"]


@dataclass(frozen=True, slots=True)
class Timer:
    """One target applied to one ticket, one cycle, as it stands at the instant asked for.

    Instants are UTC epoch seconds, durations seconds of counted time but for `wall_seconds`. `run` counts restarts
    from 1, `version` is the index of the policy version that governs it.
    """

    ticket: str
    metric: str
    cycle: int
    policy: str
    priority: str
    calendar: str
    state: State
    started_at: Instant
    fulfilled_at: Instant | None
    cancelled_at: Instant | None
    cancel_reason: str | None
    target_seconds: int
    elapsed_seconds: int
    remaining_seconds: int
    wall_seconds: int
    due_at: Instant | None
    original_due_at: Instant | None
    breached: bool
    breached_at: Instant | None
    retroactive: bool
    escalations: tuple[Escalation, ...]
    run: int
    version: int
    pause_reasons: tuple[str, ...]


def replay(events: Iterable[TicketEvent], versions: Sequence[Version], at: Instant) -> list[Timer]:
    """The timers of one ticket at `at`, built-in metrics first, own ones by name, each by cycle.

    `versions` stand in the order in which they took effect.
    """
    return [_timer(timer, ticket, at) for timer, ticket in run(events, versions, at)]


def run(events: Iterable[TicketEvent], versions: Sequence[Version], at: Instant) -> list[tuple[Running, str]]:
    """The same in the engine's own form, for the explanation: each timer with its ticket."""
    feed = visible(events, at)
    if not feed:
        return []
    created_at = feed[0].at
    held = None
    switches = []
    for index, version in enumerate(versions):
        if version.effective_at <= created_at:
            held = index
        elif version.apply == "open_tickets" and version.effective_at <= at:
            switches.append(index)
    ticket = _Ticket(versions, held, switches)
    for event in feed:
        while switches and versions[switches[0]].effective_at <= event.at:
            ticket.switch(switches.pop(0))
        if event.kind == "removed":
            ticket.remove(event.at)
            switches.clear()
        else:
            ticket.apply(event)
    for index in switches:
        ticket.switch(index)
    for timer in ticket.open.values():
        timer.settle(at)
    shown = [timer for timer in ticket.timers if timer.promise is not None]
    if len(shown) > 1:
        shown.sort(key=_position)
    return [(timer, feed[0].ticket) for timer in shown]


class _Ticket:
    """One ticket in replay: its fields, the promises that govern it, its timers. `open` has one at most by metric."""

    __slots__ = (
        "cycles", "document", "ended", "fields", "has_own_metrics", "lifecycle", "moments", "open", "policy",
        "promises", "tier", "timers", "version", "versions", "wanted",
    )  # fmt: skip

    def __init__(self, versions: Sequence[Version], held: int | None, switches: Sequence[int]) -> None:
        self.versions = versions
        self.version = -1 if held is None else held
        self.document = None if held is None else versions[held].document
        self.wanted: frozenset[str] = frozenset() if self.document is None else self.document.promised_metrics
        for index in switches:
            self.wanted |= versions[index].document.promised_metrics
        self.has_own_metrics = not self.wanted <= _BUILT_IN
        self.fields: Fields = INITIAL_FIELDS
        self.policy: Policy | None = None
        self.tier: str | None = None
        self.promises: Mapping[str, Promise] = NOTHING
        self.moments: list[Moment] = []
        self.timers: list[Running] = []
        self.open: dict[str, Running] = {}
        self.ended: dict[str, Running] = {}
        self.cycles: dict[str, int] = {}
        self.lifecycle = Lifecycle()

    def apply(self, event: TicketEvent) -> None:
        """One event: ends by what held before it, then starts, then the look-up by what holds after it (section 10).

        On the creation the ends come last.
        """
        before = self.fields
        if event.set:
            self.fields = {**before, **event.set}
        now = moment(event, len(self.moments), before, self.fields)
        self.moments.append(now)
        is_creation, at = now.is_creation, event.at
        if not is_creation:
            self._end(now)
        is_governed_anew = self._govern(event.set, is_creation) if event.set or is_creation else False
        fresh = self._start(now)
        if self.ended and now.changes_status:
            fresh += self._reopen(now)
        self._look_up(self.open.values() if is_governed_anew else fresh, at)
        if is_creation:
            self._end(now)
        elif event.set:
            for timer in self.open.values():
                timer.hold()

    def switch(self, version: int) -> None:
        """A version for open tickets takes effect: for every open timer a change (rule 16)."""
        self.version, self.document = version, self.versions[version].document
        self._govern({}, True)
        self._look_up(self.open.values(), self.versions[version].effective_at)

    def remove(self, at: Instant) -> None:
        """The ticket is gone: what is open is cancelled, what is fulfilled stays."""
        for timer in self.open.values():
            timer.cancel(at, "removed")
        self.open.clear()

    def _govern(self, changed: Fields, anew: bool) -> bool:
        """Look for policy and tier again where a change may concern them; True when other promises hold now."""
        document = self.document
        if document is None or (not anew and document.deciding_fields.isdisjoint(changed)):
            return False
        policy, tier = document.governing(self.fields), document.tier(self.fields)
        if policy is self.policy and tier == self.tier and not anew:
            return False
        self.policy, self.tier = policy, tier
        self.promises = document.promises(policy, tier)
        return True

    def _end(self, now: Moment) -> None:
        if now.is_quiet and not self.has_own_metrics:
            return
        event = now.event
        for metric, timer in list(self.open.items()):
            how = ending(metric, now, timer.options)
            if how is None:
                continue
            if how == "fulfil":
                timer.fulfil(event.at, event.id)
            else:
                timer.cancel(event.at, "solved")
            del self.open[metric]
            if metric in RESOLUTION_FAMILY:
                self.ended[metric] = timer

    def _reopen(self, now: Moment) -> list[Running]:
        """Ended timers go on, or begin their next cycle, as the policy in force after the event says."""
        found = []
        for metric, timer in list(self.ended.items()):
            how = reopening(now, timer.options, options_of(self.policy, metric))
            if how == "ignore":
                continue
            del self.ended[metric]
            if how == "new_cycle":
                timer = self._add(Start(metric, now.event.at, now.place))
            else:
                timer.reopen()
                self.open[metric] = timer
            found.append(timer)
        return found

    def _start(self, now: Moment) -> list[Running]:
        starts = [] if now.is_quiet else self.lifecycle.starts(now, self.policy, self.open)
        if self.has_own_metrics and self.policy is not None:
            starts += own_starts(now, self.policy, self.open, self.cycles)
        return [self._add(start) for start in starts if start.metric in self.wanted]

    def _add(self, start: Start) -> Running:
        options = options_of(self.policy, start.metric)
        timer = self.open[start.metric] = Running(start.metric, start.at, start.place, self.moments, options)
        self.timers.append(timer)
        return timer

    def _look_up(self, timers: Iterable[Running], at: Instant) -> None:
        for timer in timers:
            promise = self.promises.get(timer.metric)
            if promise is None:
                timer.lose(at, self.policy)
            elif timer.promise is None:
                self.cycles[timer.metric] = self.cycles.get(timer.metric, 0) + 1
                timer.bind(promise, self.version, self.cycles[timer.metric], at)
            else:
                timer.look_up(promise, self.version, at)


_BUILT_IN = frozenset(BUILT_IN)
_ORDER = {metric: position for position, metric in enumerate(BUILT_IN)}


def _position(timer: Running) -> tuple[int, str, int]:
    return (_ORDER.get(timer.metric, len(BUILT_IN)), timer.metric, timer.cycle)


def _timer(timer: Running, ticket: str, at: Instant) -> Timer:
    promise, track = timer.promise, timer.track
    assert promise is not None and track is not None  # noqa: S101, PT018 - only bound timers are shown
    state: State
    cancelled_at = fulfilled_at = cancel_reason = None
    if timer.loss is not None:
        state, end, cancel_reason = "cancelled", timer.loss.at, timer.loss.reason
    elif timer.cancel_reason is not None and timer.ended_at is not None:
        state, end, cancel_reason = "cancelled", timer.ended_at, timer.cancel_reason
    elif timer.ended_at is not None:
        state, end = "fulfilled", timer.ended_at
        fulfilled_at = end
    else:
        state, end = "active" if track.kind == "run" else "paused", at
    if state == "cancelled":
        cancelled_at = end
    target_seconds = promise.target.seconds
    elapsed_seconds = timer.elapsed(at)
    due_at = None if state == "cancelled" else timer.due_at
    return Timer(
        ticket=ticket,
        metric=timer.metric,
        cycle=timer.cycle,
        policy=promise.policy.name,
        priority=promise.tier,
        calendar=promise.target.calendar,
        state=state,
        started_at=timer.started_at,
        fulfilled_at=fulfilled_at,
        cancelled_at=cancelled_at,
        cancel_reason=cancel_reason,
        target_seconds=target_seconds,
        elapsed_seconds=elapsed_seconds,
        remaining_seconds=target_seconds - elapsed_seconds,
        wall_seconds=end - timer.started_at,
        due_at=due_at,
        original_due_at=timer.original_due_at,
        breached=timer.breached_at is not None,
        breached_at=timer.breached_at,
        retroactive=timer.retroactive,
        escalations=instants_of(promise.thresholds, track, fulfilled_at) if due_at is not None
        else tuple([Escalation(name, None) for name, _ in promise.thresholds]),
        run=timer.run,
        version=timer.version,
        pause_reasons=track.labels if state == "paused" else (),
    )  # fmt: skip

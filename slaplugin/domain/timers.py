"""Replay: the events of one ticket, the policy versions and an instant give the ticket's timers.

A pure function. Replaying at an instant gives what was true then; order, repeats and pieces of a feed do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from slaplugin.domain.escalations import Escalation, instants_of
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.feeds import visible
from slaplugin.domain.instants import Instant
from slaplugin.domain.lifecycle import Lifecycle, Moment, moment, reopening
from slaplugin.domain.metrics import BUILT_IN
from slaplugin.domain.policies import Policy, Version
from slaplugin.domain.running import Binding, Running

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
    """The timers of one ticket at `at`, built-in metrics first, own ones by name, each by cycle."""
    return [_timer(timer, events_ticket, at) for timer, events_ticket in run(events, versions, at)]


def run(events: Iterable[TicketEvent], versions: Sequence[Version], at: Instant) -> list[tuple[Running, str]]:
    """The same in the engine's own form, for the explanation: each timer with its ticket."""
    feed = visible(events, at)
    if not feed:
        return []
    ticket = _Ticket(versions, feed[0].at)
    switches = [
        index
        for index, version in enumerate(versions)
        if version.apply == "open_tickets" and feed[0].at < version.effective_at <= at
    ]
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
    shown = [timer for timer in ticket.timers if timer.binding is not None]
    for timer in shown:
        if timer.is_open:
            timer.settle(at)
    return [(timer, feed[0].ticket) for timer in sorted(shown, key=_position)]


class _Ticket:
    """One ticket in replay: its fields, the promise that governs it, its timers."""

    __slots__ = ("cycles", "fields", "latest", "lifecycle", "open", "policy", "steps", "tier", "timers", "version",
                 "versions", "wanted")  # fmt: skip

    def __init__(self, versions: Sequence[Version], created_at: Instant) -> None:
        self.versions = versions
        held = [index for index, version in enumerate(versions) if version.effective_at <= created_at]
        self.version = held[-1] if held else None
        self.wanted: frozenset[str] = frozenset().union(*(one.document.promised_metrics for one in versions))
        self.fields: dict[str, Any] = {"status": "new"}
        self.policy: Policy | None = None
        self.tier: str | None = None
        self.steps: list[TicketEvent] = []
        self.timers: list[Running] = []
        self.open: list[Running] = []
        self.latest: dict[str, Running] = {}
        self.cycles: dict[str, int] = {}
        self.lifecycle = Lifecycle()

    def apply(self, event: TicketEvent) -> None:
        """One event: ends by what held before it, then starts, then the look-up by what holds after it (section 10).

        On the creation the ends come last.
        """
        is_creation = not self.steps
        index = len(self.steps)
        self.steps.append(event)
        before = self.fields
        for timer in self.open:
            timer.settle(event.at)
        if event.set:
            self.fields = {**before, **event.set}
        now = moment(event, before, self.fields, is_creation)
        if not is_creation:
            self._end(now)
        ended = [timer for timer in self.latest.values() if not timer.is_open]
        if event.set or is_creation:
            self._govern()
        self.lifecycle.answer(now, index)
        self._start(now, index)
        changed = self._reopen(ended, now, index) if now.changes_status and ended else set()
        self._look_up(event.at, index, changed, is_creation or bool(event.set))
        if is_creation:
            self._end(now)

    def switch(self, version: int) -> None:
        """A version for open tickets takes effect: for every open timer a change (rule 16)."""
        at = self.versions[version].effective_at
        for timer in self.open:
            timer.settle(at)
        self.version = version
        self._govern()
        self._look_up(at, len(self.steps) - 1, set(), True)

    def remove(self, at: Instant) -> None:
        """The ticket is gone: what is open is cancelled, what is fulfilled stays."""
        for timer in self.open:
            timer.settle(at)
            timer.cancel(at, "removed")
        self.open = []

    def _govern(self) -> None:
        if self.version is None:
            return
        document = self.versions[self.version].document
        self.policy = document.governing(self.fields)
        self.tier = document.tier(self.fields)

    def _end(self, now: Moment) -> None:
        ended = False
        for timer in self.open:
            how = self.lifecycle.end(timer, now)
            if how == "fulfil":
                timer.fulfil(now.event.at)
            elif how == "cancel":
                timer.cancel(now.event.at, "solved")
            else:
                continue
            ended = True
        if ended:
            self.open = [timer for timer in self.open if timer.is_open]

    def _start(self, now: Moment, index: int) -> None:
        open_metrics = {timer.metric for timer in self.open}
        for metric, at, start_index in self.lifecycle.starts(now, index, self.policy, open_metrics, self.wanted):
            if metric in self.wanted:
                self._add(metric, at, start_index)

    def _reopen(self, ended: Sequence[Running], now: Moment, index: int) -> set[int]:
        reopened = set()
        for timer in ended:
            how = reopening(timer, now, self.policy)
            if how == "new_cycle":
                self._add(timer.metric, now.event.at, index)
            elif how == "resume" and not timer.is_cancelled and timer.loss is None:
                timer.reopen(now.event.at, self.fields, now.event.id)
                self.open.append(timer)
                reopened.add(id(timer))
        return reopened

    def _add(self, metric: str, at: Instant, start_index: int) -> None:
        timer = Running(metric, at, start_index, self.steps, self.policy)
        self.timers.append(timer)
        self.open.append(timer)
        self.latest[metric] = timer

    def _look_up(self, at: Instant, index: int, reopened: set[int], fields_changed: bool) -> None:
        cause = self.steps[index].id
        for timer in self.open:
            if timer.binding is not None and not fields_changed and id(timer) not in reopened:
                continue
            binding = self._binding(timer.metric)
            changed = id(timer) in reopened
            if binding is None:
                if timer.binding is not None:
                    timer.lose(at, "no_policy" if self.policy is None else "no_target")
            elif timer.binding is None:
                self.cycles[timer.metric] = self.cycles.get(timer.metric, 0) + 1
                timer.bind(binding, at, index, self.cycles[timer.metric])
                changed = True
            else:
                changed |= timer.look_up(binding, at, index)
            changed |= timer.hold(self.fields, at, cause)
            if changed:
                timer.refresh()

    def _binding(self, metric: str) -> Binding | None:
        if self.version is None or self.policy is None or self.tier is None:
            return None
        target = self.policy.targets.get(self.tier, {}).get(metric)
        if target is None:
            return None
        return Binding(self.version, self.versions[self.version].document, self.policy, self.tier, target)


_ORDER = {metric: position for position, metric in enumerate(BUILT_IN)}


def _position(timer: Running) -> tuple[int, str, int]:
    return (_ORDER.get(timer.metric, len(BUILT_IN)), timer.metric, timer.cycle)


def _timer(timer: Running, ticket: str, at: Instant) -> Timer:
    binding, track = timer.binding, timer.track
    assert binding is not None and track is not None  # noqa: S101, PT018 - only bound timers are shown
    state: State
    cancelled_at = fulfilled_at = None
    cancel_reason = None
    if timer.loss is not None:
        state, cancelled_at, cancel_reason = "cancelled", timer.loss.at, timer.loss.reason
    elif timer.is_cancelled:
        state, cancelled_at, cancel_reason = "cancelled", timer.ended_at, timer.cancel_reason
    elif timer.ended_at is not None:
        state, fulfilled_at = "fulfilled", timer.ended_at
    else:
        state = "active" if track.kind == "run" else "paused"
    end = cancelled_at or fulfilled_at or at
    elapsed = timer.elapsed(at)
    due_at = None if state == "cancelled" else timer.due_at
    rules = binding.policy.escalations_for(timer.metric)
    return Timer(
        ticket=ticket,
        metric=timer.metric,
        cycle=timer.cycle,
        policy=binding.policy.name,
        priority=binding.tier,
        calendar=binding.target.calendar,
        state=state,
        started_at=timer.started_at,
        fulfilled_at=fulfilled_at,
        cancelled_at=cancelled_at,
        cancel_reason=cancel_reason,
        target_seconds=binding.target.seconds,
        elapsed_seconds=elapsed,
        remaining_seconds=binding.target.seconds - elapsed,
        wall_seconds=end - timer.started_at,
        due_at=due_at,
        original_due_at=timer.original_due_at,
        breached=timer.breached_at is not None,
        breached_at=timer.breached_at,
        retroactive=timer.retroactive,
        escalations=instants_of(rules, track, binding.target.seconds, fulfilled_at) if due_at is not None
        else tuple(Escalation(rule.at, None) for rule in rules),
        run=timer.run,
        version=binding.version,
        pause_reasons=track.labels if state == "paused" else (),
    )  # fmt: skip

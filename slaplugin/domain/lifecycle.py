"""What starts and ends each metric's timers: the table of metrics as code, one event at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slaplugin.domain.conditions import Fields, matches
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.instants import Instant
from slaplugin.domain.metrics import (
    DONE,
    FIRST_RESPONSE,
    NEXT_RESPONSE,
    OWNERSHIP,
    PAUSABLE_UPDATE,
    PERIODIC_UPDATE,
    RESOLUTION_FAMILY,
    Trigger,
)
from slaplugin.domain.policies import Policy
from slaplugin.domain.running import Running, options_of


@dataclass(frozen=True, slots=True)
class Moment:
    """One event with the fields before and after it, and what it means for answers and solves."""

    event: TicketEvent
    before: Fields
    after: Fields
    is_creation: bool
    is_agent_reply: bool
    is_requester_reply: bool
    is_done: bool
    becomes_done: bool
    changes_status: bool

    @property
    def status(self) -> Any:
        return self.after.get("status")


def moment(event: TicketEvent, before: Fields, after: Fields, is_creation: bool) -> Moment:
    """Read an event: who answered whom, and whether the ticket is done with it."""
    status, was = after.get("status"), before.get("status")
    answers = event.kind == "replied" and event.public
    return Moment(
        event, before, after, is_creation,
        is_agent_reply=answers and event.role == "agent",
        is_requester_reply=answers and event.role == "requester",
        is_done=status in DONE,
        becomes_done=status in DONE and (is_creation or was not in DONE),
        changes_status=is_creation or status != was,
    )  # fmt: skip


class Lifecycle:
    """Remembers for one ticket what the starts need: the first-response stage, who waits for an answer."""

    __slots__ = ("first_response_pending", "stage_is_over", "started", "waiting")

    def __init__(self) -> None:
        self.first_response_pending = False
        self.stage_is_over = False
        self.waiting: tuple[Instant, int] | None = None
        self.started: set[str] = set()

    def end(self, timer: Running, now: Moment) -> str | None:
        """How this event ends an open timer: "fulfil", "cancel", or not at all."""
        metric = timer.metric
        if metric in RESOLUTION_FAMILY:
            return "fulfil" if now.changes_status and now.status in timer.options.stop else None
        if metric == FIRST_RESPONSE:
            if now.is_agent_reply:
                return "fulfil"
            return timer.options.solve if now.becomes_done else None
        if metric in (NEXT_RESPONSE, PERIODIC_UPDATE, PAUSABLE_UPDATE):
            return "fulfil" if now.is_agent_reply or now.becomes_done else None
        if metric == OWNERSHIP:
            moved = now.after.get("team") != now.before.get("team") and not now.is_creation
            return "fulfil" if moved or now.becomes_done else None
        trigger = timer.options.stop_trigger
        return "fulfil" if trigger is not None and _fires(trigger, now) else None

    def answer(self, now: Moment, index: int) -> None:
        """Keep the books of question and answer; after the ends, before the starts."""
        if now.is_agent_reply and not self.first_response_pending:
            self.stage_is_over, self.waiting = True, None
        if now.becomes_done:
            self.stage_is_over, self.waiting, self.first_response_pending = True, None, False
        elif now.is_requester_reply and self.stage_is_over and self.waiting is None:
            self.waiting = (now.event.at, index)

    def starts(
        self, now: Moment, index: int, policy: Policy | None, open_metrics: set[str], wanted: frozenset[str]
    ) -> Iterator[tuple[str, Instant, int]]:
        """Metrics that start with this event: name, instant, index of the event that counts as the start."""
        at = now.event.at
        if now.is_creation:
            if not self._waits_for_requester(now, policy):
                yield FIRST_RESPONSE, at, index
            for metric in sorted(RESOLUTION_FAMILY & wanted):
                yield metric, at, index
        elif self.first_response_pending and now.is_requester_reply:
            self.first_response_pending = False
            yield FIRST_RESPONSE, at, index
        if self.waiting is not None and not now.is_done and NEXT_RESPONSE not in open_metrics:
            yield NEXT_RESPONSE, *self.waiting
        if now.is_agent_reply and not now.is_done:
            yield PERIODIC_UPDATE, at, index
            yield PAUSABLE_UPDATE, at, index
        if OWNERSHIP not in open_metrics and now.after.get("team") is not None and not now.is_done and _owned_anew(now):
            yield OWNERSHIP, at, index
        if policy is not None:
            yield from self._own(now, index, policy, open_metrics)

    def _waits_for_requester(self, now: Moment, policy: Policy | None) -> bool:
        if now.event.role != "agent" or options_of(policy, FIRST_RESPONSE).agent_created == "run":
            return False
        self.first_response_pending = not now.is_done
        return True

    def _own(
        self, now: Moment, index: int, policy: Policy, open_metrics: set[str]
    ) -> Iterator[tuple[str, Instant, int]]:
        for metric, options in policy.metrics.items():
            if options.start is None or options.stop_trigger is None or metric in open_metrics:
                continue
            if metric in self.started and not options.many_cycles:
                continue
            if _fires(options.start, now) and not _fires(options.stop_trigger, now):
                self.started.add(metric)
                yield metric, now.event.at, index


def reopening(timer: Running, now: Moment, policy: Policy | None) -> str | None:
    """How a change of status reopens an ended timer of the resolution family: "resume", "new_cycle", or not at all."""
    if timer.metric not in RESOLUTION_FAMILY or not now.changes_status or now.is_creation:
        return None
    options = options_of(policy, timer.metric)
    left = now.before.get("status") in timer.options.stop
    if not left or now.status == "closed" or now.status in options.stop or options.reopen == "ignore":
        return None
    return options.reopen


def _owned_anew(now: Moment) -> bool:
    """The team was set or changed, or a solved ticket with a team is worked on again."""
    if now.is_creation or now.after.get("team") != now.before.get("team"):
        return True
    return now.before.get("status") in DONE


def _fires(trigger: Trigger, now: Moment) -> bool:
    if trigger.kind == "created":
        return now.is_creation
    if trigger.kind == "enters":
        return matches(trigger.match, now.after) and (now.is_creation or not matches(trigger.match, now.before))
    if trigger.kind == "leaves":
        return not now.is_creation and matches(trigger.match, now.before) and not matches(trigger.match, now.after)
    replied = now.is_agent_reply if trigger.by == "agent" else now.is_requester_reply
    if not trigger.public:
        replied = now.event.kind == "replied" and now.event.role == trigger.by and not now.event.public
    return replied

"""What starts and ends each metric's timers: the table of metrics as code, one event at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal, NamedTuple, TypeAlias

from slaplugin.domain.conditions import matches
from slaplugin.domain.instants import Instant
from slaplugin.domain.metrics import (
    AGENT_WORK,
    DONE,
    FIRST_RESPONSE,
    NEXT_RESPONSE,
    OWNERSHIP,
    PAUSABLE_UPDATE,
    PERIODIC_UPDATE,
    REQUESTER_WAIT,
    RESOLUTION,
    RESOLUTION_FAMILY,
    TOTAL_RESOLUTION,
    MetricOptions,
    Reopen,
    Trigger,
)
from slaplugin.domain.moments import Moment
from slaplugin.domain.policies import Policy, options_of

Ending: TypeAlias = Literal["fulfil", "cancel"]


def ending(metric: str, now: Moment, options: MetricOptions) -> Ending | None:
    """How this event ends an open timer, if it does."""
    ends = _ENDINGS.get(metric)
    if ends is not None:
        return ends(now, options)
    return "fulfil" if _fires(options.stop_trigger, now) else None


def reopening(now: Moment, left: MetricOptions, entered: MetricOptions) -> Reopen:
    """How a change of status reopens an ended timer of the resolution family: "ignore" means not at all.

    `left` are the options it ended by, `entered` those of the policy in force after the event.
    """
    if now.before["status"] not in left.stop or now.status == "closed" or now.status in entered.stop:
        return "ignore"
    return entered.reopen


class Start(NamedTuple):
    """A timer begins: `place` is that of the event that counts as its start."""

    metric: str
    at: Instant
    place: int


class Lifecycle:
    """Remembers for one ticket what the starts need: the first-response stage, who waits for an answer."""

    __slots__ = ("first_response_pending", "stage_is_over", "waiting")

    def __init__(self) -> None:
        self.first_response_pending = False
        self.stage_is_over = False
        self.waiting: Start | None = None

    def starts(self, now: Moment, policy: Policy | None, open_metrics: Collection[str]) -> list[Start]:
        """Timers of built-in metrics that start with this event, which has ended what it ends."""
        self._answer(now)
        at, place = now.event.at, now.place
        found: list[Start] = []
        if now.is_creation:
            if not self._waits_for_requester(now, policy):
                found.append(Start(FIRST_RESPONSE, at, place))
            found += [Start(metric, at, place) for metric in RESOLUTION_FAMILY]
        elif self.first_response_pending and now.is_requester_reply:
            self.first_response_pending = False
            found.append(Start(FIRST_RESPONSE, at, place))
        if now.is_done:
            return found
        if self.waiting is not None and NEXT_RESPONSE not in open_metrics:
            found.append(self.waiting)
        if now.is_agent_reply:
            found += Start(PERIODIC_UPDATE, at, place), Start(PAUSABLE_UPDATE, at, place)
        is_passed_on = now.is_creation or now.changes_team or now.before["status"] in DONE
        if is_passed_on and now.after.get("team") is not None and OWNERSHIP not in open_metrics:
            found.append(Start(OWNERSHIP, at, place))
        return found

    def _answer(self, now: Moment) -> None:
        """Keep the books of question and answer."""
        if now.is_agent_reply and not self.first_response_pending:
            self.stage_is_over, self.waiting = True, None
        if now.becomes_done:
            self.stage_is_over, self.waiting, self.first_response_pending = True, None, False
        elif now.is_requester_reply and self.stage_is_over and self.waiting is None:
            self.waiting = Start(NEXT_RESPONSE, now.event.at, now.place)

    def _waits_for_requester(self, now: Moment, policy: Policy | None) -> bool:
        if now.event.role != "agent" or options_of(policy, FIRST_RESPONSE).agent_created == "run":
            return False
        self.first_response_pending = not now.is_done
        return True


def own_starts(now: Moment, policy: Policy, open_metrics: Collection[str], had: Collection[str]) -> list[Start]:
    """Timers of the policy's own metrics that start with this event; `had` are metrics that used up a cycle."""
    return [
        Start(metric, now.event.at, now.place)
        for metric, options in policy.own_metrics.items()
        if metric not in open_metrics
        and (options.many_cycles or metric not in had)
        and _fires(options.start, now)
        and not _fires(options.stop_trigger, now)
    ]


def _by_stop(now: Moment, options: MetricOptions) -> Ending | None:
    return "fulfil" if now.changes_status and now.status in options.stop else None


def _by_first_answer(now: Moment, options: MetricOptions) -> Ending | None:
    if now.is_agent_reply:
        return "fulfil"
    return options.solve if now.becomes_done else None


def _by_answer(now: Moment, _options: MetricOptions) -> Ending | None:
    return "fulfil" if now.is_agent_reply or now.becomes_done else None


def _by_change_of_team(now: Moment, _options: MetricOptions) -> Ending | None:
    return "fulfil" if (now.changes_team and not now.is_creation) or now.becomes_done else None


_ENDINGS: dict[str, Callable[[Moment, MetricOptions], Ending | None]] = {
    FIRST_RESPONSE: _by_first_answer,
    NEXT_RESPONSE: _by_answer,
    PERIODIC_UPDATE: _by_answer,
    PAUSABLE_UPDATE: _by_answer,
    RESOLUTION: _by_stop,
    REQUESTER_WAIT: _by_stop,
    AGENT_WORK: _by_stop,
    TOTAL_RESOLUTION: _by_stop,
    OWNERSHIP: _by_change_of_team,
}


def _fires(trigger: Trigger | None, now: Moment) -> bool:
    if trigger is None:
        return False
    if trigger.kind == "created":
        return now.is_creation
    if trigger.kind == "enters":
        return matches(trigger.match, now.after) and (now.is_creation or not matches(trigger.match, now.before))
    if trigger.kind == "leaves":
        return not now.is_creation and matches(trigger.match, now.before) and not matches(trigger.match, now.after)
    event = now.event
    return event.kind == "replied" and event.role == trigger.by and event.public == trigger.public

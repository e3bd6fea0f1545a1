"""What is measured: the built-in metrics, their options, and own metrics with their triggers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from slaplugin.domain.conditions import Condition, Match

FIRST_RESPONSE = "first_response"
NEXT_RESPONSE = "next_response"
PERIODIC_UPDATE = "periodic_update"
PAUSABLE_UPDATE = "pausable_update"
RESOLUTION = "resolution"
REQUESTER_WAIT = "requester_wait"
AGENT_WORK = "agent_work"
TOTAL_RESOLUTION = "total_resolution"
OWNERSHIP = "ownership"

BUILT_IN = (
    FIRST_RESPONSE, NEXT_RESPONSE, PERIODIC_UPDATE, PAUSABLE_UPDATE, RESOLUTION, REQUESTER_WAIT, AGENT_WORK,
    TOTAL_RESOLUTION, OWNERSHIP,
)  # fmt: skip
"""In the order in which timers are listed; own metrics follow by name."""

RESOLUTION_FAMILY = frozenset({RESOLUTION, REQUESTER_WAIT, AGENT_WORK, TOTAL_RESOLUTION})
DONE = frozenset({"solved", "closed"})

Reopen: TypeAlias = Literal["resume", "new_cycle", "ignore"]


@dataclass(frozen=True, slots=True)
class Pause:
    """A reason to stand still: `label` names it to people, a status or the text of the match."""

    label: str
    match: Match


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts or stops an own metric. `match` for enters and leaves, `by` and `public` for reply."""

    kind: Literal["created", "enters", "leaves", "reply"]
    match: Match = ()
    by: Literal["agent", "requester"] | None = None
    public: bool = True


@dataclass(frozen=True, slots=True)
class MetricOptions:
    """How a policy runs one metric. `start` and `stop_trigger` make it a metric of the policy's own."""

    pause: tuple[Pause, ...] = ()
    stop: frozenset[str] = DONE
    reopen: Reopen = "resume"
    agent_created: Literal["wait_for_requester", "run"] = "wait_for_requester"
    solve: Literal["fulfil", "cancel"] = "fulfil"
    start: Trigger | None = None
    stop_trigger: Trigger | None = None
    many_cycles: bool = False


def pause_on_status(status: str) -> Pause:
    """The pause that a bare status in a document means."""
    return Pause(status, (Condition("status", "in", (status,)),))


_PENDING = (pause_on_status("pending"),)
_PENDING_OR_ON_HOLD = (pause_on_status("pending"), pause_on_status("on_hold"))
NEVER_PAUSES = MetricOptions()

DEFAULT_PAUSES: dict[str, tuple[Pause, ...]] = {
    PAUSABLE_UPDATE: _PENDING,
    RESOLUTION: _PENDING,
    REQUESTER_WAIT: _PENDING,
    AGENT_WORK: _PENDING_OR_ON_HOLD,
}
DEFAULT_OPTIONS: dict[str, MetricOptions] = {
    metric: MetricOptions(pause=DEFAULT_PAUSES.get(metric, ())) for metric in BUILT_IN
}

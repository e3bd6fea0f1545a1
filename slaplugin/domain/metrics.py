"""What is measured: the built-in metrics, their options, and own metrics with their triggers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from slaplugin.domain.conditions import Condition, Fields, Match, matches
from slaplugin.domain.events import STATUSES

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
    _by_status: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look ahead: most pauses ask for nothing but the status, and there are six."""
        asks_more = any(condition.field != "status" for pause in self.pause for condition in pause.match)
        by_status = {} if asks_more else {status: self._holding({"status": status}) for status in STATUSES}
        object.__setattr__(self, "_by_status", by_status)

    def holding(self, fields: Fields) -> tuple[str, ...]:
        """The labels of the pauses that hold now."""
        labels = self._by_status.get(fields["status"])
        return self._holding(fields) if labels is None else labels

    def _holding(self, fields: Fields) -> tuple[str, ...]:
        return tuple(pause.label for pause in self.pause if matches(pause.match, fields))


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

"""From the events of tickets to columns."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from slaplugin.backtest.columns import AGENT_REPLY, REMOVED, REQUESTER_REPLY, Columns, FieldColumn
from slaplugin.domain.events import STATUSES, TicketEvent
from slaplugin.domain.feeds import visible
from slaplugin.domain.instants import Instant
from slaplugin.domain.metrics import OWNERSHIP
from slaplugin.domain.policies import PolicyDocument

_CODES = {status: code for code, status in enumerate(STATUSES)}


@dataclass(frozen=True, slots=True)
class Range:
    """Instants from `start` on and before `end`; without bound where null."""

    start: Instant | None = None
    end: Instant | None = None

    def __contains__(self, at: Instant) -> bool:
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)


_EVER = Range()


def build(
    feeds: Iterable[Sequence[TicketEvent]], until: Instant, fields: Collection[str], created: Range = _EVER
) -> Columns:
    """Columns of these tickets as they are known at `until`; a feed holds the events of one ticket, in any order.

    Tickets that did not exist by then, or were created outside the range, are left out. `fields` are those that
    policies look at (`fields_of`). Raises ValueError for a status that the event format does not have.
    """
    builder = _Builder(until, fields)
    for events in feeds:
        feed = visible(events, until)
        if feed and feed[0].at in created:
            builder.take(feed)
    return builder.columns()


def fields_of(documents: Iterable[PolicyDocument]) -> frozenset[str]:
    """The fields that decide which promise of these documents holds."""
    found = {"priority"}
    for document in documents:
        for policy in document.policies:
            found |= {condition.field for condition in policy.match}
        if OWNERSHIP in document.promised_metrics:
            found.add("team")
    return frozenset(found)


class _Builder:
    def __init__(self, until: Instant, fields: Collection[str]) -> None:
        self.until = until
        self.tickets: list[str] = []
        self.keys: list[str | None] = []
        self.offsets = array("q", [0])
        self.at = array("q")
        self.marks = bytearray()
        self.status = bytearray()
        self.by_agent = bytearray()
        self.state_events = array("q")
        self.slots = {name: slot for slot, name in enumerate(sorted(fields))}
        self.known: list[dict[Hashable, int]] = [{None: 0} for _ in self.slots]
        self.values: list[list[Any]] = [[None] for _ in self.slots]
        self.codes = [array("q") for _ in self.slots]

    def take(self, feed: Sequence[TicketEvent]) -> None:
        state = [0] * len(self.slots)
        status, key = 0, None
        if "status" in self.slots:
            state[self.slots["status"]] = self._code(self.slots["status"], STATUSES[0])
        for position, event in enumerate(feed):
            is_new_state = position == 0
            mark = 0
            if event.kind == "replied":
                mark = _reply_mark(event)
            elif event.kind == "removed":
                mark = REMOVED
            if event.set and mark != REMOVED:
                for name, value in event.set.items():
                    slot = self.slots.get(name)
                    if slot is not None:
                        code = self._code(slot, value)
                        if code != state[slot]:
                            state[slot], is_new_state = code, True
                    if name == "status":
                        status = _status(event.ticket, value)
                    elif name == "key":
                        key = value
            if is_new_state:
                self.state_events.append(len(self.at))
                for column, code in zip(self.codes, state, strict=True):
                    column.append(code)
            self.at.append(event.at)
            self.marks.append(mark)
            self.status.append(status)
        self.by_agent.append(feed[0].role == "agent")
        self.tickets.append(feed[0].ticket)
        self.keys.append(key)
        self.offsets.append(len(self.at))

    def columns(self) -> Columns:
        return Columns(
            tickets=self.tickets,
            keys=self.keys,
            until=self.until,
            offsets=np.array(self.offsets, np.int64),
            at=np.array(self.at, np.int64),
            marks=np.frombuffer(self.marks, np.uint8),
            status=np.frombuffer(self.status, np.uint8),
            by_agent=np.frombuffer(self.by_agent, np.bool_),
            state_events=np.array(self.state_events, np.int64),
            fields={
                name: FieldColumn(self.values[slot], np.array(self.codes[slot], np.int64))
                for name, slot in self.slots.items()
            },
        )

    def _code(self, slot: int, value: Any) -> int:
        known = self.known[slot]
        identity = value if type(value) is str else _identity(value)
        code = known.get(identity)
        if code is None:
            code = known[identity] = len(known)
            self.values[slot].append(value)
        return code


def _identity(value: Any) -> Hashable:
    """Tells values apart the way conditions do: by type and content."""
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return (list, *((type(member), member) for member in value))
    return type(value), value


def _reply_mark(event: TicketEvent) -> int:
    if not event.public:
        return 0
    return {"agent": AGENT_REPLY, "requester": REQUESTER_REPLY}.get(event.role or "", 0)


def _status(ticket: str, value: Any) -> int:
    code = _CODES.get(value)
    if code is None:
        raise ValueError(f"ticket {ticket} has the status {value!r}, which is none of {', '.join(STATUSES)}")
    return code

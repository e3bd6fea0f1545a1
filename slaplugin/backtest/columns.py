"""Many tickets as flat columns: one row an event, ticket by ticket, in the order of the engine.

What columns hold does not depend on any policy document: only which fields were asked for does. They are made once
and then evaluated under as many documents as somebody cares to try.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from slaplugin.backtest.arrays import Bools, Bytes, Ints, positions
from slaplugin.domain.events import STATUSES, TicketEvent
from slaplugin.domain.feeds import visible
from slaplugin.domain.instants import Instant
from slaplugin.domain.metrics import DONE, OWNERSHIP
from slaplugin.domain.policies import PolicyDocument

AGENT_REPLY, REQUESTER_REPLY, REMOVED = 1, 2, 4

_CODES = {status: code for code, status in enumerate(STATUSES)}
_IS_DONE = np.array([status in DONE for status in STATUSES])


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """One field of the tickets: every value it ever had, and which of them it has in each field state."""

    values: Sequence[Any]
    codes: Ints


@dataclass(frozen=True)
class Columns:
    """Tickets with their visible events at `until`; see `build`.

    The events of ticket `i` are rows `offsets[i]` to `offsets[i + 1]`, the first of them its creation. `marks` holds
    public replies and removals, `status` an index of STATUSES, the status after the event. A ticket passes through
    field states: `state_events` is the event each begins with, the first one of a ticket being its creation.
    """

    tickets: Sequence[str]
    keys: Sequence[str | None]
    until: Instant
    offsets: Ints
    at: Ints
    marks: Bytes
    status: Bytes
    by_agent: Bools
    state_events: Ints
    fields: Mapping[str, FieldColumn]

    def __len__(self) -> int:
        return len(self.tickets)

    @property
    def events(self) -> int:
        """How many events there are."""
        return len(self.at)

    @cached_property
    def created_at(self) -> Ints:
        """The creation of every ticket."""
        return self.at[self.offsets[:-1]]

    @cached_property
    def ticket_of(self) -> Ints:
        """The ticket of every event."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @cached_property
    def is_creation(self) -> Bools:
        """Whether an event is its ticket's first."""
        first = np.zeros(self.events, np.bool_)
        first[self.offsets[:-1]] = True
        return first

    @cached_property
    def is_agent_reply(self) -> Bools:
        """A public reply of an agent."""
        return (self.marks & AGENT_REPLY) != 0

    @cached_property
    def is_requester_reply(self) -> Bools:
        """A public reply of the requester's side."""
        return (self.marks & REQUESTER_REPLY) != 0

    @cached_property
    def is_done(self) -> Bools:
        """Solved or closed after the event."""
        return _IS_DONE[self.status]

    @cached_property
    def was_done(self) -> Bools:
        """Solved or closed before the event."""
        was = np.empty(self.events, np.bool_)
        was[1:] = self.is_done[:-1]
        was[self.offsets[:-1]] = False
        return was

    @cached_property
    def becomes_done(self) -> Bools:
        """The event solves or closes an open ticket; also a creation in such a status."""
        return self.is_done & ~self.was_done

    @cached_property
    def steps(self) -> Ints:
        """The events that change the status, creations included."""
        changes = self.is_creation.copy()
        changes[1:] |= self.status[1:] != self.status[:-1]
        return positions(changes)

    @cached_property
    def step_at(self) -> Ints:
        """When the status changed."""
        return self.at[self.steps]

    @cached_property
    def step_status(self) -> Bytes:
        """What it changed to."""
        return self.status[self.steps]

    @cached_property
    def steps_before(self) -> Ints:
        """For every event, and for the end behind the last one, how many steps stand before it."""
        flags = np.zeros(self.events + 1, np.int64)
        flags[self.steps + 1] = 1
        return np.cumsum(flags)

    @cached_property
    def state_offsets(self) -> Ints:
        """The field states of ticket `i` are `state_offsets[i]` to `state_offsets[i + 1]`."""
        return np.append(np.searchsorted(self.state_events, self.offsets[:-1]), len(self.state_events))

    def first(self, flags: Bools) -> Ints:
        """For each ticket its first event with the flag; the end of its events when there is none."""
        found = self.offsets[1:].copy()
        events = positions(flags)[::-1]
        found[self.ticket_of[events]] = events
        return found


def build(feeds: Iterable[Sequence[TicketEvent]], until: Instant, fields: Collection[str]) -> Columns:
    """Columns of these tickets as they are known at `until`; a feed holds the events of one ticket, in any order.

    Tickets that did not exist by then are left out. `fields` are those that policies look at (`fields_of`). Raises
    ValueError for a status that the event format does not have.
    """
    builder = _Builder(until, fields)
    for events in feeds:
        feed = visible(events, until)
        if feed:
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

"""Many tickets as flat columns: one row an event, ticket by ticket, in the order of the engine.

What columns hold does not depend on any policy document: only which fields were asked for does. They are made once
and then evaluated under as many documents as somebody cares to try.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from slaplugin.backtest.arrays import Bools, Bytes, Ints, positions
from slaplugin.domain.events import STATUSES
from slaplugin.domain.instants import Instant
from slaplugin.domain.metrics import DONE

AGENT_REPLY, REQUESTER_REPLY, REMOVED = 1, 2, 4

_IS_DONE = np.array([status in DONE for status in STATUSES])


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """One field of the tickets: every value it ever had, and which of them it has in each field state."""

    values: Sequence[Any]
    codes: Ints


@dataclass(frozen=True)
class Columns:
    """Tickets with their visible events at `until`; `building.build` makes them.

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
        return self._marked(AGENT_REPLY)

    @cached_property
    def is_requester_reply(self) -> Bools:
        """A public reply of the requester's side."""
        return self._marked(REQUESTER_REPLY)

    @cached_property
    def is_removal(self) -> Bools:
        """The end of a ticket that is gone: always its last event."""
        return self._marked(REMOVED)

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

    def part(self, first: int, end: int) -> Columns:
        """The tickets from `first` up to `end` as columns of their own; nothing of size is copied."""
        events = slice(self.offsets[first], self.offsets[end])
        states = slice(*np.searchsorted(self.state_events, (events.start, events.stop)))
        return Columns(
            tickets=self.tickets[first:end],
            keys=self.keys[first:end],
            until=self.until,
            offsets=self.offsets[first : end + 1] - events.start,
            at=self.at[events],
            marks=self.marks[events],
            status=self.status[events],
            by_agent=self.by_agent[first:end],
            state_events=self.state_events[states] - events.start,
            fields={name: FieldColumn(one.values, one.codes[states]) for name, one in self.fields.items()},
        )

    def first(self, flags: Bools) -> Ints:
        """For each ticket its first event with the flag; the end of its events when there is none."""
        found = self.offsets[1:].copy()
        events = positions(flags)[::-1]
        found[self.ticket_of[events]] = events
        return found

    def _marked(self, mark: int) -> Bools:
        found: Bools = (self.marks & mark) != 0
        return found

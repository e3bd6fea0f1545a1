"""From where to where each metric's timers run, read off the columns: the table of metrics as array operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from slaplugin.backtest.arrays import Bools, Bytes, Ints, next_in, positions
from slaplugin.backtest.columns import Columns
from slaplugin.domain.conditions import matches
from slaplugin.domain.events import STATUSES
from slaplugin.domain.metrics import (
    FIRST_RESPONSE,
    NEXT_RESPONSE,
    OWNERSHIP,
    PAUSABLE_UPDATE,
    PERIODIC_UPDATE,
    RESOLUTION_FAMILY,
    MetricOptions,
)

RUNNING, PAUSED, STOPPED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Manner:
    """How timers of one metric run: its options, and whether tickets created by an agent wait for the requester."""

    metric: str
    options: MetricOptions
    waits_for_requester: bool

    def kinds(self) -> Bytes:
        """What each status means to a timer that counts: RUNNING, PAUSED, or STOPPED until a reopening."""
        return np.array([self._kind(status) for status in STATUSES], np.uint8)

    def _kind(self, status: str) -> int:
        if self.metric in RESOLUTION_FAMILY and status in self.options.stop:
            return STOPPED
        return PAUSED if any(matches(pause.match, {"status": status}) for pause in self.options.pause) else RUNNING


@dataclass(frozen=True, slots=True)
class Lifelines:
    """Timers ticket by ticket, in the order of their starts.

    `start` is the event that counts as the start, `added` the one from which the timer exists: an unanswered reply to
    a solved ticket starts a timer once the ticket is reopened. `end` is the event that ends it, the end of the
    ticket's events while it is open. `is_cancelled` says that this end fulfils nothing.
    """

    ticket: Ints
    start: Ints
    added: Ints
    end: Ints
    is_cancelled: Bools


def lifelines(columns: Columns, manner: Manner, chosen: Bools) -> Lifelines:
    """The timers of a metric for the chosen tickets, as if each always had a target."""
    ticket, start, added, end, is_cancelled = _READERS[manner.metric](columns, manner, chosen)
    limit = columns.offsets[ticket + 1]
    cut = columns.is_removal[limit - 1] & (end == limit)
    # A removal is the last event of a ticket that is gone; it cancels what is open.
    return Lifelines(ticket, start, added, np.where(cut, limit - 1, end), is_cancelled | cut)


_Found = tuple[Ints, Ints, Ints, Ints, Bools]


def _first_response(columns: Columns, manner: Manner, chosen: Bools) -> _Found:
    start = columns.offsets[:-1].copy()
    limit = columns.offsets[1:]
    done = columns.first(columns.becomes_done)
    answer = columns.first(columns.is_agent_reply)
    if manner.waits_for_requester and columns.by_agent.any():
        asked = columns.first(columns.is_requester_reply)
        waiting = positions(columns.by_agent)
        start[waiting] = asked[waiting]
        answer[waiting] = next_in(positions(columns.is_agent_reply), asked[waiting], limit[waiting])
        chosen = chosen & ~(columns.by_agent & (asked >= done))
    ticket = positions(chosen)
    end = np.minimum(answer, done)[ticket]
    solved = (done < answer)[ticket] if manner.options.solve == "cancel" else np.zeros(len(ticket), np.bool_)
    return ticket, start[ticket], start[ticket], end, solved


def _next_response(columns: Columns, manner: Manner, chosen: Bools) -> _Found:
    """A timer for each requester reply that directly follows an answer, once there was one."""
    is_answer = columns.is_agent_reply | columns.becomes_done
    if manner.waits_for_requester and columns.by_agent.any():
        # Before the requester says anything, an agent's own ticket has no question to answer.
        begun = np.minimum(columns.first(columns.is_requester_reply), columns.first(columns.becomes_done))
        silent = positions(columns.is_agent_reply & columns.by_agent[columns.ticket_of] & ~columns.becomes_done)
        is_answer[silent[silent < begun[columns.ticket_of[silent]]]] = False
    turns = positions((is_answer | columns.is_requester_reply) & chosen[columns.ticket_of])
    ticket, answers = columns.ticket_of[turns], is_answer[turns]
    opens = np.zeros(len(turns), np.bool_)
    opens[1:] = ~answers[1:] & answers[:-1] & (ticket[1:] == ticket[:-1])
    start, ticket = turns[opens], ticket[opens]
    end = next_in(turns[answers], start, columns.offsets[ticket + 1])
    added = start.copy()
    late = positions(columns.is_done[start])
    added[late] = next_in(
        positions(columns.was_done & ~columns.is_done), start[late], columns.offsets[ticket[late] + 1]
    )
    kept = added < end
    return ticket[kept], start[kept], added[kept], end[kept], np.zeros(int(kept.sum()), np.bool_)


def _update(columns: Columns, manner: Manner, chosen: Bools) -> _Found:
    is_end = columns.is_agent_reply | columns.becomes_done
    return _between(columns, columns.is_agent_reply & ~columns.is_done, is_end, chosen)


def _ownership(columns: Columns, manner: Manner, chosen: Bools) -> _Found:
    team = columns.fields["team"]
    first = columns.state_offsets[:-1]
    moved = np.empty(len(team.codes), np.bool_)
    moved[1:] = team.codes[1:] != team.codes[:-1]
    moved[first] = False
    changes = np.zeros(columns.events, np.bool_)
    changes[columns.state_events[moved]] = True
    has_team = np.repeat(
        np.array([value is not None for value in team.values], np.bool_)[team.codes],
        np.diff(columns.state_events, append=columns.events),
    )
    begins = (columns.is_creation | changes | columns.was_done) & has_team & ~columns.is_done
    return _between(columns, begins, changes | columns.becomes_done, chosen)


def _between(columns: Columns, begins: Bools, ends: Bools, chosen: Bools) -> _Found:
    """Every start up to the next end behind it."""
    start = positions(begins & chosen[columns.ticket_of])
    ticket = columns.ticket_of[start]
    end = next_in(positions(ends), start, columns.offsets[ticket + 1])
    return ticket, start, start, end, np.zeros(len(start), np.bool_)


def _resolution(columns: Columns, manner: Manner, chosen: Bools) -> _Found:
    stopped = (manner.kinds() == STOPPED)[columns.step_status]
    first = columns.steps_before[columns.offsets[:-1]]
    was = np.empty(len(stopped), np.bool_)
    was[1:] = stopped[:-1]
    was[first] = False
    stops = columns.steps[stopped & ~was]
    ticket = positions(chosen)
    start, limit = columns.offsets[ticket], columns.offsets[ticket + 1]
    if manner.options.reopen == "resume":
        end = limit.copy()
        is_stopped = stopped[columns.steps_before[limit] - 1]
        end[is_stopped] = _last_before(stops, limit[is_stopped])
    else:
        if manner.options.reopen == "new_cycle":
            reopenings = columns.steps[~stopped & was]
            reopenings = reopenings[chosen[columns.ticket_of[reopenings]]]
            start = np.sort(np.concatenate((start, reopenings)))
            ticket = columns.ticket_of[start]
        # A ticket that is created in a stop status ends with its creation.
        end = next_in(stops, start - 1, columns.offsets[ticket + 1])
    return ticket, start, start, end, np.zeros(len(ticket), np.bool_)


def _last_before(sorted_events: Ints, limits: Ints) -> Ints:
    return sorted_events[np.searchsorted(sorted_events, limits) - 1]


_READERS: Mapping[str, Callable[[Columns, Manner, Bools], _Found]] = {
    FIRST_RESPONSE: _first_response,
    NEXT_RESPONSE: _next_response,
    PERIODIC_UPDATE: _update,
    PAUSABLE_UPDATE: _update,
    **dict.fromkeys(RESOLUTION_FAMILY, _resolution),
    OWNERSHIP: _ownership,
}

"""What the columns can express, and why a ticket goes to the scalar engine instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slaplugin.backtest.arrays import Bools, Ints, positions
from slaplugin.backtest.columns import Columns
from slaplugin.backtest.governing import Pairs, Spells
from slaplugin.domain.events import STATUSES
from slaplugin.domain.metrics import RESOLUTION_FAMILY

OWN_METRIC = "a metric of the policy's own"
PAUSE_MATCH = "a pause on something other than the status"
OPEN_WHEN_CLOSED = "a stop that leaves out closed"
CHANGE_MODE = "a change under keep_elapsed or restart"
CHANGE_BREACHES = "a change between keeping and withdrawing breaches"
CHANGE_OPTIONS = "a change between policies that run a metric differently"
TARGET_LOST = "a target that goes away"
CHANGE_WHILE_STOPPED = "a change while solved, before a reopening"
TIE = "an event in the very second a target was used up"

_CLOSED = STATUSES.index("closed")


@dataclass(frozen=True, slots=True)
class Reach:
    """For every ticket whether the columns express it, and the number of the others by reason."""

    is_expressed: Bools
    reasons: dict[str, int]


def reach(columns: Columns, pairs: Pairs, spells: Spells, metrics: Sequence[str]) -> Reach:
    """Judge every ticket by the pairs that govern it; a ticket counts under its first reason."""
    left = np.ones(len(columns), np.bool_)
    reasons: dict[str, int] = {}

    def refuse(reason: str, rows: Bools | Ints) -> None:
        tickets = np.zeros(len(columns), np.bool_)
        tickets[spells.ticket[rows]] = True
        exclude(reason, tickets)

    def exclude(reason: str, tickets: Bools) -> None:
        hit = int(np.count_nonzero(tickets & left))
        if hit:
            reasons[reason] = hit
            left[tickets] = False

    for reason, refused in _refused_pairs(pairs, metrics).items():
        refuse(reason, refused[spells.pair])
    open_when_closed = _open_when_closed(pairs, metrics)[spells.pair]
    if open_when_closed.any():
        closes = np.zeros(len(columns), np.bool_)
        closes[columns.ticket_of[columns.steps[columns.step_status == _CLOSED]]] = True
        refuse(OPEN_WHEN_CLOSED, open_when_closed & closes[spells.ticket])
    if not spells.is_constant.all():
        changes = positions(np.append(False, spells.ticket[1:] == spells.ticket[:-1]))
        known, kind = np.unique(spells.pair[changes - 1] * pairs.count + spells.pair[changes], return_inverse=True)
        refusals = [_refused_change(pairs, metrics, *divmod(change, pairs.count)) for change in known.tolist()]
        for reason in (TARGET_LOST, CHANGE_MODE, CHANGE_BREACHES, CHANGE_OPTIONS):
            hit = np.array([reason in refusal for refusal in refusals], np.bool_)[kind]
            refuse(reason, changes[hit])
        leaves = _reopenings(pairs, metrics)
        is_stop: Bools = np.any(leaves, axis=1)
        changes = changes[is_stop[columns.status[spells.event[changes]]]]
        if len(changes):
            refuse(CHANGE_WHILE_STOPPED, changes[_is_reopened(columns, leaves)[spells.ticket[changes]]])
    return Reach(left, reasons)


def _refused_pairs(pairs: Pairs, metrics: Sequence[str]) -> dict[str, Bools]:
    found = {reason: np.zeros(pairs.count, np.bool_) for reason in (OWN_METRIC, PAUSE_MATCH)}
    for pair in range(pairs.count):
        for metric in metrics:
            if pairs.target(pair, metric) is None:
                continue
            options = pairs.options(pair, metric)
            found[OWN_METRIC][pair] |= options.start is not None
            found[PAUSE_MATCH][pair] |= any(c.field != "status" for pause in options.pause for c in pause.match)
    return found


def _open_when_closed(pairs: Pairs, metrics: Sequence[str]) -> Bools:
    """Pairs with a stop that does not name closed: then leaving it by closing is no reopening, nor is what follows."""
    return np.array(
        [
            any(
                "closed" not in pairs.options(pair, metric).stop
                for metric in metrics
                if metric in RESOLUTION_FAMILY and pairs.target(pair, metric) is not None
            )
            for pair in range(pairs.count)
        ],
        np.bool_,
    )


def _refused_change(pairs: Pairs, metrics: Sequence[str], before: int, after: int) -> set[str]:
    """Why a change from one pair to another is beyond the columns."""
    old, new = pairs.policy(before), pairs.policy(after)
    had = {metric for metric in metrics if pairs.target(before, metric) is not None}
    has = {metric for metric in metrics if pairs.target(after, metric) is not None}
    found = set()
    if had - has:
        found.add(TARGET_LOST)
    if any(pairs.options(before, metric) != pairs.options(after, metric) for metric in metrics):
        found.add(CHANGE_OPTIONS)
    if old is not None and new is not None and had and has:
        if new.on_change != "recount":
            found.add(CHANGE_MODE)
        if old.breaches != new.breaches:
            found.add(CHANGE_BREACHES)
    return found


def _reopenings(pairs: Pairs, metrics: Sequence[str]) -> Bools:
    """Whether a change from one status (row) to another (column) lets any stopped timer go on."""
    resolutions = [metric for metric in metrics if metric in RESOLUTION_FAMILY]
    options = {pairs.options(pair, metric) for pair in range(pairs.count) for metric in resolutions}
    found = np.zeros((len(STATUSES), len(STATUSES)), np.bool_)
    for one in options:
        if one.reopen == "resume":
            stopped = np.array([status in one.stop for status in STATUSES], np.bool_)
            found |= stopped[:, None] & ~stopped
    return found


def _is_reopened(columns: Columns, leaves: Bools) -> Bools:
    """Tickets with such a change."""
    ticket, status = columns.ticket_of[columns.steps], columns.step_status
    found = np.zeros(len(columns), np.bool_)
    found[ticket[1:][leaves[status[:-1], status[1:]] & (ticket[1:] == ticket[:-1])]] = True
    return found

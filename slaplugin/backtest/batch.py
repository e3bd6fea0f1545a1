"""A policy document over many tickets at once, equal to the scalar engine timer by timer.

What the columns can express is computed on columns; a ticket that they cannot goes through `domain.timers.replay`, is
counted and said. What does not depend on target seconds and escalation rules is kept, so that moving a target costs a
comparison.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from slaplugin.backtest import courses, ladders, outcomes
from slaplugin.backtest.arrays import NONE, Bools, Ints, positions
from slaplugin.backtest.columns import Columns
from slaplugin.backtest.courses import Course
from slaplugin.backtest.governing import Pairs, Spells, spells
from slaplugin.backtest.hours import OpenHours
from slaplugin.backtest.lifelines import Manner
from slaplugin.backtest.outcomes import Outcome, Rows
from slaplugin.backtest.reach import TIE, reach
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.metrics import BUILT_IN
from slaplugin.domain.policies import PolicyDocument, Version
from slaplugin.domain.timers import replay

KEPT = 2
"""So many shapes of documents are kept: that of the one in force and that of the draft."""

CHUNK_TICKETS = 1 << 16
"""So many tickets are worked on at a time: their columns stay in the processor's cache."""

_ALWAYS = NONE // 2


class Backtest:
    """Runs documents over the same tickets. `feed_of` gives the events of a ticket for the scalar engine."""

    def __init__(self, columns: Columns, feed_of: Callable[[str], Sequence[TicketEvent]]) -> None:
        self._columns = columns
        self._chunks = [
            _Chunk(first, columns.part(first, min(first + CHUNK_TICKETS, len(columns))))
            for first in range(0, len(columns), CHUNK_TICKETS)
        ]
        self._feed_of = feed_of
        self._prepared: OrderedDict[Hashable, _Prepared] = OrderedDict()

    def run(self, document: PolicyDocument) -> Outcome:
        """Every timer of every ticket as of the columns' instant, as if this document had always been in force.

        Raises ValueError when a calendar has not enough open time left for a target, and KeyError when the document
        looks at a field that the columns were made without.
        """
        pairs = Pairs(document)
        prepared = self._prepare(pairs)
        blocks: dict[str, list[Rows]] = {metric: [] for metric in _metrics(document)}
        rungs = {metric: ladders.rungs_of(pairs, metric) for metric in blocks}
        ties: list[Ints] = [np.zeros(0, np.int64)]
        for one in prepared.courses:
            verdict = courses.judged(pairs, rungs[one.manner.metric], one)
            blocks[one.manner.metric].append(verdict.rows)
            ties.append(verdict.ties)
        reasons = dict(prepared.reasons)
        tied = np.unique(np.concatenate(ties))
        if len(tied):
            reasons[TIE] = len(tied)
            for metric, rows in self._replayed(tied, pairs).items():
                for block in blocks[metric]:
                    outcomes.take_breaches(block, rows)
        for metric, rows in self._replayed(prepared.scalar, pairs).items():
            blocks[metric].append(rows)
        return Outcome(document, self._columns, {metric: tuple(found) for metric, found in blocks.items()}, reasons)

    def _prepare(self, pairs: Pairs) -> _Prepared:
        start = int(self._columns.created_at.min()) if len(self._columns) else self._columns.until
        hours = {
            name: OpenHours(pairs.document.calendar(name), start, self._columns.until)
            for name in _calendars(pairs.document)
        }
        shape = _shape(pairs.document, hours)
        prepared = self._prepared.get(shape)
        if prepared is None:
            prepared = self._prepared[shape] = _prepared(self._chunks, pairs, hours)
        self._prepared.move_to_end(shape)
        while len(self._prepared) > KEPT:
            self._prepared.popitem(last=False)
        return prepared

    def _replayed(self, tickets: Ints, pairs: Pairs) -> dict[str, Rows]:
        versions = (Version(_ALWAYS, pairs.document),)
        found = (
            (ticket, timer)
            for ticket in tickets.tolist()
            for timer in replay(self._feed_of(self._columns.tickets[ticket]), versions, self._columns.until)
        )
        return outcomes.from_timers(found, pairs)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some of the tickets, and the number of the first of them among all."""

    first: int
    columns: Columns


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a shape of documents makes of the tickets; `scalar` are those that the columns cannot express."""

    courses: Sequence[Course]
    scalar: Ints
    reasons: Mapping[str, int]


def _prepared(chunks: Sequence[_Chunk], pairs: Pairs, hours: Mapping[str, OpenHours]) -> _Prepared:
    metrics = _metrics(pairs.document)
    found: list[Course] = []
    scalar: list[Ints] = [np.zeros(0, np.int64)]
    reasons: Counter[str] = Counter()
    for chunk in chunks:
        spelled = spells(chunk.columns, pairs)
        reached = reach(chunk.columns, pairs, spelled, metrics)
        scalar.append(positions(~reached.is_expressed) + chunk.first)
        reasons.update(reached.reasons)
        for metric in metrics:
            has_target = pairs.target_seconds(metric) > 0
            promised = np.zeros(len(chunk.columns), np.bool_)
            promised[spelled.ticket[has_target[spelled.pair]]] = True
            promised &= reached.is_expressed
            for manner, chosen in _manners(pairs, spelled, metric, promised):
                found.append(courses.course(chunk.columns, chunk.first, pairs, spelled, manner, chosen, hours))
    return _Prepared(found, np.concatenate(scalar), reasons)


def _manners(pairs: Pairs, spelled: Spells, metric: str, promised: Bools) -> list[tuple[Manner, Bools]]:
    """The manners in which a metric runs, each with its tickets."""
    found: dict[Manner, list[int]] = {}
    for pair in range(pairs.count):
        manner = Manner(metric, pairs.options(pair, metric), pairs.waits_for_requester(pair))
        found.setdefault(manner, []).append(pair)
    chosen = [
        (manner, promised if len(found) == 1 else promised & np.isin(spelled.first, governed))
        for manner, governed in found.items()
    ]
    return [(manner, tickets) for manner, tickets in chosen if tickets.any()]


def _metrics(document: PolicyDocument) -> list[str]:
    """Metrics with a target, the built-in ones in their order, own ones by name."""
    promised = document.promised_metrics
    return [metric for metric in BUILT_IN if metric in promised] + sorted(promised - set(BUILT_IN))


def _calendars(document: PolicyDocument) -> list[str]:
    targets = (target for policy in document.policies for tier in policy.targets.values() for target in tier.values())
    return sorted({target.calendar for target in targets})


def _shape(document: PolicyDocument, hours: Mapping[str, OpenHours]) -> Hashable:
    """All of a document but target seconds and escalation rules."""
    signatures = {name: one.signature for name, one in hours.items()}
    return (
        document.priorities,
        document.default_priority,
        tuple(
            (
                policy.match, policy.on_change, policy.breaches, frozenset(policy.metrics.items()),
                frozenset(
                    (tier, metric, signatures[target.calendar])
                    for tier, by_metric in policy.targets.items()
                    for metric, target in by_metric.items()
                ),
            )
            for policy in document.policies
        ),
    )  # fmt: skip

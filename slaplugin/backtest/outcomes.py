"""The answer of a backtest: every timer of every ticket as a row of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from slaplugin.backtest.arrays import NONE, Bools, Bytes, Ints, spread
from slaplugin.backtest.columns import Columns
from slaplugin.backtest.governing import Pairs
from slaplugin.backtest.judging import STATES
from slaplugin.backtest.ladders import passed_by
from slaplugin.domain.policies import PolicyDocument
from slaplugin.domain.timers import Timer


@dataclass(frozen=True, slots=True)
class Rows:
    """Timers of one metric, by ticket and cycle. `policy` and `tier` are indexes of the document, `state` of STATES.

    Instants are NONE where null; `ended_at` is the fulfilment or the cancellation. `steps` counts the escalation rules
    whose first step has passed, `repeats` what they would have repeated by then if nobody had acknowledged.
    """

    ticket: Ints
    cycle: Ints
    policy: Ints
    tier: Ints
    state: Bytes
    started_at: Ints
    ended_at: Ints
    target_seconds: Ints
    elapsed_seconds: Ints
    due_at: Ints
    breached_at: Ints
    steps: Ints
    repeats: Ints

    def __len__(self) -> int:
        return len(self.ticket)

    @property
    def is_breached(self) -> Bools:
        """Whether a timer is late."""
        return np.not_equal(self.breached_at, NONE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a document makes of the tickets of `columns`.

    `rows` has blocks by metric, each by ticket and cycle, that have no ticket in common. `scalar` says how many tickets
    took the scalar engine, by reason.
    """

    document: PolicyDocument
    columns: Columns
    rows: Mapping[str, Sequence[Rows]]
    scalar: Mapping[str, int]

    @property
    def scalar_tickets(self) -> int:
        """How many tickets the columns could not express."""
        return sum(self.scalar.values())


def take_breaches(rows: Rows, others: Rows) -> None:
    """Overwrite the breaches of the same timers: where the columns leave a tie, nothing else of a timer is open."""
    ticket = np.unique(others.ticket[np.isin(others.ticket, rows.ticket)])
    first = np.searchsorted(rows.ticket, ticket)
    places = spread(first, np.searchsorted(rows.ticket, ticket, side="right") - first)
    rows.breached_at[places] = others.breached_at[np.isin(others.ticket, ticket)]


def from_timers(found: Iterable[tuple[int, Timer]], pairs: Pairs) -> dict[str, Rows]:
    """Rows of what the scalar engine answered; each timer comes with the index of its ticket."""
    policies = {policy.name: index for index, policy in enumerate(pairs.document.policies)}
    tiers = {tier: index for index, tier in enumerate(pairs.document.priorities)}
    table: dict[str, list[tuple[int, ...]]] = {}
    for ticket, timer in found:
        ended_at = timer.cancelled_at if timer.fulfilled_at is None else timer.fulfilled_at
        rules = pairs.document.policy(timer.policy).escalations_for(timer.metric)
        steps, repeats = passed_by(rules, timer.target_seconds, timer.elapsed_seconds)
        table.setdefault(timer.metric, []).append(
            (
                ticket, timer.cycle, policies[timer.policy], tiers[timer.priority], STATES.index(timer.state),
                timer.started_at, _or_none(ended_at), timer.target_seconds, timer.elapsed_seconds,
                _or_none(timer.due_at), _or_none(timer.breached_at), steps, repeats,
            )
        )  # fmt: skip
    return {metric: _rows(rows) for metric, rows in table.items()}


def _rows(table: Sequence[tuple[int, ...]]) -> Rows:
    columns = dict(zip((one.name for one in fields(Rows)), np.array(table, np.int64).T.copy(), strict=True))
    return Rows(**{**columns, "state": columns["state"].astype(np.uint8)})


def _or_none(instant: int | None) -> int:
    return NONE if instant is None else instant

"""What a draft would have changed: attainment, flips, escalations and margins, of one outcome or of two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from slaplugin.backtest.arrays import Bools, Ints
from slaplugin.backtest.judging import CANCELLED, FULFILLED
from slaplugin.backtest.outcomes import Outcome, Rows
from slaplugin.domain.metrics import BUILT_IN

OPEN, MET, MISSED, WITHDRAWN = range(4)

USED_PERCENT = (25, 50, 75, 90, 100, 110, 150, 200)
"""Upper bounds, included, of the classes of the histogram; the last class has none."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Timers by how they ended. `open` ones are not late yet; a cancelled one that was late before counts as missed."""

    met: int = 0
    missed: int = 0
    open: int = 0
    cancelled: int = 0

    @property
    def share_basis_points(self) -> int | None:
        """Met of those decided, in hundredths of a percent, rounded down; null when none is."""
        decided = self.met + self.missed
        return self.met * 10_000 // decided if decided else None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Escalation steps that have passed, and the repeats that follow while nobody acknowledges."""

    steps: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Flip:
    """A timer that one document lets be met and the other missed. `key` is the one that people know the ticket by."""

    ticket: str
    key: str | None
    metric: str
    cycle: int


@dataclass(frozen=True, slots=True)
class Flips:
    """The timers on which the two documents disagree, by what the draft makes of them."""

    to_missed: tuple[Flip, ...]
    to_met: tuple[Flip, ...]


def attainment(outcome: Outcome) -> dict[tuple[str, str], Tally]:
    """Timers by metric and tier, in the order of the engine and of the document."""
    tiers = outcome.document.priorities
    found = {}
    for metric, blocks in outcome.rows.items():
        counts = np.zeros(len(tiers) * 4, np.int64)
        for rows in blocks:
            counts += np.bincount(rows.tier * 4 + _answers(rows), minlength=len(counts))
        for tier, (undecided, met, missed, withdrawn) in zip(tiers, counts.reshape(-1, 4).tolist(), strict=True):
            if undecided + met + missed + withdrawn:
                found[metric, tier] = Tally(met, missed, undecided, withdrawn)
    return found


def ladders(outcome: Outcome) -> dict[str, Ladder]:
    """Escalations by metric."""
    return {
        metric: Ladder(sum(int(rows.steps.sum()) for rows in blocks), sum(int(rows.repeats.sum()) for rows in blocks))
        for metric, blocks in outcome.rows.items()
        if any(len(rows) for rows in blocks)
    }


def margins(outcome: Outcome) -> dict[str, list[int]]:
    """By metric, how many decided timers used how much of their target: one number for each class of USED_PERCENT."""
    found = {}
    for metric, blocks in outcome.rows.items():
        counts = np.zeros(len(USED_PERCENT) + 1, np.int64)
        for rows in blocks:
            answers = _answers(rows)
            decided = (answers == MET) | (answers == MISSED)
            used = -(-rows.elapsed_seconds[decided] * 100 // rows.target_seconds[decided])
            counts += np.bincount(np.searchsorted(USED_PERCENT, used), minlength=len(counts))
        if counts.any():
            found[metric] = counts.tolist()
    return found


def flips(current: Outcome, draft: Outcome) -> Flips:
    """Timers that both documents have and judge differently. Both outcomes must be of the same columns."""
    to_missed: list[Flip] = []
    to_met: list[Flip] = []
    for metric in metrics(current, draft):
        before, after = _decided(current.rows.get(metric, ())), _decided(draft.rows.get(metric, ()))
        ticket, cycle, was_met, is_met = _joined(before, after)
        for found, wanted in ((to_missed, was_met & ~is_met), (to_met, ~was_met & is_met)):
            found += _named(draft, metric, ticket[wanted], cycle[wanted])
    return Flips(tuple(to_missed), tuple(to_met))


def metrics(*outcomes: Outcome) -> list[str]:
    """Every metric of any of the outcomes, in the order of the engine."""
    names = {metric for outcome in outcomes for metric in outcome.rows}
    return [metric for metric in BUILT_IN if metric in names] + sorted(names - set(BUILT_IN))


@dataclass(frozen=True, slots=True)
class _Decided:
    """Timers that were met or missed, by ticket and cycle."""

    ticket: Ints
    cycle: Ints
    is_met: Bools


def _answers(rows: Rows) -> Ints:
    answers = np.zeros(len(rows), np.int64)
    answers[rows.state == FULFILLED] = MET
    answers[rows.state == CANCELLED] = WITHDRAWN
    answers[rows.is_breached] = MISSED
    return answers


def _decided(blocks: Sequence[Rows]) -> _Decided:
    nothing = np.zeros(0, np.int64)
    answers = np.concatenate([nothing, *(_answers(rows) for rows in blocks)])
    kept = (answers == MET) | (answers == MISSED)
    ticket = np.concatenate([nothing, *(rows.ticket for rows in blocks)])[kept]
    cycle = np.concatenate([nothing, *(rows.cycle for rows in blocks)])[kept]
    return _Decided(ticket, cycle, answers[kept] == MET)


def _joined(before: _Decided, after: _Decided) -> tuple[Ints, Ints, Bools, Bools]:
    cycles = 1 + max((int(one.cycle.max()) for one in (before, after) if len(one.cycle)), default=0)
    identities = (before.ticket * cycles + before.cycle, after.ticket * cycles + after.cycle)
    if np.array_equal(*identities):
        return after.ticket, after.cycle, before.is_met, after.is_met
    _, left, right = np.intersect1d(*identities, assume_unique=True, return_indices=True)
    return after.ticket[right], after.cycle[right], before.is_met[left], after.is_met[right]


def _named(outcome: Outcome, metric: str, tickets: Ints, cycles: Ints) -> Iterator[Flip]:
    columns = outcome.columns
    order = np.lexsort((cycles, tickets))
    for ticket, cycle in zip(tickets[order].tolist(), cycles[order].tolist(), strict=True):
        yield Flip(columns.tickets[ticket], columns.keys[ticket], metric, cycle)

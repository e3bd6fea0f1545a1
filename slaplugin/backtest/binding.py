"""Which promise binds each timer: one for most, several in turn for tickets whose tier or policy changed."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from slaplugin.backtest.arrays import Bools, Ints, positions, rank_within, spread
from slaplugin.backtest.columns import Columns
from slaplugin.backtest.governing import Spells
from slaplugin.backtest.lifelines import Lifelines


@dataclass(frozen=True, slots=True)
class Bound:
    """Timers with the promise that binds them, each judged from `effective_at` until `end_at`.

    For the timers themselves `pair` is the promise in force at their end, which under `recount` holds as if it always
    had. `is_open` means not ended by the instant of the columns.
    """

    ticket: Ints
    cycle: Ints
    start: Ints
    end: Ints
    end_at: Ints
    pair: Ints
    effective_at: Ints
    is_open: Bools
    is_cancelled: Bools

    def where(self, rows: Ints) -> Bound:
        """Only these rows."""
        return Bound(*(getattr(self, one.name)[rows] for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Bindings:
    """`timers`, and in `earlier` what bound some of them before: row `of[i]` of timers, oldest promise first.

    An earlier promise is judged up to the change that replaced it; where breaches are kept, one of those stays.
    """

    timers: Bound
    earlier: Bound
    of: Ints


def bind(columns: Columns, spells: Spells, lines: Lifelines, has_target: Bools, keeps: Bools) -> Bindings:
    """Find for every timer the promises in turn. One that never had a target is left out and uses no cycle number.

    `has_target` and `keeps` (breaches) are by pair. A target that went away is not handled here (see `reach`).
    """
    limit = columns.offsets[lines.ticket + 1]
    is_open = lines.end == limit
    last = np.where(is_open, limit, np.maximum(lines.end, lines.added + 1)) - 1  # a creation may end what it starts
    changing = positions(~spells.is_constant[lines.ticket])
    spell = spells.offsets[lines.ticket]
    held = spell.copy()
    held[changing] = spells.at_event(last[changing])
    bound = spell.copy()
    bound[changing] = _next_with_target(spells, has_target)[spells.at_event(lines.added[changing])]
    shown = has_target[spells.pair[held]]
    if not shown.all():
        held, bound, is_open = held[shown], bound[shown], is_open[shown]
        lines = Lifelines(
            lines.ticket[shown], lines.start[shown], lines.added[shown], lines.end[shown], lines.is_cancelled[shown]
        )
    end_at = np.where(is_open, columns.until, columns.at[np.minimum(lines.end, columns.events - 1)])
    timers = Bound(
        lines.ticket,
        rank_within(lines.ticket),
        lines.start,
        lines.end,
        end_at,
        spells.pair[held],
        columns.at[np.maximum(lines.added, spells.event[held])],
        is_open,
        lines.is_cancelled,
    )
    of = positions((held > bound) & keeps[timers.pair])
    lengths = (held - bound)[of]
    spell = spread(bound[of], lengths)
    of = np.repeat(of, lengths)
    ends = spells.event[spell + 1]
    earlier = Bound(
        timers.ticket[of],
        timers.cycle[of],
        timers.start[of],
        ends,
        columns.at[ends],
        spells.pair[spell],
        columns.at[np.maximum(lines.added[of], spells.event[spell])],
        np.ones(len(of), np.bool_),
        np.zeros(len(of), np.bool_),
    )
    return Bindings(timers, earlier, of)


def _next_with_target(spells: Spells, has_target: Bools) -> Ints:
    """For each spell the next one, itself included, whose pair has a target; whether of the same ticket or not."""
    found = np.where(has_target[spells.pair], np.arange(len(spells.pair)), len(spells.pair) - 1)
    return np.minimum.accumulate(found[::-1])[::-1]

"""Counted time of many timers at once: pieces between changes of status on the axis of open seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slaplugin.backtest.arrays import Bools, Bytes, Ints, positions, starts_of
from slaplugin.backtest.binding import Bound
from slaplugin.backtest.columns import Columns
from slaplugin.backtest.hours import OpenHours
from slaplugin.backtest.lifelines import RUNNING

NEVER: int = np.iinfo(np.int64).max
"""The due instant of a timer that stands still with time left."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What timers counted in one calendar, whatever their targets are.

    Timer `i` has the pieces `first[i]` to `last[i]`, each beginning at `piece_at`, which is `piece_counted` on the axis
    of open seconds. `ran_up_to` is what all pieces up to and with this one counted, those of earlier timers included;
    `ran_before` is the same before a timer's first piece. A target that is not used up is due `tail` plus its seconds
    on the axis; never, where `stands_still`.
    """

    hours: OpenHours
    first: Ints
    last: Ints
    piece_at: Ints
    piece_counted: Ints
    ran_up_to: Ints
    ran_before: Ints
    elapsed_seconds: Ints
    ends_running: Bools
    tail: Ints
    stands_still: Ints


@dataclass(frozen=True, slots=True)
class Due:
    """When targets run out, NEVER included, and the rows where that is the very second of an event of the timer."""

    at: Ints
    ties: Ints


def count(columns: Columns, bound: Bound, kinds: Bytes, hours: OpenHours) -> Counted:
    """Count every timer in these hours; `kinds` tells what each status means to it."""
    before = columns.steps_before[bound.start + 1] - 1
    # Where no status ever stops a timer it is one piece.
    lengths = np.maximum(columns.steps_before[bound.end] - before, 1) if kinds.any() else np.ones_like(before)
    first = starts_of(lengths)
    last = first + lengths - 1
    step = np.repeat(before - first, lengths)
    step += np.arange(len(step))
    piece_at = columns.step_at[step]
    piece_at[first] = columns.at[bound.start]
    counted = hours.counted(piece_at)
    end_counted = hours.counted(bound.end_at)
    ran = np.empty_like(counted)
    ran[:-1] = counted[1:]
    ran[last] = end_counted
    ran -= counted
    is_running = (kinds == RUNNING)[columns.step_status[step]]
    ran *= is_running
    last_ran = ran[last]
    np.cumsum(ran, out=ran)
    ran_up_to_last = ran[last]
    ran_before = np.zeros_like(ran_up_to_last)
    ran_before[1:] = ran_up_to_last[:-1]
    elapsed = ran_up_to_last - ran_before
    ends_running = is_running[last]
    # Where a timer ends standing still, its rest is counted from the end on (rule 5).
    tail = np.where(ends_running, counted[last] - (elapsed - last_ran), end_counted - elapsed)
    stands_still = positions(~ends_running & bound.is_open)
    return Counted(
        hours, first, last, piece_at, counted, ran, ran_before, elapsed, ends_running, tail, stands_still
    )  # fmt: skip


def due(counted: Counted, target_seconds: Ints) -> Due:
    """Find when each target runs out; beyond the end of an ended timer as if it had gone on."""
    axis = counted.tail + target_seconds
    over = positions(counted.elapsed_seconds >= target_seconds)
    first, last = counted.first[over], counted.last[over]
    wanted = counted.ran_before[over] + target_seconds[over]
    piece = _first_reaching(counted.ran_up_to, first, last, wanted)
    ran = np.where(piece > first, counted.ran_up_to[piece - 1], counted.ran_before[over])
    axis[over] = counted.piece_counted[piece] + (wanted - ran)
    at = counted.hours.instants(axis)
    still = counted.stands_still
    at[still[counted.elapsed_seconds[still] < target_seconds[still]]] = NEVER
    inside = positions(piece < last)
    ties = over[inside][counted.piece_at[piece[inside] + 1] == at[over[inside]]]
    return Due(at, ties)


def _first_reaching(ran_up_to: Ints, first: Ints, last: Ints, wanted: Ints) -> Ints:
    """The first piece of each timer by which it had run so long, by halving what is left of it."""
    low, high = first.copy(), last.copy()
    while (low < high).any():
        middle = (low + high) // 2
        reached = ran_up_to[middle] >= wanted
        high = np.where(reached, middle, high)
        low = np.where(reached, low, middle + 1)
    return low

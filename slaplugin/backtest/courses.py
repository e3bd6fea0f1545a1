"""The timers of one metric with all that does not depend on target seconds, ready to be judged again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from slaplugin.backtest import ladders
from slaplugin.backtest.arrays import NONE, Bools, Bytes, Ints, positions
from slaplugin.backtest.binding import Bindings, Bound, bind
from slaplugin.backtest.columns import Columns
from slaplugin.backtest.counting import Counted, count
from slaplugin.backtest.governing import Pairs, Spells
from slaplugin.backtest.hours import OpenHours
from slaplugin.backtest.judging import CANCELLED, PAUSED, judge, states
from slaplugin.backtest.lifelines import Manner, lifelines
from slaplugin.backtest.outcomes import Rows


@dataclass(frozen=True, slots=True)
class Part:
    """Timers that count in one calendar: which rows of all they are, how they stand and what they counted."""

    rows: Ints | slice
    bound: Bound
    counted: Counted
    state: Bytes
    has_due: Bools


@dataclass(frozen=True, slots=True)
class Course:
    """The timers of a metric run in one manner: the columns of their rows that stay, and what judging them takes."""

    manner: Manner
    bindings: Bindings
    timers: Sequence[Part]
    earlier: Sequence[Part]
    ticket: Ints
    policy: Ints
    tier: Ints
    state: Bytes
    started_at: Ints
    ended_at: Ints
    elapsed_seconds: Ints


@dataclass(frozen=True, slots=True)
class Verdict:
    """Rows of a course, and the tickets among them of which a breach is left to the scalar engine."""

    rows: Rows
    ties: Ints


def course(
    columns: Columns, offset: int, pairs: Pairs, spells: Spells, manner: Manner, chosen: Bools,
    hours: Mapping[str, OpenHours],
) -> Course:  # fmt: skip
    """Follow a metric through the chosen tickets and count every timer in its calendar.

    `offset` is the number of the first ticket of these columns among all.
    """
    has_target = pairs.target_seconds(manner.metric) > 0
    policies = [pairs.policy(pair) for pair in range(pairs.count)]
    keeps = np.array([policy is not None and policy.breaches == "keep" for policy in policies], np.bool_)
    bindings = bind(columns, spells, lifelines(columns, manner, chosen), has_target, keeps)
    parts = _parts(columns, pairs, manner, bindings.timers, hours)
    timers = bindings.timers
    rows = len(timers.ticket)
    return Course(
        manner,
        bindings,
        parts,
        _parts(columns, pairs, manner, bindings.earlier, hours),
        timers.ticket + offset,
        timers.pair // pairs.width,
        timers.pair % pairs.width,
        _whole([(part.rows, part.state) for part in parts], rows),
        columns.at[timers.start],
        np.where(timers.is_open, NONE, timers.end_at),
        _whole([(part.rows, part.counted.elapsed_seconds) for part in parts], rows),
    )


def judged(pairs: Pairs, rungs: Sequence[ladders.Rung], one: Course) -> Verdict:
    """The rows of a course under the targets of a document of the same shape; `rungs` are those of its metric."""
    timers = one.bindings.timers
    target_by_pair = pairs.target_seconds(one.manner.metric)
    due_at, breached_at, tied = _judged(one.timers, target_by_pair, len(timers.ticket))
    ties = one.ticket[tied]
    if len(one.bindings.of):
        _, earlier, tied = _judged(one.earlier, target_by_pair, len(one.bindings.of))
        ties = np.union1d(ties, one.ticket[one.bindings.of[tied]])
        broken = positions(earlier != NONE)[::-1]  # the oldest is written last
        breached_at[one.bindings.of[broken]] = earlier[broken]
    steps, repeats = ladders.passed(rungs, timers.pair, one.elapsed_seconds)
    rows = Rows(
        one.ticket, timers.cycle, one.policy, one.tier, one.state, one.started_at, one.ended_at,
        target_by_pair[timers.pair], one.elapsed_seconds, due_at, breached_at, steps, repeats,
    )  # fmt: skip
    return Verdict(rows, ties)


def _parts(columns: Columns, pairs: Pairs, manner: Manner, bound: Bound, hours: Mapping[str, OpenHours]) -> list[Part]:
    by_calendar: dict[str, list[int]] = {}
    for pair in range(pairs.count):
        target = pairs.target(pair, manner.metric)
        if target is not None:
            by_calendar.setdefault(target.calendar, []).append(pair)
    kinds = manner.kinds()
    parts = []
    for name, governed in by_calendar.items():
        rows: Ints | slice = slice(None) if len(by_calendar) == 1 else positions(np.isin(bound.pair, governed))
        some = bound if isinstance(rows, slice) else bound.where(rows)
        if len(some.ticket):
            counted = count(columns, some, kinds, hours[name])
            state = states(some, counted)
            parts.append(Part(rows, some, counted, state, (state != PAUSED) & (state != CANCELLED)))
    return parts


def _judged(parts: Sequence[Part], target_by_pair: Ints, rows: int) -> tuple[Ints, Ints, Ints]:
    """Due and breach of every row, and the rows with a tie."""
    found = [
        (part.rows, judge(part.bound, part.counted, part.has_due, target_by_pair[part.bound.pair])) for part in parts
    ]
    ties = [one.ties if isinstance(place, slice) else place[one.ties] for place, one in found]
    return (
        _whole([(place, one.due_at) for place, one in found], rows),
        _whole([(place, one.breached_at) for place, one in found], rows),
        np.concatenate(ties) if ties else np.zeros(0, np.int64),
    )


def _whole(pieces: Sequence[tuple[Ints | slice, np.ndarray]], rows: int) -> np.ndarray:
    """One column from those of the parts."""
    if len(pieces) == 1 and isinstance(pieces[0][0], slice):
        return pieces[0][1]
    whole = np.zeros(rows, pieces[0][1].dtype if pieces else np.int64)
    for place, values in pieces:
        whole[place] = values
    return whole

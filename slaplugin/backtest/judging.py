"""Kept or broken: due instants against the instants at which timers ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slaplugin.backtest.arrays import NONE, Bools, Bytes, Ints
from slaplugin.backtest.binding import Bound
from slaplugin.backtest.counting import Counted, due

ACTIVE, PAUSED, FULFILLED, CANCELLED = 0, 1, 2, 3
STATES = ("active", "paused", "fulfilled", "cancelled")


@dataclass(frozen=True, slots=True)
class Judged:
    """When timers are due and when they broke their promise, NONE where null.

    Whether those of the rows `ties` are broken only the scalar engine can tell: it depends on the order in which the
    events of one second are applied.
    """

    due_at: Ints
    breached_at: Ints
    ties: Ints


def judge(bound: Bound, counted: Counted, has_due: Bools, target_seconds: Ints) -> Judged:
    """Find when each target ran out and whether that was before the end (rules 1, 2, 13).

    `has_due` tells which timers show a due instant: neither the paused nor the cancelled.
    """
    found = due(counted, target_seconds)
    breached_at = np.where(found.at < bound.end_at, np.maximum(found.at, bound.effective_at), NONE)
    return Judged(np.where(has_due, found.at, NONE), breached_at, found.ties)


def states(bound: Bound, counted: Counted) -> Bytes:
    """How timers stand, as indexes of STATES."""
    found = np.where(bound.is_open, np.where(counted.ends_running, ACTIVE, PAUSED), FULFILLED).astype(np.uint8)
    found[bound.is_cancelled] = CANCELLED
    return found

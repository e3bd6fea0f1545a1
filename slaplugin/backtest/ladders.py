"""How many escalation steps a timer's counted time has passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from slaplugin.backtest.arrays import Ints, positions
from slaplugin.backtest.counting import NEVER
from slaplugin.backtest.governing import Pairs
from slaplugin.domain.escalations import threshold_seconds
from slaplugin.domain.policies import EscalationRule


def passed_by(rules: Sequence[EscalationRule], target_seconds: int, elapsed_seconds: int) -> tuple[int, int]:
    """Rules whose first step has passed, and the repeats that would have followed without an acknowledgement."""
    steps = repeats = 0
    for rule in rules:
        beyond = elapsed_seconds - threshold_seconds(rule, target_seconds)
        if beyond >= 0:
            steps += 1
            if rule.repeat_seconds is not None:
                repeats += beyond // rule.repeat_seconds
    return steps, repeats


@dataclass(frozen=True, slots=True)
class Rung:
    """One rule of every pair's ladder: the counted seconds at which it happens, and after which it repeats or 0."""

    thresholds: Ints
    intervals: Ints


def rungs_of(pairs: Pairs, metric: str) -> list[Rung]:
    """The ladders of all pairs, rule by rule; a shorter ladder is filled with what never happens."""
    ladders = []
    for pair in range(pairs.count):
        policy, target = pairs.policy(pair), pairs.target(pair, metric)
        rules = () if policy is None or target is None else policy.escalations_for(metric)
        seconds = 0 if target is None else target.seconds
        ladders.append([(threshold_seconds(rule, seconds), rule.repeat_seconds or 0) for rule in rules])
    columns = (np.array(rung, np.int64) for rung in zip_longest(*ladders, fillvalue=(NEVER, 0)))
    return [Rung(column[:, 0], column[:, 1]) for column in columns]


def passed(rungs: Sequence[Rung], pair: Ints, elapsed_seconds: Ints) -> tuple[Ints, Ints]:
    """The same as `passed_by` for a column of timers, each under the ladder of its pair."""
    steps, repeats = np.zeros(len(pair), np.int64), np.zeros(len(pair), np.int64)
    for rung in rungs:
        beyond = elapsed_seconds - rung.thresholds[pair]
        steps += beyond >= 0
        if rung.intervals.any():
            rows = positions((beyond > 0) & (rung.intervals > 0)[pair])
            repeats[rows] += beyond[rows] // rung.intervals[pair[rows]]
    return steps, repeats

"""How things are measured: in turns, a warm-up thrown away, judged by the worst round.

Absolute figures swing on shared machines, so a goal is a ratio of two cells of one run wherever it can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from time import perf_counter
from typing import Literal, TypeAlias

Cell: TypeAlias = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Form:
    """How much is done: `full` for figures that are judged, else only to see that it runs and that sides agree."""

    full: bool

    @property
    def rounds(self) -> int:
        return 5 if self.full else 2

    @property
    def seconds(self) -> float:
        """The least time of one cell in one round."""
        return 0.4 if self.full else 0.005

    @property
    def tickets(self) -> int:
        return 1_000_000 if self.full else 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure, a value for each round. With `goal` every round has to be `at least` or `at most` that."""

    bench: str
    what: str
    unit: str
    values: Sequence[float]
    goal: float | None = None
    sense: Literal["at least", "at most"] = "at least"
    note: str = ""

    @property
    def worst(self) -> float:
        return min(self.values) if self.sense == "at least" else max(self.values)

    @property
    def middle(self) -> float:
        return median(self.values)

    @property
    def is_met(self) -> bool | None:
        """Whether the worst round reaches the goal; null without one."""
        if self.goal is None:
            return None
        return self.worst >= self.goal if self.sense == "at least" else self.worst <= self.goal


@dataclass(frozen=True, slots=True)
class Report:
    """What a bench found, which sides did not agree where they should have, and what could not be run."""

    findings: list[Finding] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)


def measure(cells: Mapping[str, Cell], form: Form) -> dict[str, list[float]]:
    """Seconds that one call of each cell takes, round by round: A B C, A B C, ..."""
    calls = {name: max(1, ceil(form.seconds / max(_timed(cell, 1), 1e-9))) for name, cell in cells.items()}
    found: dict[str, list[float]] = {name: [] for name in cells}
    for _ in range(form.rounds):
        for name, cell in cells.items():
            found[name].append(_timed(cell, calls[name]) / calls[name])
    return found


def ratios(slow: Sequence[float], fast: Sequence[float]) -> list[float]:
    """How many times longer one takes than the other, round by round."""
    return [one / other for one, other in zip(slow, fast, strict=True)]


def _timed(cell: Cell, calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        cell()
    return perf_counter() - start

"""Two documents over the same tickets, side by side: what changes with the draft, as values and as one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from slaplugin.backtest import reports
from slaplugin.backtest.columns import Columns
from slaplugin.backtest.outcomes import Outcome
from slaplugin.backtest.reports import Flip, Ladder, Tally
from slaplugin.domain import instants

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both outcomes over the same tickets; `current` is null when there is nothing to compare with."""

    columns: Columns
    draft: Outcome
    current: Outcome | None

    def pairs(self, measure: Callable[[Outcome], Mapping[K, T]]) -> list[tuple[K, T | None, T | None]]:
        """What `measure` says of both by its keys, as (key, current, draft); null where one has none."""
        draft = measure(self.draft)
        current: Mapping[K, T] = {} if self.current is None else measure(self.current)
        return [(key, current.get(key), draft.get(key)) for key in {**current, **draft}]

    def flips(self) -> reports.Flips | None:
        """The timers on which they disagree."""
        return None if self.current is None else reports.flips(self.current, self.draft)

    def record(self) -> dict[str, Any]:
        """The whole as JSON."""
        flips = self.flips()
        return {
            "at": instants.text(self.columns.until),
            "tickets": len(self.columns),
            "events": self.columns.events,
            "scalar": {
                "current": None if self.current is None else dict(self.current.scalar),
                "draft": dict(self.draft.scalar),
            },
            "attainment": [
                {"metric": metric, "tier": tier, "current": _tally(current), "draft": _tally(draft)}
                for (metric, tier), current, draft in self.pairs(reports.attainment)
            ],
            "escalations": [
                {"metric": metric, "current": _ladder(current), "draft": _ladder(draft)}
                for metric, current, draft in self.pairs(reports.ladders)
            ],
            "margins": [
                {"metric": metric, "current": _classes(current), "draft": _classes(draft)}
                for metric, current, draft in self.pairs(reports.margins)
            ],
            "flips": None
            if flips is None
            else {"to_missed": [_flip(one) for one in flips.to_missed], "to_met": [_flip(one) for one in flips.to_met]},
        }


def _tally(tally: Tally | None) -> dict[str, int | None] | None:
    if tally is None:
        return None
    return {
        "met": tally.met,
        "missed": tally.missed,
        "open": tally.open,
        "cancelled": tally.cancelled,
        "share_basis_points": tally.share_basis_points,
    }


def _ladder(ladder: Ladder | None) -> dict[str, int] | None:
    return None if ladder is None else {"steps": ladder.steps, "repeats": ladder.repeats}


def _classes(counts: Sequence[int] | None) -> list[dict[str, int | None]] | None:
    if counts is None:
        return None
    bounds = (0, *reports.USED_PERCENT, None)
    return [
        {"used_over_percent": over, "used_up_to_percent": up_to, "timers": timers}
        for over, up_to, timers in zip(bounds, bounds[1:], counts, strict=False)
    ]


def _flip(flip: Flip) -> dict[str, str | int | None]:
    return {"ticket": flip.ticket, "key": flip.key, "metric": flip.metric, "cycle": flip.cycle}

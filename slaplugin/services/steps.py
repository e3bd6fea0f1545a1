"""The steps of a ticket's ladders as people read them: those that happened, told to whom and how late, and the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slaplugin.domain.calendars import Calendar
from slaplugin.domain.instants import Instant
from slaplugin.services.ladders import MARKS
from slaplugin.store.deliveries import StoredDelivery
from slaplugin.store.escalations import StoredEscalation
from slaplugin.store.timers import StoredTimer


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder: that happened (`recorded_at` is set), or that comes next (`instant` null while paused)."""

    metric: str
    rule: str
    repeat: int
    every_seconds: int | None
    until: str | None
    notify: tuple[str, ...]
    instant: Instant | None
    recorded_at: Instant | None
    late_by_seconds: int
    outcome: str | None
    told: tuple[StoredDelivery, ...]


def of_ticket(
    timers: Sequence[tuple[StoredTimer, Calendar, bool]],
    recorded: Sequence[StoredEscalation],
    told: Mapping[str, Sequence[StoredDelivery]],
) -> tuple[Step, ...]:
    """Steps that happened, in their order, then for each rule of the open timers the one that comes next.

    Each timer comes with its calendar and whether it is acknowledged; `told` holds deliveries by message.
    """  # fmt: skip
    entries = {(timer.key, entry["rule"]): entry for timer, _, _ in timers for entry in timer.ladder}
    done = [
        _step(one.metric, one.rule, one.repeat, entries.get(((one.metric, one.cycle), one.rule), {}), one.instant, one,
              told.get(one.message_id or "", ()))
        for one in recorded
        if one.rule not in MARKS
    ]  # fmt: skip
    coming = [
        step
        for timer, calendar, is_acknowledged in timers
        if timer.state in ("active", "paused")
        for step in _coming(timer, calendar, is_acknowledged, recorded)
    ]
    coming.sort(key=lambda step: (step.instant is None, step.instant or 0))
    return (*done, *coming)


def _coming(timer: StoredTimer, calendar: Calendar, is_acknowledged: bool,
            recorded: Sequence[StoredEscalation]) -> list[Step]:  # fmt: skip
    found = []
    run = (timer.metric, timer.cycle, timer.run)
    for entry in timer.ladder:
        rule = entry["rule"]
        if rule in MARKS or (entry["until"] and is_acknowledged):
            continue
        mine = [one.repeat for one in recorded if (one.metric, one.cycle, one.run) == run and one.rule == rule]
        repeat = max(mine, default=-1) + 1
        if repeat == 0 or entry["every"]:
            found.append(_step(timer.metric, rule, repeat, entry, _instant(timer, calendar, entry, repeat)))
    return found


def _instant(timer: StoredTimer, calendar: Calendar, entry: Mapping[str, Any], repeat: int) -> Instant | None:
    """When a step comes as things stand; null while the timer stands still."""
    if timer.state != "active":
        return None
    if repeat == 0:
        return None if entry["instant"] is None else int(entry["instant"])
    threshold = int(entry["threshold"]) + repeat * int(entry["every"])
    return calendar.add(timer.computed_at, max(0, threshold - timer.elapsed_seconds))


def _step(metric: str, rule: str, repeat: int, entry: Mapping[str, Any], instant: Instant | None,
          happened: StoredEscalation | None = None, told: Sequence[StoredDelivery] = ()) -> Step:  # fmt: skip
    return Step(
        metric=metric, rule=rule, repeat=repeat, every_seconds=entry.get("every"), until=entry.get("until"),
        notify=tuple(entry.get("notify") or ()), instant=instant,
        recorded_at=None if happened is None else happened.recorded_at,
        late_by_seconds=0 if happened is None else happened.late_by_seconds,
        outcome=None if happened is None else happened.outcome, told=tuple(told),
    )  # fmt: skip

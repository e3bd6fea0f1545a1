"""Which steps of a timer's ladder have passed, which is next, and which were dealt with already.

A ladder is a list of thresholds on the timer's counted seconds. Beside the policy's escalation rules it holds two
marks of our own, `at_risk` and `breached`, which are told to subscribers and notify nobody. What is recorded of a
rule with the highest repeat number is its cursor: lower ones are never looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.domain.calendars import Calendar
from slaplugin.domain.escalations import threshold_seconds
from slaplugin.domain.explain import Segment
from slaplugin.domain.instants import Instant
from slaplugin.domain.policies import Policy
from slaplugin.domain.timers import Timer
from slaplugin.store.escalations import StoredAcknowledgement, StoredEscalation
from slaplugin.store.timers import StoredTimer

AT_RISK = "at_risk"
BREACHED = "breached"
MARKS = {AT_RISK: "timer.at_risk", BREACHED: "timer.breached"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step that has passed; `threshold_seconds` orders steps of the same instant."""

    rule: str
    repeat: int
    instant: Instant
    threshold_seconds: int
    notify: Sequence[str] = ()

    @property
    def is_mark(self) -> bool:
        """One of our own, that notifies nobody."""
        return self.rule in MARKS

    @property
    def earliest(self) -> Instant:
        """The first instant at which it could be told: a breach is known the second after due."""
        return self.instant + (self.rule == BREACHED)


@dataclass(frozen=True, slots=True)
class Risk:
    """From when on a timer is at risk: as an instant (null while it stands still) and as remaining seconds."""

    at: Instant | None
    remaining_seconds: int | None


class Standing:
    """What is already recorded about the timers of one ticket."""

    def __init__(self, recorded: Sequence[StoredEscalation], acknowledged: Sequence[StoredAcknowledgement],
                 live_from: Instant | None) -> None:  # fmt: skip
        self.live_from = live_from
        self._last: dict[tuple[str, int, int, str], int] = {}
        for step in recorded:
            key = (step.metric, step.cycle, step.run, step.rule)
            self._last[key] = max(step.repeat, self._last.get(key, -1))
        self._acknowledged = {(one.metric, one.cycle) for one in acknowledged}

    def last_repeat(self, timer: StoredTimer, rule: str) -> int:
        """The highest recorded repeat of a rule in the timer's current run; -1 when there is none."""
        return self._last.get((timer.metric, timer.cycle, timer.run, rule), -1)

    def stops(self, timer: StoredTimer, entry: Mapping[str, Any]) -> bool:
        """Somebody acknowledged, and this rule ends with that."""
        return bool(entry["until"]) and timer.key in self._acknowledged


def entries(timer: Timer, policy: Policy) -> list[dict[str, Any]]:
    """The ladder as it is stored with the timer: the marks, then the policy's rules for this metric."""
    instants = {step.at: step.instant for step in timer.escalations}
    found: list[dict[str, Any]] = []
    mark = risk(timer, policy)
    if mark.remaining_seconds is not None:
        found.append(_entry(AT_RISK, timer.target_seconds - mark.remaining_seconds, mark.at))
    found.append(_entry(BREACHED, timer.target_seconds, timer.breached_at or timer.due_at))
    found += [
        _entry(rule.at, threshold_seconds(rule, timer.target_seconds), instants.get(rule.at))
        | {"every": rule.repeat_seconds, "until": rule.until, "notify": list(rule.notify)}
        for rule in policy.escalations_for(timer.metric)
    ]
    return found


def risk(timer: Timer, policy: Policy) -> Risk:
    """The first threshold before due; nothing where the policy has none."""
    found: Risk = Risk(None, None)
    instants = {step.at: step.instant for step in timer.escalations}
    for rule in policy.escalations_for(timer.metric):
        remaining = timer.target_seconds - threshold_seconds(rule, timer.target_seconds)
        if remaining > 0 and (found.remaining_seconds is None or remaining > found.remaining_seconds):
            found = Risk(instants.get(rule.at), remaining)
    return found


def with_next_check(timer: StoredTimer, standing: Standing, calendar: Calendar) -> StoredTimer:
    """The timer with the instant at which the sweep has to look at it; none before its source is live."""
    if standing.live_from is None or timer.state == "cancelled":
        return timer
    checks = [check for entry in timer.ladder if (check := _next_of(timer, entry, standing, calendar)) is not None]
    return replace(timer, next_check_at=min(checks, default=None))


def passed(
    timer: StoredTimer, standing: Standing, calendar: Calendar, now: Instant, history: Callable[[], Sequence[Segment]]
) -> list[Step]:
    """Every step that has passed and is not recorded, in the order in which they passed.

    `history` gives the timer's segments and is asked only for steps that passed before its last fact.
    """  # fmt: skip
    found: list[Step] = []
    for entry in timer.ladder:
        if standing.stops(timer, entry):
            continue
        first = standing.last_repeat(timer, entry["rule"]) + 1
        found += _passed_of(timer, entry, first, calendar, now, history)
    return sorted(found, key=lambda step: (step.instant, step.threshold_seconds))


def _entry(rule: str, threshold: int, instant: Instant | None) -> dict[str, Any]:
    return {"rule": rule, "threshold": threshold, "instant": instant, "every": None, "until": None, "notify": []}


def _threshold(entry: Mapping[str, Any], repeat: int) -> int | None:
    """Counted seconds at which a repeat happens; None when the rule does not repeat."""
    if repeat > 0 and not entry["every"]:
        return None
    return int(entry["threshold"]) + repeat * int(entry["every"] or 0)


def _next_of(timer: StoredTimer, entry: Mapping[str, Any], standing: Standing, calendar: Calendar) -> Instant | None:
    repeat = standing.last_repeat(timer, entry["rule"]) + 1
    threshold = _threshold(entry, repeat)
    if threshold is None or standing.stops(timer, entry):
        return None
    if timer.state == "fulfilled" and standing.live_from is not None and timer.computed_at < standing.live_from:
        return None
    if entry["rule"] == BREACHED:
        return _breach_check(timer)
    if repeat == 0 and entry["instant"] is not None:
        instant = int(entry["instant"])
        return instant if timer.state == "active" or instant <= _end(timer) else None
    if threshold <= timer.elapsed_seconds:
        return timer.computed_at
    return calendar.add(timer.computed_at, threshold - timer.elapsed_seconds) if timer.state == "active" else None


def _breach_check(timer: StoredTimer) -> Instant | None:
    """Breached means still open after due: the second after, because an answer in the due second is in time."""
    if timer.breached_at is not None:
        return timer.breached_at
    return timer.due_at + 1 if timer.state == "active" and timer.due_at is not None else None


def _passed_of(timer: StoredTimer, entry: Mapping[str, Any], first: int, calendar: Calendar, now: Instant,
               history: Callable[[], Sequence[Segment]]) -> Iterator[Step]:  # fmt: skip
    if entry["rule"] == BREACHED:
        check = _breach_check(timer)
        if first == 0 and check is not None and check <= now:
            yield Step(BREACHED, 0, timer.breached_at or check - 1, int(entry["threshold"]))
        return
    repeat = first
    while (threshold := _threshold(entry, repeat)) is not None:
        instant = _instant(timer, entry, repeat, threshold, calendar, history)
        if instant is None or instant > now or (timer.state == "fulfilled" and instant > _end(timer)):
            return
        yield Step(entry["rule"], repeat, instant, threshold, tuple(entry["notify"]))
        repeat += 1


def _instant(timer: StoredTimer, entry: Mapping[str, Any], repeat: int, threshold: int, calendar: Calendar,
             history: Callable[[], Sequence[Segment]]) -> Instant | None:  # fmt: skip
    if repeat == 0 and entry["instant"] is not None:
        return int(entry["instant"])
    if threshold > timer.elapsed_seconds:
        if timer.state != "active":
            return None
        return calendar.add(timer.computed_at, threshold - timer.elapsed_seconds)
    counted = 0
    for segment in history():
        if segment.kind == "counted":
            if counted + segment.seconds >= threshold:
                return segment.start + threshold - counted
            counted += segment.seconds
    return None


def _end(timer: StoredTimer) -> Instant:
    return timer.computed_at if timer.fulfilled_at is None else timer.fulfilled_at

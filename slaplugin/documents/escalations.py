"""A policy's ladder as written: when each step happens, for which metrics, whom it tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slaplugin.documents import durations
from slaplugin.documents.durations import Duration
from slaplugin.documents.fields import Items, Mold, StrictSchema, nearest, text, word
from slaplugin.documents.paths import Findings, Path, shown
from slaplugin.domain.policies import EscalationRule

MAX_PERCENT = 1_000

_PERCENT = re.compile(r"(\d{1,9})%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step happens: a share of the target, or timer time before (negative) or after it is due."""

    percent: int | None = None
    sign: str = ""
    duration: Duration | None = None

    @property
    def name(self) -> str:
        """The one way to write it; `-90m` and `-1h30m` are one step."""
        return f"{self.percent}%" if self.duration is None else f"{self.sign}{durations.text(self.duration.seconds)}"


def moment(value: Any) -> Moment:
    """Read an `at`; raises ValueError for anything but N%, -T and +T."""
    if isinstance(value, str):
        percent = _PERCENT.fullmatch(value)
        if percent is not None:
            number = int(percent.group(1))
            if not 0 < number <= MAX_PERCENT:
                raise ValueError(f"{shown(value)} is out of range; from 1% to {MAX_PERCENT}%")
            return Moment(percent=number)
        if value[:1] in ("-", "+"):
            return Moment(sign=value[0], duration=durations.parse(value[1:]))
    raise ValueError(f'{shown(value)} is not a step; write "75%", "-30m" before or "+2h" after it is due')


def duration(value: Any) -> Duration:
    """Read a duration; raises ValueError with the mend."""
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} has no unit; {durations.MEND}")
    return durations.parse(value)


class EscalationSchema(StrictSchema):
    """One step."""

    at = Mold(moment, required=True)
    timers = Items(Mold(text))
    repeat = Mold(duration)
    until = Mold(word(("acknowledged",)))
    notify = Items(Mold(text))


def build(
    written: Sequence[Mapping[str, Any] | None],
    path: Path,
    metrics: Sequence[str],
    refusal: Callable[[Duration, Sequence[str]], str | None],
    problems: Findings,
) -> tuple[EscalationRule, ...]:
    """The steps of a loaded list. `refusal` says why a duration cannot be counted for some metrics, if it cannot."""
    rules: list[EscalationRule] = []
    for index, step in enumerate(written):
        if not step or "at" not in step:
            continue
        here = (*path, index)
        at: Moment = step["at"]
        timers = tuple(one for one in step.get("timers") or () if one is not None)
        for position, metric in enumerate(step.get("timers") or ()):
            if metric is not None and metric not in metrics:
                problems.append(
                    ((*here, "timers", position), f"{shown(metric)} is no metric; {nearest(metric, metrics)}")
                )
        if step.get("timers") == []:
            problems.append(((*here, "timers"), "is an empty list, so the step is for no timer; leave it out for all"))
        repeat: Duration | None = step.get("repeat")
        for key, length in (("at", at.duration), ("repeat", repeat)):
            message = None if length is None else refusal(length, timers)
            if message is not None:
                problems.append(((*here, key), message))
        for other in rules:
            if other.at == at.name and (not timers or not other.timers or set(timers) & set(other.timers)):
                message = f"there is a step at {at.name} for the same timers already; join them or move one"
                problems.append(((*here, "at"), message))
                break
        seconds = None if at.duration is None else at.duration.seconds
        rules.append(
            EscalationRule(
                at=at.name,
                percent=at.percent,
                before_seconds=seconds if at.sign == "-" else None,
                after_seconds=seconds if at.sign == "+" else None,
                timers=timers,
                repeat_seconds=None if repeat is None else repeat.seconds,
                until=step.get("until"),
                notify=tuple(one for one in step.get("notify") or () if one is not None),
            )
        )
    return tuple(rules)

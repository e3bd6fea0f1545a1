"""When the steps of a ladder happen, in the timer's own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slaplugin.domain.counting import Track
from slaplugin.domain.instants import Instant


@dataclass(frozen=True, slots=True)
class EscalationRule:
    """A step of a ladder. `at` is its normalised text and its name: "75%", "-30m", "+2h".

    Exactly one of `percent`, `before_seconds` and `after_seconds` is set. `timers` names the metrics it is for, all
    when empty. `repeat_seconds` is timer time; `until` is "acknowledged" or nothing.
    """

    at: str
    percent: int | None = None
    before_seconds: int | None = None
    after_seconds: int | None = None
    timers: tuple[str, ...] = ()
    repeat_seconds: int | None = None
    until: str | None = None
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """One step of the current run. `instant` is null while the timer has no due instant."""

    at: str
    instant: Instant | None


def threshold_seconds(rule: EscalationRule, target_seconds: int) -> int:
    """Counted seconds at which a step happens: a share rounded up, never before the start (rule 15)."""
    if rule.percent is not None:
        return -(-target_seconds * rule.percent // 100)
    if rule.before_seconds is not None:
        return max(0, target_seconds - rule.before_seconds)
    return target_seconds + (rule.after_seconds or 0)


def instants_of(
    thresholds: Sequence[tuple[str, int]], track: Track, ended_at: Instant | None
) -> tuple[Escalation, ...]:
    """Every step, given by name and threshold, with its instant; of a repeated step the first.

    Those still to come lie where they will be as things stand.
    """
    return tuple([Escalation(at, track.locate(seconds, ended_at)) for at, seconds in thresholds])

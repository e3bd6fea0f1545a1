"""When the steps of a ladder happen, in the timer's own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slaplugin.domain.counting import Track
from slaplugin.domain.instants import Instant
from slaplugin.domain.policies import EscalationRule


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
    rules: Sequence[EscalationRule], track: Track, target_seconds: int, ended_at: Instant | None
) -> tuple[Escalation, ...]:
    """Every step with its instant, those still to come as things stand; of a repeated step the first."""  # fmt: skip
    return tuple(Escalation(rule.at, track.locate(threshold_seconds(rule, target_seconds), ended_at)) for rule in rules)

"""Tickets and documents for engine tests: good defaults, a test says only what matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slaplugin.domain.calendars import ALWAYS
from slaplugin.domain.conditions import Condition
from slaplugin.domain.events import Kind, Role, TicketEvent
from slaplugin.domain.metrics import DEFAULT_OPTIONS, MetricOptions
from slaplugin.domain.policies import Policy, PolicyDocument, Target, Version
from slaplugin.domain.timers import Timer, replay
from tests.domain.calendar_builders import HOUR, OFFICE, make_calendar

MONDAY = 1_772_409_600  # 2026-03-02T00:00:00Z
UTC_OFFICE = make_calendar(OFFICE)
CALENDARS = {"24x7": ALWAYS, "office": UTC_OFFICE}


def at(clock: str, day: int = 0) -> int:
    """An instant of that Monday, or so many days later: at("09:30")."""
    hours, minutes, seconds = (int(part) for part in f"{clock}:00".split(":")[:3])
    return MONDAY + day * 24 * HOUR + hours * HOUR + minutes * 60 + seconds


def event(when: str | int, kind: Kind = "changed", *, role: Role | None = None, seq: int = 0, name: str = "",
          public: bool = True, of: str | None = None, **fields: Any) -> TicketEvent:  # fmt: skip
    """An event named by its instant and kind; fields as keywords."""
    instant = at(when) if isinstance(when, str) else when
    return TicketEvent(name or f"{when} {kind}", "T-1", instant, kind, seq, None, role, public, fields, of)


def created(when: str = "09:00", **fields: Any) -> TicketEvent:
    return event(when, "created", **({"status": "open", "priority": "p1"} | fields))


def replied(when: str, role: Role, **others: Any) -> TicketEvent:
    return event(when, "replied", role=role, **others)


def make_policy(
    targets: Mapping[str, Mapping[str, int | Target]] | None = None,
    *,
    name: str = "all",
    match: Mapping[str, Any] | None = None,
    **others: Any,
) -> Policy:
    """A policy for every ticket: resolution of 4 h around the clock for p1, or other targets in seconds."""
    written = {"p1": {"resolution": 4 * HOUR}} if targets is None else targets
    return Policy(
        name,
        tuple(Condition(field, "in", (value,)) for field, value in (match or {}).items()),
        targets={
            tier: {metric: Target(goal, "24x7") if isinstance(goal, int) else goal for metric, goal in goals.items()}
            for tier, goals in written.items()
        },
        **others,
    )


def make_document(*policies: Policy, default_priority: str | None = None) -> PolicyDocument:
    return PolicyDocument(("p1", "p2", "p3"), default_priority, CALENDARS, policies or (make_policy(),))


def options(metric: str, **changes: Any) -> dict[str, MetricOptions]:
    """The default options of a metric with these changes."""
    default = DEFAULT_OPTIONS[metric]
    return {metric: MetricOptions(**({"pause": default.pause} | changes))}


def timers(
    events: Iterable[TicketEvent], when: str | int, *policies: Policy, versions: Sequence[Version] = ()
) -> list[Timer]:
    """The timers at an instant, under one document of these policies or under several versions."""
    instant = at(when) if isinstance(when, str) else when
    return replay(events, versions or [Version(0, make_document(*policies))], instant)


def timer(events: Iterable[TicketEvent], when: str | int, *policies: Policy, versions: Sequence[Version] = ()) -> Timer:
    """The only timer."""
    (found,) = timers(events, when, *policies, versions=versions)
    return found

"""Random documents and desks of the plain kind: mostly what the columns express, on a coarse grid of instants."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from slaplugin.domain.calendars import ALWAYS
from slaplugin.domain.conditions import Condition, Match
from slaplugin.domain.events import STATUSES, TicketEvent
from slaplugin.domain.metrics import (
    BUILT_IN,
    DEFAULT_OPTIONS,
    RESOLUTION_FAMILY,
    MetricOptions,
    Pause,
    Trigger,
    pause_on_status,
)
from slaplugin.domain.policies import EscalationRule, Policy, PolicyDocument, Target
from tests.backtest.parts import HOUR, NINE, TIERS
from tests.domain.calendar_builders import BERLIN, LUNCH, NIGHT, OFFICE, make_calendar

GRID = 1800  # coarse, so that targets run out in the very second of an event
CALENDARS = {
    "24x7": ALWAYS,
    "office": make_calendar(OFFICE),
    "lunch": make_calendar(LUNCH, BERLIN, {date(2026, 1, 13): "a holiday"}),
    "night": make_calendar(NIGHT, BERLIN),
}
LADDER = (
    EscalationRule("75%", percent=75),
    EscalationRule("-30m", before_seconds=1800),
    EscalationRule("100%", percent=100, timers=("resolution",)),
    EscalationRule("+1h", after_seconds=HOUR, repeat_seconds=HOUR, until="acknowledged"),
)
OWN = MetricOptions(start=Trigger("created"), stop_trigger=Trigger("reply", by="agent"))
ACME: Match = (Condition("customer", "in", ("acme",)), Condition("tags", "not", ("vip",)))
MATCHES: tuple[Match, ...] = (
    (), (), (Condition("status", "not", ("pending",)),), (Condition("customer", "exists", True),),
)  # fmt: skip
STOPS = (("solved", "closed"), ("solved", "closed"), ("closed",), ("solved",), ("on_hold", "closed"))
VALUES: dict[str, tuple[Any, ...]] = {
    "priority": (*TIERS, None, "p9"),
    "customer": ("acme", "other", None),
    "team": ("one", "two", None),
    "tags": ([], ["vip"], ["vip", "frozen"]),
}


def document(random: Random) -> PolicyDocument:
    metrics = random.sample(BUILT_IN, random.randint(1, 3)) + (["own"] if random.random() < 0.05 else [])
    shared = {one: _options(random, one) for one in metrics if one in BUILT_IN and random.random() < 0.5}
    policies = [
        _policy(random, f"policy {place}", match, metrics, shared)
        for place, match in enumerate((ACME, random.choice(MATCHES)))
    ]
    return PolicyDocument(TIERS, random.choice([None, "p2", "p3"]), CALENDARS, tuple(policies))


def feed(random: Random, ticket: str) -> list[TicketEvent]:
    at = NINE + _step(random)
    # Most tickets keep their fields: those are what the columns are for.
    fields = [] if random.random() < 0.6 else list(VALUES)
    created = {"status": random.choice(STATUSES), **_changes(random, list(VALUES), 0.7)}
    found = [
        TicketEvent(f"{ticket}:0", ticket, at, "created", role=random.choice(["requester", "agent", None]), set=created)
    ]
    for number in range(1, random.randint(1, 10)):
        at += random.choice([0, 1, 1, 1]) * _step(random)
        kind = random.choice(["changed"] * 12 + ["replied"] * 12 + ["created", "withdrawn", "restored"])
        kind = "removed" if random.random() < 0.03 else kind
        changes = _changes(random, fields, 0.3) if kind in ("changed", "created", "replied") else {}
        if kind == "changed" or random.random() < 0.2:
            changes["status"] = random.choice(STATUSES)
        found.append(
            TicketEvent(
                f"{ticket}:{number}", ticket, at, kind, number,
                role=random.choice(["agent", "requester", "agent", "requester", "bot"]) if kind == "replied" else None,
                public=kind != "replied" or random.random() < 0.9,
                set=changes if kind in ("changed", "created", "replied") else {},
                of=f"{ticket}:{random.randint(0, number)}" if kind == "withdrawn" else None,
            )
        )  # fmt: skip
    return found


def desk(random: Random, tickets: int) -> dict[str, list[TicketEvent]]:
    return {f"T-{number}": feed(random, f"T-{number}") for number in range(tickets)}


def instant(random: Random) -> int:
    return NINE + random.randint(2, 60) * GRID


def _step(random: Random) -> int:
    return random.randint(1, 6) * GRID if random.random() < 0.8 else random.randint(1, 40 * HOUR)


def _changes(random: Random, fields: list[str], chance: float) -> dict[str, Any]:
    return {name: random.choice(VALUES[name]) for name in fields if random.random() < chance}


def _policy(
    random: Random, name: str, match: Match, metrics: list[str], shared: dict[str, MetricOptions]
) -> Policy:  # fmt: skip
    options = dict(shared)
    if random.random() < 0.3:
        options = {metric: _options(random, metric) for metric in metrics if metric in BUILT_IN}
    if "own" in metrics:
        options["own"] = OWN
    complete = random.random() < 0.85
    return Policy(
        name,
        match,
        random.choice(["recount"] * 4 + ["keep_elapsed", "restart"]),  # type: ignore[arg-type]
        random.choice(["keep", "keep", "withdraw"]),  # type: ignore[arg-type]
        options,
        {
            tier: {metric: _target(random) for metric in metrics if complete or random.random() < 0.5}
            for tier in TIERS
            if complete or random.random() < 0.7
        },
        random.choice([(), LADDER]),
    )


def _target(random: Random) -> Target:
    seconds = random.randint(1, 6) * GRID if random.random() < 0.7 else random.randint(1, 90_000)
    return Target(seconds, random.choice(list(CALENDARS)))


def _options(random: Random, metric: str) -> MetricOptions:
    if random.random() < 0.3:
        return DEFAULT_OPTIONS[metric]
    pauses: list[Pause] = [pause_on_status(one) for one in random.sample(STATUSES, random.randint(0, 2))]
    if random.random() < 0.05:
        pauses.append(Pause("vip", (Condition("tags", "any", ("vip",)),)))
    if metric in RESOLUTION_FAMILY:
        reopen: Any = random.choice(["resume", "new_cycle", "ignore"])
        return MetricOptions(tuple(pauses), frozenset(random.choice(STOPS)), reopen)
    if metric == "first_response":
        waits: Any = random.choice(["wait_for_requester", "run"])
        solve: Any = random.choice(["fulfil", "cancel"])
        return MetricOptions(tuple(pauses), agent_created=waits, solve=solve)
    return MetricOptions(tuple(pauses))


def with_other_targets(random: Random, document: PolicyDocument) -> PolicyDocument:
    """The same document, every target of another length in the same calendar and another ladder."""
    policies = tuple(
        replace(
            policy,
            targets={
                tier: {metric: Target(_target(random).seconds, one.calendar) for metric, one in by_metric.items()}
                for tier, by_metric in policy.targets.items()
            },
            escalations=random.choice([(), LADDER]),
        )
        for policy in document.policies
    )
    return replace(document, policies=policies)

"""A made-up desk of any size: tickets as columns, the same as events, and documents to run over them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from slaplugin.backtest.arrays import Ints, starts_of
from slaplugin.backtest.columns import AGENT_REPLY, REQUESTER_REPLY, Columns, FieldColumn
from slaplugin.domain.calendars import ALWAYS, Calendar, Window
from slaplugin.domain.conditions import Condition
from slaplugin.domain.events import STATUSES, TicketEvent
from slaplugin.domain.policies import EscalationRule, Policy, PolicyDocument, Target

HOUR = 3600
DAY = 24 * HOUR
FIRST = 1_704_067_200  # 2024-01-01T00:00:00Z
DAYS = 700
TIERS = ("p1", "p2", "p3", "p4")
CUSTOMERS = 500

_NEW, _OPEN, _PENDING, _ON_HOLD, _SOLVED, _CLOSED = range(len(STATUSES))
_AGENT, _REQUESTER = AGENT_REPLY, REQUESTER_REPLY
# What happens to tickets: mark and status after each event, six events on average.
COURSES: Sequence[Sequence[tuple[int, int]]] = (
    ((0, _OPEN), (_AGENT, _OPEN), (_REQUESTER, _OPEN), (_AGENT, _SOLVED)),
    ((0, _NEW), (_AGENT, _OPEN), (0, _PENDING), (_REQUESTER, _OPEN), (_AGENT, _OPEN), (0, _SOLVED)),
    ((0, _NEW), (0, _OPEN), (_AGENT, _PENDING), (_REQUESTER, _OPEN), (_AGENT, _OPEN), (0, _SOLVED), (0, _CLOSED)),
    ((0, _OPEN), (_AGENT, _PENDING), (_REQUESTER, _OPEN), (_AGENT, _PENDING), (_REQUESTER, _OPEN), (_AGENT, _SOLVED)),
    ((0, _OPEN), (_AGENT, _OPEN), (0, _SOLVED), (_REQUESTER, _OPEN), (_AGENT, _OPEN), (0, _SOLVED), (0, _CLOSED)),
    ((0, _NEW), (0, _OPEN), (0, _ON_HOLD), (_AGENT, _OPEN), (_REQUESTER, _OPEN), (_AGENT, _OPEN), (0, _SOLVED)),
    ((0, _OPEN), (_AGENT, _PENDING), (_REQUESTER, _OPEN), (_AGENT, _OPEN), (_REQUESTER, _OPEN)),
)


def columns(tickets: int, seed: int = 1) -> Columns:
    """So many tickets of DAYS days; one in ten is raised by a tier on its way."""
    dice = np.random.default_rng(seed)
    lengths = np.array([len(course) for course in COURSES])
    drawn = dice.integers(0, len(COURSES), tickets)
    offsets = np.append(0, np.cumsum(lengths[drawn]))
    table = np.array([step for course in COURSES for step in course], np.uint8)
    step = np.repeat(starts_of(lengths)[drawn] - offsets[:-1], lengths[drawn]) + np.arange(int(offsets[-1]))
    created = FIRST + np.sort(dice.integers(0, DAYS * DAY, tickets))
    gaps = dice.integers(1, 10 * HOUR, int(offsets[-1]))
    gaps[offsets[:-1]] = 0
    passed = np.cumsum(gaps)
    at = passed + np.repeat(created - passed[offsets[:-1]], lengths[drawn])
    tier, raised = dice.integers(0, len(TIERS), tickets), dice.random(tickets) < 0.1
    state_events, codes = _states(offsets, tier, raised & (tier > 0))
    ticket = np.searchsorted(offsets, state_events, side="right") - 1
    return Columns(
        tickets=[f"T-{number}" for number in range(tickets)],
        keys=[None] * tickets,
        until=int(at.max()),
        offsets=offsets,
        at=at,
        marks=table[step, 0].copy(),
        status=table[step, 1].copy(),
        by_agent=np.zeros(tickets, np.bool_),
        state_events=state_events,
        fields={
            "priority": FieldColumn(TIERS, codes),
            "customer": FieldColumn(
                [None, *(f"customer-{number}" for number in range(CUSTOMERS))],
                dice.integers(0, CUSTOMERS + 1, tickets)[ticket],
            ),
            "tags": FieldColumn([None, ["vip"], ["vip", "gold"], ["task"]], dice.integers(0, 4, tickets)[ticket]),
        },
    )


def _states(offsets: Ints, tier: Ints, raised: np.ndarray[Any, Any]) -> tuple[Ints, Ints]:
    """The field states of the tickets: one each, and another with the second event of those that are raised."""
    first = offsets[:-1]
    events = np.concatenate((first, first[raised] + 1))
    codes = np.concatenate((tier, tier[raised] - 1))
    order = np.argsort(events, kind="stable")
    return events[order], codes[order]


def feed(desk: Columns, ticket: int) -> list[TicketEvent]:
    """The same ticket as events."""
    start, end = desk.offsets[ticket : ticket + 2].tolist()
    name = desk.tickets[ticket]
    found = []
    status: int | None = None
    for number, event in enumerate(range(start, end)):
        changes: dict[str, Any] = {}
        if desk.status[event] != status:
            status = int(desk.status[event])
            changes["status"] = STATUSES[status]
        state = int(np.searchsorted(desk.state_events, event))
        if state < len(desk.state_events) and desk.state_events[state] == event:
            changes |= {field: column.values[column.codes[state]] for field, column in desk.fields.items()}
        mark = int(desk.marks[event])
        kind: Any = "created" if not number else "replied" if mark else "changed"
        role: Any = {AGENT_REPLY: "agent", REQUESTER_REPLY: "requester"}.get(mark)
        found.append(
            TicketEvent(f"{name}:{number}", name, int(desk.at[event]), kind, number, None, role, True, changes)
        )
    return found


def document(factor_percent: int = 100) -> PolicyDocument:
    """Three policies with matches, two metrics, office hours in a zone with summer time, and a ladder."""
    office = Calendar(
        "office",
        "Europe/Berlin",
        [[Window(9 * HOUR, 12 * HOUR), Window(13 * HOUR, 17 * HOUR)]] * 5 + [[], []],
        {date(year, month, day): "holiday" for year in (2024, 2025) for month, day in ((1, 1), (5, 1), (12, 25))},
    )
    ladder = (
        EscalationRule("75%", percent=75),
        EscalationRule("100%", percent=100),
        EscalationRule("+1h", after_seconds=HOUR, repeat_seconds=HOUR, until="acknowledged"),
    )

    def targets(first_response: int, resolution: int) -> dict[str, dict[str, Target]]:
        return {
            tier: {
                "first_response": Target(first_response * 36 * factor_percent * (place + 1), "office"),
                "resolution": Target(resolution * 36 * factor_percent * (place + 1), "office"),
            }
            for place, tier in enumerate(TIERS)
        }

    return PolicyDocument(
        TIERS,
        "p3",
        {"24x7": ALWAYS, "office": office},
        (
            Policy("gold", (Condition("tags", "any", ("gold",)), Condition("customer", "exists", True)),
                   targets=targets(1, 4), escalations=ladder),
            Policy("named", (Condition("customer", "in", tuple(f"customer-{n}" for n in range(50))),),
                   targets=targets(2, 6), escalations=ladder),
            Policy("standard", targets=targets(4, 12), escalations=ladder),
        ),
    )  # fmt: skip

"""Random policy documents and ticket feeds that use everything the engine knows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any

from hypothesis import strategies as st

from slaplugin.domain.calendars import ALWAYS, Calendar
from slaplugin.domain.conditions import Condition, Match
from slaplugin.domain.events import ROLES, STATUSES, TicketEvent
from slaplugin.domain.metrics import BUILT_IN, MetricOptions, Pause, Trigger, pause_on_status
from slaplugin.domain.policies import EscalationRule, Policy, PolicyDocument, Target
from tests.domain.calendar_builders import HOUR, LUNCH, NIGHT, OFFICE

BASE = int(datetime(2026, 3, 27, tzinfo=UTC).timestamp())  # a Friday, two days before the clocks of Berlin go forward
TIERS = ("p1", "p2", "p3")
TEAMS = ("net", "db", None)
TAGS = ((), ("vip",), ("vip", "frozen"), ("frozen",))
CALENDARS = {
    "24x7": ALWAYS,
    "office": Calendar("office", "Europe/Berlin", OFFICE, {date(2026, 3, 30): "feast"}),
    "lunch": Calendar("lunch", "America/New_York", LUNCH),
    "night": Calendar("night", "Europe/Berlin", NIGHT),
}
LADDER = (
    EscalationRule("50%", percent=50),
    EscalationRule("-90m", before_seconds=90 * 60),
    EscalationRule("100%", percent=100),
    EscalationRule("+1h", after_seconds=HOUR),
)

MATCHES: tuple[Match, ...] = (
    (), (), (Condition("team", "in", ("net",)),), (Condition("team", "not", ("net", None)),),
    (Condition("tags", "any", ("vip",)),), (Condition("priority", "in", ("p1", None)),),
)  # fmt: skip
PAUSES: tuple[tuple[Pause, ...], ...] = (
    (), (pause_on_status("pending"),), (pause_on_status("pending"), pause_on_status("on_hold")),
    (pause_on_status("on_hold"), Pause("frozen", (Condition("tags", "any", ("frozen",)),))),
)  # fmt: skip
TRIGGERS = (
    Trigger("created"),
    Trigger("enters", (Condition("status", "in", ("on_hold",)),)),
    Trigger("leaves", (Condition("status", "in", ("on_hold", "new")),)),
    Trigger("enters", (Condition("team", "exists", True),)),
    Trigger("reply", by="requester"),
    Trigger("reply", by="agent", public=False),
)


def documents(prefix: str = "policy") -> st.SearchStrategy[PolicyDocument]:
    """Documents from a number each: drawing their hundred choices one by one would take longer than the replay."""
    return st.integers(0, 2**32).map(lambda number: _document(Random(number), prefix))


def _document(random: Random, prefix: str) -> PolicyDocument:
    policies = tuple(_policy(random, f"{prefix}-{number}") for number in range(random.randint(1, 3)))
    return PolicyDocument(TIERS, "p2", CALENDARS, policies)


def _policy(random: Random, name: str) -> Policy:
    metrics = ["resolution", *random.sample([*BUILT_IN, "own_a", "own_b"], random.randint(0, 4))]
    return Policy(
        name,
        random.choice(MATCHES),
        random.choice(["recount", "recount", "keep_elapsed", "restart"]),
        random.choice(["keep", "keep", "withdraw"]),
        {metric: _options(random, metric) for metric in metrics if metric.startswith("own_") or random.random() < 0.5},
        {
            tier: {
                metric: Target(random.randint(1, 30 * HOUR), random.choice(list(CALENDARS)))
                for metric in metrics
                if random.random() < 0.9
            }
            for tier in random.choice([TIERS, TIERS[:2]])
        },
        random.choice([(), LADDER]),
    )


def _options(random: Random, metric: str) -> MetricOptions:
    is_own = metric.startswith("own_")
    return MetricOptions(
        pause=random.choice(PAUSES),
        stop=random.choice([frozenset({"solved", "closed"}), frozenset({"closed"})]),
        reopen=random.choice(["resume", "resume", "new_cycle", "ignore"]),
        agent_created=random.choice(["wait_for_requester", "run"]),
        solve=random.choice(["fulfil", "cancel"]),
        start=random.choice(TRIGGERS) if is_own else None,
        stop_trigger=random.choice(TRIGGERS) if is_own else None,
        many_cycles=random.random() < 0.5,
    )


steps = st.tuples(
    st.sampled_from([0, 0, 1, 600, HOUR, 5 * HOUR, 17 * HOUR]) | st.integers(0, 40 * HOUR),
    st.sampled_from(["changed"] * 4 + ["replied"] * 5 + ["removed", "restored", "withdrawn", "created"]),
    st.sampled_from(ROLES),
    st.booleans() | st.just(True),
    st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from(STATUSES),
            "priority": st.sampled_from([*TIERS, None]),
            "team": st.sampled_from(TEAMS),
            "tags": st.sampled_from(TAGS),
        },
    ),
    st.integers(0, 12),
)


@st.composite
def feeds(draw: st.DrawFn) -> list[TicketEvent]:
    """The events of one ticket in order, created first; most happen at odd seconds, some at the same one."""
    at = BASE + draw(st.integers(0, 24 * HOUR))
    fields = {"status": draw(st.sampled_from(STATUSES)), "priority": draw(st.sampled_from([*TIERS, None]))}
    found = [TicketEvent("e00", "T", at, "created", -1, None, draw(st.sampled_from(ROLES)), True, fields)]
    for number, (after, what, role, public, changed, of) in enumerate(draw(st.lists(steps, max_size=12)), 1):
        at += after
        kind: Any = what
        is_fact = kind in ("changed", "replied", "created")
        found.append(
            TicketEvent(
                f"e{number:02}", "T", at, kind, number, None, role, public or kind != "replied",
                changed if is_fact else {}, f"e{of:02}" if kind == "withdrawn" else None,
            )
        )  # fmt: skip
    return found

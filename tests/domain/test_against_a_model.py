"""The engine against a tick-by-tick walk that shares no code with it, on random streams near jumps of the clock."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slaplugin.domain.calendars import ALWAYS, Calendar
from slaplugin.domain.calendars import Window as Hours
from slaplugin.domain.events import STATUSES, TicketEvent
from slaplugin.domain.explain import explain
from slaplugin.domain.metrics import DEFAULT_OPTIONS, pause_on_status
from slaplugin.domain.policies import Policy, PolicyDocument, Target, Version
from slaplugin.domain.timers import Timer, replay
from tests.domain.calendar_builders import windows
from tests.domain.model import Goal, Rules, Walk

SOAK = 20 if os.environ.get("SLAPLUGIN_TEST_SOAK") else 1
TICK = 900
HORIZON = 60 * 24 * 4
METRICS = ("first_response", "next_response", "resolution")
WEEKS = {
    "office": [windows("09:00-17:00")] * 5 + [[], []],
    "lunch": [windows("08:30-12:15", "13:00-17:45")] * 6 + [[]],
    "night": [windows("22:00-06:00")] * 7,
    "jump": [windows("01:00-03:00")] * 7,
    "sunday": [windows("10:00-14:00")] + [[]] * 5 + [windows("00:00-24:00")],
}
# Two days before a jump of the clock, and one week without any.
STARTS = [
    ("Europe/Berlin", date(2026, 3, 27)),
    ("Europe/Berlin", date(2026, 10, 23)),
    ("America/New_York", date(2026, 3, 6)),
    ("America/New_York", date(2026, 10, 30)),
    ("Australia/Lord_Howe", date(2026, 4, 3)),
    ("Australia/Lord_Howe", date(2026, 10, 2)),
    ("Asia/Kathmandu", date(2026, 6, 3)),
]


@dataclass(frozen=True)
class Place:
    """A zone, the day on which a stream begins there, and its calendars as the engine and as the model know them."""

    base: int
    calendars: dict[str, Calendar]
    open_ticks: dict[str, frozenset[int]]


@cache
def place(zone: str, day: date) -> Place:
    base = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    holiday = day + timedelta(days=4)
    calendars = {name: Calendar(name, zone, week, {holiday: "feast"}) for name, week in WEEKS.items()}
    ticks = {name: open_ticks(ZoneInfo(zone), base, day, week, holiday) for name, week in WEEKS.items()}
    return Place(base, {"24x7": ALWAYS, **calendars}, {"24x7": frozenset(range(HORIZON)), **ticks})


def open_ticks(zone: ZoneInfo, base: int, first: date, week: list[list[Hours]], holiday: date) -> frozenset[int]:
    """By the wall clock alone: each window's edges as zoneinfo reads them, and every tick between."""
    found: set[int] = set()
    for days in range(-2, HORIZON // 96 + 2):
        day = first + timedelta(days=days)
        for window in [] if day == holiday else week[day.weekday()]:
            midnight = datetime(day.year, day.month, day.day)
            opens, closes = (
                int((midnight + timedelta(seconds=edge)).replace(tzinfo=zone).timestamp())
                for edge in (window.opens_seconds, window.closes_seconds)
            )
            found.update(range((opens - base) // TICK, (closes - base) // TICK))
    return frozenset(found)


# Few lengths, so that a target is often used up in the very second of an event.
lengths = st.sampled_from([1, 4, 8, 12, 16]) | st.integers(1, 60)
goals = st.builds(Goal, lengths, st.sampled_from(["24x7", "24x7", *WEEKS]))
steps = st.tuples(
    st.just(0) | lengths,
    st.sampled_from(["changed", "changed", "agent", "agent", "requester", "requester", "note", "bot"]),
    st.sampled_from([None, None, *STATUSES]),
    st.sampled_from(["same", "same", "same", "p1", "p2", "p3", None]),
)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    found = {("p1", metric): draw(goals) for metric in METRICS} | {("p2", metric): draw(goals) for metric in METRICS}
    return Rules(
        found,
        {},
        draw(st.sampled_from([None, "p1"])),
        draw(st.sampled_from(["recount", "keep_elapsed", "restart"])),
        draw(st.sampled_from(["keep", "withdraw"])),
        draw(st.sampled_from(["resume", "resume", "new_cycle", "ignore"])),
        draw(st.sampled_from([("solved", "closed"), ("closed",), ("solved", "closed", "on_hold")])),
        {
            "resolution": draw(st.sampled_from([("pending",), ("pending", "on_hold"), ()])),
            "next_response": draw(st.sampled_from([(), ("pending",)])),
        },
        draw(st.sampled_from(["wait_for_requester", "run"])),
        draw(st.sampled_from(["fulfil", "cancel"])),
    )


@st.composite
def streams(draw: st.DrawFn) -> list[TicketEvent]:
    """Events on whole ticks: an opening, then what people do to a ticket in some days."""
    fields = {"priority": draw(st.sampled_from(["p1", "p2", "p3", None]))}
    fields["status"] = draw(st.sampled_from(["new", "open", "open", "pending", "solved"]))
    at = draw(st.integers(0, 96))
    author = draw(st.sampled_from(["requester", "agent", "bot"]))
    found = [TicketEvent("e00", "T", at, "created", role=author, set=fields)]
    for number, (after, what, status, priority) in enumerate(draw(st.lists(steps, max_size=12)), 1):
        at += after
        changed: dict[str, Any] = {} if status is None else {"status": status}
        if priority != "same":
            changed["priority"] = priority
        role: Any = {"note": "agent", "changed": None}.get(what, what)
        kind: Any = "changed" if what == "changed" else "replied"
        found.append(TicketEvent(f"e{number:02}", "T", at, kind, number, None, role, what != "note", changed))
    return found


def document(given_rules: Rules, calendars: dict[str, Calendar]) -> PolicyDocument:
    options = {
        metric: replace(
            DEFAULT_OPTIONS[metric],
            pause=tuple(pause_on_status(status) for status in given_rules.pauses.get(metric, ())),
            stop=frozenset(given_rules.stop),
            reopen=given_rules.reopen,
            agent_created=given_rules.agent_created,
            solve=given_rules.solve,
        )
        for metric in METRICS
    }
    targets: dict[str, dict[str, Target]] = {}
    for (tier, metric), goal in given_rules.goals.items():
        targets.setdefault(tier, {})[metric] = Target(goal.ticks * TICK, goal.calendar)
    policy: Any = Policy("all", (), given_rules.on_change, given_rules.breaches, options, targets)  # type: ignore[arg-type]
    return PolicyDocument(("p1", "p2", "p3"), given_rules.default_tier, calendars, (policy,))


def in_ticks(timer: Timer, base: int) -> dict[str, object]:
    """A timer as the model shows it; a value that is no whole tick stays odd and differs."""

    def tick(instant: int | None) -> float | None:
        return None if instant is None else (instant - base) / TICK

    return {
        "state": timer.state,
        "priority": timer.priority,
        "started_at": tick(timer.started_at),
        "fulfilled_at": tick(timer.fulfilled_at),
        "cancelled_at": tick(timer.cancelled_at),
        "elapsed": timer.elapsed_seconds / TICK,
        "remaining": timer.remaining_seconds / TICK,
        "wall": timer.wall_seconds / TICK,
        "due_at": tick(timer.due_at),
        "original_due_at": tick(timer.original_due_at),
        "breached_at": tick(timer.breached_at),
        "retroactive": timer.retroactive,
    }


@settings(
    max_examples=1_500 * SOAK,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.sampled_from(STARTS), rules(), streams(), st.integers(0, 40))
def test_the_engine_agrees_with_a_walk_tick_by_tick(
    start: tuple[str, date], given_rules: Rules, events: list[TicketEvent], later: int
) -> None:
    here = place(*start)
    until = events[-1].at + later
    expected = Walk(replace(given_rules, open_ticks=here.open_ticks), events, until).shown()
    versions = [Version(0, document(given_rules, here.calendars))]
    timed = [replace(event, at=here.base + event.at * TICK) for event in events]
    at = here.base + until * TICK
    found = replay(timed, versions, at)
    assert {(timer.metric, timer.cycle): in_ticks(timer, here.base) for timer in found} == expected
    for key, segments in explain(timed, versions, at).items():
        counted = sum(segment.seconds for segment in segments if segment.kind == "counted")
        assert counted == expected[key]["elapsed"] * TICK  # type: ignore[operator]

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.domain.conditions import Condition
from slaplugin.domain.events import Role
from slaplugin.domain.lifecycle import Lifecycle, ending, own_starts, reopening
from slaplugin.domain.metrics import DEFAULT_OPTIONS, MetricOptions, Trigger
from slaplugin.domain.moments import Moment, moment
from slaplugin.domain.policies import Policy
from tests.domain.tickets import at, event, replied

OPEN: dict[str, Any] = {"status": "open"}
SOLVED: dict[str, Any] = {"status": "solved"}
ON_HOLD = (Condition("status", "in", ("on_hold",)),)


def change(before: dict[str, Any], **fields: Any) -> Moment:
    return moment(event("10:00", **fields), 1, before, before | fields)


def reply(role: Role, before: dict[str, Any] | None = None, *, public: bool = True, **fields: Any) -> Moment:
    before = OPEN if before is None else before
    return moment(replied("10:00", role, public=public, **fields), 1, before, before | fields)


def creation(role: Role | None = None, **fields: Any) -> Moment:
    before = {"status": "new"}
    return moment(event("09:00", "created", role=role, **fields), 0, before, before | fields)


ANSWERED = reply("agent")
SOLVE = change(OPEN, status="solved")
CLOSING = change(SOLVED, status="closed")


@pytest.mark.parametrize(
    ("metric", "now", "how"),
    [
        ("first_response", ANSWERED, "fulfil"),
        ("first_response", SOLVE, "fulfil"),
        ("first_response", reply("bot"), None),
        ("first_response", reply("system"), None),
        ("first_response", reply("other"), None),
        ("first_response", reply("agent", public=False), None),
        ("first_response", change(OPEN, status="pending"), None),
        ("first_response", CLOSING, None),
        ("next_response", ANSWERED, "fulfil"),
        ("next_response", SOLVE, "fulfil"),
        ("next_response", reply("requester"), None),
        ("periodic_update", ANSWERED, "fulfil"),
        ("pausable_update", change(OPEN, status="closed"), "fulfil"),
        ("resolution", SOLVE, "fulfil"),
        ("resolution", ANSWERED, None),
        ("requester_wait", SOLVE, "fulfil"),
        ("agent_work", SOLVE, "fulfil"),
        ("total_resolution", SOLVE, "fulfil"),
        ("total_resolution", reply("agent", SOLVED), None),
        ("ownership", change(OPEN | {"team": "net"}, team="db"), "fulfil"),
        ("ownership", change(OPEN | {"team": "net"}, team=None), "fulfil"),
        ("ownership", change(OPEN | {"team": "net"}, team="net"), None),
        ("ownership", SOLVE, "fulfil"),
        ("ownership", creation(team="net"), None),
    ],
)
def test_a_built_in_metric_ends_by(metric: str, now: Moment, how: str | None) -> None:
    assert ending(metric, now, DEFAULT_OPTIONS[metric]) == how


def test_a_solve_cancels_the_first_response_where_the_policy_says_so() -> None:
    assert ending("first_response", SOLVE, MetricOptions(solve="cancel")) == "cancel"


def test_another_stop_list_ends_at_another_status() -> None:
    assert ending("resolution", SOLVE, MetricOptions(stop=frozenset({"closed"}))) is None
    assert ending("resolution", CLOSING, MetricOptions(stop=frozenset({"closed"}))) == "fulfil"


@pytest.mark.parametrize(
    ("trigger", "now", "fires"),
    [
        (Trigger("created"), creation(), True),
        (Trigger("created"), change(OPEN), False),
        (Trigger("enters", ON_HOLD), change(OPEN, status="on_hold"), True),
        (Trigger("enters", ON_HOLD), change({"status": "on_hold"}, team="net"), False),
        (Trigger("enters", ON_HOLD), creation(status="on_hold"), True),
        (Trigger("enters", ON_HOLD), change(OPEN, status="pending"), False),
        (Trigger("leaves", ON_HOLD), change({"status": "on_hold"}, status="open"), True),
        (Trigger("leaves", ON_HOLD), change({"status": "on_hold"}, team="net"), False),
        (Trigger("leaves", ON_HOLD), change(OPEN, status="pending"), False),
        (Trigger("leaves", (Condition("status", "in", ("new",)),)), creation(status="open"), False),
        (Trigger("reply", by="agent"), ANSWERED, True),
        (Trigger("reply", by="agent"), reply("agent", public=False), False),
        (Trigger("reply", by="agent", public=False), reply("agent", public=False), True),
        (Trigger("reply", by="agent", public=False), ANSWERED, False),
        (Trigger("reply", by="requester"), reply("requester"), True),
        (Trigger("reply", by="requester"), ANSWERED, False),
        (Trigger("reply", by="agent"), change(OPEN), False),
    ],
)
def test_a_trigger_of_an_own_metric_fires(trigger: Trigger, now: Moment, fires: bool) -> None:
    options = MetricOptions(start=Trigger("created"), stop_trigger=trigger)
    assert (ending("own", now, options) == "fulfil") is fires


def test_what_no_trigger_stops_goes_on() -> None:
    assert ending("own", ANSWERED, MetricOptions(start=Trigger("created"))) is None


ON_HOLD_METRIC = MetricOptions(start=Trigger("enters", ON_HOLD), stop_trigger=Trigger("leaves", ON_HOLD))
STARTS_OWN = Policy("all", metrics={"own": ON_HOLD_METRIC})


def test_an_own_metric_starts_by_its_trigger() -> None:
    (start,) = own_starts(change(OPEN, status="on_hold"), STARTS_OWN, (), ())
    assert (start.metric, start.at, start.place) == ("own", at("10:00"), 1)


def test_an_own_metric_that_is_open_does_not_start_again() -> None:
    assert (own_starts(change(OPEN, status="on_hold"), STARTS_OWN, ("own",), ())) == []


def test_an_own_metric_that_had_its_cycle_does_not_start_again() -> None:
    assert (own_starts(change(OPEN, status="on_hold"), STARTS_OWN, (), ("own",))) == []


def test_an_event_that_starts_and_stops_does_not_start() -> None:
    both = MetricOptions(start=Trigger("enters", ON_HOLD), stop_trigger=Trigger("reply", by="agent"))
    now = reply("agent", status="on_hold")
    assert (own_starts(now, Policy("all", metrics={"own": both}), (), ())) == []


def started(lifecycle: Lifecycle, now: Moment, policy: Policy | None = None) -> set[str]:
    return {start.metric for start in lifecycle.starts(now, policy, ())}


AT_CREATION = {"first_response", "resolution", "requester_wait", "agent_work", "total_resolution"}


@pytest.mark.parametrize("role", [None, "requester", "bot", "system", "other"])
def test_a_creation_starts_the_first_response_and_the_resolution_family(role: Role | None) -> None:
    assert started(Lifecycle(), creation(role)) == AT_CREATION


def test_a_creation_with_a_team_starts_ownership() -> None:
    assert started(Lifecycle(), creation(team="net")) == AT_CREATION | {"ownership"}


def test_a_creation_by_an_agent_waits_for_the_requester() -> None:
    lifecycle = Lifecycle()
    assert "first_response" not in started(lifecycle, creation("agent"))
    assert started(lifecycle, reply("requester")) == {"first_response"}
    assert started(lifecycle, reply("requester")) == set()


def test_a_creation_by_an_agent_starts_where_the_policy_says_run() -> None:
    policy = Policy("all", metrics={"first_response": MetricOptions(agent_created="run")})
    assert "first_response" in started(Lifecycle(), creation("agent"), policy)


def test_an_answer_starts_the_updates() -> None:
    assert started(Lifecycle(), ANSWERED) == {"periodic_update", "pausable_update"}


def test_an_answer_on_a_solved_ticket_starts_nothing() -> None:
    assert started(Lifecycle(), reply("agent", SOLVED)) == set()


def test_an_answer_that_reopens_starts_the_updates() -> None:
    assert started(Lifecycle(), reply("agent", SOLVED, status="open")) == {
        "periodic_update",
        "pausable_update",
    }


def test_a_question_before_the_first_answer_starts_nothing() -> None:
    assert started(Lifecycle(), reply("requester")) == set()


def test_a_question_after_an_answer_starts_the_next_response() -> None:
    lifecycle = Lifecycle()
    lifecycle.starts(ANSWERED, None, ())
    assert started(lifecycle, reply("requester")) == {"next_response"}


def test_a_question_on_a_solved_ticket_starts_when_it_is_reopened() -> None:
    lifecycle = Lifecycle()
    lifecycle.starts(SOLVE, None, ())
    assert started(lifecycle, reply("requester", SOLVED)) == set()
    assert started(lifecycle, change(SOLVED, status="open")) == {"next_response"}


def test_a_team_on_a_solved_ticket_owns_it_when_it_is_reopened() -> None:
    assert started(Lifecycle(), change(SOLVED, team="net")) == set()
    assert started(Lifecycle(), change(SOLVED | {"team": "net"}, status="open")) == {"ownership"}


@pytest.mark.parametrize(
    ("now", "entered", "how"),
    [
        (change(SOLVED, status="open"), MetricOptions(), "resume"),
        (change(SOLVED, status="open"), MetricOptions(reopen="new_cycle"), "new_cycle"),
        (change(SOLVED, status="open"), MetricOptions(reopen="ignore"), "ignore"),
        (change(SOLVED, status="closed"), MetricOptions(stop=frozenset({"solved"})), "ignore"),
        (change(SOLVED, status="on_hold"), MetricOptions(stop=frozenset({"on_hold"})), "ignore"),
        (change(OPEN, status="pending"), MetricOptions(), "ignore"),
    ],
)
def test_a_change_of_status_reopens(now: Moment, entered: MetricOptions, how: str) -> None:
    assert reopening(now, MetricOptions(), entered) == how


def test_a_change_of_other_fields_is_quiet() -> None:
    assert change(OPEN, subject="printer").is_quiet
    assert not change(OPEN, team="net").is_quiet
    assert not creation().is_quiet


def test_a_note_is_quiet() -> None:
    assert reply("agent", public=False).is_quiet

"""What the columns express themselves, what they leave to the scalar engine, and why."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.backtest import batch
from slaplugin.backtest.arrays import NONE
from slaplugin.backtest.building import Range, build, fields_of
from slaplugin.backtest.judging import STATES
from slaplugin.domain.conditions import Condition
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.metrics import MetricOptions, Pause, Trigger, pause_on_status
from slaplugin.domain.policies import EscalationRule
from tests.backtest.parts import (
    DAY,
    HOUR,
    NINE,
    assert_equal_to_scalar,
    by_tier,
    feeds_of,
    listed,
    make_backtest,
    make_document,
    make_feed,
    make_policy,
    only_row,
    run,
    same_for_all,
)

LATER = NINE + 30 * DAY
REOPENED = make_feed("T-1", (HOUR, "solved"), (2 * HOUR, "open"), (3 * HOUR, "solved"), priority="p1")
RAISED = make_feed("T-1", (HOUR, {"priority": "p1"}), (4 * HOUR, "solved"), priority="p2")
ACME = (Condition("customer", "in", ("acme",)),)


def reasons(document: Any, *feeds: list[TicketEvent], until: int = LATER) -> dict[str, int]:
    tickets = feeds_of(*feeds)
    outcome = run(document, tickets, until)
    assert_equal_to_scalar(outcome, tickets)
    return dict(outcome.scalar)


@pytest.mark.parametrize("metric", [
    "first_response", "next_response", "periodic_update", "pausable_update", "resolution", "requester_wait",
    "agent_work", "total_resolution", "ownership",
])  # fmt: skip
def test_every_built_in_metric_is_expressed(metric: str) -> None:
    policy = make_policy(targets=same_for_all(**{metric: 5000}))
    feed = make_feed(
        "T-1", (HOUR, "agent"), (2 * HOUR, "pending"), (3 * HOUR, "requester"), (4 * HOUR, {"status": "open"}),
        (5 * HOUR, {"team": "db"}), (6 * HOUR, "agent"), (7 * HOUR, "solved"), team="net",
    )  # fmt: skip
    tickets = feeds_of(feed)
    outcome = run(make_document(policy), tickets, LATER)
    assert_equal_to_scalar(outcome, tickets)
    assert (outcome.scalar, bool(listed(outcome)[metric])) == ({}, True)


@pytest.mark.parametrize("reopen", ["resume", "new_cycle", "ignore"])
def test_every_reopening_is_expressed(reopen: Any) -> None:
    policy = make_policy(metrics={"resolution": MetricOptions(reopen=reopen)})
    assert reasons(make_document(policy), REOPENED) == {}


@pytest.mark.parametrize("breaches", ["keep", "withdraw"])
def test_a_change_of_tier_under_recount_is_expressed(breaches: Any) -> None:
    policy = make_policy(targets=by_tier(p1=2 * HOUR, p2=HOUR // 2), breaches=breaches)
    assert reasons(make_document(policy), RAISED) == {}


def test_a_first_target_that_comes_late_is_expressed() -> None:
    feed = make_feed("T-1", (5 * HOUR, {"priority": "p1"}), (6 * HOUR, "solved"))
    document = make_document(make_policy(targets=by_tier(p1=HOUR)), default_priority=None)
    assert reasons(document, feed) == {}
    assert only_row(run(document, feeds_of(feed), LATER))["breached_at"] == NINE + 5 * HOUR


def test_a_removed_ticket_is_expressed() -> None:
    assert reasons(make_document(), make_feed("T-1", (HOUR, "removed"))) == {}


@pytest.mark.parametrize(
    ("reason", "document", "feed"),
    [
        (
            "a metric of the policy's own",
            make_document(make_policy(
                metrics={"fix": MetricOptions(start=Trigger("created"), stop_trigger=Trigger("reply", by="agent"))},
                targets=same_for_all(fix=HOUR),
            )),
            REOPENED,
        ),
        (
            "a pause on something other than the status",
            make_document(make_policy(
                metrics={"resolution": MetricOptions((Pause("vip", (Condition("tags", "any", ("vip",)),)),))}
            )),
            REOPENED,
        ),
        (
            "a stop that leaves out closed",
            make_document(make_policy(metrics={"resolution": MetricOptions(stop=frozenset({"solved"}))})),
            make_feed("T-1", (HOUR, "solved"), (2 * HOUR, "closed"), (3 * HOUR, "open")),
        ),
        (
            "a change under keep_elapsed or restart",
            make_document(make_policy(on_change="restart", targets=by_tier(p1=HOUR, p2=HOUR))),
            RAISED,
        ),
        ("a target that goes away", make_document(make_policy(targets=by_tier(p2=HOUR))), RAISED),
        (
            "a change between keeping and withdrawing breaches",
            make_document(make_policy("acme", match=ACME), make_policy("all", breaches="withdraw")),
            make_feed("T-1", (HOUR, {"customer": "acme"}), priority="p1"),
        ),
        (
            "a change between policies that run a metric differently",
            make_document(
                make_policy("acme", match=ACME, metrics={"resolution": MetricOptions((pause_on_status("on_hold"),))}),
                make_policy("all"),
            ),
            make_feed("T-1", (HOUR, {"customer": "acme"}), priority="p1"),
        ),
        (
            "a change while solved, before a reopening",
            make_document(make_policy(targets=by_tier(p1=HOUR, p2=8 * HOUR))),
            make_feed(
                "T-1", (HOUR, "solved"), (2 * HOUR, {"priority": "p1"}), (3 * HOUR, "open"), priority="p2"
            ),
        ),
        (
            "a change while solved, before a reopening",
            make_document(
                make_policy(metrics={"resolution": MetricOptions(stop=frozenset({"closed"}))}), default_priority=None
            ),
            make_feed("T-1", (HOUR, {"priority": "p1", "status": "closed"}), (2 * DAY, "solved")),
        ),
        (
            "an event in the very second a target was used up",
            make_document(make_policy(targets=same_for_all(resolution=HOUR))),
            make_feed("T-1", (HOUR, "pending"), (2 * HOUR, "solved")),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_the_columns_cannot_express_is_counted_by_reason(
    reason: str, document: Any, feed: list[TicketEvent]
) -> None:
    assert reasons(document, feed) == {reason: 1}


def test_a_ticket_counts_under_one_reason_only() -> None:
    document = make_document(make_policy(on_change="restart", targets=by_tier(p2=HOUR)))
    assert sum(reasons(document, RAISED).values()) == 1


def test_only_the_tickets_concerned_take_the_scalar_engine() -> None:
    document = make_document(make_policy(on_change="restart", targets=by_tier(p1=HOUR, p2=HOUR)))
    replayed = []
    tickets = feeds_of(RAISED, make_feed("T-2", (HOUR, "solved"), priority="p1"))
    backtest = batch.Backtest(
        build(tickets.values(), LATER, fields_of([document])), lambda name: replayed.append(name) or tickets[name]
    )
    assert len(listed(backtest.run(document))["resolution"]) == 2
    assert replayed == ["T-1"]


def test_a_moved_target_is_not_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = feeds_of(REOPENED)
    backtest = make_backtest(tickets, LATER, make_document())
    backtest.run(make_document())
    monkeypatch.setattr(batch, "spells", None)
    moved = make_document(make_policy(targets=same_for_all(resolution=HOUR), escalations=(EscalationRule("1%", 1),)))
    row = only_row(backtest.run(moved))
    assert (row["target_seconds"], row["breached_at"], row["steps"]) == (HOUR, NINE + 2 * HOUR, 1)


def test_another_calendar_is_counted_again() -> None:
    tickets = feeds_of(make_feed("T-1", (DAY, "solved")))
    document = make_document()
    backtest = make_backtest(tickets, LATER, document)
    assert only_row(backtest.run(document))["elapsed_seconds"] == 8 * HOUR
    always = make_document(make_policy(targets=same_for_all("24x7", resolution=8 * HOUR)))
    assert only_row(backtest.run(always))["elapsed_seconds"] == DAY


def test_an_outcome_stays_when_the_next_document_is_run() -> None:
    tickets = feeds_of(make_feed("T-1", (HOUR, "pending"), (2 * HOUR, "solved"), priority="p1"), RAISED)
    first = make_document(make_policy(targets=by_tier(p1=2 * HOUR, p2=HOUR // 2)))
    backtest = make_backtest(tickets, LATER, first)
    outcome = backtest.run(first)
    before = listed(outcome)
    backtest.run(make_document(make_policy(targets=by_tier(p1=HOUR, p2=HOUR))))
    assert listed(outcome) == before


def test_what_happens_after_the_instant_is_invisible() -> None:
    feed = make_feed("T-1", (HOUR, "pending"), (2 * HOUR, "open"))
    row = only_row(run(make_document(), feeds_of(feed), NINE + HOUR + 60))
    assert (STATES[row["state"]], row["due_at"]) == ("paused", NONE)


def test_tickets_created_outside_the_range_are_left_out() -> None:
    feeds = [make_feed("T-1"), [TicketEvent("e", "T-2", NINE + DAY, "created", role="requester")]]
    columns = build(feeds, LATER, ["priority"], Range(NINE + 1, NINE + DAY + 1))
    assert columns.tickets == ["T-2"]


def test_the_end_of_a_range_lies_outside_it() -> None:
    assert build([make_feed("T-1")], LATER, ["priority"], Range(NINE, NINE)).tickets == []


def test_tickets_without_a_creation_get_no_timers() -> None:
    columns = build([[TicketEvent("e", "T-1", NINE, "changed")]], LATER, ["priority"])
    assert len(columns) == 0


def test_nothing_comes_of_no_tickets() -> None:
    outcome = run(make_document(), {}, 0)
    assert (listed(outcome), outcome.scalar) == ({}, {})


def test_a_status_that_the_format_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="ticket T-1 has the status 'waiting'"):
        build([make_feed("T-1", (60, "waiting"))], LATER, ["priority"])


def test_a_target_that_the_calendar_cannot_hold_is_refused() -> None:
    document = make_document(make_policy(targets=same_for_all(resolution=10**10)))
    with pytest.raises(ValueError, match="not enough open time"):
        run(document, feeds_of(make_feed("T-1")), LATER)


def test_equal_numbers_of_other_types_are_other_values() -> None:
    policy = make_policy(match=(Condition("custom.level", "in", (1,)),))
    tickets = feeds_of(
        make_feed("T-1", priority="p1", **{"custom.level": True}),
        make_feed("T-2", priority="p1", **{"custom.level": 1}),
    )
    outcome = run(make_document(policy), tickets, LATER)
    assert [outcome.columns.tickets[row["ticket"]] for row in listed(outcome)["resolution"]] == ["T-2"]

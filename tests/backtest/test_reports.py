"""What is said of two outcomes, computed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.backtest.comparison import Comparison
from slaplugin.backtest.reports import Flip, Flips, Ladder, Tally, attainment, flips, ladders, margins
from slaplugin.domain.conditions import Condition
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.metrics import MetricOptions
from slaplugin.domain.policies import EscalationRule, PolicyDocument
from tests.backtest.parts import (
    DAY,
    HOUR,
    NINE,
    by_tier,
    feeds_of,
    make_backtest,
    make_document,
    make_feed,
    make_policy,
    run,
    same_for_all,
)

LATER = NINE + 2 * HOUR


def within(hours: int, **options: Any) -> PolicyDocument:
    return make_document(make_policy(targets=same_for_all("24x7", resolution=hours * HOUR), **options))


def solved_after(ticket: str, hours: int, **fields: Any) -> list[TicketEvent]:
    return make_feed(ticket, (hours * HOUR, "solved"), **fields)


def compared(current: PolicyDocument, draft: PolicyDocument, *feeds: list[TicketEvent], until: int) -> Flips:
    backtest = make_backtest(feeds_of(*feeds), until, current, draft)
    return flips(backtest.run(current), backtest.run(draft))


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (solved_after("T-1", 1), Tally(met=1)),
        (solved_after("T-1", 3), Tally(missed=1)),
        (make_feed("T-1"), Tally(open=1)),
        (make_feed("T-1", (HOUR, "removed")), Tally(cancelled=1)),
        (make_feed("T-1", (3 * HOUR, "removed")), Tally(missed=1)),
        (make_feed("T-1", (HOUR, "pending")), Tally(open=1)),
    ],
    ids=["met", "late", "still open", "removed in time", "removed when late", "paused"],
)
def test_attainment_of_one_ticket(feed: list[TicketEvent], expected: Tally) -> None:
    until = max(feed[-1].at, NINE + HOUR)
    assert attainment(run(within(2), feeds_of(feed), until)) == {("resolution", "p3"): expected}


def test_an_open_timer_that_is_late_counts_as_missed() -> None:
    assert attainment(run(within(1), feeds_of(make_feed("T-1")), LATER)) == {("resolution", "p3"): Tally(missed=1)}


def test_attainment_is_in_the_order_of_metrics_and_tiers() -> None:
    policy = make_policy(targets=same_for_all(resolution=HOUR, first_response=HOUR))
    feeds = feeds_of(solved_after("T-1", 1, priority="p2"), solved_after("T-2", 1, priority="p1"))
    assert list(attainment(run(make_document(policy), feeds, LATER))) == [
        ("first_response", "p1"),
        ("first_response", "p2"),
        ("resolution", "p1"),
        ("resolution", "p2"),
    ]


def test_a_share_is_rounded_down() -> None:
    assert Tally(met=2, missed=1, open=5).share_basis_points == 6_666


def test_nothing_decided_has_no_share() -> None:
    assert Tally(open=5, cancelled=1).share_basis_points is None


def test_a_stricter_target_flips_to_missed() -> None:
    feeds = [solved_after("T-1", 1), solved_after("T-2", 2, key="ACME-2"), solved_after("T-3", 5)]
    found = compared(within(3), within(1), *feeds, until=NINE + DAY)
    assert found == Flips(to_missed=(Flip("T-2", "ACME-2", "resolution", 1),), to_met=())


def test_a_looser_target_flips_to_met() -> None:
    found = compared(within(1), within(3), solved_after("T-1", 2), until=NINE + DAY)
    assert found == Flips(to_missed=(), to_met=(Flip("T-1", None, "resolution", 1),))


def test_a_timer_that_one_document_leaves_open_does_not_flip() -> None:
    found = compared(within(1), within(30), make_feed("T-1"), until=NINE + DAY)
    assert found == Flips((), ())


def test_flips_of_a_later_cycle_name_it() -> None:
    feed = make_feed("T-1", (HOUR, "solved"), (2 * HOUR, "open"), (5 * HOUR, "solved"))
    anew = {"resolution": MetricOptions(reopen="new_cycle")}
    found = compared(within(4, metrics=anew), within(2, metrics=anew), feed, until=NINE + DAY)
    assert found.to_missed == (Flip("T-1", None, "resolution", 2),)


def test_documents_with_other_cycles_are_compared_where_both_have_the_timer() -> None:
    feed = make_feed("T-1", (HOUR, "solved"), (2 * HOUR, "open"), (5 * HOUR, "solved"))
    anew = {"resolution": MetricOptions(reopen="new_cycle")}
    found = compared(within(3), within(3, metrics=anew), feed, solved_after("T-2", 1), until=NINE + DAY)
    assert found == Flips(to_missed=(), to_met=(Flip("T-1", None, "resolution", 1),))


def test_flips_of_tickets_that_took_the_scalar_engine_are_found() -> None:
    tied = make_feed("T-1", (2 * HOUR, "pending"), (3 * HOUR, "solved"))
    found = compared(within(3), within(2), tied, solved_after("T-2", 1), until=NINE + DAY)
    assert found.to_missed == (Flip("T-1", None, "resolution", 1),)


def test_steps_passed_are_counted_once_and_repeats_apart() -> None:
    rules = (
        EscalationRule("75%", percent=75),
        EscalationRule("-30m", before_seconds=1800),
        EscalationRule("+1h", after_seconds=HOUR, repeat_seconds=HOUR),
        EscalationRule("+9h", after_seconds=9 * HOUR),
    )
    outcome = run(within(2, escalations=rules), feeds_of(solved_after("T-1", 6)), NINE + DAY)
    assert ladders(outcome) == {"resolution": Ladder(steps=3, repeats=3)}


def test_rules_of_other_metrics_count_nothing() -> None:
    rules = (EscalationRule("75%", percent=75, timers=("first_response",)),)
    outcome = run(within(1, escalations=rules), feeds_of(solved_after("T-1", 6)), NINE + DAY)
    assert ladders(outcome) == {"resolution": Ladder()}


def test_each_policy_has_its_own_ladder() -> None:
    ladder = (EscalationRule("50%", percent=50), EscalationRule("75%", percent=75))
    policies = [
        make_policy(name, match=match, targets=same_for_all("24x7", resolution=HOUR), escalations=rules)
        for name, match, rules in (("acme", make_match("acme"), ladder), ("others", (), ladder[:1]))
    ]
    feeds = feeds_of(solved_after("T-1", 6, customer="acme"), solved_after("T-2", 6))
    assert ladders(run(make_document(*policies), feeds, NINE + DAY)) == {"resolution": Ladder(steps=3)}


def make_match(customer: str) -> Any:
    return (Condition("customer", "in", (customer,)),)


@pytest.mark.parametrize(
    ("minutes", "place"), [(30, 0), (31, 1), (60, 1), (108, 3), (120, 4), (121, 5), (240, 7), (241, 8)]
)
def test_margins_are_classes_of_the_share_used(minutes: int, place: int) -> None:
    outcome = run(within(2), feeds_of(make_feed("T-1", (minutes * 60, "solved"))), NINE + DAY)
    assert margins(outcome) == {"resolution": [int(number == place) for number in range(9)]}


def test_undecided_timers_have_no_margin() -> None:
    assert margins(run(within(2), feeds_of(make_feed("T-1")), NINE + HOUR)) == {}


def test_a_record_has_null_where_one_document_has_no_such_timer() -> None:
    current = make_document(make_policy(targets=by_tier("24x7", p1=HOUR)))
    draft = make_document(make_policy(targets=same_for_all("24x7", first_response=HOUR)))
    backtest = make_backtest(feeds_of(solved_after("T-1", 1, priority="p1")), NINE + DAY, current, draft)
    outcome = backtest.run(draft)
    record = Comparison(outcome.columns, outcome, backtest.run(current)).record()
    assert [(one["metric"], one["current"] is None, one["draft"] is None) for one in record["attainment"]] == [
        ("resolution", False, True),
        ("first_response", True, False),
    ]


def test_a_record_without_a_current_policy_has_no_flips() -> None:
    outcome = run(within(2), feeds_of(solved_after("T-1", 1)), NINE + DAY)
    record = Comparison(outcome.columns, outcome, None).record()
    assert (record["flips"], record["attainment"][0]["current"]) == (None, None)

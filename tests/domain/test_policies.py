from __future__ import annotations

import pytest

from slaplugin.domain.policies import EscalationRule, Policy, Target
from tests.domain.calendar_builders import HOUR
from tests.domain.tickets import UTC_OFFICE, make_document, make_policy, options

LADDER = (
    EscalationRule("75%", percent=75),
    EscalationRule("-30m", before_seconds=1800, timers=("first_response",)),
    EscalationRule("+2h", after_seconds=7200, timers=("resolution", "next_response")),
)


def test_the_first_policy_that_matches_governs() -> None:
    gold = make_policy(name="gold", match={"customer": "acme"})
    document = make_document(gold, make_policy(name="rest"))
    assert document.governing({"customer": "acme"}) is gold


def test_no_policy_governs_what_none_matches() -> None:
    assert make_document(make_policy(match={"customer": "acme"})).governing({}) is None


@pytest.mark.parametrize(
    ("priority", "tier"), [("p1", "p1"), (None, "p3"), ("critical", "p3"), ("P1", "p3")]
)  # fmt: skip
def test_a_priority_that_is_no_tier_means_the_default_tier(priority: str | None, tier: str) -> None:
    assert make_document(default_priority="p3").tier({"priority": priority}) == tier


def test_without_a_default_tier_a_null_priority_has_none() -> None:
    assert make_document().tier({"priority": None}) is None


def test_a_policy_is_found_by_its_name() -> None:
    rest = make_policy(name="rest")
    assert make_document(make_policy(name="gold"), rest).policy("rest") is rest


def test_a_calendar_is_found_by_its_name() -> None:
    assert make_document().calendar("office") is UTC_OFFICE


def test_a_ladder_has_the_steps_for_all_metrics_and_those_for_this_one() -> None:
    policy = make_policy(escalations=LADDER)
    assert [rule.at for rule in policy.escalations_for("resolution")] == ["75%", "+2h"]


def test_a_promise_holds_all_it_takes_to_keep_time() -> None:
    policy = make_policy(
        {"p1": {"resolution": Target(HOUR, "office")}}, escalations=LADDER, metrics=options("resolution", pause=())
    )
    document = make_document(policy)
    promise = document.promises(policy, "p1")["resolution"]
    assert promise.calendar is UTC_OFFICE
    assert promise.options == policy.metrics["resolution"]
    assert promise.thresholds == (("75%", 2700), ("+2h", 3 * HOUR))


def test_a_document_makes_the_same_promise_with_one_object() -> None:
    document = make_document()
    (policy,) = document.policies
    assert document.promises(policy, "p1")["resolution"] is document.promises(policy, "p1")["resolution"]


@pytest.mark.parametrize("tier", ["p2", None])
def test_a_tier_without_targets_is_promised_nothing(tier: str | None) -> None:
    document = make_document()
    assert document.promises(document.policies[0], tier) == {}


def test_without_a_policy_nothing_is_promised() -> None:
    assert make_document().promises(None, "p1") == {}


def test_promised_metrics_are_those_with_a_target_somewhere() -> None:
    gold = make_policy({"p1": {"ownership": 1}, "p2": {"resolution": 1}}, name="gold")
    assert make_document(gold, Policy("idle")).promised_metrics == {"ownership", "resolution"}


def test_policy_and_tier_are_decided_by_the_fields_of_matches_and_the_priority() -> None:
    document = make_document(make_policy(match={"customer": "acme", "team": "net"}), make_policy(name="rest"))
    assert document.deciding_fields == {"customer", "team", "priority"}

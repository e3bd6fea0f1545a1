from __future__ import annotations

import pytest

from slaplugin.domain.conditions import Condition
from slaplugin.domain.metrics import DEFAULT_OPTIONS, MetricOptions, Pause, pause_on_status

FROZEN = Pause("frozen", (Condition("tags", "any", ("frozen",)),))


@pytest.mark.parametrize(
    ("metric", "statuses"),
    [
        ("first_response", set()),
        ("next_response", set()),
        ("periodic_update", set()),
        ("pausable_update", {"pending"}),
        ("resolution", {"pending"}),
        ("requester_wait", {"pending"}),
        ("agent_work", {"pending", "on_hold"}),
        ("total_resolution", set()),
        ("ownership", set()),
    ],
)
def test_a_built_in_metric_pauses_by_default_on(metric: str, statuses: set[str]) -> None:
    pausing = {
        status
        for status in ("new", "open", "pending", "on_hold")
        if DEFAULT_OPTIONS[metric].holding({"status": status})
    }
    assert pausing == statuses


def test_all_reasons_that_hold_are_named_in_the_order_of_the_policy() -> None:
    options = MetricOptions(pause=(FROZEN, pause_on_status("pending")))
    assert options.holding({"status": "pending", "tags": ["frozen"]}) == ("frozen", "pending")


def test_a_reason_beside_the_status_is_looked_at_in_every_status() -> None:
    options = MetricOptions(pause=(FROZEN,))
    assert options.holding({"status": "open", "tags": ["frozen"]}) == ("frozen",)
    assert options.holding({"status": "open", "tags": []}) == ()


def test_a_status_of_a_helpdesk_without_mapping_is_compared_like_any_other() -> None:
    options = MetricOptions(pause=(Pause("not open", (Condition("status", "not", ("open",)),)),))
    assert options.holding({"status": "In Review"}) == ("not open",)

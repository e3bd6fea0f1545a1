"""The record of a timer, which timers there are and in which order, and document versions."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from slaplugin.domain.conditions import Condition
from slaplugin.domain.metrics import BUILT_IN, MetricOptions, Trigger, pause_on_status
from slaplugin.domain.policies import Apply, PolicyDocument, Version
from slaplugin.domain.timers import Timer
from tests.domain.calendar_builders import HOUR
from tests.domain.tickets import at, created, event, make_document, make_policy, options, replied, timer, timers

FOUR_HOURS = make_document()
EIGHT_HOURS = make_document(make_policy({"p1": {"resolution": 8 * HOUR}}, name="eight"))
NOTHING_PROMISED = make_document(make_policy({}))


def version(when: str | int, document: PolicyDocument, apply: Apply = "open_tickets") -> Version:
    return Version(at(when) if isinstance(when, str) else when, document, apply)


def test_a_timer_tells_everything_about_itself() -> None:
    assert timer([created(), event("10:00", status="pending")], "12:00") == Timer(
        ticket="T-1",
        metric="resolution",
        cycle=1,
        policy="all",
        priority="p1",
        calendar="24x7",
        state="paused",
        started_at=at("09:00"),
        fulfilled_at=None,
        cancelled_at=None,
        cancel_reason=None,
        target_seconds=4 * HOUR,
        elapsed_seconds=HOUR,
        remaining_seconds=3 * HOUR,
        wall_seconds=3 * HOUR,
        due_at=None,
        original_due_at=at("13:00"),
        breached=False,
        breached_at=None,
        retroactive=False,
        escalations=(),
        run=1,
        version=0,
        pause_reasons=("pending",),
    )


def test_all_reasons_of_a_pause_are_named() -> None:
    frozen = pause_on_status("on_hold"), replace(pause_on_status("pending"), label="waits")
    both = replace(frozen[1], match=(Condition("tags", "any", ("vip",)),))
    policy = make_policy(metrics=options("resolution", pause=(frozen[0], both)))
    assert timer([created(status="on_hold", tags=("vip",))], "10:00", policy).pause_reasons == ("on_hold", "waits")


def test_timers_come_in_the_order_of_the_metrics_and_own_ones_by_name_behind_them() -> None:
    own = MetricOptions(start=Trigger("created"), stop_trigger=Trigger("reply", by="agent"))
    known = ["b_own", *reversed(BUILT_IN), "a_own"]
    policy = make_policy({"p1": dict.fromkeys(known, HOUR)}, metrics={"b_own": own, "a_own": own})
    events = [
        created(team="net"),
        replied("09:10", "agent"),
        replied("09:20", "requester"),
        event("09:30", team="db"),
        replied("09:40", "agent"),
    ]
    found = [(one.metric, one.cycle) for one in timers(events, "10:00", policy)]
    assert found == [
        ("first_response", 1), ("next_response", 1), ("periodic_update", 1), ("periodic_update", 2),
        ("pausable_update", 1), ("pausable_update", 2), ("resolution", 1), ("requester_wait", 1), ("agent_work", 1),
        ("total_resolution", 1), ("ownership", 1), ("ownership", 2), ("a_own", 1), ("b_own", 1),
    ]  # fmt: skip


def test_without_a_policy_that_matches_there_are_no_timers() -> None:
    assert timers([created()], "10:00", make_policy(match={"team": "net"})) == []


def test_before_its_creation_a_ticket_has_no_timers() -> None:
    assert timers([created()], "08:59") == []


def test_the_first_second_of_time_is_an_instant_like_any_other() -> None:
    events = [event(0, "created", status="open", priority="p1"), event(0, seq=1, status="solved", name="end")]
    found = timer(events, 5 * HOUR)
    assert (found.fulfilled_at, found.wall_seconds) == (0, 0)


def test_without_versions_there_are_no_timers() -> None:
    assert timers([created()], "10:00", versions=[version("11:00", FOUR_HOURS)]) == []


def test_a_ticket_is_held_by_the_version_in_effect_at_its_creation() -> None:
    versions = [version(0, FOUR_HOURS, "new_tickets"), version("09:00", EIGHT_HOURS, "new_tickets")]
    assert timer([created("08:59:59")], "10:00", versions=versions).policy == "all"
    found = timer([created("09:00")], "10:00", versions=versions)
    assert (found.policy, found.version) == ("eight", 1)


def test_a_version_for_new_tickets_leaves_older_ones_alone() -> None:
    versions = [version(0, FOUR_HOURS), version("10:00", EIGHT_HOURS, "new_tickets")]
    assert timer([created()], "12:00", versions=versions).due_at == at("13:00")


def test_a_version_for_open_tickets_is_a_change_in_the_second_it_takes_effect() -> None:
    versions = [version(0, FOUR_HOURS), version("10:00", EIGHT_HOURS)]
    assert timer([created()], at("10:00") - 1, versions=versions).due_at == at("13:00")
    found = timer([created()], "10:00", versions=versions)
    assert (found.due_at, found.policy, found.version) == (at("17:00"), "eight", 1)


def test_a_version_comes_before_the_events_of_its_second() -> None:
    versions = [version(0, FOUR_HOURS), version("10:00", EIGHT_HOURS)]
    assert timer([created(), event("10:00", status="solved")], "12:00", versions=versions).policy == "eight"


def test_a_fulfilled_timer_stays_under_the_version_it_ended_with() -> None:
    versions = [version(0, FOUR_HOURS), version("11:00", EIGHT_HOURS)]
    found = timer([created(), event("10:00", status="solved")], "12:00", versions=versions)
    assert (found.policy, found.version, found.due_at) == ("all", 0, at("13:00"))


def test_a_timer_reopened_after_a_version_for_open_tickets_goes_on_under_it() -> None:
    versions = [version(0, FOUR_HOURS), version("11:00", EIGHT_HOURS)]
    events = [created(), event("10:00", status="solved"), event("12:00", status="open")]
    found = timer(events, "12:00", versions=versions)
    assert (found.policy, found.version, found.due_at) == ("eight", 1, at("19:00"))


def test_a_removed_ticket_is_not_touched_by_later_versions() -> None:
    versions = [version(0, FOUR_HOURS), version("11:00", EIGHT_HOURS)]
    found = timer([created(), event("10:00", "removed")], "12:00", versions=versions)
    assert (found.policy, found.cancel_reason) == ("all", "removed")


def test_a_ticket_older_than_the_first_version_gets_timers_by_a_version_for_open_tickets() -> None:
    versions = [version("10:00", FOUR_HOURS)]
    assert timers([created()], "09:30", versions=versions) == []
    found = timer([created()], "10:00", versions=versions)
    assert (found.started_at, found.due_at, found.elapsed_seconds) == (at("09:00"), at("13:00"), HOUR)


def test_a_ticket_older_than_the_first_version_stays_without_by_one_for_new_tickets() -> None:
    assert timers([created()], "12:00", versions=[version("10:00", FOUR_HOURS, "new_tickets")]) == []


def test_an_equal_document_published_for_open_tickets_is_a_change_too() -> None:
    restarting = make_document(make_policy(on_change="restart"))
    found = timer([created()], "12:00", versions=[version(0, FOUR_HOURS), version("10:00", restarting)])
    assert (found.started_at, found.run) == (at("10:00"), 2)


def test_the_same_document_published_again_changes_no_due_time() -> None:
    versions = [version(0, FOUR_HOURS), version("10:00", FOUR_HOURS)]
    events = [created(), event("09:30", status="pending"), event("11:00", status="open")]
    assert replace(timer(events, "12:00", versions=versions), version=0) == timer(events, "12:00")


def test_a_version_that_makes_late_is_a_retroactive_breach() -> None:
    versions = [version(0, EIGHT_HOURS), version("14:00", FOUR_HOURS)]
    found = timer([created()], "15:00", versions=versions)
    assert (found.breached_at, found.retroactive) == (at("14:00"), True)


def test_a_version_without_the_target_cancels_and_the_next_one_brings_it_back() -> None:
    versions = [version(0, FOUR_HOURS), version("10:00", NOTHING_PROMISED), version("12:00", FOUR_HOURS)]
    assert timer([created()], "11:00", versions=versions).cancelled_at == at("10:00")
    found = timer([created()], "12:00", versions=versions)
    assert (found.state, found.started_at, found.due_at) == ("active", at("09:00"), at("13:00"))


def test_a_version_may_bring_other_pauses() -> None:
    never = make_document(make_policy(metrics=options("resolution", pause=())))
    versions = [version(0, FOUR_HOURS), version("11:00", never)]
    found = timer([created(), event("10:00", status="pending")], "12:00", versions=versions)
    assert (found.state, found.elapsed_seconds) == ("active", 3 * HOUR)


def test_versions_between_two_events_take_effect_in_their_order() -> None:
    versions = [version(0, FOUR_HOURS), version("10:00", NOTHING_PROMISED), version("10:30", EIGHT_HOURS)]
    found = timer([created(), event("11:00", subject="x")], "12:00", versions=versions)
    assert (found.version, found.state) == (2, "active")


def test_an_own_metric_that_a_version_brings_starts_by_its_next_trigger() -> None:
    own = MetricOptions(
        start=Trigger("enters", (Condition("status", "in", ("on_hold",)),)), stop_trigger=Trigger("created")
    )
    with_own = make_document(make_policy({"p1": {"vendor_fix": HOUR}}, metrics={"vendor_fix": own}))
    versions = [version(0, NOTHING_PROMISED), version("10:00", with_own)]
    events = [created(status="on_hold"), event("11:00", status="open"), event("12:00", status="on_hold")]
    assert timer(events, "13:00", versions=versions).started_at == at("12:00")


def calls_for(length: int, *cycle: dict[str, Any], **others: Any) -> int:
    """How many functions a replay calls for a ticket of so many events, the same few over and over."""
    policy = make_policy(
        {"p1": {"resolution": 2 * HOUR, "next_response": HOUR}, "p2": {"resolution": 4 * HOUR}}, **others
    )
    events = [created()]
    for number in range(length):
        one = dict(cycle[number % len(cycle)])
        events.append(event(at("09:00") + 60 * number, one.pop("kind", "changed"), name=f"e{number:06}", **one))
    calls = 0

    def count(_frame: Any, what: str, _argument: Any) -> None:
        nonlocal calls
        calls += what in ("call", "c_call")

    sys.setprofile(count)
    try:
        timers(events, at("09:00") + 60 * length, policy)
    finally:
        sys.setprofile(None)
    return calls


PAUSES = ({"status": "pending"}, {"status": "open"})
ANSWERS = ({"kind": "replied", "role": "requester"}, {"kind": "replied", "role": "agent"})
REOPENINGS = ({"status": "solved"}, {"status": "open"})
TIERS = ({"priority": "p2"}, {"priority": "p1"})
GAPS = ({"priority": "p3"}, {"priority": "p1"})


@pytest.mark.parametrize(
    ("cycle", "others"),
    [
        (PAUSES, {}),
        (ANSWERS, {}),
        (REOPENINGS, {}),
        (REOPENINGS, {"metrics": options("resolution", reopen="new_cycle")}),
        (TIERS, {}),
        (TIERS, {"on_change": "keep_elapsed"}),
        (TIERS, {"on_change": "restart"}),
        (GAPS, {}),
        (GAPS + TIERS[:1] + GAPS, {"on_change": "keep_elapsed"}),
    ],
    ids=[
        "pauses",
        "answers",
        "reopenings",
        "new cycles",
        "tiers",
        "tiers kept",
        "tiers restarted",
        "gaps",
        "gaps kept",
    ],
)
def test_the_work_grows_with_the_number_of_events_and_no_faster(
    cycle: tuple[dict[str, Any], ...], others: dict[str, Any]
) -> None:
    assert calls_for(2_000, *cycle, **others) < 11 * calls_for(200, *cycle, **others)

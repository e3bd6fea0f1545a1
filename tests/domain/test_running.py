"""One timer's life: targets that come, change, go and return; breaches; ends and reopenings."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.domain.metrics import pause_on_status
from slaplugin.domain.policies import OnChange, Target, Version
from tests.domain.calendar_builders import HOUR
from tests.domain.tickets import at, created, event, make_document, make_policy, options, timer

TWO_TIERS = {"p1": {"resolution": 2 * HOUR}, "p2": {"resolution": 8 * HOUR}}
NEVER_PAUSES = options("resolution", pause=())


def raised(when: str, **others: Any) -> Any:
    return event(when, priority="p1", **others)


def lowered(when: str, **others: Any) -> Any:
    return event(when, priority="p2", **others)


def test_a_timer_is_late_one_second_after_it_is_due() -> None:
    assert not timer([created()], at("13:00")).breached
    assert timer([created()], at("13:00") + 1).breached_at == at("13:00")


def test_a_timer_fulfilled_in_the_second_it_is_due_is_met() -> None:
    assert not timer([created(), event("13:00", status="solved")], "18:00").breached


def test_a_timer_fulfilled_a_second_later_is_late() -> None:
    assert timer([created(), event("13:00:01", status="solved")], "18:00").breached_at == at("13:00")


def test_a_change_in_the_second_the_new_target_is_due_is_not_late_yet() -> None:
    events = [created(priority="p2"), raised("11:00")]
    assert not timer(events, "11:00", make_policy(TWO_TIERS)).breached
    solved = timer([*events, event("11:00", seq=1, name="solve", status="solved")], "12:00", make_policy(TWO_TIERS))
    assert (solved.breached, solved.due_at) == (False, at("11:00"))


def test_a_change_that_comes_a_second_too_late_makes_it_late() -> None:
    found = timer([created(priority="p2"), raised("11:00:01")], "11:00:01", make_policy(TWO_TIERS))
    assert (found.breached_at, found.retroactive) == (at("11:00:01"), True)


def test_a_breach_that_happened_before_the_change_is_not_by_the_change() -> None:
    found = timer([created(priority="p1"), lowered("12:00")], "12:00", make_policy(TWO_TIERS))
    assert (found.breached_at, found.retroactive) == (at("11:00"), False)


@pytest.mark.parametrize(
    ("on_change", "started", "elapsed"),
    [("recount", "09:00", 4 * HOUR), ("keep_elapsed", "09:00", 3 * HOUR), ("restart", "12:00", HOUR)],
)
def test_a_change_counts_by_the_mode_of_the_new_policy(on_change: OnChange, started: str, elapsed: int) -> None:
    """Pending from 10:00 to 11:00, which the new policy does not take for a pause."""
    old = make_policy(name="old", match={"team": None})
    new = make_policy(name="new", on_change=on_change, metrics=NEVER_PAUSES)
    events = [created(), event("10:00", status="pending"), event("11:00", status="open"), event("12:00", team="net")]
    found = timer(events, "13:00", old, new)
    assert (found.started_at, found.elapsed_seconds) == (at(started), elapsed)


def test_a_restart_begins_a_new_run() -> None:
    found = timer([created(), lowered("10:00"), raised("11:00")], "12:00", make_policy(TWO_TIERS, on_change="restart"))
    assert found.run == 3


@pytest.mark.parametrize("on_change", ["recount", "keep_elapsed"])
def test_other_changes_stay_in_the_run(on_change: OnChange) -> None:
    assert timer([created(), lowered("10:00")], "12:00", make_policy(TWO_TIERS, on_change=on_change)).run == 1


def test_a_restart_forgets_the_stops_before_it() -> None:
    events = [created(), event("10:00", status="solved"), event("11:00", status="open"), lowered("12:00")]
    found = timer([*events, event("13:00", status="pending")], "14:00", make_policy(TWO_TIERS, on_change="restart"))
    assert (found.elapsed_seconds, found.wall_seconds) == (HOUR, 2 * HOUR)


def test_a_recount_after_a_restart_counts_from_the_restart() -> None:
    restarting = make_policy(TWO_TIERS, name="restarting", match={"team": None}, on_change="restart")
    recounting = make_policy(TWO_TIERS, name="recounting", metrics=NEVER_PAUSES)
    events = [created(), event("09:30", status="solved"), event("09:40", status="open"), lowered("10:00")]
    events += [event("11:00", status="pending"), event("12:00", team="net")]
    found = timer(events, "13:00", restarting, recounting)
    assert (found.started_at, found.elapsed_seconds) == (at("10:00"), 3 * HOUR)


def test_a_recount_under_other_pauses_leaves_out_every_stop_and_counts_every_pause() -> None:
    old = make_policy(name="old", match={"team": None})
    new = make_policy(name="new", metrics=NEVER_PAUSES)
    events = [
        created(),
        event("10:00", status="pending"),
        event("11:00", status="solved"),
        event("12:00", status="open"),
        event("13:00", status="closed"),
        event("14:00", status="pending"),
        event("15:00", team="net"),
    ]
    found = timer(events, "16:00", old, new)
    assert (found.state, found.elapsed_seconds) == ("active", 5 * HOUR)


def test_a_change_while_paused_goes_on_paused_under_the_new_reasons() -> None:
    old = make_policy(name="old", match={"team": None})
    new = make_policy(
        name="new", on_change="keep_elapsed", metrics=options("resolution", pause=(pause_on_status("on_hold"),))
    )
    events = [created(), event("10:00", status="on_hold"), event("11:00", team="net")]
    found = timer(events, "12:00", old, new)
    assert (found.state, found.pause_reasons, found.elapsed_seconds) == ("paused", ("on_hold",), 2 * HOUR)


def test_a_policy_that_withdraws_takes_a_breach_back_also_at_a_restart() -> None:
    policy = make_policy(TWO_TIERS, on_change="restart", breaches="withdraw")
    assert not timer([created(), lowered("12:00")], "12:00", policy).breached


def test_a_policy_that_keeps_does_not() -> None:
    assert timer([created(), lowered("12:00")], "12:00", make_policy(TWO_TIERS)).breached


def test_the_original_due_is_the_first_one_computed() -> None:
    events = [created(status="pending"), event("10:00", status="open"), lowered("10:30")]
    found = timer(events, "10:30", make_policy(TWO_TIERS))
    assert (found.original_due_at, found.due_at) == (at("12:00"), at("18:00"))


def test_a_timer_that_ends_in_its_first_pause_gets_its_due_at_the_end() -> None:
    found = timer([created(status="pending"), event("10:00", status="solved")], "12:00")
    assert (found.due_at, found.original_due_at) == (at("14:00"), at("14:00"))


def published(*documents: Any) -> list[Version]:
    """Versions for open tickets: the first since ever, the others at 10:00, 12:00 and so on."""
    instants = [0, at("10:00"), at("12:00")]
    return [Version(since, make_document(one), "open_tickets") for since, one in zip(instants, documents, strict=False)]


def test_a_target_lost_by_a_version_while_pending_counts_nothing_until_it_is_open_again() -> None:
    """Under keep_elapsed the gap counts under the version that brings a target, and it begins in a pause."""
    keep = make_policy({"p1": {"resolution": 8 * HOUR}}, on_change="keep_elapsed")
    versions = published(keep, make_policy({}), keep)
    events = [created(), event("09:30", status="pending"), event("11:00", status="open")]
    assert timer(events, "11:30", versions=versions).cancel_reason == "no_target"
    assert timer(events, "12:00", versions=versions).elapsed_seconds == 1800 + HOUR


def test_a_gap_that_begins_in_a_pause_of_the_old_policy_runs_where_the_new_one_knows_none() -> None:
    keep = make_policy({"p1": {"resolution": 8 * HOUR}}, on_change="keep_elapsed")
    never = make_policy({"p1": {"resolution": 8 * HOUR}}, on_change="keep_elapsed", metrics=NEVER_PAUSES)
    events = [created(), event("09:30", status="pending")]
    found = timer(events, "12:00", versions=published(keep, make_policy({}), never))
    assert (found.state, found.elapsed_seconds) == ("active", 1800 + 2 * HOUR)


def test_a_recount_after_a_gap_counts_the_whole_time() -> None:
    policy = make_policy({"p1": {"resolution": 8 * HOUR}, "p3": {"resolution": 9 * HOUR}})
    found = timer([created(), event("10:00", priority="p2"), event("12:00", priority="p3")], "12:00", policy)
    assert (found.elapsed_seconds, found.due_at) == (3 * HOUR, at("18:00"))


def test_a_recount_in_another_calendar_leaves_no_second_of_the_old_one() -> None:
    policy = make_policy({"p1": {"resolution": 8 * HOUR}, "p2": {"resolution": Target(8 * HOUR, "office")}})
    found = timer([created("15:00"), lowered("22:00")], at("22:00"), policy)
    assert (found.elapsed_seconds, found.due_at) == (2 * HOUR, at("15:00", day=1))


def test_what_is_lost_shows_the_elapsed_time_and_the_breach_of_that_instant() -> None:
    found = timer([created(), event("13:30", priority="p2")], "18:00")
    assert (found.state, found.elapsed_seconds, found.breached_at) == ("cancelled", 4 * HOUR + 1800, at("13:00"))


def test_a_lost_target_does_not_become_late() -> None:
    assert not timer([created(), event("12:00", priority="p2")], "18:00").breached


def test_a_target_that_returns_too_late_is_late_from_its_return_on() -> None:
    found = timer([created(), event("12:00", priority="p2"), raised("14:00")], "14:00")
    assert (found.breached_at, found.retroactive) == (at("14:00"), True)


def test_a_timer_without_target_ends_by_the_stop_list_of_the_policy_in_force() -> None:
    """Solved is no stop where only closed is; the timer had no target yet."""
    policy = make_policy(metrics=options("resolution", stop=frozenset({"closed"})))
    found = timer([created(priority="p2"), event("10:00", status="solved"), raised("11:00")], "12:00", policy)
    assert (found.state, found.elapsed_seconds) == ("active", 3 * HOUR)


def test_a_timer_that_lost_its_target_ends_by_the_stop_list_of_the_policy_in_force() -> None:
    promising = make_policy(name="promising", match={"team": None})
    silent = make_policy({}, name="silent", metrics=options("resolution", stop=frozenset({"closed"})))
    events = [created(), event("10:00", team="net"), event("11:00", status="solved"), event("12:00", team=None)]
    assert timer(events, "12:00", promising, silent).state == "active"


def test_a_timer_ends_by_its_own_stop_list_when_no_policy_is_in_force() -> None:
    strict = make_policy(match={"team": None}, metrics=options("resolution", stop=frozenset({"closed"})))
    events = [created(), event("10:00", team="net"), event("11:00", status="solved"), event("12:00", team=None)]
    assert timer(events, "12:00", strict).state == "active"


def test_a_reopening_under_a_longer_target_is_judged_by_that_alone() -> None:
    """Met in the last second of 2 h; the event that reopens it also gives it 8 h."""
    events = [created(), event("11:00", status="solved"), event("12:00", status="open", priority="p2")]
    found = timer(events, "12:30", make_policy(TWO_TIERS))
    assert (found.breached, found.due_at) == (False, at("18:00"))


def test_a_reopening_does_not_blame_the_time_it_was_solved() -> None:
    """Due 11:00 when solved at 10:00, reopened at 14:00 into another tier: nothing was late in between."""
    events = [created(), event("10:00", status="solved"), event("14:00", status="open", priority="p2")]
    assert not timer(events, "14:30", make_policy(TWO_TIERS)).breached


def test_a_reopening_without_a_target_is_cancelled_from_then_on() -> None:
    events = [created(), event("10:00", status="solved"), event("12:00", status="open", priority="p3")]
    found = timer(events, "14:00", make_policy(TWO_TIERS))
    assert (found.state, found.cancelled_at, found.elapsed_seconds) == ("cancelled", at("12:00"), HOUR)

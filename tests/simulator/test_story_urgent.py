from __future__ import annotations

from slaplugin.simulator import story_texts as texts
from slaplugin.simulator.story_urgent import urgent_issues
from tests.simulator.support import NOW


def test_within_the_first_minute_some_get_at_risk_and_some_breach() -> None:
    told = urgent_issues(NOW)
    assert {urgent.breach_at - NOW for urgent in told} >= {15, 25, 40, 50}
    assert {urgent.at_risk_at - NOW for urgent in told} >= {10, 20}


def test_the_instants_follow_from_thirty_minutes_around_the_clock() -> None:
    for urgent in urgent_issues(NOW):
        assert (urgent.at_risk_at, urgent.breach_at) == (urgent.story.at + 1350, urgent.story.at + 1800)


def test_nobody_has_answered_and_all_are_p1() -> None:
    for urgent in urgent_issues(NOW):
        assert "P1" in urgent.story.labels
        assert not {act.actor for act in urgent.story.acts} & set(texts.RESPONDERS)
        assert {act.verb for act in urgent.story.acts} <= {"comment"}


def test_nothing_lies_in_the_future() -> None:
    for urgent in urgent_issues(NOW, breach_after=[1795], at_risk_after=[]):
        assert all(act.at <= NOW for act in urgent.story.acts)
        assert urgent.story.at <= NOW


def test_the_same_seed_and_instant_tell_the_same_emergencies() -> None:
    assert urgent_issues(NOW) == urgent_issues(NOW)


def test_offsets_can_be_chosen() -> None:
    told = urgent_issues(NOW, breach_after=[5], at_risk_after=[7])
    assert [(urgent.breach_at - NOW, urgent.at_risk_at - NOW) for urgent in told] == [(5, 5 - 450), (457, 7)]

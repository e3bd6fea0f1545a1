from __future__ import annotations

import pytest

from slaplugin.domain.escalations import threshold_seconds
from slaplugin.domain.policies import EscalationRule
from tests.domain.calendar_builders import HOUR
from tests.domain.tickets import at, created, event, make_policy, timer

LADDER = (
    EscalationRule("50%", percent=50),
    EscalationRule("-1h", before_seconds=HOUR),
    EscalationRule("100%", percent=100),
    EscalationRule("+2h", after_seconds=2 * HOUR, repeat_seconds=HOUR),
)
POLICY = make_policy(escalations=LADDER)


@pytest.mark.parametrize(
    ("rule", "target", "seconds"),
    [
        (EscalationRule("75%", percent=75), 100, 75),
        (EscalationRule("75%", percent=75), 101, 76),
        (EscalationRule("1%", percent=1), 1, 1),
        (EscalationRule("100%", percent=100), 101, 101),
        (EscalationRule("150%", percent=150), 3, 5),
        (EscalationRule("-30m", before_seconds=1800), 3600, 1800),
        (EscalationRule("-30m", before_seconds=1800), 1800, 0),
        (EscalationRule("-30m", before_seconds=1800), 60, 0),
        (EscalationRule("+2h", after_seconds=7200), 60, 7260),
    ],
)
def test_a_step_happens_after_so_many_counted_seconds(rule: EscalationRule, target: int, seconds: int) -> None:
    assert threshold_seconds(rule, target) == seconds


def steps(*events: object, when: str) -> dict[str, int | None]:
    return {step.at: step.instant for step in timer(events, when, POLICY).escalations}  # type: ignore[arg-type]


def test_steps_to_come_lie_where_they_will_happen() -> None:
    assert steps(created(), when="09:00") == {
        "50%": at("11:00"),
        "-1h": at("12:00"),
        "100%": at("13:00"),
        "+2h": at("15:00"),
    }


def test_a_pause_moves_the_steps_to_come_and_leaves_those_that_passed() -> None:
    found = steps(created(), event("11:30", status="pending"), event("12:30", status="open"), when="13:00")
    assert (found["50%"], found["-1h"]) == (at("11:00"), at("13:00"))


def test_a_paused_timer_has_no_instants() -> None:
    found = steps(created(), event("12:00", status="pending"), when="13:00")
    assert found == {"50%": None, "-1h": None, "100%": None, "+2h": None}


def test_a_cancelled_timer_has_no_instants() -> None:
    assert set(steps(created(), event("12:00", "removed"), when="13:00").values()) == {None}


def test_steps_follow_the_document_even_when_they_are_not_in_order_of_time() -> None:
    policy = make_policy(escalations=LADDER[::-1])
    assert [step.at for step in timer([created()], "10:00", policy).escalations] == ["+2h", "100%", "-1h", "50%"]

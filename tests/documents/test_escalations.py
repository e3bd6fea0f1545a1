from __future__ import annotations

from typing import Any

import pytest

from slaplugin.domain.policies import EscalationRule
from tests.documents.parts import document, load, policy, problem

TARGETS = {"p1": {"resolution": "8h", "first_response": {"within": "1h", "calendar": "24x7"}}}


def content(*steps: Any) -> dict[str, Any]:
    return document(policies=[policy(calendar="office", targets=TARGETS, escalations=list(steps))])


def rules(*steps: Any) -> tuple[EscalationRule, ...]:
    return load(content(*steps)).document.policies[0].escalations


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        ("75%", EscalationRule("75%", percent=75)),
        ("150%", EscalationRule("150%", percent=150)),
        ("-30m", EscalationRule("-30m", before_seconds=1_800)),
        ("+2h", EscalationRule("+2h", after_seconds=7_200)),
    ],
)
def test_a_step_is_a_share_or_time_before_or_after(at: str, rule: EscalationRule) -> None:
    assert rules({"at": at}) == (rule,)


@pytest.mark.parametrize(("at", "name"), [("-90m", "-1h30m"), ("+3600s", "+1h"), ("075%", "75%")])
def test_a_step_has_one_name_however_it_is_written(at: str, name: str) -> None:
    assert rules({"at": at})[0].at == name


def test_every_option_of_a_step() -> None:
    step = {"at": "+2h", "timers": ["resolution"], "repeat": "1h", "until": "acknowledged", "notify": ["managers"]}
    assert rules(step) == (
        EscalationRule(
            "+2h",
            after_seconds=7_200,
            timers=("resolution",),
            repeat_seconds=3_600,
            until="acknowledged",
            notify=("managers",),
        ),
    )


def test_steps_stay_in_the_order_of_the_document() -> None:
    assert [one.at for one in rules({"at": "100%"}, {"at": "50%"}, {"at": "-1h"})] == ["100%", "50%", "-1h"]


@pytest.mark.parametrize(
    ("step", "path", "words"),
    [
        ({}, ".at", "is missing"),
        ({"at": 75}, ".at", 'write "75%"'),
        ({"at": "75"}, ".at", 'write "75%"'),
        ({"at": "0%"}, ".at", "from 1% to 1000%"),
        ({"at": "1001%"}, ".at", "from 1% to 1000%"),
        ({"at": "-75%"}, ".at", "is not a duration"),
        ({"at": "+0h"}, ".at", "at least 1s"),
        ({"at": "30m"}, ".at", "is not a step"),
        ({"at": "75%", "timers": []}, ".timers", "for no timer"),
        ({"at": "75%", "timers": ["reslution"]}, ".timers[0]", 'did you mean "resolution"?'),
        ({"at": "75%", "repeat": 60}, ".repeat", "has no unit"),
        ({"at": "75%", "until": "solved"}, ".until", "acknowledged"),
        ({"at": "75%", "notify": "team"}, ".notify", "is not a list"),
        ({"at": "75%", "notify": [""]}, ".notify[0]", "is empty"),
        ({"at": "75%", "notfy": ["team"]}, ".notfy", 'did you mean "notify"?'),
        ({"at": "+1d"}, ".at", "a day of calendar office has 8h"),
        ({"at": "75%", "repeat": "1d"}, ".repeat", "a day of calendar office has 8h"),
        ("75%", "", "is not a mapping"),
    ],
)
def test_what_is_wrong_with_a_step(step: Any, path: str, words: str) -> None:
    found = problem(content(step))
    assert (found.path, words in found.message) == (f"policies[0].escalations[0]{path}", True), found


def test_days_are_fine_for_timers_that_never_close() -> None:
    assert rules({"at": "+1d", "timers": ["first_response"]})[0].at == "+24h"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"at": "75%"}, {"at": "75%"}),
        ({"at": "-90m"}, {"at": "-1h30m"}),
        ({"at": "75%", "timers": ["resolution"]}, {"at": "75%"}),
        ({"at": "75%", "timers": ["resolution", "ownership"]}, {"at": "75%", "timers": ["ownership"]}),
    ],
)
def test_two_steps_at_one_moment_for_one_metric_are_refused(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert problem(content(first, second)).path == "policies[0].escalations[1].at"


def test_two_steps_at_one_moment_for_different_metrics_are_fine() -> None:
    assert len(rules({"at": "75%", "timers": ["resolution"]}, {"at": "75%", "timers": ["first_response"]})) == 2

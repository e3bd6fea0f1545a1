from __future__ import annotations

from typing import Any

import pytest

from slaplugin.domain.metrics import DEFAULT_OPTIONS, MetricOptions, Trigger, pause_on_status
from tests.documents.parts import document, load, policy, problem, problems

OWN = {"start": "created", "stop": {"enters": {"team": "net"}}}


def options(metric: str, **written: Any) -> MetricOptions:
    return load(document(policies=[policy(metrics={metric: written})])).document.policies[0].metrics[metric]


def warnings(metric: str, **written: Any) -> list[str]:
    loaded = load(document(policies=[policy(metrics={metric: written})]))
    return [one.message for one in loaded.warnings]


def refused(metric: str, **written: Any) -> tuple[str, str]:
    found = problem(document(policies=[policy(metrics={metric: written})]))
    return found.path.removeprefix(f"policies[0].metrics.{metric}"), found.message


@pytest.mark.parametrize("metric", ["first_response", "resolution", "agent_work", "ownership"])
def test_what_is_not_written_stays_as_it_was(metric: str) -> None:
    assert options(metric) == DEFAULT_OPTIONS[metric]


def test_a_written_pause_replaces_the_usual_one() -> None:
    assert [options("resolution", pause=[]).pause, options("resolution", pause=["on_hold"]).pause] == [
        (),
        (pause_on_status("on_hold"),),
    ]


def test_options_of_the_resolution_family() -> None:
    found = options("resolution", stop=["closed"], reopen="new_cycle")
    assert (found.stop, found.reopen) == (frozenset({"closed"}), "new_cycle")


def test_options_of_first_response() -> None:
    found = options("first_response", agent_created="run", solve="cancel")
    assert (found.agent_created, found.solve) == ("run", "cancel")


def test_a_metric_of_your_own_has_triggers_no_pause_and_one_cycle() -> None:
    found = options("vendor_fix", **OWN)
    assert (found.start, found.stop_trigger, found.pause, found.many_cycles) == (
        Trigger("created"),
        Trigger("enters", match=found.stop_trigger.match if found.stop_trigger else ()),
        (),
        False,
    )


def test_a_metric_of_your_own_may_have_many_cycles() -> None:
    assert options("vendor_fix", **OWN, cycles="many").many_cycles


@pytest.mark.parametrize(
    ("metric", "written", "path", "words"),
    [
        ("first_response", {"stop": ["solved"]}, ".stop", "is not an option of first_response"),
        ("ownership", {"reopen": "resume"}, ".reopen", "is not an option of ownership"),
        ("resolution", {"start": "created"}, ".start", "is not an option of resolution"),
        ("resolution", {"cycles": "many"}, ".cycles", "is not an option of resolution"),
        ("resolution", {"solve": "cancel"}, ".solve", "is not an option of resolution"),
        ("resolution", {"stop": "created"}, ".stop", "is a trigger; list statuses"),
        ("resolution", {"stop": []}, ".stop", "nothing ever ends the timer"),
        ("resolution", {"stop": ["done"]}, ".stop[0]", "is not a status"),
        ("resolution", {"pause": "pending"}, ".pause", "is not a list"),
        ("resolution", {"pause": ["waiting"]}, ".pause[0]", "is not a status"),
        ("resolution", {"pause": [{"tag": "x"}]}, ".pause[0].tag", 'did you mean "tags"?'),
        ("resolution", {"reopen": "always"}, ".reopen", "there is resume, new_cycle, ignore"),
        ("resolution", {"stopp": ["closed"]}, ".stopp", 'did you mean "stop"?'),
        ("vendor_fix", {"start": "created"}, "", "without stop"),
        ("vendor_fix", {"stop": "created"}, "", "without start"),
        ("vendor_fix", OWN | {"stop": ["solved"]}, ".stop", "is a list of statuses"),
        ("vendor_fix", OWN | {"reopen": "resume"}, ".reopen", "is not an option of a metric of your own"),
        ("vendor_fix", OWN | {"start": {"enters": {"x": 1}}}, ".start.enters.x", "is not a field"),
        ("Vendor", OWN, "", "is not a name for a metric"),
    ],
)
def test_what_is_wrong_with_a_metric(metric: str, written: dict[str, Any], path: str, words: str) -> None:
    found = refused(metric, **written)
    assert (found[0], words in found[1]) == (path, True), found


def test_a_metric_of_your_own_without_both_triggers_has_two_problems() -> None:
    assert len(problems(document(policies=[policy(metrics={"vendor_fix": {}})]))) == 2


@pytest.mark.parametrize(
    ("metric", "written"),
    [
        ("resolution", {"pause": ["new"]}),
        ("resolution", {"pause": ["pending", "open"]}),
        ("resolution", {"pause": [{}]}),
        ("first_response", {"pause": [{"status": ["new", "pending"]}]}),
        ("next_response", {"pause": [{}]}),
        ("vendor_fix", {"start": {"enters": {"status": "on_hold"}}, "stop": "created", "pause": ["on_hold"]}),
        ("vendor_fix", {"start": "created", "stop": {"enters": {"team": "a"}}, "pause": ["new"]}),
    ],
)
def test_a_pause_that_covers_the_start_is_a_warning(metric: str, written: dict[str, Any]) -> None:
    assert ["starts paused" in one for one in warnings(metric, **written)] == [True]


@pytest.mark.parametrize(
    ("metric", "written"),
    [
        ("resolution", {"pause": ["pending", "on_hold"]}),
        ("resolution", {"pause": [{"tags": {"any": ["frozen"]}}]}),
        ("ownership", {"pause": ["new"]}),
        ("vendor_fix", {"start": {"enters": {"status": "on_hold"}}, "stop": "created", "pause": ["pending"]}),
    ],
)
def test_a_pause_that_comes_later_is_none(metric: str, written: dict[str, Any]) -> None:
    assert warnings(metric, **written) == []

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from slaplugin.documents import policies, trees
from slaplugin.domain.conditions import Condition
from slaplugin.domain.policies import Target
from slaplugin.errors import DocumentError
from tests.documents.parts import OFFICE, document, load, policy, problem, problems
from tests.shared import shared_path

EVERYTHING = """
schema: slaplugin/policy/1
priorities: [p1, p2]          # most urgent first
default_priority: p2
calendars:
  office:
    time_zone: Europe/Berlin
    week: {mon-thu: ["09:00-12:00", "13:00-17:00"], fri: ["09:00-15:00"]}
    holidays: {country: DE, subdivision: BE, dates: [2026-12-24]}
    exceptions: {2026-12-31: ["09:00-12:00"]}
policies:
  - name: acme-gold
    match: {customer: [acme], tags: {any: [vip, gold]}, type: {not: [task]}}
    calendar: office
    on_change: keep_elapsed
    breaches: withdraw
    metrics:
      first_response: {agent_created: wait_for_requester, solve: fulfil}
      vendor_fix: {start: {enters: {status: on_hold}}, stop: {leaves: {status: on_hold}}, pause: [], cycles: many}
    targets:
      p1: {first_response: 15m, resolution: {within: 1d, calendar: 24x7}, vendor_fix: 2h}
      p2: {resolution: 8h}
    escalations:
      - {at: 75%, timers: [resolution], notify: [team]}
      - {at: "+2h", repeat: 1h, until: acknowledged}
"""


def refused(text: str) -> list[str]:
    with pytest.raises(DocumentError) as error:
        policies.load(text, "p.yaml")
    return str(error.value).splitlines()


def test_a_document_of_everything_becomes_the_engines_form() -> None:
    found = policies.load(EVERYTHING, "p.yaml").document
    governing = found.policies[0]
    assert (found.priorities, found.default_priority, set(found.calendars)) == (("p1", "p2"), "p2", {"24x7", "office"})
    assert (governing.name, governing.on_change, governing.breaches) == ("acme-gold", "keep_elapsed", "withdraw")
    assert governing.match[0] == Condition("customer", "in", ("acme",))
    assert governing.targets == {
        "p1": {
            "first_response": Target(900, "office"),
            "resolution": Target(86_400, "24x7"),
            "vendor_fix": Target(7_200, "office"),
        },
        "p2": {"resolution": Target(28_800, "office")},
    }
    assert [one.at for one in governing.escalations] == ["75%", "+2h"]


def test_a_document_that_is_right_has_no_warnings() -> None:
    assert policies.load(EVERYTHING, "p.yaml").warnings == ()


def test_yaml_and_json_have_one_canonical_form() -> None:
    content = yaml.load(EVERYTHING, yaml.BaseLoader)
    assert load(content).canonical == policies.load(EVERYTHING, "p.yaml").canonical


def test_the_canonical_form_does_not_depend_on_the_order_of_keys() -> None:
    backwards = dict(reversed(document().items()))
    assert load(backwards).canonical == load(document()).canonical


def test_the_canonical_form_loads_as_an_equal_document() -> None:
    first = policies.load(EVERYTHING, "p.yaml")
    again = policies.load(first.canonical, "again")
    assert (again.document.policies, again.document.priorities, again.canonical) == (
        first.document.policies,
        first.document.priorities,
        first.canonical,
    )


def test_what_is_left_out_has_its_default() -> None:
    found = load(document(policies=[{"name": "bare"}])).document
    assert (
        found.default_priority,
        found.policies[0].match,
        found.policies[0].on_change,
        found.policies[0].breaches,
    ) == (
        None,
        (),
        "recount",
        "keep",
    )


def test_targets_without_a_calendar_never_close() -> None:
    assert load(document()).document.policies[0].targets == {"p1": {"resolution": Target(14_400, "24x7")}}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"schema": "slaplugin/policy/2"}, "schema", "write slaplugin/policy/1"),
        ({"priorities": []}, "priorities", "names no tier"),
        ({"priorities": ["p1", "p1"]}, "priorities[1]", "a second time"),
        ({"priorities": ["p1", 2]}, "priorities[1]", "write it in quotes"),
        ({"priorities": "p1"}, "priorities", "is not a list"),
        ({"default_priority": "p2"}, "default_priority", "is no tier"),
        ({"policies": []}, "policies", "holds no policy"),
        ({"policies": {}}, "policies", "is not a list"),
        ({"policies": ["x"]}, "policies[0]", "is not a mapping"),
        ({"calender": {}}, "calender", 'did you mean "calendars"?'),
        ({"calendars": []}, "calendars", "is not a mapping"),
        ({"calendars": {"a\nb": OFFICE}}, 'calendars["a\\nb"]', "cannot be printed"),
    ],
)
def test_what_is_wrong_with_a_document(changes: dict[str, Any], path: str, words: str) -> None:
    found = problem(document(**changes))
    assert (found.path, words in found.message) == (path, True), found


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"name": None}, "name", "is empty"),
        ({"name": " "}, "name", "is empty"),
        ({"calendar": "offce"}, "calendar", 'did you mean "office"?'),
        ({"on_change": "keep"}, "on_change", "there is recount"),
        ({"breaches": "forget"}, "breaches", "there is keep, withdraw"),
        ({"targets": {"p2": {"resolution": "1h"}}}, "targets.p2", "is no tier"),
        ({"targets": {"p1": {"resolutoin": "1h"}}}, "targets.p1.resolutoin", 'did you mean "resolution"?'),
        ({"targets": {"p1": {"resolution": "0m"}}}, "targets.p1.resolution", "at least 1s"),
        ({"targets": {"p1": {"resolution": 4}}}, "targets.p1.resolution", "has no unit"),
        ({"targets": {"p1": {"resolution": None}}}, "targets.p1.resolution", "is empty"),
        ({"targets": {"p1": {"resolution": {"calendar": "24x7"}}}}, "targets.p1.resolution.within", "is missing"),
        (
            {"targets": {"p1": {"resolution": {"within": "1h", "calendar": "x"}}}},
            "targets.p1.resolution.calendar",
            "is not a calendar",
        ),
        ({"targets": {"p1": "4h"}}, "targets.p1", "is not a mapping"),
    ],
)
def test_what_is_wrong_with_a_policy(changes: dict[str, Any], path: str, words: str) -> None:
    found = problem(document(policies=[policy(**changes)]))
    assert (found.path, words in found.message) == (f"policies[0].{path}", True), found


def test_two_policies_of_one_name_are_refused() -> None:
    found = problem(document(policies=[policy(match={"team": "a"}), policy()]))
    assert found.path == "policies[1].name"


def test_an_own_metric_belongs_to_its_policy_only() -> None:
    own = {"vendor_fix": {"start": "created", "stop": {"enters": {"team": "a"}}}}
    targets = {"p1": {"vendor_fix": "1h"}}
    content = document(
        policies=[policy(match={"team": "a"}, metrics=own, targets=targets), policy(name="other", targets=targets)]
    )
    assert problem(content).path == "policies[1].targets.p1.vendor_fix"


def test_every_problem_is_listed_with_its_line_in_document_order() -> None:
    text = """schema: slaplugin/policy/1
priorities: [p1]
default_priority: p9
calendars:
  office: {time_zone: Europe/Berln, week: {mon-fri: ["9-17"]}}
policies:
  - name: x
    calendar: offce
    targets:
      p1: {resolution: 1.5h}
      p2:
        resolution: 1h
  - match: {}
"""
    assert [line.split(": ")[:3] for line in refused(text)] == [
        ["p.yaml", "line 3", "default_priority"],
        ["p.yaml", "line 5", "calendars.office.time_zone"],
        ["p.yaml", "line 5", "calendars.office.week.mon-fri[0]"],
        ["p.yaml", "line 8", "policies[0].calendar"],
        ["p.yaml", "line 10", "policies[0].targets.p1.resolution"],
        ["p.yaml", "line 11", "policies[0].targets.p2"],
        ["p.yaml", "line 13", "policies[1].name"],
    ]


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "just text", "17"])
def test_what_is_no_document_at_all_is_a_sentence(text: str) -> None:
    assert "is not a mapping of keys to values" in refused(text)[0]


def test_a_missing_key_is_named() -> None:
    assert [one.path for one in problems({})] == ["schema", "priorities", "policies"]


def test_a_policy_behind_one_that_takes_everything_is_a_warning() -> None:
    loaded = load(document(policies=[policy(), policy(name="late", match={"team": "a"})]))
    assert [(one.path, one.message) for one in loaded.warnings] == [
        ("policies[1].match", 'can never match: "standard" before it takes every such ticket; move it up')
    ]


def test_a_policy_whose_conditions_rule_each_other_out_is_a_warning() -> None:
    impossible = {"team": {"any": ["a"], "not": ["a"]}}
    loaded = load(document(policies=[policy(match=impossible), policy(name="rest")]))
    assert [one.path for one in loaded.warnings] == ["policies[0].match"]


def test_a_tier_without_a_target_is_a_warning() -> None:
    loaded = load(document(priorities=["p1", "p2", "p3"]))
    assert [one.message for one in loaded.warnings] == ["has no target for p2, p3: such tickets get no timers"]


def test_warnings_have_lines() -> None:
    text = json.dumps(document(priorities=["p1", "p2"]), indent=1)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if '"targets"' in one)
    assert policies.load(text, "p.json").warnings[0].line == line


def test_every_policy_of_the_scenarios_loads() -> None:
    for path in sorted(shared_path("conformance").glob("*.yaml")):
        scenario = trees.parse(path.read_bytes(), path.name).content
        policies.load(json.dumps(scenario["policy"]), path.name)


@pytest.mark.parametrize("name", ["uci498", "bpi2013"])
def test_the_policies_of_the_real_data_load(name: str) -> None:
    path = shared_path(f"datasets/{name}/policy.yaml")
    assert policies.load(path.read_bytes(), path.name).warnings == ()

"""Mapping documents: what is right passes whole, what is wrong is refused whole, with every problem."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.documents.mappings import checked, load
from slaplugin.domain.mapping_documents import compiled
from slaplugin.errors import DocumentError

HEAD = "schema: slaplugin/mapping/1\n"
FULL = (
    HEAD
    + """\
tiers: [p1, p2]
statuses: {open: open, "closed:duplicate": removed, 10001: solved}
status_labels: {waiting-for-reporter: pending}
priorities: {urgent: p1, 3: p2}
priority_labels: {"priority: P1": p1}
people: {roles: {olga: agent}, marks: {"permission:write": agent}, bystanders: requester}
customer: {from: field, field: customer, values: {360001: acme}}
service: {from: constant, value: web-shop, name: Web shop}
team: [{from: field, field: team, values: {77: network}}, {from: label, prefix: team/}]
"""
)


def problems(text: str) -> list[str]:
    with pytest.raises(DocumentError) as error:
        load(text, "map.yaml")
    return [str(problem) for problem in error.value.problems]


def test_a_full_document_passes() -> None:
    loaded = load(FULL, "map.yaml")
    assert loaded["customer"] == [{"from": "field", "field": "customer", "values": {"360001": "acme"}}]


def test_what_passed_can_be_used() -> None:
    document = compiled(load(FULL, "map.yaml"))
    assert (document.statuses["10001"], document.priorities["3"], document.bystanders) == ("solved", "p2", "requester")


def test_a_checked_document_passes_again() -> None:
    once = checked(load(FULL, "map.yaml"), "map")
    assert checked(once, "map") == once


def test_what_is_left_out_has_defaults() -> None:
    loaded = load(HEAD, "map.yaml")
    assert loaded["tiers"] == ["p1", "p2", "p3", "p4"]
    assert loaded["people"] == {"roles": {}, "marks": {}, "bystanders": "other"}


def test_defaults_are_not_shared() -> None:
    load(HEAD, "a")["people"]["roles"]["x"] = "agent"
    assert load(HEAD, "b")["people"]["roles"] == {}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("statuses: {open: opn}", "statuses.open"),
        ("statuses: {open: }", "statuses.open"),
        ("statuses: [open]", "statuses"),
        ("statuses: null", "statuses"),
        ('statuses: {"": open}', "statuses"),
        ("status_labels: {blocked: open}", "status_labels.blocked"),
        ("priority_labels: {P9: p9}", "priority_labels.P9"),
        ("priorities: {urgent: 1}", "priorities.urgent"),
        ("tiers: []", "tiers"),
        ("tiers: [p1, p1]", "tiers"),
        ("tiers: p1", "tiers"),
        ("people: {roles: {a: boss}}", "people.roles.a"),
        ("people: {bystanders: agent}", "people.bystanders"),
        ("people: {colour: red}", "people.colour"),
        ("people: 5", "people"),
        ("team: 5", "team"),
        ("team: [5]", "team[0]"),
        ("team: {prefix: team/}", "team"),
        ("team: {from: sky}", "team"),
        ("team: {from: label}", "team"),
        ("team: {from: label, field: team, prefix: x}", "team"),
        ("team: {from: constant}", "team"),
        ("team: {from: field}", "team"),
        ("team: {from: field, field: group}", "team"),
        ("team: {from: constant, value: ''}", "team"),
        ("colour: red", "colour"),
        ("statuses: {Open: open, open: closed}", "statuses.open"),
        ("priority_labels: {'P-1': p1, 'p 1': p2}", "priority_labels"),
    ],
)
def test_what_is_wrong_is_refused_where_it_stands(line: str, problem: str) -> None:
    found = problems(HEAD + line + "\n")
    assert len(found) == 1
    assert found[0].startswith(f"line 2: {problem}")


def test_spellings_that_say_the_same_are_fine() -> None:
    load(HEAD + "priority_labels: {'P-1': p1, 'p 1': p1}\n", "map.yaml")


def test_a_custom_field_may_be_read() -> None:
    load(HEAD + "customer: {from: field, field: custom.organisation}\n", "map.yaml")


def test_every_problem_is_listed_in_the_order_of_the_document() -> None:
    text = HEAD + "statuses: {a: b}\npriorities: {c: d}\npeople: {roles: {e: f}}\nteam: {from: sky}\ncolour: red\n"
    assert [line.split(":")[0] for line in problems(text)] == [f"line {number}" for number in range(2, 7)]


@pytest.mark.parametrize(
    "text", ["", "[]", "5", "statuses: {}", "schema: slaplugin/policy/1", "schema: [", HEAD + HEAD]
)
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert problems(text)


@pytest.mark.parametrize("document", [None, [], "x", 5, {}, {"schema": 1}])
def test_plain_data_that_is_no_mapping_is_refused(document: Any) -> None:
    with pytest.raises(DocumentError):
        checked(document, "map")

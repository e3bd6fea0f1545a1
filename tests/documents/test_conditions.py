from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from slaplugin.documents import conditions
from slaplugin.documents.fields import flat
from slaplugin.domain.conditions import matches
from slaplugin.domain.metrics import Trigger
from tests.documents.parts import document, policy, problem

FIELDS = {
    "customer": "acme",
    "status": "open",
    "subject": "Broken VPN",
    "tags": ["vip", "gold"],
    "custom.seats": 100,
    "custom.live": True,
}


def refused(value: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as error:
        conditions.match(value)
    return {".".join(map(str, path)): message for path, message in flat(error.value.messages)}


@pytest.mark.parametrize(
    ("written", "fits"),
    [
        ({}, True),
        ({"customer": "acme"}, True),
        ({"customer": "Acme"}, False),
        ({"customer": ["beta", "acme"]}, True),
        ({"team": None}, True),
        ({"customer": {"not": ["beta"]}}, True),
        ({"customer": {"not": ["acme", "beta"]}}, False),
        ({"tags": "gold"}, True),
        ({"tags": {"any": ["x", "vip"]}}, True),
        ({"tags": {"all": ["x", "vip"]}}, False),
        ({"tags": {"all": ["gold", "vip"]}}, True),
        ({"team": {"exists": False}}, True),
        ({"customer": {"exists": False}}, False),
        ({"subject": {"contains": "vPn"}}, True),
        ({"custom.seats": {"gte": 100}}, True),
        ({"custom.seats": {"gte": 10, "lte": 99}}, False),
        ({"custom.seats": "100"}, False),
        ({"custom.live": 1}, False),
        ({"custom.live": True}, True),
        ({"customer": "acme", "status": "new"}, False),
    ],
)
def test_what_is_written_is_what_fits(written: dict[str, Any], fits: bool) -> None:
    assert matches(conditions.match(written), FIELDS) is fits


@pytest.mark.parametrize(
    ("written", "path", "words"),
    [
        ("acme", "", "is not a match"),
        (["acme"], "", "is not a match"),
        ({"custmer": "a"}, "custmer", 'did you mean "customer"?'),
        ({"custom.": "a"}, "custom.", "custom.NAME"),
        ({"customer": 17}, "customer", 'write "17"'),
        ({"customer": [True]}, "customer", "is not text"),
        ({"customer": []}, "customer", "empty list"),
        ({"customer": [["a"]]}, "customer", "is not a single value"),
        ({"customer": {}}, "customer", "has no operator"),
        ({"customer": {"is": "a"}}, "customer.is", "is not an operator"),
        ({"customer": {"not": "a"}}, "customer.not", 'write ["a"]'),
        ({"tags": {"any": []}}, "tags.any", "empty list"),
        ({"status": "opened"}, "status", 'did you mean "open"?'),
        ({"status": {"not": [None]}}, "status.not", "is not a status"),
        ({"team": {"exists": "yes"}}, "team.exists", "neither true nor false"),
        ({"subject": {"contains": 5}}, "subject.contains", "is not a text"),
        ({"custom.n": {"gte": "5"}}, "custom.n.gte", "is not a whole number"),
        ({"custom.n": {"lte": True}}, "custom.n.lte", "is not a whole number"),
        ({"key": {"gte": 5}}, "key.gte", "is never a number"),
    ],
)
def test_what_no_ticket_could_mean_is_refused(written: Any, path: str, words: str) -> None:
    found = refused(written)
    assert (list(found), words in found.get(path, "")) == ([path], True)


def test_every_key_has_its_problem() -> None:
    assert list(refused({"x": 1, "customer": 2, "tags": {"any": 3, "all": 4}})) == [
        "x",
        "customer",
        "tags.any",
        "tags.all",
    ]


def test_a_tier_that_the_document_does_not_have_is_refused() -> None:
    found = problem(document(policies=[policy(match={"priority": ["p1", "p7", None]})]))
    assert (found.path, '"p7" is no tier' in found.message) == ("policies[0].match.priority", True)


def test_a_status_is_a_pause_by_its_name() -> None:
    assert conditions.pause("pending").label == "pending"


def test_a_match_is_a_pause_by_its_text() -> None:
    written = {"tags": {"any": ["frozen"]}, "custom.live": False, "team": None, "custom.n": {"gte": 1}}
    assert (
        conditions.pause(written).label == "tags: {any: [frozen]}, custom.live: false, team: null, custom.n: {gte: 1}"
    )


@pytest.mark.parametrize("written", ["waiting", 5, None, ["pending"]])
def test_what_is_no_pause_is_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        conditions.pause(written)


@pytest.mark.parametrize(
    ("written", "trigger"),
    [
        ("created", Trigger("created")),
        ({"enters": {"team": "net"}}, Trigger("enters", conditions.match({"team": "net"}))),
        ({"leaves": {"team": "net"}}, Trigger("leaves", conditions.match({"team": "net"}))),
        ({"reply": {"by": "agent", "public": False}}, Trigger("reply", by="agent", public=False)),
        ({"reply": {"by": "requester"}}, Trigger("reply", by="requester", public=True)),
    ],
)
def test_triggers(written: Any, trigger: Trigger) -> None:
    assert conditions.trigger(written) == trigger


@pytest.mark.parametrize(
    "written",
    [
        "solved",
        {},
        {"created": {}},
        {"enters": {}},
        {"enters": {"team": "a"}, "leaves": {"team": "a"}},
        {"reply": {}},
        {"reply": {"by": "bot"}},
        {"reply": {"by": "agent", "public": 1}},
        {"reply": {"by": "agent", "bye": 1}},
        {"reply": "agent"},
    ],
)
def test_what_is_no_trigger_is_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        conditions.trigger(written)

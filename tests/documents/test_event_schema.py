from __future__ import annotations

import gzip
import json
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from slaplugin.documents.event_schema import accepted, checked
from slaplugin.documents.fields import flat
from slaplugin.domain.events import KINDS, ROLES, STATUSES, TicketEvent
from tests.shared import shared_path

RIGHT: dict[str, Any] = {"id": "e1", "ticket": "T-1", "at": "2026-01-30T15:00:00Z", "kind": "created"}

BY_KIND: dict[str, Any] = {kind: RIGHT | {"kind": kind, "actor": {"id": "a1", "role": "agent"}} for kind in KINDS}
BY_KIND["withdrawn"]["of"] = "e0"

NO_EVENT_HAS = [
    None, True, False, 0, 1, -1, 2**63, -(2**63), -(2**63) - 1, 1.5, float("inf"), float("nan"), "", "x", "x\ny",
    "x" * 500, "x" * 501, [], ["x"], [1], [None], [[]], [float("inf")], {}, {"x": 1},
]  # fmt: skip
INSTANTS = [
    "2026-01-30T15:00:00Z", "2026-01-30T15:00:00.5+02:00", "2026-02-30T15:00:00Z", "2026-01-30", "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "2100-01-01T00:00:00Z",
]  # fmt: skip
VALUES = [*NO_EVENT_HAS, *INSTANTS, *KINDS, *ROLES, *STATUSES]
PLACES = [
    ("id",), ("ticket",), ("at",), ("seq",), ("kind",), ("actor",), ("actor", "id"), ("actor", "role"), ("actor", "x"),
    ("public",), ("set",), ("set", "status"), ("set", "priority"), ("set", "tags"), ("set", "custom.a"),
    ("set", "custom."), ("set", "other"), ("of",), ("extra",),
]  # fmt: skip

ODD = st.sampled_from(NO_EVENT_HAS)
IDS = st.sampled_from(["e1", "ünï"]) | ODD
SETS = st.dictionaries(
    st.sampled_from(["status", "priority", "team", "tags", "custom.a", "custom.", "other", "subject", "key"]),
    st.sampled_from(STATUSES) | st.sampled_from(["a", ["a", "b"], [1, None], [[]]]) | ODD,
    max_size=3,
)
ACTORS = st.fixed_dictionaries({}, optional={"id": IDS, "role": st.sampled_from(ROLES) | ODD, "name": ODD})
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "id": IDS,
        "ticket": IDS,
        "at": st.sampled_from(INSTANTS) | ODD,
        "kind": st.sampled_from(KINDS) | ODD,
        "seq": st.integers(-(2**64), 2**64) | ODD,
        "actor": ACTORS | ODD,
        "public": ODD,
        "set": SETS | ODD,
        "of": IDS,
        "extra": ODD,
    },
)  # fmt: skip


def by_schema(record: Any) -> TicketEvent | None:
    try:
        return checked(record)
    except ValidationError:
        return None


def refused(**changes: Any) -> dict[str, str]:
    record = {key: value for key, value in (RIGHT | changes).items() if value != "absent"}
    with pytest.raises(ValidationError) as error:
        checked(record)
    return {".".join(map(str, path)): message for path, message in flat(error.value.messages)}


@settings(max_examples=300, deadline=None)
@given(RECORDS, st.booleans())
def test_the_quick_check_takes_what_the_schema_takes_and_makes_the_same(odd: dict[str, Any], is_filled: bool) -> None:
    record = RIGHT | odd if is_filled else odd
    assert accepted(record) == by_schema(record)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_every_odd_value_in_every_place_makes_no_difference(kind: str, place: tuple[str, ...]) -> None:
    for value in VALUES:
        record = json.loads(json.dumps(BY_KIND[kind]))
        inner = record
        for key in place[:-1]:
            inner = inner.setdefault(key, {})
        inner[place[-1]] = value
        assert accepted(record) == by_schema(record), record


@pytest.mark.parametrize("kind", KINDS)
def test_both_take_what_is_right(kind: str) -> None:
    assert accepted(BY_KIND[kind]) == checked(BY_KIND[kind])


@pytest.mark.parametrize("record", [None, [], "x", 1, ["id"]])
def test_neither_takes_what_is_no_object(record: Any) -> None:
    assert (accepted(record), by_schema(record)) == (None, None)


@pytest.mark.parametrize("name", ["uci498", "bpi2013"])
def test_both_read_real_events_alike(name: str) -> None:
    with gzip.open(shared_path(f"datasets/{name}/events.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, 40_000, 80):
            record = json.loads(line)
            event = accepted(record)
            assert event is not None
            assert event == checked(record)


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"id": "absent"}, "id", "is missing"),
        ({"id": 5}, "id", "write ids in quotes"),
        ({"id": ""}, "id", "1 to 500"),
        ({"ticket": "x" * 501}, "ticket", "1 to 500"),
        ({"ticket": "a\x00"}, "ticket", "cannot be printed"),
        ({"at": 17}, "at", "is not an instant"),
        ({"at": "2026-01-30T15:00:00"}, "at", "with an offset"),
        ({"at": "2026-02-30T15:00:00Z"}, "at", "does not exist"),
        ({"at": "2026-01-30T25:00:00Z"}, "at", "does not exist"),
        ({"at": "1969-12-31T23:59:59Z"}, "at", "1970 to 2099"),
        ({"at": "2100-01-01T00:00:00Z"}, "at", "1970 to 2099"),
        ({"seq": 2**63}, "seq", "64 bits"),
        ({"seq": True}, "seq", "64 bits"),
        ({"kind": "replyed"}, "kind", 'did you mean "replied"?'),
        ({"kind": "replied"}, "actor", "has no role"),
        ({"kind": "replied", "actor": {"id": "a1"}}, "actor", "has no role"),
        ({"kind": "replied", "actor": {"role": "agnt"}}, "actor.role", 'did you mean "agent"?'),
        ({"actor": {"rolle": "agent"}}, "actor.rolle", 'did you mean "role"?'),
        ({"public": 1}, "public", "neither true nor false"),
        ({"kind": "withdrawn"}, "of", "name the id"),
        ({"of": "e0"}, "of", "only withdrawn"),
        ({"kind": "removed", "set": {"status": "closed"}}, "set", "send a changed event"),
        ({"set": {"status": "opn"}}, "set.status", 'did you mean "open"?'),
        ({"set": {"status": None}}, "set.status", "is not a status"),
        ({"set": {"tags": "vip"}}, "set.tags", 'write ["vip"]'),
        ({"set": {"tags": [1]}}, "set.tags", 'write ["vip"]'),
        ({"set": {"team": 5}}, "set.team", "write it in quotes"),
        ({"set": {"region": "EU"}}, "set.region", "custom.NAME"),
        ({"set": {"custom.": "EU"}}, "set.custom.", "custom.NAME"),
        ({"set": {"custom.a": {"b": 1}}}, "set.custom.a", "neither a value nor a list"),
        ({"set": {"custom.a": float("inf")}}, "set.custom.a", "neither a value nor a list"),
        ({"set": ["status"]}, "set", "is not a mapping"),
        ({"sett": {}}, "sett", 'did you mean "set"?'),
    ],
)
def test_what_is_wrong_with_an_event(changes: dict[str, Any], path: str, words: str) -> None:
    found = refused(**changes)
    assert (list(found), words in found.get(path, "")) == ([path], True), found


def test_what_may_be_left_out() -> None:
    assert checked(RIGHT) == TicketEvent("e1", "T-1", 1_769_785_200, "created")


def test_only_a_reply_can_be_private() -> None:
    reply = RIGHT | {"kind": "replied", "actor": {"role": "agent"}, "public": False}
    assert [checked(reply).public, checked(RIGHT | {"public": False}).public] == [False, True]

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slaplugin.documents.conditions import match
from slaplugin.documents.implications import implies, is_impossible
from slaplugin.domain.conditions import matches

VALUES = st.sampled_from(["a", "b", None])
LISTS = st.lists(VALUES, min_size=1, max_size=2, unique=True)
OPERATORS = st.one_of(
    VALUES,
    LISTS,
    st.fixed_dictionaries({}, optional={"not": LISTS, "any": LISTS, "all": LISTS, "exists": st.booleans()}).filter(
        bool
    ),
)
NUMBERS = st.one_of(
    st.sampled_from([0, 1, True]),
    st.fixed_dictionaries({}, optional={"gte": st.integers(0, 2), "lte": st.integers(0, 2)}).filter(bool),
    st.fixed_dictionaries({"exists": st.booleans()}),
)
MATCHES = st.fixed_dictionaries({}, optional={"team": OPERATORS, "custom.n": NUMBERS, "custom.l": OPERATORS})
TICKETS = st.fixed_dictionaries({}, optional={
    "team": VALUES,
    "custom.n": st.sampled_from([0, 1, 2, None, True, "a"]),
    "custom.l": st.lists(st.sampled_from(["a", "b"]), max_size=2) | VALUES,
})  # fmt: skip


@settings(max_examples=250)
@given(MATCHES, MATCHES, st.lists(TICKETS, min_size=8, max_size=8))
def test_what_is_said_to_follow_does(
    narrow: dict[str, Any], wide: dict[str, Any], tickets: list[dict[str, Any]]
) -> None:
    small, large = match(narrow), match(wide)
    if implies(small, large):
        assert all(matches(large, ticket) for ticket in tickets if matches(small, ticket))


@settings(max_examples=250)
@given(MATCHES, st.lists(TICKETS, min_size=8, max_size=8))
def test_what_is_said_to_be_impossible_fits_nothing(written: dict[str, Any], tickets: list[dict[str, Any]]) -> None:
    found = match(written)
    if is_impossible(found):
        assert not any(matches(found, ticket) for ticket in tickets)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"team": "a"}, {}),
        ({"team": "a", "customer": "x"}, {"team": "a"}),
        ({"team": "a"}, {"team": ["a", "b"]}),
        ({"tags": {"all": ["a", "b"]}}, {"tags": {"any": ["b"]}}),
        ({"tags": {"all": ["a", "b"]}}, {"tags": {"all": ["b"]}}),
        ({"team": "a"}, {"team": {"not": ["b"]}}),
        ({"team": {"not": ["a", "b"]}}, {"team": {"not": ["b"]}}),
        ({"team": "a"}, {"team": {"exists": True}}),
        ({"team": None}, {"team": {"exists": False}}),
        ({"subject": {"contains": "x"}}, {"subject": {"exists": True}}),
        ({"custom.n": {"gte": 5}}, {"custom.n": {"gte": 3}}),
        ({"custom.n": {"lte": 3}}, {"custom.n": {"lte": 5}}),
    ],
)
def test_what_follows_is_found(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    assert implies(match(narrow), match(wide))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"custom.l": "a"}, {"custom.l": {"not": ["b"]}}),
        ({"tags": "a"}, {"tags": {"not": ["b"]}}),
        ({"custom.n": True}, {"custom.n": 1}),
        ({"team": ["a", None]}, {"team": {"exists": True}}),
        ({"team": {"not": ["a"]}}, {"team": {"exists": True}}),
        ({}, {"team": "a"}),
    ],
)
def test_what_only_seems_to_follow_is_not_said(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    assert not implies(match(narrow), match(wide))


@pytest.mark.parametrize(
    "written",
    [
        {"team": {"any": ["a"], "not": ["a", "b"]}},
        {"tags": {"all": ["a", "b"], "not": ["b"]}},
        {"team": {"any": ["a"], "exists": False}},
        {"team": {"any": [None], "exists": True}},
        {"subject": {"contains": "x", "exists": False}},
    ],
)
def test_what_is_impossible_is_found(written: dict[str, Any]) -> None:
    assert is_impossible(match(written))

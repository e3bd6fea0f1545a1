from __future__ import annotations

from typing import Any

import pytest

from slaplugin.domain.conditions import Condition, Operator, matches


@pytest.mark.parametrize(
    ("operator", "operand", "actual", "holds"),
    [
        ("in", ("acme", "beta"), "beta", True),
        ("in", ("acme",), "Acme", False),
        ("in", (5,), 5, True),
        ("in", (5,), "5", False),
        ("in", (1,), True, False),
        ("in", (1,), 1.0, False),
        ("in", (None,), None, True),
        ("in", ("vip",), ["other", "vip"], True),
        ("in", ("vip",), ("other",), False),
        ("in", (None,), [], False),
        ("not", ("acme",), "beta", True),
        ("not", ("acme",), None, True),
        ("not", ("acme", None), None, False),
        ("not", ("vip",), ["other", "vip"], False),
        ("not", ("vip",), [], True),
        ("any", ("a", "b"), ["b", "c"], True),
        ("any", ("a", "b"), ["c"], False),
        ("all", ("a", "b"), ["b", "c", "a"], True),
        ("all", ("a", "b"), ["b"], False),
        ("exists", True, "x", True),
        ("exists", True, [], True),
        ("exists", True, None, False),
        ("exists", False, None, True),
        ("exists", False, 0, False),
        ("contains", "strasse", "Lange Straße 5", True),
        ("contains", "vpn", ["no", "the VPN"], True),
        ("contains", "vpn", None, False),
        ("contains", "5", 5, False),
        ("gte", 5, 5, True),
        ("gte", 5, 4, False),
        ("gte", 5, "6", False),
        ("gte", 0, True, False),
        ("gte", 5, [1, 7], True),
        ("lte", 5, 5, True),
        ("lte", 5, 5.5, False),
        ("lte", 5, None, False),
    ],
)
def test_an_operator_holds_for_a_value(operator: Operator, operand: Any, actual: Any, holds: bool) -> None:
    assert matches((Condition("field", operator, operand),), {"field": actual}) is holds


def test_a_missing_field_is_null() -> None:
    assert matches((Condition("team", "in", (None,)),), {})


def test_every_condition_must_hold() -> None:
    both = (Condition("tags", "any", ("vip",)), Condition("tags", "not", ("spam",)))
    assert matches(both, {"tags": ["vip"]})
    assert not matches(both, {"tags": ["vip", "spam"]})


def test_the_empty_match_takes_everything() -> None:
    assert matches((), {"anything": 1})

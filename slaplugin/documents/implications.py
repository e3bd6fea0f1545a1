"""What follows about matches from the document alone: one that takes all that another takes, one that takes nothing.

Sound, not complete: what is said here is true for every ticket, but not everything true is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any

from slaplugin.domain.conditions import Condition, Match


def implies(narrow: Match, wide: Match) -> bool:
    """Whether every ticket that fits `narrow` fits `wide` too."""
    return all(any(_implied(given, wanted) for given in narrow) for wanted in wide)


def is_impossible(match: Match) -> bool:
    """Whether two conditions on one field rule each other out."""
    return any(_excludes(one, other) for one in match for other in match if one.field == other.field)


def _implied(given: Condition, wanted: Condition) -> bool:
    if given.field != wanted.field:
        return False
    have = _exact(given)
    if given == wanted and have == _exact(wanted):
        return True
    if wanted.operator == "exists":
        # A null in a list of values, and `not`, are fulfilled by a ticket without the field.
        if wanted.operand:
            return given.operator in ("contains", "gte", "lte") or _names_values(given)
        return given.operator in ("in", "any") and have == _typed([None])
    if wanted.operator in ("in", "any"):
        return (given.operator in ("in", "any") and have <= _exact(wanted)) or (
            given.operator == "all" and bool(have & _exact(wanted))
        )
    if wanted.operator == "not":
        return (given.operator == "not" and have >= _exact(wanted)) or (
            given.operator == "in" and _is_single(given.field) and not have & _exact(wanted)
        )
    if wanted.operator == "all":
        return given.operator == "all" and have >= _exact(wanted)
    if wanted.operator in ("gte", "lte") and given.operator == wanted.operator:
        return bool(given.operand >= wanted.operand if wanted.operator == "gte" else given.operand <= wanted.operand)
    return False


def _excludes(one: Condition, other: Condition) -> bool:
    if other.operator == "not":
        return (one.operator in ("in", "any") and _exact(one) <= _exact(other)) or (
            one.operator == "all" and bool(_exact(one) & _exact(other))
        )
    if other.operator == "exists":
        if other.operand:
            return one.operator in ("in", "any") and _exact(one) == _typed([None])
        return (
            one.operator in ("contains", "gte", "lte")
            or _names_values(one)
            or (one.operator == "exists" and bool(one.operand))
        )
    if other.operator == "in" and one.operator == "in" and _is_single(one.field):
        return not _exact(one) & _exact(other)
    return False


def _names_values(condition: Condition) -> bool:
    return condition.operator in ("in", "any", "all") and not _exact(condition) & _typed([None])


def _exact(condition: Condition) -> Set[tuple[type, Any]]:
    return _typed(condition.operand) if isinstance(condition.operand, tuple) else frozenset()


def _typed(values: Iterable[Any]) -> frozenset[tuple[type, Any]]:
    """Values told apart by type too: true is not 1."""
    return frozenset((type(value), value) for value in values)


def _is_single(field: str) -> bool:
    """Whether the field never holds a list: custom ones may."""
    return field != "tags" and not field.startswith("custom.")

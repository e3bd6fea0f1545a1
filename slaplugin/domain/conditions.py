"""Match mappings: does a ticket, as a mapping of fields, fit?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Operator: TypeAlias = Literal["in", "not", "any", "all", "exists", "contains", "gte", "lte"]
Fields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one field.

    `in` (a value or a list in the document), `not`, `any`, `all`: a tuple of values; `exists`: a bool; `contains`: a
    case-folded text; `gte`, `lte`: a number.
    """

    field: str
    operator: Operator
    operand: Any


Match: TypeAlias = tuple[Condition, ...]
"""Every condition must hold; the empty match takes everything."""


def matches(match: Match, fields: Fields) -> bool:
    """Tell whether every condition holds. A missing field is null; comparison is exact in type and case."""
    return all(_holds(condition, fields.get(condition.field)) for condition in match)


def _holds(condition: Condition, actual: Any) -> bool:
    operator, operand = condition.operator, condition.operand
    if operator == "exists":
        return (actual is not None) is operand
    members: Sequence[Any] = actual if isinstance(actual, (list, tuple)) else (actual,)
    if operator == "in" or operator == "any":
        return any(_equal(member, value) for member in members for value in operand)
    if operator == "not":
        return not any(_equal(member, value) for member in members for value in operand)
    if operator == "all":
        return all(any(_equal(member, value) for member in members) for value in operand)
    if operator == "contains":
        return any(isinstance(member, str) and operand in member.casefold() for member in members)
    numbers = [member for member in members if isinstance(member, (int, float)) and not isinstance(member, bool)]
    if operator == "gte":
        return any(number >= operand for number in numbers)
    return any(number <= operand for number in numbers)


def _equal(actual: Any, wanted: Any) -> bool:
    return type(actual) is type(wanted) and bool(actual == wanted)

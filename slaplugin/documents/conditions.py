"""Match mappings and triggers as written, and what can be said about two of them without a ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError

from slaplugin.documents.fields import nearest
from slaplugin.documents.paths import shown
from slaplugin.domain.conditions import Condition, Match, Operator
from slaplugin.domain.events import RESERVED_FIELDS, STATUSES
from slaplugin.domain.metrics import Pause, Trigger, pause_on_status

CUSTOM = "custom."

_LISTS: tuple[Operator, ...] = ("not", "any", "all")
_OPERATORS: tuple[Operator, ...] = (*_LISTS, "exists", "contains", "gte", "lte")
_TRIGGERS = ("created", "enters", "leaves", "reply")


def match(value: Any) -> Match:
    """Read a match mapping; raises ValidationError with every problem by key."""
    if not isinstance(value, dict):
        raise ValidationError("is not a match; write {field: value}, or {} for every ticket")
    conditions: list[Condition] = []
    problems: dict[str, Any] = {}
    for field, wanted in value.items():
        problem = field_problem(field)
        try:
            if problem is not None:
                raise ValidationError(problem)
            conditions += _conditions(field, wanted)
        except ValidationError as error:
            problems[field] = error.messages
    if problems:
        raise ValidationError(problems)
    return tuple(conditions)


def field_problem(field: str) -> str | None:
    """Why there is no such field of a ticket; None when there is."""
    if field in RESERVED_FIELDS or (field.startswith(CUSTOM) and len(field) > len(CUSTOM)):
        return None
    return f"is not a field of a ticket (own ones are written custom.NAME); {nearest(field, sorted(RESERVED_FIELDS))}"


def pause(value: Any) -> Pause:
    """Read one reason to pause: a status, or a match whose text becomes its label."""
    if isinstance(value, str):
        if value not in STATUSES:
            raise ValidationError(f"{shown(value)} is not a status; {nearest(value, STATUSES)}")
        return pause_on_status(value)
    return Pause(match_text(value), match(value))


def trigger(value: Any) -> Trigger:
    """Read what starts or stops a metric of the policy's own."""
    if value == "created":
        return Trigger("created")
    if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in _TRIGGERS[1:]:
        raise ValidationError(
            "is not a trigger; write created, {enters: MATCH}, {leaves: MATCH} or {reply: {by: agent, public: true}}"
        )
    ((kind, what),) = value.items()
    if kind == "reply":
        return _reply(what)
    try:
        found = match(what)
        if not found:
            raise ValidationError("is empty, which no ticket ever enters or leaves; name a field")
    except ValidationError as error:
        raise ValidationError({kind: error.messages}) from error
    return Trigger(kind, match=found)


def match_text(value: Any) -> str:
    """A match as people read it in an explanation: status: on_hold, tags: {any: [frozen]}."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value_text(below)}" for key, below in value.items())
    return _value_text(value)


def _value_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{match_text(value)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value_text, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _reply(value: Any) -> Trigger:
    if not isinstance(value, dict):
        raise ValidationError({"reply": ["is not a mapping; write {by: agent, public: true}"]})
    problems: dict[str, list[str]] = {}
    by, public = value.get("by"), value.get("public", True)
    for key in value.keys() - {"by", "public"}:
        problems[key] = [f"is not a key here; {nearest(key, ('by', 'public'))}"]
    if by not in ("agent", "requester"):
        problems["by"] = ["is missing or not known; write agent or requester"]
    if not isinstance(public, bool):
        problems["public"] = [f"{shown(public)} is neither true nor false"]
    if problems:
        raise ValidationError({"reply": problems})
    return Trigger("reply", by=by, public=public)


def _conditions(field: str, wanted: Any) -> list[Condition]:
    if isinstance(wanted, list):
        return [Condition(field, "in", _values(field, wanted))]
    if not isinstance(wanted, dict):
        return [Condition(field, "in", _values(field, [wanted]))]
    if not wanted:
        raise ValidationError(f"has no operator; there is {', '.join(_OPERATORS)}")
    conditions = []
    problems: dict[str, Any] = {}
    for operator, operand in wanted.items():
        try:
            conditions.append(_condition(field, operator, operand))
        except ValidationError as error:
            problems[operator] = error.messages
    if problems:
        raise ValidationError(problems)
    return conditions


def _condition(field: str, operator: str, operand: Any) -> Condition:
    for one in _LISTS:
        if operator == one:
            if not isinstance(operand, list):
                raise ValidationError(f"{shown(operand)} is not a list; write [{shown(operand)}]")
            return Condition(field, one, _values(field, operand))
    if operator == "exists":
        if not isinstance(operand, bool):
            raise ValidationError(f"{shown(operand)} is neither true nor false")
        return Condition(field, "exists", operand)
    if operator == "contains":
        if not isinstance(operand, str) or not operand:
            raise ValidationError(f"{shown(operand)} is not a text to look for; write it in quotes")
        return Condition(field, "contains", operand.casefold())
    if operator == "gte":
        return Condition(field, "gte", _bound(field, operand))
    if operator == "lte":
        return Condition(field, "lte", _bound(field, operand))
    raise ValidationError(f"is not an operator; {nearest(operator, _OPERATORS)}")


def _bound(field: str, operand: Any) -> int:
    if not isinstance(operand, int) or isinstance(operand, bool):
        raise ValidationError(f"{shown(operand)} is not a whole number")
    if not field.startswith(CUSTOM):
        raise ValidationError(f"{field} is never a number; compare fields named custom.NAME")
    return operand


def _values(field: str, wanted: Sequence[Any]) -> tuple[Any, ...]:
    """The values to compare with. Comparison is exact in type, so a value the field never has is a mistake."""
    if not wanted:
        raise ValidationError("is an empty list, which fits no ticket; name a value")
    for value in wanted:
        if isinstance(value, list | dict):
            raise ValidationError(f"{shown(value)} is not a single value")
        if field == "status" and value not in STATUSES:
            raise ValidationError(f"{shown(value)} is not a status; {nearest(value, STATUSES)}")
        if not field.startswith(CUSTOM) and not isinstance(value, str | None):
            raise ValidationError(f'{shown(value)} is not text, and {field} always is; write "{shown(value)}"')
    return tuple(wanted)

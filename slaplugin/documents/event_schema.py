"""The schema of one event record, and the same checks written out for speed.

A feed has millions of lines, nearly all of them right. `accepted` takes what is right without building anything else
and leaves the rest to the schema, which says what is wrong. Both take the same records and make the same events.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, TypeGuard

from marshmallow import ValidationError, validates_schema

from slaplugin.documents.conditions import CUSTOM, field_problem
from slaplugin.documents.fields import Mold, StrictSchema, nearest, part, word
from slaplugin.documents.paths import shown
from slaplugin.domain import instants
from slaplugin.domain.events import KINDS, RESERVED_FIELDS, ROLES, STATUSES, TicketEvent
from slaplugin.domain.instants import Instant

FIRST_INSTANT = instants.parse("1970-01-01T00:00:00Z")
LAST_INSTANT = instants.parse("2099-12-31T23:59:59Z")
MAX_ID = 500

_INT64 = 2**63
_KEYS = frozenset({"id", "ticket", "at", "seq", "kind", "actor", "public", "set", "of"})
_ACTOR_KEYS = frozenset({"id", "role"})
_KIND_SET, _ROLE_SET, _STATUS_SET = frozenset(KINDS), frozenset(ROLES), frozenset(STATUSES)
_CHANGING = frozenset({"created", "changed", "replied"})
_TEXT_FIELDS = RESERVED_FIELDS - {"status", "tags"}


def instant(value: Any) -> Instant:
    """An instant within the years that calendars can count; raises ValueError with the mend."""
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not an instant; write it as 2026-01-30T15:00:00Z or with an offset")
    try:
        found = instants.parse(value)
    except ValueError as error:
        if "not an instant" in str(error):
            message = "is not an instant; write it as 2026-01-30T15:00:00Z or with an offset"
        else:
            message = "does not exist; look at the day, the hour and the offset"
        raise ValueError(f"{shown(value)} {message}") from error
    if not FIRST_INSTANT <= found <= LAST_INSTANT:
        raise ValueError(f"{shown(value)} lies outside the years 1970 to 2099; look at the year")
    return found


def _id(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not text; write ids in quotes")
    if not 0 < len(value) <= MAX_ID:
        raise ValueError(f"has {len(value)} characters; an id has 1 to {MAX_ID}")
    if not value.isprintable():
        raise ValueError(f"{shown(value)} holds characters that cannot be printed; leave them out")
    return value


def _seq(value: Any) -> int:
    if type(value) is not int or not -_INT64 <= value < _INT64:
        raise ValueError(f"{shown(value)} is not a whole number of 64 bits")
    return value


def _public(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError(f"{shown(value)} is neither true nor false")
    return value


def _values(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValidationError('is not a mapping of fields to values; write {"status": "open"}')
    problems = {}
    for key, wanted in value.items():
        problem = field_problem(key) or _value_problem(key, wanted)
        if problem is not None:
            problems[key] = [problem]
    if problems:
        raise ValidationError(problems)
    return value


def _value_problem(key: str, value: Any) -> str | None:
    if key == "status":
        return None if value in STATUSES else f"{shown(value)} is not a status; {nearest(value, STATUSES)}"
    if key == "tags":
        fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return None if fits else f'{shown(value)} is not a list of texts; write ["vip"], or [] for none'
    if key.startswith(CUSTOM):
        fits = all(map(_is_plain, value if isinstance(value, list) else [value]))
        return None if fits else f"{shown(value)} is neither a value nor a list of values"
    return None if value is None or isinstance(value, str) else f"{shown(value)} is not text; write it in quotes"


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and isfinite(value))


class _ActorSchema(StrictSchema):
    id = Mold(_id)
    role = Mold(word(ROLES))


class EventSchema(StrictSchema):
    """One record of an event file (section 2 of the format)."""

    id = Mold(_id, required=True)
    ticket = Mold(_id, required=True)
    at = Mold(instant, required=True)
    seq = Mold(_seq)
    kind = Mold(word(KINDS), required=True)
    actor = part(_ActorSchema)
    public = Mold(_public)
    set = Mold(_values)
    of = Mold(_id)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _fits_its_kind(self, written: Mapping[str, Any], record: Mapping[str, Any], **_: Any) -> None:
        if not isinstance(record, dict):
            return
        kind, actor = written.get("kind"), record.get("actor", {})
        problems: dict[str, list[str]] = {}
        if kind == "replied" and isinstance(actor, dict) and "role" not in actor:
            problems["actor"] = [f"has no role, which a reply needs; write one of {', '.join(ROLES)}"]
        if kind == "withdrawn" and "of" not in record:
            problems["of"] = ["is missing; name the id of the event that should not have counted"]
        if kind is not None and kind != "withdrawn" and "of" in record:
            problems["of"] = [f"means nothing on {kind}; only withdrawn takes an event back"]
        if kind is not None and kind not in _CHANGING and record.get("set"):
            problems["set"] = [f"means nothing on {kind}; send a changed event"]
        if problems:
            raise ValidationError(problems)


_SCHEMA = EventSchema()


def checked(record: Any) -> TicketEvent:
    """The event of a record, by the schema; raises marshmallow's ValidationError with every problem."""
    written = _SCHEMA.load(record)
    actor = written.get("actor", {})
    kind = written["kind"]
    return TicketEvent(
        id=written["id"],
        ticket=written["ticket"],
        at=written["at"],
        kind=kind,
        seq=written.get("seq", 0),
        actor_id=actor.get("id"),
        role=actor.get("role"),
        public=written.get("public", True) if kind == "replied" else True,
        set=written.get("set", {}),
        of=written.get("of"),
    )


def accepted(record: Any) -> TicketEvent | None:
    """The event of a record that the schema would take; None for every other."""
    if type(record) is not dict or not record.keys() <= _KEYS:
        return None
    get = record.get
    event_id, ticket, at, kind = get("id"), get("ticket"), get("at"), get("kind")
    if not _is_id(event_id) or not _is_id(ticket):
        return None
    if type(at) is not str or type(kind) is not str or kind not in _KIND_SET:
        return None
    seq, public, fields = get("seq", 0), get("public", True), get("set", _NOTHING)
    if type(seq) is not int or not -_INT64 <= seq < _INT64 or type(public) is not bool or type(fields) is not dict:
        return None
    actor_id = role = of = None
    if "actor" in record:
        actor = record["actor"]
        if type(actor) is not dict or not actor.keys() <= _ACTOR_KEYS:
            return None
        actor_id, role = actor.get("id"), actor.get("role")
        if (role is None and "role" in actor) or (
            role is not None and (type(role) is not str or role not in _ROLE_SET)
        ):
            return None
        if "id" in actor and not _is_id(actor_id):
            return None
    if kind == "replied":
        if role is None:
            return None
    else:
        public = True
    if kind == "withdrawn":
        of = get("of")
        if not _is_id(of):
            return None
    elif "of" in record:
        return None
    if fields and (kind not in _CHANGING or not _fits(fields)):
        return None
    try:
        instant = instants.parse(at)
    except ValueError:
        return None
    if not FIRST_INSTANT <= instant <= LAST_INSTANT:
        return None
    return TicketEvent(event_id, ticket, instant, kind, seq, actor_id, role, public, fields, of)


_NOTHING: dict[str, Any] = {}


def _is_id(value: Any) -> TypeGuard[str]:
    return type(value) is str and 0 < len(value) <= MAX_ID and value.isprintable()


def _fits(fields: Mapping[str, Any]) -> bool:
    for key, value in fields.items():
        if key in _TEXT_FIELDS:
            if value is not None and type(value) is not str:
                return False
        elif key == "status":
            if type(value) is not str or value not in _STATUS_SET:
                return False
        elif field_problem(key) is not None or _value_problem(key, value) is not None:
            return False
    return True

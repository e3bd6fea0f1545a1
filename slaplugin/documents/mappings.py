"""A source's mapping document: the schema, and one error that lists every problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from slaplugin.documents import trees
from slaplugin.documents.paths import Path, path_text
from slaplugin.domain.events import RESERVED_FIELDS, ROLES
from slaplugin.domain.mapping_documents import CATEGORIES, DEFAULT_TIERS, SCHEMA, WAITING, folded, label_key
from slaplugin.errors import DocumentError, Problem

_FILLED = validate.Length(min=1, error="is empty")


def load(text: str | bytes, name: str) -> dict[str, Any]:
    """Read a mapping document in YAML or JSON; raises DocumentError like `checked`, with lines."""
    tree = trees.parse(text, name)
    loaded, findings = _judged(tree.content)
    if findings:
        problems = [tree.problem(path, message) for path, message in findings]
        raise DocumentError(name, sorted(problems, key=lambda problem: problem.line or 0))
    return loaded


def checked(document: Any, name: str) -> dict[str, Any]:
    """The document with its defaults filled in, ready to be stored.

    Raises DocumentError with every problem: unknown keys, unknown categories, roles and tiers, keys that differ only
    in what look-ups ignore and say different things.
    """
    loaded, findings = _judged(document)
    if findings:
        raise DocumentError(name, [Problem(path_text(path), message) for path, message in findings])
    return loaded


def _judged(document: Any) -> tuple[dict[str, Any], list[tuple[Path, str]]]:
    try:
        loaded: dict[str, Any] = _MappingSchema().load(document)
    except ValidationError as error:
        return {}, list(_flat(error.messages))
    return loaded, []


class _Strict(Schema):
    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "is not a key of a mapping; remove it", "type": "is not a table of keys"}  # noqa: RUF012 - the name marshmallow reads


def _words(*choices: str) -> validate.OneOf:
    return validate.OneOf(choices, error=f"{{input!r}} is not one of {', '.join(choices)}")


class _Table(fields.Field[dict[str, str]]):
    """Texts to words. Whole numbers as keys are ids and become text; a missing table maps nothing."""

    default_error_messages = {"null": "has nothing in it; remove the key"}  # noqa: RUF012 - the name marshmallow reads

    def __init__(self, words: Sequence[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self._words = words

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise ValidationError("is not a table; write {waiting-for-reporter: pending}")
        problems: dict[str, list[str]] = {}
        table: dict[str, str] = {}
        for key, word in value.items():
            name = str(key) if type(key) is int else key
            if not isinstance(name, str) or not name.strip():
                problems[repr(key)] = ["is not a name; write it as text"]
            elif not isinstance(word, str) or not word:
                problems[name] = ["has no value; write a word behind it"]
            elif self._words and word not in self._words:
                problems[name] = [f"{word!r} is not one of {', '.join(self._words)}"]
            else:
                table[name] = word
        if problems:
            raise ValidationError(problems)
        return table


class _PeopleSchema(_Strict):
    roles = _Table(ROLES, load_default=dict)
    marks = _Table(ROLES, load_default=dict)
    bystanders = fields.String(load_default="other", validate=_words("other", "requester"))


class _RuleSchema(_Strict):
    kind = fields.String(
        required=True, data_key="from", attribute="from", validate=_words("constant", "field", "label")
    )
    value = fields.String(validate=_FILLED)
    name = fields.String(validate=_FILLED)
    field = fields.String(validate=_FILLED)
    prefix = fields.String(validate=_FILLED)
    values = _Table()

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _fits_its_kind(self, valid: Mapping[str, Any], rule: Any, **_: Any) -> None:
        kind = valid.get("from")
        allowed = {"constant": {"value", "name"}, "field": {"field", "values"}, "label": {"prefix", "values"}}
        if kind not in allowed:
            return
        strange = rule.keys() & self.fields.keys() - allowed[kind]
        problems = {key: [f"means nothing in a rule from {kind}; remove it"] for key in sorted(strange)}
        if kind == "constant" and "value" not in rule:
            problems["value"] = ["is missing; name the constant"]
        if kind == "field" and ("field" in valid or "field" not in rule):
            problems.update(_field_problem(valid.get("field")))
        if kind == "label" and not {"prefix", "values"} & rule.keys():
            problems["prefix"] = ["is missing; give a prefix as in team/, or list labels under values"]
        if problems:
            raise ValidationError(problems)


class _Rules(fields.Field[Any]):
    """One rule, a list of rules tried in order, or nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        rules = [value] if isinstance(value, Mapping) else value
        if not isinstance(rules, list):
            raise ValidationError("is not a rule or a list of rules; write {from: label, prefix: team/}")
        loaded: list[dict[str, Any]] = _RuleSchema(many=True).load(rules)
        return loaded


class _MappingSchema(_Strict):
    schema = fields.String(required=True, validate=validate.Equal(SCHEMA, error=f"write {SCHEMA}"))
    tiers = fields.List(
        fields.String(validate=_FILLED), load_default=lambda: list(DEFAULT_TIERS), validate=validate.Length(min=1)
    )
    statuses = _Table(CATEGORIES, load_default=dict)
    status_labels = _Table(WAITING, load_default=dict)
    priorities = _Table(load_default=dict)
    priority_labels = _Table(load_default=dict)
    people = fields.Nested(_PeopleSchema, load_default=lambda: _PeopleSchema().load({}))
    customer = _Rules(load_default=list)
    service = _Rules(load_default=list)
    team = _Rules(load_default=list)

    @validates_schema(skip_on_field_errors=False)
    def _says_one_thing(self, document: Mapping[str, Any], **_: Any) -> None:
        problems: dict[str, Any] = {}
        tiers = document.get("tiers") or list(DEFAULT_TIERS)
        if len(set(tiers)) != len(tiers):
            problems["tiers"] = ["names a tier twice; write each once, most urgent first"]
        for table in ("priorities", "priority_labels"):
            for key, tier in (document.get(table) or {}).items():
                if tier not in tiers:
                    problems.setdefault(table, {})[key] = [f"{tier!r} is not one of the tiers {', '.join(tiers)}"]
        for table, alike in _LOOKUPS.items():
            for key, other in _contradictions(document.get(table) or {}, alike):
                problems.setdefault(table, {})[key] = [f"is the same as {other!r} to a look-up and says something else"]
        if problems:
            raise ValidationError(problems)

    @post_load
    def _in_order(self, document: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: document[name] for name in self.fields if name in document}


_LOOKUPS: Mapping[str, Callable[[str], str]] = {
    "statuses": folded,
    "priorities": folded,
    "status_labels": label_key,
    "priority_labels": label_key,
}


def _contradictions(table: Mapping[str, str], alike: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for key, value in table.items():
        other = seen.setdefault(alike(key), key)
        if table[other] != value:
            yield key, other


def _field_problem(name: str | None) -> dict[str, list[str]]:
    if name is None:
        return {"field": ["is missing; name the field to read"]}
    if name in RESERVED_FIELDS or name.startswith("custom."):
        return {}
    return {"field": [f"{name!r} is not a field; use one such as customer or team, or custom.NAME"]}


def _flat(messages: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Marshmallow's nested messages as (path, message)."""
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            yield from _flat(value, path if key == "_schema" else (*path, key))
    elif isinstance(messages, list):
        for message in messages:
            yield from _flat(message, path)
    else:
        yield path, str(messages)

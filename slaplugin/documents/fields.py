"""The pieces that every document schema is made of: strict mappings and lists whose problems keep their paths.

A field that finds something wrong hands on what was right (marshmallow's `valid_data`), in its place, so that the
checks across fields run too and one error lists everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from slaplugin.documents.paths import Path, shown

_UNKNOWN = "unknown"
_MESSAGES: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "is missing",
    "null": "is empty; give it a value or remove the key",
}


class StrictSchema(Schema):
    """A mapping that knows its keys; anything else in it is a problem that names the nearest key."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": _UNKNOWN, "type": "is not a mapping of keys to values"}  # noqa: RUF012

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """Name the keys that exist in place of each one that does not."""
        known = [str(field.data_key or name) for name, field in self.load_fields.items()]
        if not isinstance(error.messages, dict):
            return
        for key, messages in error.messages.items():
            if messages == [_UNKNOWN]:
                error.messages[key] = [f"is not a key here; {nearest(key, known)}"]


class Mold(fields.Field[Any]):
    """A value that one function reads: it returns what was meant or raises ValueError with problem and mend.

    A function for a value with parts raises marshmallow's ValidationError with the problems by part.
    """

    def __init__(self, read: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(error_messages=_MESSAGES, **options)
        self._read = read

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        try:
            return self._read(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Items(fields.Field[list[Any]]):
    """A list. An item that is wrong leaves what was right of it, or None, in its place."""

    def __init__(self, inner: fields.Field[Any], **options: Any) -> None:
        super().__init__(error_messages=_MESSAGES, **options)
        self._inner = inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError("is not a list; write [...]")
        found, errors = _each(self._inner, enumerate(value))
        items = [found.get(index) for index in range(len(value))]
        if errors:
            raise ValidationError(errors, valid_data=items)
        return items


class Table(fields.Field[dict[str, Any]]):
    """A mapping of the author's own keys to values of one kind; `read_key` raises ValueError for a wrong key."""

    def __init__(self, inner: fields.Field[Any], read_key: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(error_messages=_MESSAGES, **options)
        self._inner = inner
        self._read_key = read_key

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("is not a mapping of keys to values; write {key: value}")
        found, errors = _each(self._inner, value.items())
        for key in value:
            try:
                self._read_key(key)
            except ValueError as error:
                errors[key] = [str(error)]
                found.pop(key, None)
        if errors:
            raise ValidationError(errors, valid_data=found)
        return found


def part(schema: type[StrictSchema], **options: Any) -> Mold:
    """A mapping with a schema of its own."""
    return Mold(schema().load, **options)


def text(value: Any) -> str:
    """A text of one line that is not empty."""
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not text; write it in quotes")
    if not value.strip():
        raise ValueError("is empty; give it a name")
    if not value.isprintable():
        raise ValueError(f"{shown(value)} holds characters that cannot be printed; leave them out")
    if len(value) > 200:
        raise ValueError(f"{shown(value)} has {len(value)} characters; 200 are the limit")
    return value


def word(choices: Sequence[str]) -> Callable[[Any], str]:
    """One of a few words."""

    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"{shown(value)} is not known here; {nearest(value, choices)}")
        return str(value)

    return read


def nearest(value: object, choices: Sequence[str]) -> str:
    """The mend for an unknown word: the one that looks most like it, and else what there is."""
    close = get_close_matches(str(value), choices, 1)
    if close:
        return f"did you mean {shown(close[0])}?"
    listed = ", ".join(choices[:20])
    return f"there is {listed}{', ...' if len(choices) > 20 else ''}" if choices else "there is none"


def flat(messages: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every message of a marshmallow error with its path."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            yield from flat(below, path if key == "_schema" else (*path, key))
    elif isinstance(messages, list):
        for message in messages:
            yield from flat(message, path)
    else:
        yield path, str(messages)


def _each(inner: fields.Field[Any], values: Iterable[tuple[Any, Any]]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """What was right, and the messages, by key or index."""
    found, errors = {}, {}
    for key, value in values:
        try:
            found[key] = inner.deserialize(value)
        except ValidationError as error:
            errors[key] = error.messages
            if error.valid_data is not None:
                found[key] = error.valid_data
    return found, errors

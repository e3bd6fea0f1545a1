"""YAML text, event by event, as a plain tree with the line of every value.

Read by the rules of version 1.2, cut down: a plain word is true, false, null, a decimal whole number or else text, so
`NO`, `22:00`, `010` and `2026-12-24` are text. Working on parser events instead of PyYAML's constructor means that
nothing is expanded or built before it is allowed. https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from slaplugin.documents.paths import Path, path_text, shown
from slaplugin.errors import DocumentError, Problem

MAX_DEPTH = 50
MAX_VALUES = 100_000
MAX_INTEGER = 2**53 - 1
"""What canonical JSON can carry (RFC 8785 section 3.2.2.3)."""

TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_PLAIN_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def read(text: str, name: str) -> Builder:
    """Read YAML; raises DocumentError where reading cannot go on, other problems wait in the builder."""
    builder = Builder(name)
    documents = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = (event.start_mark.line if event.start_mark else 0) + 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    builder.stop((), "holds a second document; one file is one document", line)
            elif isinstance(event, yaml.AliasEvent):
                builder.alias(line)
            elif isinstance(event, yaml.NodeEvent):
                _refuse_decorations(builder, event, line)
                if isinstance(event, yaml.MappingStartEvent):
                    builder.begin({}, line)
                elif isinstance(event, yaml.SequenceStartEvent):
                    builder.begin([], line)
                elif isinstance(event, yaml.ScalarEvent):
                    builder.scalar(event, line)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                builder.frames.pop()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        builder.stop((), f"is not YAML: {error.problem or error.context}", mark.line + 1 if mark else None)
    except yaml.YAMLError as error:  # a character that YAML does not allow
        builder.stop((), f"is not YAML: {str(error).splitlines()[0]}", None)
    return builder


def _refuse_decorations(builder: Builder, event: yaml.NodeEvent, line: int) -> None:
    if event.anchor is not None:
        builder.report((), f"has the anchor {shown(event.anchor)}; anchors are not allowed, remove it", line)
    tag = getattr(event, "tag", None)
    if tag is not None:
        builder.report((), f"has the tag {shown(tag)}; tags are not allowed, remove it", line)


@dataclass(slots=True)
class _Frame:
    """A mapping or list under construction; `key` is the mapping's key that waits for its value."""

    content: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None


@dataclass(slots=True)
class Builder:
    """The tree as far as it is read; `problems` are those that reading goes on after."""

    name: str
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)
    content: Any = None
    values: int = 0

    def report(self, path: Path, message: str, line: int | None) -> None:
        self.problems.append(Problem(path_text(path), message, line))

    def stop(self, path: Path, message: str, line: int | None) -> NoReturn:
        self.report(path, message, line)
        raise DocumentError(self.name, self.problems)

    def place(self, line: int) -> Path | None:
        """Where the next value belongs; None when it is a mapping's key."""
        self.values += 1
        if self.values > MAX_VALUES:
            self.stop((), f"holds more than {MAX_VALUES:,} values, the limit of a document; split it", line)
        if not self.frames:
            self.lines[()] = line
            return ()
        frame = self.frames[-1]
        if isinstance(frame.content, list):
            path: Path = (*frame.path, len(frame.content))
            self.lines[path] = line
            return path
        return None if frame.key is None else (*frame.path, frame.key)

    def put(self, value: Any) -> None:
        if not self.frames:
            self.content = value
            return
        frame = self.frames[-1]
        if isinstance(frame.content, list):
            frame.content.append(value)
        elif frame.key is not None:
            frame.content[frame.key] = value
            frame.key = None

    def begin(self, content: dict[str, Any] | list[Any], line: int) -> None:
        path = self.place(line)
        if path is None:
            self.stop(self.frames[-1].path, "has a key that is not text; write the key as text", line)
        if len(self.frames) == MAX_DEPTH:
            self.stop(path[:4], TOO_DEEP, line)
        self.put(content)
        self.frames.append(_Frame(content, path))

    def alias(self, line: int) -> None:
        path = self.place(line)
        message = "refers to an anchor; aliases are not allowed, write the value out"
        if path is None:
            self.stop(self.frames[-1].path, message, line)
        self.report(path, message, line)
        self.put(None)

    def scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        path = self.place(line)
        if path is not None:
            self.put(self._resolved(event, path, line))
            return
        frame = self.frames[-1]
        key: str = event.value
        path = (*frame.path, key)
        if key in frame.content:
            first = self.lines.get(path)
            self.report(path, f"is written twice, first on line {first}; keep one", line)
        else:
            self.lines[path] = line
        frame.key = key

    def _resolved(self, event: yaml.ScalarEvent, path: Path, line: int) -> Any:
        value: str = event.value
        if not event.implicit[0]:  # quoted or block text
            return value
        if value in _PLAIN_WORDS:
            return _PLAIN_WORDS[value]
        if _INTEGER.fullmatch(value) is None:
            return value
        if len(value) > 17 or abs(int(value)) > MAX_INTEGER:
            self.report(path, f"{shown(value)} is too large a number; write it in quotes if it is a name", line)
            return 0
        return int(value)

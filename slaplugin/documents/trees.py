"""YAML and JSON text as one plain tree: mappings with text keys, lists, text, whole numbers, true, false and null.

Aliases, anchors, tags, repeated keys, fractions and numbers that are not numbers are refused: a small file stays a
small tree, and two readers see the same one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from slaplugin.documents import yaml_text
from slaplugin.documents.loading import check_size
from slaplugin.documents.paths import Path, path_text, shown
from slaplugin.documents.yaml_text import MAX_DEPTH, MAX_INTEGER, TOO_DEEP
from slaplugin.errors import DocumentError, Problem


@dataclass(frozen=True)
class Tree:
    """A document's content; where in the text a value stands is found out when there is a problem to report."""

    content: Any
    locate: Callable[[], Mapping[Path, int]]

    @cached_property
    def lines(self) -> Mapping[Path, int]:
        """The line of each value, for a mapping's that of its key; empty when the text cannot say."""
        return self.locate()

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at a path, with the line of the nearest thing that is written in the document."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(path_text(path), message, self.lines.get(known))


def parse(text: str | bytes, name: str) -> Tree:
    """Read a document; raises DocumentError with every problem that reading finds. `name` is for messages only."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    check_size(content, name)
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError(name, [Problem("", "is not UTF-8 text; save it as UTF-8", line)]) from error
    if decoded.lstrip()[:1] in ("{", "["):
        try:
            return _json(decoded, name)
        except json.JSONDecodeError as error:
            if name.endswith(".json"):
                problem = Problem("", f"is not JSON: {error.msg} (column {error.colno})", error.lineno)
                raise DocumentError(name, [problem]) from error
    return _yaml(decoded, name)


def _yaml(text: str, name: str) -> Tree:
    builder = yaml_text.read(text, name)
    tree = Tree(builder.content, lambda: builder.lines)
    problems = builder.problems + _check(tree)
    if problems:
        raise DocumentError(name, problems)
    return tree


def _json(text: str, name: str) -> Tree:
    repeated: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) < len(pairs):
            keys = [key for key, _ in pairs]
            repeated.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return content

    def constant(word: str) -> NoReturn:
        raise DocumentError(name, [Problem("", f"holds {word}, which JSON does not know")])

    def located() -> yaml_text.Builder:
        # JSON is nearly YAML: a second reading knows the lines. What it cannot read has none.
        try:
            return yaml_text.read(text, name)
        except DocumentError:
            return yaml_text.Builder(name)

    try:
        content = json.loads(text, object_pairs_hook=mapping, parse_constant=constant)
    except RecursionError as error:
        raise DocumentError(name, [Problem("", TOO_DEEP)]) from error
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # more digits than Python turns into a number
        raise DocumentError(name, [Problem("", "holds too large a number")]) from error
    if repeated:
        unlocated = [Problem("", f"the key {shown(key)} is written twice; keep one") for key in repeated]
        raise DocumentError(name, located().problems or unlocated)
    tree = Tree(content, lambda: located().lines)
    problems = _check(tree)
    if problems:
        raise DocumentError(name, problems)
    return tree


def _check(tree: Tree) -> list[Problem]:
    """What the tree may not hold, wherever it stands: fractions, numbers beyond canonical JSON, half characters."""
    problems = []
    waiting: list[tuple[Path, Any]] = [((), tree.content)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > MAX_DEPTH:
            return [tree.problem(path[:4], TOO_DEEP)]
        if isinstance(value, dict):
            if not all(map(_is_whole, value)):
                problems.append(tree.problem(path, "has a key with half a surrogate pair; write the character itself"))
            waiting.extend(((*path, key), below) for key, below in value.items())
        elif isinstance(value, list):
            waiting.extend(((*path, index), below) for index, below in enumerate(value))
        elif isinstance(value, float):
            problems.append(tree.problem(path, f"{shown(value)} has a fraction; only whole numbers are understood"))
        elif isinstance(value, int) and abs(value) > MAX_INTEGER:
            problems.append(
                tree.problem(path, f"{shown(value)} is too large a number; write it as text if it is a name")
            )
        elif isinstance(value, str) and not _is_whole(value):
            problems.append(tree.problem(path, "holds half a surrogate pair; write the character itself"))
    return sorted(problems, key=lambda problem: problem.line or 0)


def _is_whole(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

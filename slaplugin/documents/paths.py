"""How problems name things: the path to a value in a document, and the value itself, safe to print."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Findings: TypeAlias = list[tuple[Path, str]]
"""Problems on their way to becoming `errors.Problem`: where, and what with the mend."""

_PLAIN_KEY = re.compile(r"[\w.-]+", re.ASCII)


def path_text(path: Path) -> str:
    """A path as people read it: policies[0].targets.p1."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN_KEY.fullmatch(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f"[{shown(step)}]")
    return "".join(parts)


def shown(value: object) -> str:
    """A value for a message: on one line, without control characters, cut when long."""
    text = json.dumps(value, default=str) if not isinstance(value, str) else f'"{_printable(value)}"'
    return text if len(text) <= 60 else text[:57] + "..."


def is_told(findings: Findings, path: Path) -> bool:
    """Whether something is said of this place or below it already: no second problem out of the first."""
    return any(found[: len(path)] == path for found, _ in findings)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[:80])

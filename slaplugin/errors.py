"""Every error a caller may want to tell apart.

SLAPluginError
├── ConfigurationError      a setting is missing, unknown or wrong: mend it and start again
├── DocumentError           a policy, mapping or event file is refused; lists every problem
├── NotFound                the named source, ticket, timer or document does not exist
├── Conflict                somebody else was first, or a name is taken
├── Unavailable             the database does not answer: try again, nothing is lost
├── SchemaError             the database is older or newer than this code
├── SecretError             a stored secret cannot be read with the keys given
└── sdk.errors.ConnectorError ...

A message says what happened, to which object, and what to do. It never carries a secret, a body, a header or a
query string.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SLAPluginError(Exception):
    """Root of everything this package raises on purpose."""


class ConfigurationError(SLAPluginError):
    """A setting is missing, unknown or wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a document: `path` inside it (or a line), what is wrong and the mend."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line is not None else ""
        return f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"


class DocumentError(SLAPluginError):
    """A document is refused as a whole; `problems` holds every reason, in document order."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.name = name
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{name}: {problem}" for problem in self.problems))


class NotFound(SLAPluginError):
    """The named object does not exist."""


class Conflict(SLAPluginError):
    """The object exists already or was changed by somebody else meanwhile."""


class Unavailable(SLAPluginError):
    """The database does not answer now."""


class SchemaError(SLAPluginError):
    """The database schema does not fit this version of the code."""


class SecretError(SLAPluginError):
    """A stored secret cannot be decrypted with the configured keys."""

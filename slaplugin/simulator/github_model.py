"""What a simulated GitHub remembers: people, repositories, issues, comments and the entries of their timelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from slaplugin.domain.instants import Instant

JSON: TypeAlias = dict[str, Any]
Permission: TypeAlias = Literal["none", "read", "triage", "write", "maintain", "admin"]
StateReason: TypeAlias = Literal["completed", "not_planned", "duplicate", "reopened"]

Order: TypeAlias = tuple[int, list[tuple[int, int]]]
"""A sorted list of (key, number or id) and the repository's revision it was made at."""

PERMISSIONS: tuple[Permission, ...] = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(slots=True, eq=False)
class Person:
    """An account. A deleted one stays referenced and is shown as null, GitHub's ghost."""

    id: int
    login: str
    type: Literal["User", "Bot"] = "User"
    is_deleted: bool = False


@dataclass(slots=True, eq=False)
class Label:
    """A repository's label; issues hold the object, so that a rename reaches them without an event."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True, eq=False)
class Comment:
    """A comment; `minimized` holds the reason once somebody hid it."""

    id: int
    issue_number: int
    author: Person
    at: Instant
    updated_at: Instant
    body: str
    minimized: str | None = None


@dataclass(slots=True, eq=False)
class Entry:
    """A row of the event lists. `detail` keeps names as they were: a label's later rename does not reach it."""

    id: int
    issue_number: int
    event: str
    actor: Person
    at: Instant
    detail: Mapping[str, Any]


@dataclass(slots=True, eq=False)
class Issue:
    """An issue, or a pull request, which GitHub's issue lists do not keep apart."""

    id: int
    number: int
    title: str
    body: str
    author: Person
    at: Instant
    updated_at: Instant
    is_pull_request: bool = False
    state: Literal["open", "closed"] = "open"
    state_reason: StateReason | None = None
    closed_at: Instant | None = None
    closed_by: Person | None = None
    locked: bool = False
    milestone: str | None = None
    type: str | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[Person] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    field_values: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """An organisation's issue field of kind single select."""

    id: int
    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Departure:
    """Why a number no longer answers: deleted, or transferred to `target` (repository id, number)."""

    target: tuple[int, int] | None = None


@dataclass(slots=True, eq=False)
class Repository:
    """A repository. `permissions` and `members` are by login; `revision` counts every change;
    `orders` keeps sorted lists until the next one."""

    id: int
    owner: Person
    name: str
    at: Instant
    updated_at: Instant
    is_private: bool = False
    has_issues: bool = True
    permissions: dict[str, Permission] = field(default_factory=dict)
    members: dict[str, Literal["public", "private"]] = field(default_factory=dict)
    contributors: set[str] = field(default_factory=set)
    labels: dict[str, Label] = field(default_factory=dict)
    milestones: dict[str, int] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    departed: dict[int, Departure] = field(default_factory=dict)
    next_number: int = 1
    open_count: int = 0
    revision: int = 0
    orders: dict[tuple[Any, ...], Order] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    def permission_of(self, login: str | None) -> Permission:
        """What a login may do here; anybody may read a public repository."""
        granted = self.permissions.get(login.casefold()) if login is not None else None
        return granted or ("none" if self.is_private else "read")

    def may(self, login: str | None, least: Permission) -> bool:
        """Whether a login's permission is at least the given one."""
        return PERMISSIONS.index(self.permission_of(login)) >= PERMISSIONS.index(least)

    def label_named(self, name: str) -> Label | None:
        """Find a label; names are compared without case, as GitHub does."""
        return self.labels.get(name.casefold())

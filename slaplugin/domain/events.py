"""What happened to a ticket: as the helpdesk tells it, and as the engine reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from slaplugin.domain.instants import Instant

Kind: TypeAlias = Literal["created", "changed", "replied", "removed", "restored", "withdrawn"]
Role: TypeAlias = Literal["requester", "agent", "bot", "system", "other"]

KINDS: tuple[Kind, ...] = ("created", "changed", "replied", "removed", "restored", "withdrawn")
ROLES: tuple[Role, ...] = ("requester", "agent", "bot", "system", "other")
STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed")
RESERVED_FIELDS = frozenset({
    "status", "status_name", "priority", "priority_name", "customer", "customer_name", "service", "service_name",
    "team", "team_name", "assignee", "assignee_name", "requester", "requester_name",
    "type", "source", "key", "subject", "url", "tags",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One normalized fact about a ticket, the engine's input. Fields as in the public event format."""

    id: str
    ticket: str
    at: Instant
    kind: Kind
    seq: int = 0
    actor_id: str | None = None
    role: Role | None = None
    public: bool = True
    set: Mapping[str, Any] = field(default_factory=dict)
    of: str | None = None

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key of a ticket's feed."""
        return (self.at, self.seq, self.id)


@dataclass(frozen=True, slots=True)
class SourceActor:
    """Who did it, in the helpdesk's own words.

    `marks` are the helpdesk's statements about this person on this ticket at that time, such as `requester`, `bot`,
    `association:MEMBER` or `permission:write`; the source's mapping document turns them into a role.
    """

    id: str
    name: str | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """One fact as the helpdesk tells it, stored as it came and never changed.

    The envelope is that of TicketEvent; the values in `set` are the helpdesk's own stable ones (status id, priority
    id, label names, login, team id) under the same reserved names. `raw` keeps what the engine does not need but a
    reader of the record may: the instant as written, whether it was only observed, the vendor's event name.
    """

    id: str
    ticket: str
    at: Instant
    kind: Kind
    seq: int = 0
    actor: SourceActor | None = None
    public: bool = True
    set: Mapping[str, Any] = field(default_factory=dict)
    of: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key of a ticket's feed."""
        return (self.at, self.seq, self.id)

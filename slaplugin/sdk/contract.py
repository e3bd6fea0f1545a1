"""The contract between slaplugin and a connector. Standard library and marshmallow's Schema type only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, runtime_checkable

from slaplugin.clock import Clock
from slaplugin.domain.events import SourceActor, SourceEvent
from slaplugin.domain.instants import Instant

if TYPE_CHECKING:
    from marshmallow import Schema

    from slaplugin.sdk.http import HttpClient

__all__ = [
    "CheckResult",
    "Connector",
    "Context",
    "Cursor",
    "Delivery",
    "KnownTicket",
    "ListsOpenTickets",
    "Page",
    "SourceActor",
    "SourceEvent",
    "TicketProblem",
]

Cursor: TypeAlias = Mapping[str, Any]
"""Where a pull stands: JSON values only, opaque to everybody but the connector."""


@dataclass(frozen=True, slots=True)
class TicketProblem:
    """A ticket that could not be read: recorded, shown, and read again later; the others go on.

    `missing` says that the helpdesk does not find it: a caller that asks again later says since when it is missing.
    """

    ticket: str
    message: str
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A unit of progress: its events and its cursor are stored together or not at all.

    `done` and `total` count tickets for a progress bar; `total` is None where the helpdesk does not tell. `notes` are
    sentences for people: what was left out and why. `whole` names the tickets of which this page holds every reply
    there is: a stored reply that is not among them was deleted (see `domain.withdrawals`).
    """

    events: Sequence[SourceEvent]
    cursor: Cursor
    problems: Sequence[TicketProblem] = ()
    done: int = 0
    total: int | None = None
    notes: Sequence[str] = ()
    whole: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """What we know of a ticket that is read again: the key people use, and since when the helpdesk misses it."""

    key: str | None = None
    missing_since: Instant | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Can we log in and see one ticket? `missing` names what the credentials do not allow, each with the mend."""

    ok: bool
    account: str | None = None
    summary: str = ""
    missing: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a verified inbound webhook says: its id (for replay protection) and the tickets to read again.

    Each ticket is named in the form `fetch` takes: its stable id, followed by whatever the connector needs to find it.
    """

    id: str
    tickets: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Context:
    """What a connector gets from the house: the guarded HTTP client and the clock."""

    http: HttpClient
    clock: Clock


class Connector(ABC):
    """Speaks one helpdesk's API and knows nothing of our database.

    Settings arrive validated by `settings_schema`; fields whose metadata says `secret` are stored encrypted.
    """

    kind: ClassVar[str]
    settings_schema: ClassVar[type[Schema]]

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        self.settings = settings
        self.context = context

    @classmethod
    @abstractmethod
    def default_mapping(cls) -> Mapping[str, Any]:
        """The mapping document a new source starts with."""

    @classmethod
    def initial_mapping(cls, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """The default mapping with what the settings of one source add to it, such as lists of people."""
        return cls.default_mapping()

    @abstractmethod
    def check(self) -> CheckResult:
        """Log in and look at one ticket; raises nothing that a wrong setting could cause."""

    @abstractmethod
    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield pages, oldest change first; safe to repeat from any cursor. None means from the beginning."""

    @abstractmethod
    def fetch(self, ticket: str, known: KnownTicket | None = None) -> Page:
        """Read one ticket again, after a webhook. The page's cursor is empty and must not be stored.

        `ticket` is a stable id or an address out of a Delivery. Raises BadTicket (naming the stable id) when it cannot
        be found with what is given.
        """

    @abstractmethod
    def verify(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Check an inbound webhook's signature over the raw body and name the tickets it is about.

        Header names are lower case. Raises SignatureError when the proof fails or no secret is set.
        """


@runtime_checkable
class ListsOpenTickets(Protocol):
    """Optional: a census. Deleted and transferred tickets leave a helpdesk's lists without a word."""

    def open_tickets(self) -> Mapping[str, str]:
        """Every ticket that is open now, by its stable id, with the address that `fetch` takes."""
        ...

"""The log for other programs: as it was stored, or as the engine reads it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from slaplugin.domain import mapping
from slaplugin.domain.events import SourceEvent, TicketEvent
from slaplugin.domain.instants import Instant
from slaplugin.services import projection
from slaplugin.store import events
from slaplugin.store.sources import StoredSource


def stored(session: Session, source: StoredSource, since: Instant = 0) -> Iterator[SourceEvent]:
    """A source's events at or after `since` in the helpdesk's own values, ticket by ticket."""
    yield from events.walk(session, source.id, since)


def mapped(session: Session, source: StoredSource, since: Instant = 0) -> Iterator[TicketEvent]:
    """The same through the mapping in force. A ticket is mapped whole: its state depends on what came before."""
    document = projection.mapping_of(session, source.id)
    after = ""
    while names := events.tickets(session, source.id, after):
        for one in events.of_tickets(session, source.id, names).values():
            yield from (event for event in mapping.map_ticket(one, document, source.name) if event.at >= since)
        after = names[-1]

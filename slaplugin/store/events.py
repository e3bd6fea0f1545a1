"""The event log: append-only, in the helpdesk's own values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from slaplugin.domain.events import SourceActor, SourceEvent
from slaplugin.domain.instants import Instant
from slaplugin.models import StoredEvent
from slaplugin.store.inserts import insert

BATCH = 500


def append(session: Session, source_id: int, events: Sequence[SourceEvent], recorded_at: Instant) -> set[str]:
    """Store what is new and return the tickets it belongs to; events seen before are left as they were."""
    statement = (
        insert(session, StoredEvent)
        .on_conflict_do_nothing(index_elements=["source_id", "ticket", "event_id"])
        .returning(StoredEvent.ticket)
    )
    touched: set[str] = set()
    for first in range(0, len(events), BATCH):
        rows = [_row(source_id, event, recorded_at) for event in events[first : first + BATCH]]
        touched.update(session.scalars(statement, rows))
    return touched


def of_tickets(session: Session, source_id: int, tickets: Sequence[str]) -> dict[str, list[SourceEvent]]:
    """Every event of these tickets, in the order of their feed. Uses the primary key."""
    found: dict[str, list[SourceEvent]] = {ticket: [] for ticket in tickets}
    for first in range(0, len(tickets), BATCH):
        query = select(*_COLUMNS).where(
            StoredEvent.source_id == source_id, StoredEvent.ticket.in_(list(tickets[first : first + BATCH]))
        )
        for row in session.execute(query):
            found[row.ticket].append(_event(row))
    for events in found.values():
        events.sort(key=lambda event: event.order)
    return found


def tickets(session: Session, source_id: int, after: str = "", limit: int = BATCH) -> list[str]:
    """Tickets that have events, by id, from behind `after`: the way to walk a whole source in pieces."""
    query = (
        select(StoredEvent.ticket)
        .where(StoredEvent.source_id == source_id, StoredEvent.ticket > after)
        .distinct()
        .order_by(StoredEvent.ticket)
        .limit(limit)
    )
    return list(session.scalars(query))


def walk(session: Session, source_id: int, since: Instant = 0) -> Iterator[SourceEvent]:
    """Every stored event of a source at or after `since`, ticket by ticket; for exports."""
    after = ""
    while names := tickets(session, source_id, after):
        for events in of_tickets(session, source_id, names).values():
            yield from (event for event in events if event.at >= since)
        after = names[-1]


_COLUMNS = (
    StoredEvent.ticket, StoredEvent.event_id, StoredEvent.at, StoredEvent.seq, StoredEvent.kind, StoredEvent.body,
)  # fmt: skip


def _row(source_id: int, event: SourceEvent, recorded_at: Instant) -> dict[str, Any]:
    body: dict[str, Any] = {"public": event.public, "set": dict(event.set), "raw": dict(event.raw)}
    if event.actor is not None:
        body["actor"] = {"id": event.actor.id, "name": event.actor.name, "marks": list(event.actor.marks)}
    if event.of is not None:
        body["of"] = event.of
    return {
        "source_id": source_id, "ticket": event.ticket, "event_id": event.id, "at": event.at, "seq": event.seq,
        "kind": event.kind, "body": body, "recorded_at": recorded_at,
    }  # fmt: skip


def _event(row: Any) -> SourceEvent:
    actor = row.body.get("actor")
    return SourceEvent(
        id=row.event_id, ticket=row.ticket, at=row.at, kind=row.kind, seq=row.seq,
        actor=None if actor is None else SourceActor(actor["id"], actor["name"], tuple(actor["marks"])),
        public=row.body["public"], set=row.body["set"], of=row.body.get("of"), raw=row.body["raw"],
    )  # fmt: skip

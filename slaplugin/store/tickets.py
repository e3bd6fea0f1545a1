"""Tickets as pages show them, derived from their events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import Ticket
from slaplugin.store.inserts import insert


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """One ticket; the last five columns are those of models.Ticket that put it into the queue's order."""

    source_id: int
    ticket: str
    key: str
    subject: str
    url: str | None
    status: str
    status_name: str | None
    priority: str | None
    customer: str | None
    customer_name: str | None
    team: str | None
    team_name: str | None
    assignee: str | None
    assignee_name: str | None
    requester_name: str | None
    created_at: Instant
    changed_at: Instant
    removed: bool
    next_due_at: Instant | None
    risk_at: Instant | None
    breach_at: Instant | None
    paused_at: Instant | None
    met_at: Instant | None


_COLUMNS = tuple(Ticket.__table__.columns)


def get(session: Session, source_id: int, ticket: str) -> StoredTicket | None:
    """One ticket by its stable id."""
    row = session.execute(select(*_COLUMNS).where(Ticket.source_id == source_id, Ticket.ticket == ticket)).first()
    return None if row is None else StoredTicket(**row._mapping)


def by_key(session: Session, key: str) -> list[StoredTicket]:
    """Tickets with the key that people know, in any source. Uses ix_sla_ticket_key."""
    query = select(*_COLUMNS).where(Ticket.key == key).order_by(Ticket.source_id, Ticket.ticket).limit(20)
    return [StoredTicket(**row._mapping) for row in session.execute(query)]


def of_ids(session: Session, source_id: int, tickets: Sequence[str]) -> dict[str, StoredTicket]:
    """These tickets by id; those not there are left out."""
    query = select(*_COLUMNS).where(Ticket.source_id == source_id, Ticket.ticket.in_(list(tickets)))
    return {row.ticket: StoredTicket(**row._mapping) for row in session.execute(query)}


def put(session: Session, tickets: Iterable[StoredTicket]) -> None:
    """Write these tickets, each in the place of what was stored of it."""
    rows = [asdict(ticket) for ticket in tickets]
    if not rows:
        return
    statement = insert(session, Ticket)
    changed = {column.name: statement.excluded[column.name] for column in _COLUMNS if not column.primary_key}
    session.execute(statement.on_conflict_do_update(index_elements=["source_id", "ticket"], set_=changed), rows)

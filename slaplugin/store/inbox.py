"""Verified inbound webhooks waiting for their tickets to be read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import InboxRow, Source
from slaplugin.store.inserts import insert


@dataclass(frozen=True, slots=True)
class Waiting:
    """One accepted delivery; `attempt` counts how often its tickets were asked for."""

    source_id: int
    delivery_id: str
    tickets: Sequence[str]
    attempt: int


def accept(session: Session, source_id: int, delivery_id: str, tickets: Sequence[str], now: Instant) -> bool:
    """Store a delivery; False when it was seen before. One that names no ticket is done at once."""
    statement = insert(session, InboxRow).values(
        source_id=source_id, delivery_id=delivery_id, tickets=list(tickets), received_at=now,
        state="pending" if tickets else "done", next_attempt_at=now if tickets else None,
    )  # fmt: skip
    statement = statement.on_conflict_do_nothing(index_elements=["source_id", "delivery_id"])
    return session.scalar(statement.returning(InboxRow.received_at)) is not None


def take_due(session: Session, now: Instant, again_at: Instant, limit: int = 20) -> list[Waiting]:
    """Take deliveries whose time has come and push them to `again_at`, when a crash in between lets them return.

    Uses ix_sla_inbox_due. Only of active sources.
    """
    rows = session.execute(
        select(InboxRow.source_id, InboxRow.delivery_id, InboxRow.tickets, InboxRow.attempt)
        .join(Source, Source.id == InboxRow.source_id)
        .where(InboxRow.next_attempt_at <= now, InboxRow.next_attempt_at.is_not(None), Source.state == "active")
        .order_by(InboxRow.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=InboxRow)
    ).all()
    taken = []
    for row in rows:
        _change(session, row.source_id, row.delivery_id, attempt=row.attempt + 1, next_attempt_at=again_at)
        taken.append(Waiting(row.source_id, row.delivery_id, row.tickets, row.attempt + 1))
    return taken


def done(session: Session, waiting: Waiting) -> None:
    """Its tickets were read."""
    _change(session, waiting.source_id, waiting.delivery_id, state="done", next_attempt_at=None, error=None)


def postpone(session: Session, waiting: Waiting, at: Instant | None, error: str) -> None:
    """Try again at `at`; None gives up: the next pull reads the tickets anyway."""
    _change(
        session, waiting.source_id, waiting.delivery_id,
        next_attempt_at=at, error=error, state="failed" if at is None else "pending",
    )  # fmt: skip


def delete_finished(session: Session, before: Instant) -> None:
    """Forget deliveries that were received before this instant and are worked off."""
    session.execute(delete(InboxRow).where(InboxRow.received_at < before, InboxRow.state != "pending"))


def _change(session: Session, source_id: int, delivery_id: str, **values: object) -> None:
    session.execute(
        update(InboxRow).where(InboxRow.source_id == source_id, InboxRow.delivery_id == delivery_id).values(**values)
    )

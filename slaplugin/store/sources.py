"""Configured helpdesks: settings, cursor, health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import MappingVersion, Quarantine, Source
from slaplugin.store.inserts import insert


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as it stands; `secrets` is encrypted."""

    id: int
    name: str
    kind: str
    settings: Mapping[str, Any]
    secrets: bytes | None
    state: str
    cursor: Mapping[str, Any] | None
    cursor_seq: int
    live_from: Instant | None
    created_at: Instant
    pull_interval_seconds: int
    next_pull_at: Instant | None
    last_pull_at: Instant | None
    last_webhook_at: Instant | None
    failures: int
    error: str | None
    error_at: Instant | None
    import_done: int
    import_total: int | None
    notes: Sequence[str]


_COLUMNS = tuple(Source.__table__.columns)


def add(
    session: Session,
    name: str,
    kind: str,
    settings: Mapping[str, Any],
    secrets: bytes | None,
    pull_interval_seconds: int,
    now: Instant,
) -> int:
    """Store a new source, to be pulled at once, and return its id."""  # fmt: skip
    source = Source(name=name, kind=kind, settings=dict(settings), secrets=secrets, created_at=now,
                    pull_interval_seconds=pull_interval_seconds, next_pull_at=now, notes=[])  # fmt: skip
    session.add(source)
    session.flush()
    return source.id


def get(session: Session, source_id: int) -> StoredSource | None:
    """One source by id."""
    row = session.execute(select(*_COLUMNS).where(Source.id == source_id)).first()
    return None if row is None else StoredSource(**row._mapping)


def by_name(session: Session, name: str) -> StoredSource | None:
    """One source by the name the admin gave it."""
    row = session.execute(select(*_COLUMNS).where(Source.name == name)).first()
    return None if row is None else StoredSource(**row._mapping)


def every(session: Session) -> list[StoredSource]:
    """All sources by name."""
    return [StoredSource(**row._mapping) for row in session.execute(select(*_COLUMNS).order_by(Source.name))]


def due_for_pull(session: Session, now: Instant) -> list[StoredSource]:
    """Active sources whose next pull has come, longest waiting first."""
    query = select(*_COLUMNS).where(Source.state == "active", Source.next_pull_at <= now).order_by(Source.next_pull_at)
    return [StoredSource(**row._mapping) for row in session.execute(query)]


def advance(session: Session, source_id: int, seen_seq: int, cursor: Mapping[str, Any]) -> bool:
    """Move the cursor if nobody else moved it since `seen_seq`; False means another pull was faster."""
    result = session.execute(
        update(Source)
        .where(Source.id == source_id, Source.cursor_seq == seen_seq)
        .values(cursor=dict(cursor), cursor_seq=seen_seq + 1)
    )
    return result.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def change(session: Session, source_id: int, **values: Any) -> None:
    """Set columns of one source."""
    session.execute(update(Source).where(Source.id == source_id).values(**values))


def remove(session: Session, source_id: int) -> None:
    """Delete a source with everything that was read from it."""
    source = session.get(Source, source_id)
    if source is not None:
        session.delete(source)


def mapping(session: Session, source_id: int) -> tuple[int, Mapping[str, Any]] | None:
    """The newest mapping of a source: its version and document."""
    row = session.execute(
        select(MappingVersion.version, MappingVersion.document)
        .where(MappingVersion.source_id == source_id)
        .order_by(MappingVersion.version.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.version, row.document)


def add_mapping(session: Session, source_id: int, document: Mapping[str, Any], note: str, now: Instant) -> int:
    """Store a new version of a source's mapping and return its number."""
    newest = mapping(session, source_id)
    version = 1 if newest is None else newest[0] + 1
    session.add(MappingVersion(source_id=source_id, version=version, document=dict(document), note=note,
                               created_at=now))  # fmt: skip
    session.flush()
    return version


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A ticket that was set aside, with the reason in words."""

    source_id: int
    ticket: str
    stage: str
    message: str
    first_at: Instant
    last_at: Instant


def set_aside(session: Session, source_id: int, ticket: str, stage: str, message: str, now: Instant) -> None:
    """Record that a ticket cannot be read or replayed; the first time it happened is kept."""
    statement = insert(session, Quarantine).values(
        source_id=source_id, ticket=ticket, stage=stage, message=message, first_at=now, last_at=now
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["source_id", "ticket"], set_={"stage": stage, "message": message, "last_at": now}
        )
    )


def release(session: Session, source_id: int, tickets: Sequence[str]) -> None:
    """Forget that these tickets could not be read: they can."""
    rows = session.scalars(
        select(Quarantine).where(Quarantine.source_id == source_id, Quarantine.ticket.in_(list(tickets)))
    )
    for row in rows:
        session.delete(row)


def set_aside_tickets(session: Session, source_id: int | None = None) -> list[Quarantined]:
    """Tickets that are set aside, newest first; of one source or of all."""
    query = select(*Quarantine.__table__.columns).order_by(Quarantine.last_at.desc())
    if source_id is not None:
        query = query.where(Quarantine.source_id == source_id)
    return [Quarantined(**row._mapping) for row in session.execute(query)]

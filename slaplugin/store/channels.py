"""Configured ways to send: settings, encrypted secrets, and how their last calls went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import Channel
from slaplugin.store.inserts import insert


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A channel as it stands; `secrets` is encrypted.

    `failing_since` is the first failure after the last success, `failures` counts those in a row, and `opened_at` is
    the last failure or probe while calls are held back.
    """

    id: int
    name: str
    kind: str
    settings: Mapping[str, Any]
    secrets: bytes | None
    state: str
    reason: str | None
    failures: int
    failing_since: Instant | None
    opened_at: Instant | None
    created_at: Instant

    def wants(self, event_type: str) -> bool:
        """Is it subscribed to this type? No list of events means all, an empty one means only what names it."""
        events: Sequence[str] | None = self.settings.get("events")
        return events is None or event_type in events


COLUMNS = tuple(Channel.__table__.columns)


def add(
    session: Session, name: str, kind: str, settings: Mapping[str, Any], secrets: bytes | None, now: Instant
) -> int | None:
    """Store a new active channel and return its id; None when the name is taken."""
    statement = insert(session, Channel).values(
        name=name, kind=kind, settings=dict(settings), secrets=secrets, created_at=now
    )
    once = statement.on_conflict_do_nothing(index_elements=["name"])
    # PostgreSQL inserts return their key, and SQLAlchemy then forgets the row count unless it is told.
    if not _changed(session.execute(once, execution_options={"preserve_rowcount": True})):
        return None
    return session.scalar(select(Channel.id).where(Channel.name == name))


def get(session: Session, channel_id: int) -> StoredChannel | None:
    """One channel by id."""
    row = session.execute(select(*COLUMNS).where(Channel.id == channel_id)).first()
    return None if row is None else StoredChannel(**row._mapping)


def by_name(session: Session, name: str) -> StoredChannel | None:
    """One channel by the name the admin gave it."""
    row = session.execute(select(*COLUMNS).where(Channel.name == name)).first()
    return None if row is None else StoredChannel(**row._mapping)


def every(session: Session) -> list[StoredChannel]:
    """All channels by name; there are few."""
    return [StoredChannel(**row._mapping) for row in session.execute(select(*COLUMNS).order_by(Channel.name))]


def subscribed(session: Session, event_type: str) -> list[int]:
    """Ids of the active webhook channels that want this type of message."""
    query = select(*COLUMNS).where(Channel.state == "active", Channel.kind == "webhook").order_by(Channel.id)
    channels = (StoredChannel(**row._mapping) for row in session.execute(query))
    return [channel.id for channel in channels if channel.wants(event_type)]


def change_secrets(session: Session, channel_id: int, secrets: bytes) -> None:
    """Put newly encrypted secrets in the place of the old ones."""
    session.execute(update(Channel).where(Channel.id == channel_id).values(secrets=secrets))


def enable(session: Session, channel_id: int) -> bool:
    """Let a disabled channel send again, its failures forgotten; False when it was active."""
    return _changed(
        session.execute(
            update(Channel)
            .where(Channel.id == channel_id, Channel.state != "active")
            .values(state="active", reason=None, failures=0, failing_since=None, opened_at=None)
        )
    )


def disable(session: Session, channel_id: int, reason: str) -> bool:
    """Send nothing more through a channel; what waits for it stays. False when it was disabled already."""
    return _changed(
        session.execute(
            update(Channel)
            .where(Channel.id == channel_id, Channel.state == "active")
            .values(state="disabled", reason=reason)
        )
    )


def succeeded(session: Session, channel_id: int) -> None:
    """A call went well: failures are forgotten and the circuit closes. Writes nothing for a healthy channel."""
    session.execute(
        update(Channel)
        .where(Channel.id == channel_id, or_(Channel.failures > 0, Channel.opened_at.is_not(None)))
        .values(failures=0, failing_since=None, opened_at=None)
    )


def failed(session: Session, channel_id: int, now: Instant, open_after: int) -> StoredChannel | None:
    """Count a failed call; from `open_after` in a row the circuit is open. Returns the channel as it is then."""
    failures = Channel.failures + 1
    session.execute(
        update(Channel)
        .where(Channel.id == channel_id)
        .values(
            failures=failures,
            failing_since=func.coalesce(Channel.failing_since, now),
            opened_at=case((failures >= open_after, now), else_=Channel.opened_at),
        )
    )
    return get(session, channel_id)


def allow_probe(session: Session, channel_id: int) -> None:
    """Let one call through an open circuit now: a person asked for it."""
    session.execute(update(Channel).where(Channel.id == channel_id, Channel.opened_at.is_not(None)).values(opened_at=0))


def _changed(result: Any) -> bool:
    return bool(result.rowcount == 1)

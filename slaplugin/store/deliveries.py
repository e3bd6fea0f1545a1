"""Deliveries as people see them: what went where, how each try ended, and sending once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.orm import Session, aliased

from slaplugin.domain.instants import Instant
from slaplugin.models import AttemptRow, Channel, DeliveryRow
from slaplugin.models import Message as MessageRow
from slaplugin.store.inserts import insert


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery for pages. `next_attempt_at` is set only while it waits; `status` and `outcome` are the last try's."""

    id: int
    message_id: str
    type: str
    source_id: int | None
    ticket: str | None
    channel_id: int
    channel: str
    state: str
    attempt: int
    next_attempt_at: Instant | None
    created_at: Instant
    finished_at: Instant | None
    status: int | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when, the answer's HTTP status if there was one, and the result in words."""

    delivery_id: int
    attempt: int
    at: Instant
    status: int | None
    outcome: str


def record(session: Session, attempt: Attempt) -> None:
    """Write down how a try went."""
    session.execute(insert(session, AttemptRow).values(**asdict(attempt)))


def replay(session: Session, delivery_id: int, now: Instant) -> bool:
    """Have a delivery sent now, under its old message id, whether it waits, is dead or was delivered.

    False when it is being sent at this moment, or does not exist.
    """
    return _one(
        session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id == delivery_id, DeliveryRow.state != "leased")
            .values(state="pending", next_attempt_at=now, finished_at=None)
        )
    )


def get(session: Session, delivery_id: int) -> StoredDelivery | None:
    """One delivery for a page."""
    row = session.execute(_listing().where(DeliveryRow.id == delivery_id)).first()
    return None if row is None else _stored(row)


def page(
    session: Session,
    *,
    state: str | None = None,
    channel_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[StoredDelivery]:
    """Deliveries newest first; `before` is the last id of the page before. Walks the primary key backwards."""
    query = _listing().order_by(DeliveryRow.id.desc()).limit(limit)
    if state is not None:
        query = query.where(DeliveryRow.state == state)
    if channel_id is not None:
        query = query.where(DeliveryRow.channel_id == channel_id)
    if before is not None:
        query = query.where(DeliveryRow.id < before)
    return [_stored(row) for row in session.execute(query)]


def of_messages(session: Session, message_ids: Sequence[str]) -> dict[str, list[StoredDelivery]]:
    """Deliveries of these messages by channel name. Uses the unique (message_id, channel_id)."""
    found: dict[str, list[StoredDelivery]] = {message_id: [] for message_id in message_ids}
    query = _listing().where(DeliveryRow.message_id.in_(list(found))).order_by(Channel.name)
    for row in session.execute(query):
        found[row.message_id].append(_stored(row))
    return found


def attempts(session: Session, delivery_id: int) -> list[Attempt]:
    """Every recorded try of a delivery, first to last. Uses the primary key."""
    query = (
        select(*AttemptRow.__table__.columns)
        .where(AttemptRow.delivery_id == delivery_id)
        .order_by(AttemptRow.attempt)
    )  # fmt: skip
    return [Attempt(**row._mapping) for row in session.execute(query)]


_LISTED: tuple[Any, ...] = (
    DeliveryRow.id, DeliveryRow.message_id, MessageRow.type, MessageRow.source_id, MessageRow.ticket,
    DeliveryRow.channel_id, Channel.name.label("channel"), DeliveryRow.state, DeliveryRow.attempt,
    DeliveryRow.next_attempt_at, DeliveryRow.created_at, DeliveryRow.finished_at, AttemptRow.status,
    AttemptRow.outcome,
)  # fmt: skip


def _listing() -> Select[Any]:
    tries = aliased(AttemptRow)
    last = select(func.max(tries.attempt)).where(tries.delivery_id == DeliveryRow.id).scalar_subquery()
    return (
        select(*_LISTED)
        .join(MessageRow, MessageRow.id == DeliveryRow.message_id)
        .join(Channel, Channel.id == DeliveryRow.channel_id)
        .outerjoin(AttemptRow, and_(AttemptRow.delivery_id == DeliveryRow.id, AttemptRow.attempt == last))
    )


def _stored(row: Any) -> StoredDelivery:
    values = dict(row._mapping)
    if row.state == "leased":
        values["next_attempt_at"] = None
    return StoredDelivery(**values)


def _one(result: Any) -> bool:
    return bool(result.rowcount == 1)

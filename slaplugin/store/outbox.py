"""Messages that wait to be told. A lease is taken by compare-and-set, and its attempt number is the fence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import Channel, DeliveryRow
from slaplugin.models import Message as MessageRow
from slaplugin.store import channels
from slaplugin.store.channels import StoredChannel
from slaplugin.store.inserts import insert

LEASED_FIRST = 0
"""`next_attempt_at` of a leased row: it stands at the front of the due index, so that a lapsed lease is found
whichever way the clock was set meanwhile."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that happened and is to be told. `id` is made from what happened, `body` is the whole envelope."""

    id: str
    type: str
    source_id: int | None
    ticket: str | None
    body: Mapping[str, Any]
    created_at: Instant


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery that this worker may try now, as its try number `attempt`."""

    id: int
    attempt: int
    message: Message
    channel: StoredChannel


def put(session: Session, message: Message, channel_ids: Iterable[int]) -> None:
    """Queue a message for these channels, due at once."""
    put_many(session, [(message, channel_ids)])


def put_many(session: Session, entries: Iterable[tuple[Message, Iterable[int]]]) -> None:
    """Queue messages for their channels, due at once; what is there already stays as it is.

    A message for no channel is stored too: pages can then say that nobody was told.
    """
    messages, deliveries = [], []
    for message, channel_ids in entries:
        messages.append({**asdict(message), "body": dict(message.body)})
        deliveries += [
            {"message_id": message.id, "channel_id": channel_id, "next_attempt_at": message.created_at,
             "created_at": message.created_at}
            for channel_id in channel_ids
        ]  # fmt: skip
    if messages:
        session.execute(insert(session, MessageRow).on_conflict_do_nothing(index_elements=["id"]), messages)
    if deliveries:
        statement = insert(session, DeliveryRow).on_conflict_do_nothing(index_elements=["message_id", "channel_id"])
        session.execute(statement, deliveries)


def lease_due(
    session: Session,
    now: Instant,
    limit: int,
    *,
    lease_seconds: int = 30,
    per_channel: int = 2,
    probe_seconds: int = 30,
) -> list[Leased]:
    """Claim up to `limit` deliveries that are due, oldest first; each is ours until `now + lease_seconds`.

    1. Lock the active channels that have something due and whose circuit lets a call through. On PostgreSQL a channel
       that another worker is choosing from is skipped, on SQLite the transaction holds the write lock.
    2. Count the calls in flight of each; an open circuit has room for one probe.
    3. Read the oldest due deliveries of each channel that has room, over ix_sla_delivery_due.
    4. Claim them by compare-and-set on state and attempt.
    """
    candidates: list[tuple[Instant, int, Leased, str]] = []
    usable = _usable(session, now, lease_seconds, probe_seconds)
    busy = _in_flight(session, [channel.id for channel in usable], now, lease_seconds) if usable else {}
    for channel in usable:
        room = (1 if channel.opened_at is not None else per_channel) - busy.get(channel.id, 0)
        if room <= 0:
            continue
        for row in session.execute(due_query(channel.id, now, lease_seconds, min(room, limit))):
            message = Message(**{name: getattr(row, name) for name in _MESSAGE_FIELDS})
            leased = Leased(row.delivery_id, row.attempt + 1, message, channel)
            candidates.append((row.next_attempt_at, row.delivery_id, leased, row.state))
    candidates.sort(key=lambda candidate: candidate[:2])
    return [leased for _, _, leased, state in candidates[:limit] if _claim(session, leased, state, now, lease_seconds)]


def due_query(channel_id: int, now: Instant, lease_seconds: int, limit: int) -> Select[Any]:
    """The oldest due deliveries of one channel with their messages. Uses ix_sla_delivery_due."""
    return (
        select(DeliveryRow.id.label("delivery_id"), DeliveryRow.state, DeliveryRow.attempt,
               DeliveryRow.next_attempt_at, *MessageRow.__table__.columns)
        .join(MessageRow, MessageRow.id == DeliveryRow.message_id)
        .where(DeliveryRow.channel_id == channel_id, _due(now, lease_seconds))
        .order_by(DeliveryRow.next_attempt_at, DeliveryRow.id)
        .limit(limit)
    )  # fmt: skip


def finish(session: Session, delivery_id: int, attempt: int, now: Instant) -> bool:
    """The receiver has it. False: somebody else took over, and nothing was changed."""
    return _leave(session, delivery_id, attempt, state="delivered", next_attempt_at=None, finished_at=now)


def retry(session: Session, delivery_id: int, attempt: int, at: Instant) -> bool:
    """Try again at `at`. False: somebody else took over, and nothing was changed."""
    return _leave(session, delivery_id, attempt, state="pending", next_attempt_at=at)


def dead(session: Session, delivery_id: int, attempt: int, now: Instant) -> bool:
    """Give up, until a person replays it. False: somebody else took over, and nothing was changed."""
    return _leave(session, delivery_id, attempt, state="dead", next_attempt_at=None, finished_at=now)


def give_back(session: Session, delivery_id: int, attempt: int, now: Instant) -> bool:
    """Return a lease under which nothing was sent: due again at once, and the try does not count."""
    return _leave(session, delivery_id, attempt, state="pending", next_attempt_at=now, attempt=attempt - 1)


_MESSAGE_FIELDS = tuple(field.name for field in fields(Message))


def _lapsed(now: Instant, lease_seconds: int) -> ColumnElement[bool]:
    """A lease is over when its end has passed, or lies so far ahead that the clock was set back since."""
    return or_(DeliveryRow.leased_until < now, DeliveryRow.leased_until > now + 2 * lease_seconds)


def _due(now: Instant, lease_seconds: int) -> ColumnElement[bool]:
    return and_(
        DeliveryRow.next_attempt_at <= now,
        or_(DeliveryRow.state == "pending", _lapsed(now, lease_seconds)),
    )


def _usable(session: Session, now: Instant, lease_seconds: int, probe_seconds: int) -> list[StoredChannel]:
    waits = select(DeliveryRow.id).where(DeliveryRow.channel_id == Channel.id, _due(now, lease_seconds)).exists()
    lets_through = or_(
        Channel.opened_at.is_(None),
        Channel.opened_at <= now - probe_seconds,
        Channel.opened_at > now,  # the clock was set back
    )
    query = (
        select(*channels.COLUMNS)
        .where(Channel.state == "active", lets_through, waits)
        .order_by(Channel.id)
        # FOR NO KEY UPDATE: new deliveries, which reference the channel, need not wait
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [StoredChannel(**row._mapping) for row in session.execute(query)]


def _in_flight(session: Session, channel_ids: Sequence[int], now: Instant, lease_seconds: int) -> dict[int, int]:
    query = (
        select(DeliveryRow.channel_id, func.count().label("in_flight"))
        .where(
            DeliveryRow.channel_id.in_(channel_ids),
            DeliveryRow.next_attempt_at == LEASED_FIRST,
            DeliveryRow.leased_until >= now,
            DeliveryRow.leased_until <= now + 2 * lease_seconds,
        )
        .group_by(DeliveryRow.channel_id)
    )
    return {row.channel_id: row.in_flight for row in session.execute(query)}


def _claim(session: Session, leased: Leased, seen_state: str, now: Instant, lease_seconds: int) -> bool:
    return _one(
        session.execute(
            update(DeliveryRow)
            .where(
                DeliveryRow.id == leased.id,
                DeliveryRow.attempt == leased.attempt - 1,
                DeliveryRow.state == seen_state,
            )
            .values(
                state="leased",
                attempt=leased.attempt,
                leased_until=now + lease_seconds,
                next_attempt_at=LEASED_FIRST,
            )
        )
    )


def _leave(session: Session, delivery_id: int, held: int, **values: Any) -> bool:
    return _one(
        session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id == delivery_id, DeliveryRow.attempt == held, DeliveryRow.state == "leased")
            .values(leased_until=None, **values)
        )
    )


def _one(result: Any) -> bool:
    return bool(result.rowcount == 1)

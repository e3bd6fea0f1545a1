"""Inbound webhooks: verified, stored, answered; the tickets they name are read again afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from slaplugin.clock import Clock
from slaplugin.errors import NotFound, Unavailable
from slaplugin.sdk.contract import Connector
from slaplugin.sdk.errors import ConnectorError, RateLimited, SignatureError
from slaplugin.services import ingest
from slaplugin.services.policies import Documents
from slaplugin.store import inbox, sources
from slaplugin.store.inbox import Waiting
from slaplugin.store.sources import StoredSource

log = structlog.get_logger(__name__)

Connect = Callable[[StoredSource], Connector]

HOLD_SECONDS = 120
TRIES = 6
KEPT_SECONDS = 30 * 86_400


def accept(
    session: Session, clock: Clock, connect: Connect, source_name: str, headers: Mapping[str, str], body: bytes
) -> bool:
    """Check a delivery and store it; False when it was seen before.

    Raises SignatureError alike for a forged delivery and for a source that does not exist or is switched off, so that
    nobody learns which sources there are; Unavailable when it could not be stored, so that the sender tries again.
    """  # fmt: skip
    try:
        return _accept(session, clock, connect, source_name, headers, body)
    except OperationalError as error:
        raise Unavailable("the delivery could not be stored; send it again") from error


def _accept(session: Session, clock: Clock, connect: Connect, source_name: str, headers: Mapping[str, str],
            body: bytes) -> bool:  # fmt: skip
    with session.begin():
        source = sources.by_name(session, source_name)
    if source is None or source.state == "off":
        raise SignatureError("the delivery cannot be verified; check the webhook's address and secret")
    delivery = connect(source).verify({name.lower(): value for name, value in headers.items()}, body)
    now = clock.now()
    with session.begin():
        first = inbox.accept(session, source.id, delivery.id, delivery.tickets, now)
        sources.change(session, source.id, last_webhook_at=now)
    return first


def work(session: Session, clock: Clock, documents: Documents, connect: Connect, limit: int = 20) -> int:
    """Read again the tickets that deliveries named; returns how many deliveries were worked off.

    1. Take deliveries and push them ahead, so that a crash loses none.
    2. Ask the helpdesk, outside any transaction.
    3. Mark them done, or put them back with the reason; after six tries the next pull is enough.
    """
    now = clock.now()
    with session.begin():
        taken = inbox.take_due(session, now, now + HOLD_SECONDS, limit)
        known = {source.id: source for source in sources.every(session)} if taken else {}
    for waiting in taken:
        try:
            ingest.fetch(session, clock, documents, waiting.source_id, connect(known[waiting.source_id]),
                         waiting.tickets)  # fmt: skip
        except (ConnectorError, NotFound) as error:
            _put_back(session, clock, waiting, error)
            continue
        with session.begin():
            inbox.done(session, waiting)
    return len(taken)


def forget(session: Session, clock: Clock) -> None:
    """Drop worked-off deliveries after thirty days; inside the caller's transaction.

    GitHub offers three days for a redelivery and a replayed one costs a read, never a fact.
    """
    inbox.delete_finished(session, clock.now() - KEPT_SECONDS)


def _put_back(session: Session, clock: Clock, waiting: Waiting, error: Exception) -> None:
    wait = error.retry_after if isinstance(error, RateLimited) else 2**waiting.attempt * 5
    again = None if waiting.attempt >= TRIES else clock.now() + wait
    with session.begin():
        inbox.postpone(session, waiting, again, str(error))
    log.warning("fetch_failed", source_id=waiting.source_id, delivery=waiting.delivery_id, again_at=again)

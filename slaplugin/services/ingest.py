"""Pull a source: page -> source events -> log, cursor and timers, one transaction a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from slaplugin.clock import Clock
from slaplugin.domain import withdrawals
from slaplugin.domain.events import SourceEvent
from slaplugin.domain.instants import Instant
from slaplugin.errors import Conflict, NotFound, SecretError, SLAPluginError
from slaplugin.sdk.contract import Connector, KnownTicket, Page, TicketProblem
from slaplugin.sdk.errors import AuthenticationError, BadTicket, ConfigurationError, RateLimited
from slaplugin.services import projection
from slaplugin.services.policies import Documents
from slaplugin.store import events, sources, tickets, timers
from slaplugin.store.sources import StoredSource

log = structlog.get_logger(__name__)

STOPPING = (AuthenticationError, ConfigurationError, SecretError, NotFound)
"""What only a person can mend."""
FIRST_RETRY_SECONDS = 15
LONGEST_RETRY_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one pull did. `error` is the sentence that the source page shows; None when all went well."""

    tickets: int = 0
    events: int = 0
    error: str | None = None
    retry_at: Instant | None = None


Progress = Callable[[Page], None]


def pull(
    session: Session,
    clock: Clock,
    documents: Documents,
    source_id: int,
    connector: Connector,
    progress: Progress | None = None,
    stopping: Callable[[], bool] | None = None,
) -> Pulled:
    """Read what is new at a helpdesk, page by page.

    1. Read the cursor.
    2. Ask the connector for the next page, outside any transaction.
    3. In one transaction: append events, move the cursor, compute the touched tickets again.
    4. After the last page: the source is live from its first import on, and healthy.

    A failure ends the pull after the last page that was stored; the cursor never passes what was not. Whatever the
    helpdesk does becomes a sentence on the source, never an exception.
    """  # fmt: skip
    with session.begin():
        source = _get(session, source_id)
    touched = stored = 0
    try:
        for page in connector.pull(source.cursor):
            more, new = _store(session, clock, documents, source, page)
            touched, stored = touched + more, stored + new
            source = _reread(session, source_id)
            if progress is not None:
                progress(page)
            if stopping is not None and stopping():
                return Pulled(touched, stored)
    except SLAPluginError as error:
        failed = record_failure(session, clock, source_id, error)
        return replace(failed, tickets=touched, events=stored)
    _finish(session, clock, source_id)
    return Pulled(touched, stored)


def fetch(
    session: Session, clock: Clock, documents: Documents, source_id: int, connector: Connector, addresses: Sequence[str]
) -> None:
    """Read these tickets again, after a webhook; raises ConnectorError when the helpdesk cannot be asked.

    An address is a ticket's stable id, with what the connector needs to find it behind a `#`.
    """  # fmt: skip
    for address in addresses:
        name = address.partition("#")[0]
        with session.begin():
            source = _get(session, source_id)
            known = _known(session, source_id, name)
        try:
            page = connector.fetch(address, known)
        except BadTicket as error:
            page = Page((), {}, problems=[TicketProblem(error.ticket, str(error))])
        with session.begin():
            _append(session, clock.now(), documents, source, page)


def _known(session: Session, source_id: int, name: str) -> KnownTicket:
    ticket = tickets.get(session, source_id, name)
    aside = next((one for one in sources.set_aside_tickets(session, source_id) if one.ticket == name), None)
    return KnownTicket(
        key=None if ticket is None else ticket.key,
        missing_since=aside.first_at if aside is not None and aside.stage == "missing" else None,
    )


def _store(session: Session, clock: Clock, documents: Documents, source: StoredSource, page: Page) -> tuple[int, int]:
    now = clock.now()
    with session.begin():
        moved = sources.advance(session, source.id, source.cursor_seq, page.cursor)
        if not moved:
            raise Conflict(f"source {source.name!r} is being pulled by somebody else; this pull stopped")
        if source.live_from is None:
            sources.change(session, source.id, import_done=page.done, import_total=page.total)
        if page.notes:
            sources.change(session, source.id, notes=list(page.notes))
        return _append(session, now, documents, source, page)


def _append(session: Session, now: Instant, documents: Documents, source: StoredSource, page: Page) -> tuple[int, int]:
    """Store a page's events and compute their tickets again; how many tickets were touched, how many events read."""
    for problem in page.problems:
        stage = "missing" if problem.missing else "read"
        sources.set_aside(session, source.id, problem.ticket, stage, problem.message, now)
    news = [*page.events, *_deleted_replies(session, source, page, now)]
    touched = sorted(events.append(session, source.id, news, now))
    projection.project(session, documents.versions(session), source, touched, now)
    return len(touched), len(page.events)


def _deleted_replies(session: Session, source: StoredSource, page: Page, now: Instant) -> list[SourceEvent]:
    """Corrections for replies that a ticket read as a whole no longer has."""
    if not page.whole:
        return []
    stored = events.of_tickets(session, source.id, page.whole)
    return [
        correction
        for name in page.whole
        for correction in withdrawals.of_deleted_replies(
            stored[name], [event for event in page.events if event.ticket == name], now
        )
    ]


def _finish(session: Session, clock: Clock, source_id: int) -> None:
    now = clock.now()
    with session.begin():
        source = _get(session, source_id)
        sources.change(
            session, source_id, last_pull_at=now, next_pull_at=now + source.pull_interval_seconds, failures=0,
            error=None, error_at=None,
        )  # fmt: skip
        if source.live_from is None:
            sources.change(session, source_id, live_from=now)
            timers.wake(session, source_id, now)


def record_failure(session: Session, clock: Clock, source_id: int, error: SLAPluginError) -> Pulled:
    """Write down what happened and when to try again; credentials and settings that are refused stop the source."""
    now = clock.now()
    with session.begin():
        source = _get(session, source_id)
        if isinstance(error, STOPPING):
            retry_at = None
            state = "stopped"
        else:
            wait = min(FIRST_RETRY_SECONDS * 2 ** min(source.failures, 10), LONGEST_RETRY_SECONDS)
            retry_at = now + (error.retry_after if isinstance(error, RateLimited) else wait)
            state = source.state
        message = f"source {source.name!r}: {error}"
        sources.change(
            session, source_id, state=state, next_pull_at=retry_at, failures=source.failures + 1, error=message,
            error_at=now,
        )  # fmt: skip
    log.warning("pull_failed", source=source.name, error=type(error).__name__, retry_at=retry_at)
    return Pulled(error=message, retry_at=retry_at)


def _get(session: Session, source_id: int) -> StoredSource:
    source = sources.get(session, source_id)
    if source is None:
        raise NotFound(f"source {source_id} was removed")
    return source


def _reread(session: Session, source_id: int) -> StoredSource:
    with session.begin():
        return _get(session, source_id)

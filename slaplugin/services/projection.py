"""From the log to the rows that pages and the sweep read: tickets, timers, the due index.

A row holds what was true at the last fact about its ticket and is a function of the log, the mapping and the policy
versions alone: computing it again, today or in a year, gives the same row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from slaplugin.domain import mapping, mapping_documents, timers
from slaplugin.domain.events import SourceEvent, TicketEvent
from slaplugin.domain.instants import Instant
from slaplugin.domain.mapping_documents import MappingDocument
from slaplugin.domain.policies import Version
from slaplugin.services import announcements, ladders
from slaplugin.store import escalations, events, sources
from slaplugin.store import tickets as ticket_store
from slaplugin.store import timers as timer_store
from slaplugin.store.sources import StoredSource
from slaplugin.store.tickets import StoredTicket
from slaplugin.store.timers import StoredTimer

log = structlog.get_logger(__name__)

BATCH = 200
"""Tickets computed in one transaction, so that the write lock is held shortly."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Policy versions in the engine's form, with their numbers in the same order."""

    versions: tuple[Version, ...]
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """What the engine is given for one ticket, and the instant for which its row holds."""

    events: Sequence[TicketEvent]
    versions: Versions
    as_of: Instant


def feed(source_events: Sequence[SourceEvent], document: MappingDocument, source_name: str, versions: Versions) -> Feed:
    """Map one ticket's events. Its row holds as of the last of them, or of a later version for open tickets."""
    mapped = mapping.map_ticket(source_events, document, source_name)
    instants = [event.at for event in mapped]
    instants += [one.effective_at for one in versions.versions if one.apply == "open_tickets"]
    return Feed(mapped, versions, max(instants))


def project(
    session: Session,
    versions: Versions,
    source: StoredSource,
    names: Sequence[str],
    now: Instant,
    *,
    announce: bool = True,
) -> None:
    """Compute these tickets of one source again, inside the caller's transaction.

    1. Load events, mapping, the rows as they were, recorded steps, acknowledgements.
    2. Replay each ticket; one that raises is set aside and keeps its rows, the others go on.
    3. Write tickets and timers.
    4. Tell subscribers what changed since (not in a rebuild, and nothing from before the source went live).
    """  # fmt: skip
    if not names:
        return
    document = mapping_of(session, source.id)
    logged = events.of_tickets(session, source.id, names)
    before = timer_store.of_tickets(session, source.id, names)
    pairs = [(source.id, name) for name in names]
    recorded = escalations.of_tickets(session, pairs)
    acknowledged = escalations.acknowledgements(session, pairs)
    good: list[str] = []
    tickets: list[StoredTicket] = []
    rows: list[StoredTimer] = []
    for name in names:
        try:
            one = feed(logged[name], document, source.name, versions)
            stood = ladders.Standing(recorded[(source.id, name)], acknowledged[(source.id, name)], source.live_from)
            replayed = timers.replay(one.events, versions.versions, one.as_of)
            own = [_timer_row(source, timer, position, one, stood) for position, timer in enumerate(replayed)]
        except Exception as error:  # the edge of the loop: one bad ticket must not stop the others
            log.exception("replay_failed", source=source.name, ticket=name)
            sources.set_aside(session, source.id, name, "replay", f"{type(error).__name__}: {error}", now)
            continue
        good.append(name)
        rows += own
        if (ticket := _ticket_row(source, name, one, own)) is not None:
            tickets.append(ticket)
    ticket_store.put(session, tickets)
    timer_store.replace(session, source.id, good, rows)
    sources.release(session, source.id, good)
    if announce and source.live_from is not None:
        announcements.announce(session, source, {ticket.ticket: ticket for ticket in tickets}, before, rows, now)


def mapping_of(session: Session, source_id: int) -> MappingDocument:
    """The mapping in force for a source; without one everything keeps the helpdesk's own words."""
    newest = sources.mapping(session, source_id)
    return mapping_documents.compiled({} if newest is None else newest[1])


def _ticket_row(source: StoredSource, name: str, one: Feed, own: Sequence[StoredTimer]) -> StoredTicket | None:
    """The ticket's row; None while nobody has seen its creation."""
    created = next((event for event in one.events if event.kind == "created"), None)
    if created is None:
        return None
    fields = dict(created.set)
    removed = False
    for event in one.events:
        if event is not created:
            fields.update(event.set)
        removed = event.kind == "removed" or (removed and event.kind != "restored")
    active = [timer for timer in own if timer.state == "active"]
    open_timers = [timer for timer in own if timer.state in ("active", "paused")]
    current = open_timers or own
    return StoredTicket(
        source_id=source.id, ticket=name, key=fields.get("key") or name, subject=fields.get("subject") or "",
        url=fields.get("url"), status=fields.get("status") or "new", status_name=fields.get("status_name"),
        priority=current[-1].priority if current else fields.get("priority"),
        customer=fields.get("customer"), customer_name=fields.get("customer_name"),
        team=fields.get("team"), team_name=fields.get("team_name"),
        assignee=fields.get("assignee"), assignee_name=fields.get("assignee_name"),
        requester_name=fields.get("requester_name") or fields.get("requester"),
        created_at=created.at, changed_at=max(event.at for event in one.events), removed=removed,
        next_due_at=_least(timer.due_at for timer in active),
        risk_at=_least(timer.risk_at for timer in active),
        breach_at=_least(timer.breached_at or timer.due_at for timer in open_timers),
        paused_at=one.as_of if any(timer.state == "paused" for timer in own) else None,
        met_at=max((one.fulfilled_at for one in own if one.fulfilled_at and one.breached_at is None), default=None),
    )  # fmt: skip


def _timer_row(
    source: StoredSource, timer: timers.Timer, position: int, one: Feed, stood: ladders.Standing
) -> StoredTimer:
    document = one.versions.versions[timer.version].document
    policy = document.policy(timer.policy)
    risk = ladders.risk(timer, policy)
    row = StoredTimer(
        source_id=source.id, ticket=timer.ticket, metric=timer.metric, cycle=timer.cycle, position=position,
        run=timer.run, document_id=one.versions.ids[timer.version], policy=timer.policy, priority=timer.priority,
        calendar=timer.calendar, state=timer.state, started_at=timer.started_at, fulfilled_at=timer.fulfilled_at,
        cancelled_at=timer.cancelled_at, cancel_reason=timer.cancel_reason, target_seconds=timer.target_seconds,
        elapsed_seconds=timer.elapsed_seconds, remaining_seconds=timer.remaining_seconds, due_at=timer.due_at,
        original_due_at=timer.original_due_at, breached_at=timer.breached_at, retroactive=timer.retroactive,
        pause_reasons=timer.pause_reasons, risk_at=risk.at, risk_seconds=risk.remaining_seconds,
        ladder=ladders.entries(timer, policy), computed_at=one.as_of, next_check_at=None,
    )  # fmt: skip
    return ladders.with_next_check(row, stood, document.calendar(timer.calendar))


def _least(instants: Iterable[Instant | None]) -> Instant | None:
    return min((instant for instant in instants if instant is not None), default=None)

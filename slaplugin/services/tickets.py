"""One ticket as its page shows it: its timers, why each stands where it stands, and whom it was told to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy.orm import Session

from slaplugin.clock import Clock
from slaplugin.domain import explain
from slaplugin.domain.calendars import Calendar, Span
from slaplugin.domain.events import SourceEvent, TicketEvent
from slaplugin.domain.explain import Segment
from slaplugin.domain.instants import Instant
from slaplugin.errors import NotFound
from slaplugin.services import acknowledgements, chips, health, lookup, projection, queue, steps
from slaplugin.services.chips import Chip
from slaplugin.services.health import Notice, SourceHealth
from slaplugin.services.ladders import MARKS
from slaplugin.services.policies import Documents
from slaplugin.services.steps import Step
from slaplugin.store import deliveries, escalations, events, sources, tickets, timers
from slaplugin.store.escalations import StoredAcknowledgement, StoredEscalation
from slaplugin.store.tickets import StoredTicket
from slaplugin.store.timers import StoredTimer

REDRAW_SECONDS = 60
"""A page that only counts is the same for so long; then its picture is drawn anew."""

Actor: TypeAlias = Literal["requester", "agent", "other"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, for the line above a strip. `name` is who did it, as the helpdesk calls them."""

    id: str
    at: Instant
    kind: str
    actor: Actor
    name: str | None
    status: str | None
    public: bool


@dataclass(frozen=True, slots=True)
class Threshold:
    """A step of the ladder on the strip: its rule and its instant as things stand."""

    rule: str
    instant: Instant


@dataclass(frozen=True, slots=True)
class TimerView:
    """One timer: its countdown, its segments up to now or its end, and what its calendar says of the time after.

    `segments` is empty where the ticket cannot be replayed.
    """

    chip: Chip
    timer: StoredTimer
    calendar: Calendar
    segments: tuple[Segment, ...]
    ahead: tuple[Span, ...]
    thresholds: tuple[Threshold, ...]
    acknowledged: StoredAcknowledgement | None
    waits: bool

    @property
    def counted_seconds(self) -> int:
        """What the counted segments add up to."""
        return sum(one.seconds for one in self.segments if one.kind == "counted")


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Everything on the page, as of `now`. `trouble` says why the ticket could not be read or replayed."""

    now: Instant
    source: SourceHealth
    ticket: StoredTicket
    tier_rank: int | None
    timers: tuple[TimerView, ...]
    marks: tuple[Mark, ...]
    steps: tuple[Step, ...]
    trouble: str | None
    notice: Notice | None
    sources: tuple[SourceHealth, ...]

    @property
    def waits(self) -> bool:
        """An escalation was sent and nobody has acknowledged it."""
        return any(view.waits for view in self.timers)

    @property
    def acknowledged(self) -> tuple[StoredAcknowledgement, ...]:
        """Who took which of the open timers."""
        return tuple(view.acknowledged for view in self.timers if view.acknowledged and view.chip.is_open)

    @property
    def fingerprint(self) -> str:
        """The same as long as nothing changed but the time, for up to a minute."""
        notice = None if self.notice is None else (self.notice.kind, self.notice.since)
        parts = (
            self.ticket, [(view.chip.lasting, view.waits, view.acknowledged) for view in self.timers], self.marks,
            self.steps, self.trouble, notice, self.now // REDRAW_SECONDS,
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def find(session: Session, source: str, ticket: str) -> tuple[str, StoredTicket]:
    """The ticket that an address means, with its source's name: stable id first, then what people call it.

    Raises NotFound.
    """
    stored = sources.by_name(session, source)
    found = None if stored is None else tickets.get(session, stored.id, ticket)
    if stored is not None and found is not None:
        return stored.name, found
    address = f"{source}:{ticket}" if stored is not None else f"{source}/{ticket}" if ticket else source
    found = lookup.ticket(session, address)
    owner = sources.get(session, found.source_id)
    if owner is None:
        raise NotFound(f"there is no ticket {address!r}; its source was removed")
    return owner.name, found


def page(session: Session, documents: Documents, now: Instant, source: str, ticket: str) -> TicketPage:
    """The page of one ticket by its address; raises NotFound. A fixed number of queries."""
    known = health.of_sources(session, now)
    own = next((one for one in known if one.name == source), None)
    stored = None if own is None else tickets.get(session, own.id, ticket)
    if own is None or stored is None:
        raise NotFound(f"there is no ticket {source}:{ticket}")
    rows = timers.of_tickets(session, own.id, [ticket])[ticket]
    pair = (own.id, ticket)
    recorded = escalations.of_tickets(session, [pair])[pair]
    taken = escalations.acknowledgements(session, [pair])[pair]
    told = deliveries.of_messages(session, [one.message_id for one in recorded if one.message_id is not None])
    trouble = next((one.message for one in sources.set_aside_tickets(session, own.id) if one.ticket == ticket), None)
    logged = events.of_tickets(session, own.id, [ticket])[ticket]
    feed = projection.feed(logged, projection.mapping_of(session, own.id), source, documents.versions(session))
    explained = explain.explain(feed.events, feed.versions.versions, now) if trouble is None else {}
    views = tuple(
        _view(row, documents.get(session, row.document_id).calendar(row.calendar), explained.get(row.key, ()), recorded,
              taken, now)
        for row in rows
    )  # fmt: skip
    ladders = [(view.timer, view.calendar, view.acknowledged is not None) for view in views]
    return TicketPage(
        now=now, source=own, ticket=stored, tier_rank=queue.tier_rank(documents, session, rows[-1]) if rows else None,
        timers=tuple(sorted(views, key=_urgency)), marks=_marks(feed.events, logged),
        steps=steps.of_ticket(ladders, recorded, told), trouble=trouble,
        notice=health.notice(known, health.last_tick(session), now), sources=known,
    )  # fmt: skip


def acknowledge(session: Session, clock: Clock, source: str, ticket: str, by: str, note: str = "") -> str:
    """Take every timer of a ticket that waits for somebody; returns the key that people know.

    Raises NotFound when there is no such ticket.
    """
    key, waiting = _waiting(session, source, ticket)
    for metric, cycle in waiting:
        acknowledgements.acknowledge(session, clock, source, ticket, metric, cycle, by, note)
    return key


def withdraw(session: Session, clock: Clock, source: str, ticket: str, by: str) -> str:
    """Undo what `by` has acknowledged of a ticket's open timers; returns the key. Raises NotFound."""
    with session.begin():
        stored, rows = _stored(session, source, ticket)
        pair = (stored.source_id, ticket)
        open_keys = {row.key for row in rows if row.state in ("active", "paused")}
        taken = escalations.acknowledgements(session, [pair])[pair]
        own = [(one.metric, one.cycle) for one in taken if one.by == by]
    for metric, cycle in open_keys.intersection(own):
        acknowledgements.withdraw(session, clock, source, ticket, metric, cycle)
    return stored.key


def _waiting(session: Session, source: str, ticket: str) -> tuple[str, list[tuple[str, int]]]:
    with session.begin():
        stored, rows = _stored(session, source, ticket)
        pair = (stored.source_id, ticket)
        recorded = escalations.of_tickets(session, [pair])[pair]
        taken = escalations.acknowledgements(session, [pair])[pair]
        open_rows = [row for row in rows if row.state in ("active", "paused")]
        return stored.key, [row.key for row in open_rows if queue.is_waiting(row.key, recorded, taken)]


def _stored(session: Session, source: str, ticket: str) -> tuple[StoredTicket, list[StoredTimer]]:
    owner = sources.by_name(session, source)
    stored = None if owner is None else tickets.get(session, owner.id, ticket)
    if owner is None or stored is None:
        raise NotFound(f"there is no ticket {source}:{ticket}; it may have been removed")
    return stored, timers.of_tickets(session, owner.id, [ticket])[ticket]


def _view(row: StoredTimer, calendar: Calendar, segments: Sequence[Segment], recorded: Sequence[StoredEscalation],
          taken: Sequence[StoredAcknowledgement], now: Instant) -> TimerView:  # fmt: skip
    chip = chips.chip(row, calendar, now)
    return TimerView(
        chip=chip, timer=row, calendar=calendar, segments=tuple(segments),
        ahead=tuple(_ahead(chip, calendar, segments)),
        thresholds=tuple(
            Threshold(entry["rule"], int(entry["instant"]))
            for entry in row.ladder if entry["rule"] not in MARKS and entry["instant"] is not None
        ),
        acknowledged=next((one for one in taken if (one.metric, one.cycle) == row.key), None),
        waits=chip.is_open and queue.is_waiting(row.key, recorded, taken),
    )  # fmt: skip


def _ahead(chip: Chip, calendar: Calendar, segments: Sequence[Segment]) -> list[Span]:
    """What comes after now as far as a strip reaches: past due by a tenth, and to the end of that window."""
    if chip.state != "active" or chip.due_at is None or not segments:
        return []
    start = segments[0].start
    end = max(chip.due_at, chip.at) + max((max(chip.due_at, chip.at) - start) // 10, 60)
    if not calendar.is_always_open and calendar.is_open(chip.due_at):
        closes = calendar.open_until(chip.due_at)
        if closes is not None and closes - chip.due_at < chips.DAY_SECONDS:
            end = max(end, closes)
    return calendar.spans(chip.at, end)


def _urgency(view: TimerView) -> tuple[int, Instant]:
    """Active ones by due, then paused, then the latest that ended."""
    order = {"active": 0, "paused": 1}.get(view.chip.state, 2)
    ended = view.timer.fulfilled_at or view.timer.cancelled_at or 0
    return (order, (view.chip.due_at or 0) if order == 0 else -ended)


def _marks(feed: Sequence[TicketEvent], logged: Sequence[SourceEvent]) -> tuple[Mark, ...]:
    names = {event.id: event.actor.name or event.actor.id for event in logged if event.actor is not None}
    return tuple(
        Mark(event.id, event.at, event.kind, _actor(event), names.get(event.id), event.set.get("status"), event.public)
        for event in feed
        if event.kind in ("created", "replied", "removed", "restored") or "status" in event.set
    )


def _actor(event: TicketEvent) -> Actor:
    role = event.role or ("requester" if event.kind == "created" else "other")
    return "requester" if role == "requester" else "agent" if role == "agent" else "other"

"""The queue as its page shows it: tickets by nearest due, their countdowns, what is counted beside them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import groupby

from sqlalchemy.orm import Session

from slaplugin import wording
from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.errors import DocumentError, Problem
from slaplugin.services import chips, health
from slaplugin.services.chips import Chip
from slaplugin.services.health import Notice, SourceHealth
from slaplugin.services.ladders import MARKS
from slaplugin.services.policies import Documents
from slaplugin.store import escalations, queue
from slaplugin.store.escalations import StoredAcknowledgement, StoredEscalation
from slaplugin.store.queue import COUNT_LIMIT as COUNT_LIMIT
from slaplugin.store.queue import SECTIONS, TABS, Listed, Listing, Position, Tab
from slaplugin.store.tickets import StoredTicket
from slaplugin.store.timers import StoredTimer

PAGE_SIZE = 100
RECENT_SECONDS = 3_600
HOUR_SECONDS = 3_600
QUERY_LIMIT = 200
LARGEST = 2**53
PAUSED_NOTE = "no due time until they resume"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the page asks for."""

    tab: Tab = "all"
    query: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket. `tier_rank` is its tier's place in the policy document, from 1.

    `waits` says that an escalation was sent and nobody has acknowledged it; `acknowledged_by` who did.
    """

    source: str
    kind: str
    ticket: StoredTicket
    chip: Chip | None
    others: tuple[Chip, ...]
    tier_rank: int | None
    waits: bool
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading. `is_whole` is false when more of it stands on another page."""

    title: str
    note: str
    rows: tuple[Row, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Everything on the page, as of `now`. `next` is the cursor of the page behind this one."""

    filters: Filters
    now: Instant
    groups: tuple[Group, ...]
    counts: dict[Tab, int]
    next_due_at: Instant | None
    next: str | None
    is_first: bool
    sources: tuple[SourceHealth, ...]
    notice: Notice | None

    @property
    def fingerprint(self) -> str:
        """The same as long as nothing changed but the time that is counting down."""
        health_state = None if self.notice is None else (self.notice.kind, self.notice.since, self.notice.source)
        lasting = [
            (group.title, [_lasting(row) for row in group.rows], group.is_whole) for group in self.groups
        ]  # fmt: skip
        parts = (self.filters, lasting, self.counts, self.next_due_at, self.next, health_state, len(self.sources))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def filters(tab: str | None, query: str | None, closed: bool) -> Filters:
    """Read what an address asks for; raises DocumentError when it makes no sense."""
    problems = []
    if tab is not None and tab not in TABS:
        problems.append(Problem("tab", f"there is no tab {tab[:40]!r}; there are {', '.join(TABS)}"))
    if query is not None and len(query) > QUERY_LIMIT:
        problems.append(Problem("q", f"search for at most {QUERY_LIMIT} characters"))
    if problems:
        raise DocumentError("the address of this page", problems)
    return Filters(next((one for one in TABS if one == tab), "all"), (query or "").strip(), closed)


def page(
    session: Session,
    documents: Documents,
    now: Instant,
    zone: tzinfo,
    wanted: Filters,
    after: str | None = None,
    size: int = PAGE_SIZE,
) -> QueuePage:
    """One page of the queue; the same number of queries for ten tickets and for a million.

    `after` is the `next` of the page before. Raises DocumentError when it is not one.
    """  # fmt: skip
    listing = Listing(wanted.tab, now, now - RECENT_SECONDS, wanted.query, wanted.closed)
    listed = queue.page(session, listing, size + 1, None if after is None else _position(after))
    has_more = len(listed) > size
    listed = listed[:size]
    known = health.of_sources(session, now)
    summary = queue.summary(session, listing)
    rows = _rows(session, documents, listed, listing, {source.id: source for source in known})
    return QueuePage(
        filters=wanted, now=now, groups=_groups(listed, rows, now, zone, after is not None, has_more),
        counts=summary.counts, next_due_at=summary.next_due_at,
        next=_cursor(listed[-1].position) if has_more else None, is_first=after is None, sources=known,
        notice=health.notice(known, summary.ticked_at, now),
    )  # fmt: skip


def is_waiting(key: tuple[str, int], sent: Sequence[StoredEscalation], taken: Sequence[StoredAcknowledgement]) -> bool:
    """Whether an escalation of this timer was sent to somebody and nobody has acknowledged it."""
    told = any(
        (one.metric, one.cycle) == key and one.outcome == "sent" and one.rule not in MARKS for one in sent
    )  # fmt: skip
    return told and all((one.metric, one.cycle) != key for one in taken)


def tier_rank(documents: Documents, session: Session, timer: StoredTimer) -> int | None:
    """The place of a timer's tier in its policy document, from 1."""
    tiers = documents.get(session, timer.document_id).priorities
    return tiers.index(timer.priority) + 1 if timer.priority in tiers else None


def _rows(session: Session, documents: Documents, listed: Sequence[Listed], listing: Listing,
          known: dict[int, SourceHealth]) -> list[Row]:  # fmt: skip
    pairs = [(one.ticket.source_id, one.ticket.ticket) for one in listed]
    ended = [
        (one.ticket.source_id, one.ticket.ticket) for one in listed if one.position.section in ("met", "closed")
    ]  # fmt: skip
    timers = queue.timers(session, pairs, listing.met_since, ended)
    sent = escalations.of_tickets(session, pairs)
    taken = escalations.acknowledgements(session, pairs)
    rows = []
    for one, pair in zip(listed, pairs, strict=True):
        own = timers[pair]
        made = [_chip(session, documents, timer, listing.now) for timer in own]
        main, others = _main(made, one.position.section)
        waits = any(is_waiting(timer.key, sent[pair], taken[pair]) for timer in own if timer.state != "fulfilled")
        keys = {timer.key for timer in own}
        by = next((ack.by for ack in taken[pair] if (ack.metric, ack.cycle) in keys), None)
        source = known[pair[0]]
        rank = tier_rank(documents, session, own[-1]) if own else None
        rows.append(Row(source.name, source.kind, one.ticket, main, others, rank, waits, None if waits else by))
    return rows


def _chip(session: Session, documents: Documents, timer: StoredTimer, now: Instant) -> Chip:
    return chips.chip(timer, documents.get(session, timer.document_id).calendar(timer.calendar), now)


def _main(made: Sequence[Chip], section: str) -> tuple[Chip | None, tuple[Chip, ...]]:
    """The chip that puts the ticket where it stands, and the other open ones."""

    def place(chip: Chip) -> tuple[bool, int]:
        if section == "due":
            return (chip.state != "active", chip.due_at or 0)
        if section == "paused":
            return (chip.state != "paused", 0)
        return (chip.fulfilled_at is None, -(chip.fulfilled_at or 0))

    ordered = sorted(made, key=place)
    if not ordered:
        return None, ()
    return ordered[0], tuple(chip for chip in ordered[1:] if chip.is_open)


def _groups(listed: Sequence[Listed], rows: Sequence[Row], now: Instant, zone: tzinfo, continued: bool,
            has_more: bool) -> tuple[Group, ...]:  # fmt: skip
    titled = [(_title(one, now, zone), row) for one, row in zip(listed, rows, strict=True)]
    groups = [
        Group(title, PAUSED_NOTE if title == "Paused" else "", tuple(row for _, row in members), True)
        for title, members in groupby(titled, key=lambda pair: pair[0])
    ]
    last = len(groups) - 1
    cut = ({last} if has_more else set()) | ({0} if continued else set())
    return tuple(replace(one, is_whole=place not in cut) for place, one in enumerate(groups))


def _title(one: Listed, now: Instant, zone: tzinfo) -> str:
    section, due_at = one.position.section, one.ticket.next_due_at
    if section != "due" or due_at is None:
        return {"paused": "Paused", "met": "Met in the last hour"}.get(section, "Closed")
    if due_at < now:
        return "Past due"
    if due_at <= now + HOUR_SECONDS:
        return "Within the hour"
    today = instants.as_datetime(now).astimezone(zone).date()
    if instants.as_datetime(due_at).astimezone(zone).date() == today:
        return "Later today"
    return wording.day(due_at, now, zone)


def _lasting(row: Row) -> tuple[object, ...]:
    shown = row.chip.lasting if row.chip is not None else None
    return (row.source, row.ticket, shown, [chip.lasting for chip in row.others], row.tier_rank, row.waits,
            row.acknowledged_by)  # fmt: skip


def _cursor(position: Position) -> str:
    text = json.dumps([position.section, position.rank, position.source_id, position.ticket], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(cursor: str) -> Position:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        section, rank, source_id, ticket = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        section = None
        rank = source_id = ticket = None
    numbers = (rank, source_id)
    if (
        section not in SECTIONS
        or any(type(value) is not int or abs(value) > LARGEST for value in numbers)
        or not isinstance(ticket, str)
    ):
        problem = Problem("after", "is not the end of a page; go back to the first page")
        raise DocumentError("the address of this page", [problem])
    return Position(section, rank, source_id, ticket)

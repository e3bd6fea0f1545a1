"""The listings of the queue: one query for a page, one for everything that is counted beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import Beat, Ticket, TimerRow
from slaplugin.store.tickets import StoredTicket
from slaplugin.store.timers import StoredTimer

Tab: TypeAlias = Literal["all", "risk", "breached", "paused", "met"]
TABS: tuple[Tab, ...] = ("all", "risk", "breached", "paused", "met")
Section: TypeAlias = Literal["due", "paused", "met", "closed"]
SECTIONS: tuple[Section, ...] = ("due", "paused", "met", "closed")

COUNT_LIMIT = 1_000
"""Counting stops there: a page says "1,000+" instead of reading a million rows."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which tickets, as of `now`. `query` is searched in key, subject and customer; `closed` adds tickets without an
    open timer; `met_since` is where "recently" begins."""

    tab: Tab
    now: Instant
    met_since: Instant
    query: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a row stands in the order of a listing; the next page begins behind it."""

    section: Section
    rank: int
    source_id: int
    ticket: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket at its place."""

    position: Position
    ticket: StoredTicket


@dataclass(frozen=True, slots=True)
class Summary:
    """Tickets by tab, each at most COUNT_LIMIT + 1; the next due instant from now on; the scheduler's last tick."""

    counts: dict[Tab, int]
    next_due_at: Instant | None
    ticked_at: Instant | None


def page(session: Session, listing: Listing, limit: int, after: Position | None = None) -> list[Listed]:
    """The first `limit` tickets of a listing, or those behind `after`; one query, whatever the sections.

    Walks ix_sla_ticket_due, ix_sla_ticket_paused and ix_sla_ticket_met, each for one section.
    """
    parts = page_queries(listing, limit, after)
    if not parts:
        return []
    rows = session.execute(union_all(*(select(part.subquery()) for part in parts)))
    found = [_listed(row) for row in rows]
    found.sort(key=lambda one: (SECTIONS.index(one.position.section), one.position.rank, *_address(one)))
    return found[:limit]


def page_queries(listing: Listing, limit: int, after: Position | None = None) -> list[Select[Any]]:
    """The queries that `page` joins: for each section its first rows behind `after`."""
    first = SECTIONS.index(after.section) if after is not None else 0
    wanted = [section for section in _sections(listing) if SECTIONS.index(section) >= first]
    return [_section(section, listing, limit, after) for section in wanted]


def summary(session: Session, listing: Listing) -> Summary:
    """Everything that the page says beside its rows, in one query. The search is not applied to the counts."""
    columns = [_capped(_of_tab(tab, listing)).label(tab) for tab in TABS]
    next_due = select(func.min(Ticket.next_due_at)).where(
        Ticket.next_due_at >= listing.now, Ticket.next_due_at.is_not(None)
    )
    ticked = select(Beat.at).where(Beat.name == "tick")
    row = session.execute(
        select(*columns, next_due.scalar_subquery().label("next_due"), ticked.scalar_subquery().label("ticked"))
    ).one()
    return Summary({tab: getattr(row, tab) for tab in TABS}, row.next_due, row.ticked)


def timers(
    session: Session, pairs: Sequence[tuple[int, str]], ended_since: Instant, ended: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], list[StoredTimer]]:
    """Open timers of these (source, ticket) pairs and those fulfilled since; of the pairs in `ended` every one.

    In the engine's order. Uses the primary key.
    """
    found: dict[tuple[int, str], list[StoredTimer]] = {pair: [] for pair in pairs}
    if not pairs:
        return found
    address = tuple_(TimerRow.source_id, TimerRow.ticket)
    wanted = [TimerRow.state.in_(["active", "paused"]), TimerRow.fulfilled_at >= ended_since]
    if ended:
        wanted.append(and_(address.in_(list(ended)), TimerRow.state == "fulfilled"))
    query = (
        select(*TimerRow.__table__.columns)
        .where(address.in_(list(pairs)), or_(*wanted))
        .order_by(TimerRow.position, TimerRow.metric, TimerRow.cycle)
    )
    for row in session.execute(query):
        found[(row.source_id, row.ticket)].append(StoredTimer(**row._mapping))
    return found


_COLUMNS = tuple(Ticket.__table__.columns)


def _sections(listing: Listing) -> Sequence[Section]:
    by_tab: dict[Tab, tuple[Section, ...]] = {
        "all": ("due", "paused", "met"), "risk": ("due",), "breached": ("due", "paused"), "paused": ("paused",),
        "met": ("met",),
    }  # fmt: skip
    sections = by_tab[listing.tab]
    return (*sections, "closed") if listing.closed and listing.query and listing.tab == "all" else sections


def _section(section: Section, listing: Listing, limit: int, after: Position | None) -> Select[Any]:
    order = {
        "due": Ticket.next_due_at, "paused": Ticket.paused_at, "met": -Ticket.met_at, "closed": literal(0),
    }[section]  # fmt: skip
    query = select(literal(section).label("section"), order.label("rank"), *_COLUMNS).where(
        _in_section(section, listing), *_searched(listing.query)
    )
    if after is not None and after.section == section:
        query = query.where(_behind(section, order, after))
    by_rank = [Ticket.met_at.desc()] if section == "met" else [] if section == "closed" else [order]
    return query.order_by(*by_rank, Ticket.source_id, Ticket.ticket).limit(limit)


def _in_section(section: Section, listing: Listing) -> ColumnElement[bool]:
    """The rows of one section. In `all` a ticket stands in one section only; the other tabs are lists of their own."""
    no_due, not_paused = Ticket.next_due_at.is_(None), Ticket.paused_at.is_(None)
    if section == "due":
        narrower = {"risk": _at_risk(listing.now), "breached": _breached(listing.now)}.get(listing.tab)
        due = Ticket.next_due_at.is_not(None)
        return due if narrower is None else and_(due, narrower)
    if section == "paused":
        paused = Ticket.paused_at.is_not(None)
        if listing.tab == "paused":
            return paused
        return and_(paused, no_due, _breached(listing.now)) if listing.tab == "breached" else and_(paused, no_due)
    met = and_(Ticket.met_at.is_not(None), Ticket.met_at >= listing.met_since)
    if section == "met":
        return met if listing.tab == "met" else and_(met, no_due, not_paused)
    older = or_(Ticket.met_at.is_(None), Ticket.met_at < listing.met_since)
    return and_(no_due, not_paused, older, Ticket.removed.is_(False))


def _of_tab(tab: Tab, listing: Listing) -> ColumnElement[bool]:
    now = listing.now
    return {
        "all": or_(Ticket.next_due_at.is_not(None), Ticket.paused_at.is_not(None)),
        "risk": and_(Ticket.next_due_at.is_not(None), _at_risk(now)),
        "breached": _breached(now),
        "paused": Ticket.paused_at.is_not(None),
        "met": and_(Ticket.met_at.is_not(None), Ticket.met_at >= listing.met_since),
    }[tab]


def _at_risk(now: Instant) -> ColumnElement[bool]:
    """Some timer of the ticket is at risk; the ticket's own column, passed by breached ones too, only narrows."""
    timer = exists().where(
        TimerRow.source_id == Ticket.source_id, TimerRow.ticket == Ticket.ticket, TimerRow.state == "active",
        TimerRow.breached_at.is_(None), TimerRow.risk_at <= now, TimerRow.due_at >= now,
    )  # fmt: skip
    return and_(Ticket.risk_at <= now, timer)


def _breached(now: Instant) -> ColumnElement[bool]:
    return Ticket.breach_at < now


def _capped(wanted: ColumnElement[bool]) -> Any:
    some = select(literal(1)).select_from(Ticket).where(wanted).limit(COUNT_LIMIT + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _searched(query: str) -> list[ColumnElement[bool]]:
    if not query:
        return []
    columns = (Ticket.key, Ticket.subject, Ticket.customer, Ticket.customer_name)
    return [or_(*(column.icontains(query, autoescape=True) for column in columns))]


def _behind(section: Section, order: Any, after: Position) -> ColumnElement[bool]:
    if section == "met":
        same = and_(Ticket.met_at == -after.rank, _address_behind(after))
        return or_(Ticket.met_at < -after.rank, same)
    if section == "closed":
        return _address_behind(after)
    return tuple_(order, Ticket.source_id, Ticket.ticket) > tuple_(
        literal(after.rank), literal(after.source_id), literal(after.ticket)
    )


def _address_behind(after: Position) -> ColumnElement[bool]:
    return tuple_(Ticket.source_id, Ticket.ticket) > tuple_(literal(after.source_id), literal(after.ticket))


def _listed(row: Any) -> Listed:
    values = dict(row._mapping)
    section, rank = values.pop("section"), values.pop("rank")
    ticket = StoredTicket(**values)
    return Listed(Position(section, int(rank), ticket.source_id, ticket.ticket), ticket)


def _address(one: Listed) -> tuple[int, str]:
    return (one.position.source_id, one.position.ticket)

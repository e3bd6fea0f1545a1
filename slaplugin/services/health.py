"""How old the data is and whether anything works: said wherever a countdown stands, because a stale queue lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.errors import SchemaError
from slaplugin.store import leases, sources
from slaplugin.store.sources import Quarantined, StoredSource

STALE_INTERVALS = 3
SCHEDULER_SILENT_SECONDS = 120
TICK = "tick"

SourceState: TypeAlias = Literal["fresh", "stale", "stopped", "importing", "off"]
NoticeKind: TypeAlias = Literal["scheduler", "stopped", "stale", "importing"]

_WORST_FIRST: tuple[Literal["stopped", "stale", "importing"], ...] = ("stopped", "stale", "importing")


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source as its readers see it. `read_at` is the last pull, null before the first."""

    id: int
    name: str
    kind: str
    state: SourceState
    read_at: Instant | None
    created_at: Instant
    webhook_at: Instant | None
    pull_interval_seconds: int
    failures: int
    error: str | None
    error_at: Instant | None
    import_done: int
    import_total: int | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """The one thing to say above the times: the worst that is true now. `since` is when it began, if known."""

    kind: NoticeKind
    since: Instant | None
    source: SourceHealth | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A ticket that cannot be read or replayed, with the source's name."""

    source: str
    ticket: str
    stage: str
    message: str
    first_at: Instant
    last_at: Instant


def of_sources(session: Session, now: Instant) -> tuple[SourceHealth, ...]:
    """Every source by name."""
    return tuple(_health(source, now) for source in sources.every(session))


def set_aside(session: Session) -> list[SetAside]:
    """Tickets that are set aside, the latest first."""
    names = {source.id: source.name for source in sources.every(session)}
    return [_named(one, names) for one in sources.set_aside_tickets(session)]


def last_tick(session: Session) -> Instant | None:
    """When the scheduler last gave a sign of life; the cheapest question that shows whether the database answers."""
    return leases.last_sign(session, TICK)


def notice(known: Sequence[SourceHealth], ticked_at: Instant | None, now: Instant) -> Notice | None:
    """What has to be said above the times, the worst first; nothing when all is well or nothing is connected."""
    if not known:
        return None
    if now - (ticked_at or min(source.created_at for source in known)) > SCHEDULER_SILENT_SECONDS:
        return Notice("scheduler", ticked_at)
    for kind in _WORST_FIRST:
        found = [source for source in known if source.state == kind]
        if found:
            oldest = min(found, key=lambda source: source.read_at or source.created_at)
            return Notice(kind, oldest.read_at, oldest)
    return None


def is_outage(error: BaseException) -> bool:
    """Whether the database is at fault: it does not answer, is locked, or does not have our tables."""
    return isinstance(error, (DBAPIError, SchemaError))


def _health(source: StoredSource, now: Instant) -> SourceHealth:
    return SourceHealth(
        id=source.id, name=source.name, kind=source.kind, state=_state(source, now), read_at=source.last_pull_at,
        created_at=source.created_at, webhook_at=source.last_webhook_at,
        pull_interval_seconds=source.pull_interval_seconds, failures=source.failures, error=source.error,
        error_at=source.error_at, import_done=source.import_done, import_total=source.import_total,
        notes=tuple(source.notes),
    )  # fmt: skip


def _state(source: StoredSource, now: Instant) -> SourceState:
    if source.state != "active":
        return "stopped" if source.state == "stopped" else "off"
    if now - (source.last_pull_at or source.created_at) > STALE_INTERVALS * source.pull_interval_seconds:
        return "stale"
    return "importing" if source.live_from is None else "fresh"


def _named(one: Quarantined, names: dict[int, str]) -> SetAside:
    name = names.get(one.source_id, str(one.source_id))
    return SetAside(name, one.ticket, one.stage, one.message, one.first_at, one.last_at)

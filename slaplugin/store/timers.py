"""Timer rows and the due index over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import Source, TimerRow

BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredTimer:
    """A timer as it stood at `computed_at`, the instant of the last fact about its ticket.

    What has happened since follows from `due_at` and the calendar: an active timer is breached once `due_at` has
    passed. `ladder` holds the current run's steps: rule, repeat, instant, and what to do.
    """

    source_id: int
    ticket: str
    metric: str
    cycle: int
    position: int
    run: int
    document_id: int
    policy: str
    priority: str
    calendar: str
    state: str
    started_at: Instant
    fulfilled_at: Instant | None
    cancelled_at: Instant | None
    cancel_reason: str | None
    target_seconds: int
    elapsed_seconds: int
    remaining_seconds: int
    due_at: Instant | None
    original_due_at: Instant | None
    breached_at: Instant | None
    retroactive: bool
    pause_reasons: Sequence[str]
    risk_at: Instant | None
    risk_seconds: int | None
    ladder: Sequence[Mapping[str, Any]]
    computed_at: Instant
    next_check_at: Instant | None

    @property
    def key(self) -> tuple[str, int]:
        """Metric and cycle: which timer of its ticket."""
        return (self.metric, self.cycle)


_COLUMNS = tuple(TimerRow.__table__.columns)


def of_tickets(session: Session, source_id: int, tickets: Sequence[str]) -> dict[str, list[StoredTimer]]:
    """Timers of these tickets in the engine's order. Uses the primary key."""
    found: dict[str, list[StoredTimer]] = {ticket: [] for ticket in tickets}
    for first in range(0, len(tickets), BATCH):
        query = (
            select(*_COLUMNS)
            .where(TimerRow.source_id == source_id, TimerRow.ticket.in_(list(tickets[first : first + BATCH])))
            .order_by(TimerRow.ticket, TimerRow.position, TimerRow.metric, TimerRow.cycle)
        )
        for row in session.execute(query):
            found[row.ticket].append(StoredTimer(**row._mapping))
    return found


def replace(session: Session, source_id: int, tickets: Sequence[str], timers: Iterable[StoredTimer]) -> None:
    """Put these timers in the place of all that the tickets had."""
    for first in range(0, len(tickets), BATCH):
        session.execute(
            delete(TimerRow).where(
                TimerRow.source_id == source_id, TimerRow.ticket.in_(list(tickets[first : first + BATCH]))
            )
        )
    rows = [_values(timer) for timer in timers]
    if rows:
        session.execute(TimerRow.__table__.insert(), rows)  # type: ignore[attr-defined]


def due_query(now: Instant, limit: int) -> Select[Any]:
    """Timers of live sources whose next check has come, oldest first. Uses ix_sla_timer_next_check."""
    return (
        select(*_COLUMNS, Source.live_from, Source.name.label("source_name"))
        .join(Source, Source.id == TimerRow.source_id)
        .where(TimerRow.next_check_at <= now, TimerRow.next_check_at.is_not(None), Source.live_from.is_not(None))
        .order_by(TimerRow.next_check_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=TimerRow)
    )


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A claimed timer with what deciding about it needs of its source."""

    timer: StoredTimer
    live_from: Instant
    source_name: str


def claim_due(session: Session, now: Instant, limit: int) -> list[DueTimer]:
    """Take due timers for this transaction: nobody else sees them until it ends.

    On SQLite the transaction holds the write lock; on PostgreSQL other workers skip the locked rows.
    """
    claimed = []
    for row in session.execute(due_query(now, limit)):
        values = dict(row._mapping)
        live_from, source_name = values.pop("live_from"), values.pop("source_name")
        claimed.append(DueTimer(StoredTimer(**values), live_from, source_name))
    return claimed


def reschedule(session: Session, timers: Iterable[tuple[StoredTimer, Instant | None]]) -> None:
    """Set when each timer is looked at next; None takes it out of the due index."""
    table = TimerRow.__table__
    rows = [
        {"s": timer.source_id, "t": timer.ticket, "m": timer.metric, "c": timer.cycle, "next": at}
        for timer, at in timers
    ]
    if not rows:
        return
    statement = (
        table.update()  # type: ignore[attr-defined]
        .where(
            table.c.source_id == bindparam("s"), table.c.ticket == bindparam("t"),
            table.c.metric == bindparam("m"), table.c.cycle == bindparam("c"),
        )
        .values(next_check_at=bindparam("next"))
    )  # fmt: skip
    session.connection().execute(statement, rows)


def wake(session: Session, source_id: int, now: Instant) -> None:
    """Have every active timer of a source looked at once, now: it has just gone live."""
    session.execute(
        update(TimerRow).where(TimerRow.source_id == source_id, TimerRow.state == "active").values(next_check_at=now)
    )


def _values(timer: StoredTimer) -> dict[str, Any]:
    values = asdict(timer)
    values["pause_reasons"] = list(timer.pause_reasons)
    values["ladder"] = [dict(step) for step in timer.ladder]
    return values

"""Steps of ladders that happened, and who said "mine"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import Acknowledgement, EscalationRow
from slaplugin.store.inserts import insert

BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredEscalation:
    """One step that happened; the fields up to `repeat` are its natural key."""

    source_id: int
    ticket: str
    metric: str
    cycle: int
    run: int
    rule: str
    repeat: int
    instant: Instant
    recorded_at: Instant
    late_by_seconds: int
    outcome: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class StoredAcknowledgement:
    """Somebody took one cycle of a timer on themselves."""

    source_id: int
    ticket: str
    metric: str
    cycle: int
    at: Instant
    by: str
    note: str


_COLUMNS = tuple(EscalationRow.__table__.columns)
_KEY = ["source_id", "ticket", "metric", "cycle", "run", "rule", "repeat"]
_ACKNOWLEDGED = tuple(Acknowledgement.__table__.columns)


def record(session: Session, steps: Iterable[StoredEscalation]) -> None:
    """Write steps that happened; one that is recorded already stays as it is."""
    rows = [asdict(step) for step in steps]
    if rows:
        session.execute(insert(session, EscalationRow).on_conflict_do_nothing(index_elements=_KEY), rows)


def of_tickets(session: Session, tickets: Sequence[tuple[int, str]]) -> dict[tuple[int, str], list[StoredEscalation]]:
    """Recorded steps of these (source, ticket) pairs, oldest instant first. Uses the primary key."""
    found: dict[tuple[int, str], list[StoredEscalation]] = {pair: [] for pair in tickets}
    for first in range(0, len(tickets), BATCH):
        query = (
            select(*_COLUMNS)
            .where(tuple_(EscalationRow.source_id, EscalationRow.ticket).in_(list(tickets[first : first + BATCH])))
            .order_by(EscalationRow.instant, EscalationRow.repeat)
        )
        for row in session.execute(query):
            found[(row.source_id, row.ticket)].append(StoredEscalation(**row._mapping))
    return found


def acknowledge(session: Session, acknowledgement: StoredAcknowledgement) -> bool:
    """Store an acknowledgement; False when somebody was first."""
    statement = insert(session, Acknowledgement).values(**asdict(acknowledgement))
    statement = statement.on_conflict_do_nothing(index_elements=["source_id", "ticket", "metric", "cycle"])
    return session.scalar(statement.returning(Acknowledgement.at)) is not None


def withdraw_acknowledgement(session: Session, source_id: int, ticket: str, metric: str, cycle: int) -> bool:
    """Delete an acknowledgement; False when there was none."""
    result = session.execute(
        delete(Acknowledgement).where(
            Acknowledgement.source_id == source_id, Acknowledgement.ticket == ticket,
            Acknowledgement.metric == metric, Acknowledgement.cycle == cycle,
        )
    )  # fmt: skip
    return result.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def acknowledgements(
    session: Session, tickets: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], list[StoredAcknowledgement]]:
    """Acknowledgements of these (source, ticket) pairs. Uses the primary key."""
    found: dict[tuple[int, str], list[StoredAcknowledgement]] = {pair: [] for pair in tickets}
    for first in range(0, len(tickets), BATCH):
        query = select(*_ACKNOWLEDGED).where(
            tuple_(Acknowledgement.source_id, Acknowledgement.ticket).in_(list(tickets[first : first + BATCH]))
        )
        for row in session.execute(query):
            found[(row.source_id, row.ticket)].append(StoredAcknowledgement(**row._mapping))
    return found

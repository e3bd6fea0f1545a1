"""Published policy documents: versions, never edited."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import PolicyVersion


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """One published version; `content` is canonical JSON, `id` its version number."""

    id: int
    effective_at: Instant
    apply: str
    content: str
    sha256: str
    note: str
    published_by: str
    published_at: Instant


_COLUMNS = tuple(PolicyVersion.__table__.columns)


def publish(
    session: Session,
    effective_at: Instant,
    apply: str,
    content: str,
    sha256: str,
    note: str,
    published_by: str,
    published_at: Instant,
) -> int:
    """Store the next version and return its number."""  # fmt: skip
    number = (session.scalar(select(func.max(PolicyVersion.id))) or 0) + 1
    session.add(PolicyVersion(id=number, effective_at=effective_at, apply=apply, content=content, sha256=sha256,
                              note=note, published_by=published_by, published_at=published_at))  # fmt: skip
    session.flush()
    return number


def history(session: Session) -> list[StoredPolicy]:
    """Every version, oldest first."""
    query = select(*_COLUMNS).order_by(PolicyVersion.id)
    return [StoredPolicy(**row._mapping) for row in session.execute(query)]


def newest_id(session: Session) -> int | None:
    """The number of the newest version; None while nothing is published."""
    return session.scalar(select(func.max(PolicyVersion.id)))

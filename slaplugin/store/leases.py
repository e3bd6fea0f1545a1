"""Who plans, judged by counters; and signs of life that pages can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.models import Beat, Lease
from slaplugin.store.inserts import insert

NOBODY = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A lease as a candidate saw it. As long as its holder lives, `fence` and `beat` do not stand still together."""

    holder: str
    fence: int
    beat: int


def look(session: Session, name: str) -> Seen | None:
    """The lease as it stands; None when nobody ever held it."""
    row = session.execute(select(Lease.holder, Lease.fence, Lease.beat).where(Lease.name == name)).first()
    return None if row is None else Seen(*row)


def claim(session: Session, name: str, holder: str, seen: Seen | None) -> int | None:
    """Take a lease that still stands as it was `seen`; returns the new fence, None when somebody was faster."""
    if seen is None:
        statement = insert(session, Lease).values(name=name, holder=holder, fence=1, beat=0)
        once = statement.on_conflict_do_nothing(index_elements=["name"])
        # PostgreSQL inserts return their key, and SQLAlchemy then forgets the row count unless it is told.
        return 1 if _one(session.execute(once, execution_options={"preserve_rowcount": True})) else None
    result = session.execute(
        update(Lease)
        .where(Lease.name == name, Lease.fence == seen.fence, Lease.beat == seen.beat)
        .values(holder=holder, fence=seen.fence + 1, beat=0)
    )
    return seen.fence + 1 if _one(result) else None


def beat(session: Session, name: str, holder: str, fence: int) -> bool:
    """Prove that the lease is still ours, as the first statement of a transaction of the leader.

    False: somebody took over meanwhile, and this transaction must change nothing.
    """
    result = session.execute(
        update(Lease)
        .where(Lease.name == name, Lease.holder == holder, Lease.fence == fence)
        .values(beat=Lease.beat + 1)
    )
    return _one(result)


def release(session: Session, name: str, holder: str, fence: int) -> bool:
    """Give the lease up, so that the next candidate need not wait. False when it was no longer ours."""
    result = session.execute(
        update(Lease)
        .where(Lease.name == name, Lease.holder == holder, Lease.fence == fence)
        .values(holder=NOBODY, beat=Lease.beat + 1)
    )
    return _one(result)


def sign(session: Session, name: str, now: Instant) -> None:
    """Write a sign of life."""
    statement = insert(session, Beat).values(name=name, at=now)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


def last_sign(session: Session, name: str) -> Instant | None:
    """When this sign of life was last written."""
    return session.scalar(select(Beat.at).where(Beat.name == name))


def _one(result: Any) -> bool:
    return bool(result.rowcount == 1)

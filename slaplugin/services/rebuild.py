"""Timers from events: every derived row is thrown away and computed again."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from slaplugin.clock import Clock
from slaplugin.services import projection
from slaplugin.services.policies import Documents
from slaplugin.store import events, sources


def rebuild(session: Session, clock: Clock, documents: Documents, progress: Callable[[int], None] | None = None) -> int:
    """Replace the rows of every ticket by what the log says; returns how many tickets there are. Sends nothing again.

    In pieces, each in a transaction of its own: pages stay right meanwhile, and a run that is cut is simply repeated.
    What was escalated or acknowledged is no derived row and stays.
    """
    return _recompute(session, clock, documents, announce=False, progress=progress)


def recompute(session: Session, clock: Clock, documents: Documents) -> int:
    """The same after a new policy version or mapping: what changes for open timers is told to subscribers."""
    return _recompute(session, clock, documents, announce=True, progress=None)


def _recompute(session: Session, clock: Clock, documents: Documents, *, announce: bool,
               progress: Callable[[int], None] | None) -> int:  # fmt: skip
    with session.begin():
        every = sources.every(session)
    count = 0
    for source in every:
        after = ""
        while True:
            with session.begin():
                names = events.tickets(session, source.id, after, projection.BATCH)
                projection.project(session, documents.versions(session), source, names, clock.now(), announce=announce)
            if not names:
                break
            count += len(names)
            after = names[-1]
            if progress is not None:
                progress(count)
    return count

"""A ticket's feed and its explanation, straight from the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from slaplugin.domain import explain
from slaplugin.domain.explain import Segment
from slaplugin.domain.instants import Instant
from slaplugin.errors import NotFound
from slaplugin.services import projection
from slaplugin.services.policies import Documents
from slaplugin.services.projection import Feed
from slaplugin.store import events, sources


def feed(session: Session, documents: Documents, source_id: int, ticket: str) -> Feed:
    """The ticket's events as the engine takes them; raises NotFound when nothing is logged of it."""
    source = sources.get(session, source_id)
    logged = events.of_tickets(session, source_id, [ticket])[ticket]
    if source is None or not logged:
        raise NotFound(f"there is no ticket {ticket} in source {source_id}")
    document = projection.mapping_of(session, source_id)
    return projection.feed(logged, document, source.name, documents.versions(session))


def segments(
    session: Session, documents: Documents, source_id: int, ticket: str, at: Instant | None = None
) -> Mapping[tuple[str, int], Sequence[Segment]]:
    """Why each timer of a ticket stands where it stands, at `at` or at its last fact."""
    one = feed(session, documents, source_id, ticket)
    return explain.explain(one.events, one.versions.versions, one.as_of if at is None else at)

"""The published policy document: versions, publishing, and the parsed form that everybody shares."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from threading import Lock
from typing import cast

from sqlalchemy.orm import Session

from slaplugin.clock import Clock
from slaplugin.documents import policies as documents
from slaplugin.domain.policies import Apply, PolicyDocument, Version
from slaplugin.errors import Conflict, NotFound
from slaplugin.services import projection
from slaplugin.store import policies
from slaplugin.store.policies import StoredPolicy

FROM_THE_BEGINNING = 0


class Documents:
    """Parsed document versions, kept in memory: a version never changes once published."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parsed: dict[int, PolicyDocument] = {}
        self._history: tuple[int | None, projection.Versions] = (None, projection.Versions((), ()))

    def get(self, session: Session, document_id: int) -> PolicyDocument:
        """The document with this version number; raises NotFound when there is none."""
        found = self._parsed.get(document_id)
        if found is not None:
            return found
        for stored in policies.history(session):
            if stored.id == document_id:
                return self._parse(stored)
        raise NotFound(f"there is no policy version {document_id}")

    def versions(self, session: Session) -> projection.Versions:
        """Every version in order, as the engine takes them. One small query when nothing was published since."""
        newest = policies.newest_id(session)
        seen, versions = self._history
        if seen == newest:
            return versions
        stored = policies.history(session)
        versions = projection.Versions(
            tuple(Version(one.effective_at, self._parse(one), cast(Apply, one.apply)) for one in stored),
            tuple(one.id for one in stored),
        )
        self._history = (newest, versions)
        return versions

    def _parse(self, stored: StoredPolicy) -> PolicyDocument:
        with self._lock:
            if stored.id not in self._parsed:
                loaded = documents.load(stored.content, f"policy version {stored.id}")
                self._parsed[stored.id] = loaded.document
            return self._parsed[stored.id]


def publish(
    session: Session,
    clock: Clock,
    text: str,
    name: str,
    *,
    apply: str = "new_tickets",
    note: str = "",
    by: str = "command line",
) -> int:
    """Check a document and store it as the next version, in force from now; returns its number.

    The first version holds from the beginning of time, so that imported history has timers. With `open_tickets` the
    caller has to recompute. Raises DocumentError listing every problem, and Conflict when nothing would change.
    """  # fmt: skip
    loaded = documents.load(text, name)
    content = loaded.canonical.decode()
    digest = hashlib.sha256(loaded.canonical).hexdigest()
    now = clock.now()
    with session.begin():
        published = policies.history(session)
        if published and published[-1].sha256 == digest:
            raise Conflict(f"{name} is what version {published[-1].id} already says; nothing was published")
        effective_at = now if published else FROM_THE_BEGINNING
        return policies.publish(session, effective_at, apply, content, digest, note, by, now)


def history(session: Session) -> Sequence[StoredPolicy]:
    """Every published version, oldest first."""
    return policies.history(session)

"""Replies that a helpdesk deleted: found by their absence from a whole ticket."""

from __future__ import annotations

from collections.abc import Iterable

from slaplugin.domain.events import SourceEvent
from slaplugin.domain.instants import Instant


def of_deleted_replies(stored: Iterable[SourceEvent], read: Iterable[SourceEvent], now: Instant) -> list[SourceEvent]:
    """One `withdrawn` for each stored reply that is not among the events read, unless it was withdrawn before.

    `read` must hold every reply the ticket has (Page.whole). Helpdesks do not say when a reply was deleted, so the
    correction holds from its observation on, and says so. Ids are made of the reply's: finding it twice is harmless.
    """
    stored = list(stored)
    there = {event.id for event in read}
    withdrawn = {event.of for event in stored if event.kind == "withdrawn"}
    return [
        SourceEvent(
            id=f"{event.id}:deleted",
            ticket=event.ticket,
            at=max(now, event.at),
            kind="withdrawn",
            seq=event.seq,
            of=event.id,
            raw={"observed": True},
        )
        for event in stored
        if event.kind == "replied" and event.id not in there and event.id not in withdrawn
    ]

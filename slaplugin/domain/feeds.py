"""The feed of one ticket as it is known at an instant: ordered, without repeats, corrections applied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from slaplugin.domain.events import TicketEvent
from slaplugin.domain.instants import Instant


def visible(events: Iterable[TicketEvent], at: Instant) -> list[TicketEvent]:
    """What had happened by `at`, `created` first; empty when the ticket did not exist yet.

    Repeats of an id are dropped, so are events that a later `withdrawn` takes back. A `restored` takes back the
    `removed` before it. Everything behind a removal that stands is dropped: it ends the ticket. What is stamped
    before the creation happens at it, and a second `created` is a change like any other.
    """
    seen: dict[str, TicketEvent] = {}
    for event in events:
        if event.at <= at:
            seen.setdefault(event.id, event)
    ordered = sorted(seen.values(), key=lambda event: event.order)
    created = next((event for event in ordered if event.kind == "created"), None)
    if created is None:
        return []
    taken_back = {event.of for event in ordered if event.kind == "withdrawn"} - {created.id}
    feed = [created]
    for event in ordered:
        if event is created or event.kind == "withdrawn" or event.id in taken_back:
            continue
        if event.kind == "restored":
            _forget_last_removal(feed)
            continue
        if event.kind == "created":
            event = replace(event, kind="changed")
        feed.append(event if event.at >= created.at else replace(event, at=created.at))
    removal = next((index for index, event in enumerate(feed) if event.kind == "removed"), None)
    return feed if removal is None else feed[: removal + 1]


def _forget_last_removal(feed: list[TicketEvent]) -> None:
    for index in range(len(feed) - 1, 0, -1):
        if feed[index].kind == "removed":
            del feed[index]
            return

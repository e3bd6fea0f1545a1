"""The feed of one ticket as it is known at an instant: ordered, without repeats, corrections applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from slaplugin.domain.events import TicketEvent
from slaplugin.domain.instants import Instant

_order = attrgetter("order")


def visible(events: Iterable[TicketEvent], at: Instant) -> list[TicketEvent]:
    """What had happened by `at`, `created` first; empty when the ticket did not exist yet.

    Repeats of an id are dropped, so are events that a `withdrawn` takes back. A `restored` takes back the `removed`
    before it. Everything behind a removal that stands is dropped: it ends the ticket. What is stamped before the
    creation happens at it, and a second `created` is a change like any other. What is left is of the kinds `created`
    (one, the first), `changed`, `replied` and `removed` (at most one, the last).
    """
    seen: dict[str, TicketEvent] = {}
    for event in events:
        if event.at <= at and event.id not in seen:
            seen[event.id] = event
    ordered = sorted(seen.values(), key=_order)
    is_plain = True
    for event in ordered[1:]:
        if event.kind != "changed" and event.kind != "replied":
            is_plain = False
            break
    if is_plain and ordered and ordered[0].kind == "created":
        return ordered
    return _corrected(ordered)


def _corrected(ordered: Sequence[TicketEvent]) -> list[TicketEvent]:
    created = next((event for event in ordered if event.kind == "created"), None)
    if created is None:
        return []
    taken_back = _taken_back(ordered)
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


def _taken_back(ordered: Sequence[TicketEvent]) -> set[str]:
    """Ids that a withdrawal names, but for creations. Latest first: a withdrawal may be withdrawn by a later one."""
    creations = {event.id for event in ordered if event.kind == "created"}
    found: set[str] = set()
    for event in reversed(ordered):
        if event.kind == "withdrawn" and event.id not in found and event.of is not None:
            found.add(event.of)
    return found - creations


def _forget_last_removal(feed: list[TicketEvent]) -> None:
    for index in range(len(feed) - 1, 0, -1):
        if feed[index].kind == "removed":
            del feed[index]
            return

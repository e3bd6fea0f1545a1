"""From what a helpdesk says to what the engine reads: one ticket's source events, folded in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from slaplugin.domain.events import STATUSES, Kind, Role, SourceEvent, TicketEvent
from slaplugin.domain.mapping_documents import REMOVED, MappingDocument, Rule, compiled, folded, label_key

OWN_MARK = "own"
"""A connector's mark for what slaplugin itself did: its replies are dropped, its changes are the system's."""
REQUESTER_MARK = "requester"
UNKNOWN_MARK = "unknown"
"""A connector's mark for somebody the helpdesk no longer names (a deleted account): never taken for the requester."""

_DERIVED = ("status", "priority", "customer", "service", "team", "assignee")
_HANDLED = frozenset({*_DERIVED, *(f"{name}_name" for name in _DERIVED)})
_RANK = {"new": 0, "open": 0, "pending": 1, "on_hold": 2, "solved": 3, "closed": 3}


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Values a ticket carries that its mapping document does not know; for the source's health page."""

    statuses: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()


def map_ticket(
    events: Sequence[SourceEvent], document: MappingDocument | Mapping[str, Any], source: str
) -> list[TicketEvent]:
    """Fold one ticket's source events into engine events; the same input always gives the same output.

    Order is (at, seq, id) with the creation first. Status, priority, customer, service and team are looked up again
    after every event and set where they differ from before, so that a label that comes and goes moves what hangs on
    it. A status the document calls `removed` adds a `removed` event (id + "#removed"), leaving it a `restored` one.
    """
    fold = _Fold(document if isinstance(document, MappingDocument) else compiled(document), source)
    mapped: list[TicketEvent] = []
    for event in ordered(events):
        mapped += fold.step(event)
    return mapped


def unmapped(events: Iterable[SourceEvent], document: MappingDocument | Mapping[str, Any]) -> Unmapped:
    """Statuses and priorities in these events that fall back to `open` and to no tier."""
    known = document if isinstance(document, MappingDocument) else compiled(document)
    statuses, priorities = set(), set()
    for event in events:
        status, priority = event.set.get("status"), event.set.get("priority")
        if status is not None and folded(status) not in known.statuses and status not in STATUSES:
            statuses.add(str(status))
        if priority is not None and folded(str(priority)) not in known.priorities and priority not in known.tiers:
            priorities.add(str(priority))
    return Unmapped(frozenset(statuses), frozenset(priorities))


def ordered(events: Iterable[SourceEvent]) -> list[SourceEvent]:
    """A ticket's feed in the engine's order, each id once."""
    first_of: dict[str, SourceEvent] = {}
    for event in events:
        first_of.setdefault(event.id, event)
    return sorted(first_of.values(), key=lambda event: (event.kind != "created", *event.order))


class _Fold:
    """The state of one ticket while its events pass: raw fields, and what was last told to the engine."""

    def __init__(self, document: MappingDocument, source: str) -> None:
        self._document = document
        self._source = source
        self._raw: dict[str, Any] = {}
        self._told: dict[str, Any] = {}
        self._requester: str | None = None
        self._created = False
        self._removed = False

    def step(self, event: SourceEvent) -> list[TicketEvent]:
        own = event.actor is not None and OWN_MARK in event.actor.marks
        if own and event.kind == "replied":
            return []
        first = event.kind == "created" and not self._created
        self._note_requester(event, first)
        changes = self._changes(event, first)
        mapped = [
            TicketEvent(
                id=event.id,
                ticket=event.ticket,
                at=event.at,
                kind=event.kind,
                seq=event.seq,
                actor_id=None if event.actor is None else event.actor.id,
                role=self._role(event, own),
                public=event.public,
                set=changes,
                of=event.of,
            )
        ]
        gone = self._category() == REMOVED
        if gone != self._removed:
            self._removed = gone
            kind: Kind = "removed" if gone else "restored"
            mapped.append(
                TicketEvent(id=f"{event.id}#{kind}", ticket=event.ticket, at=event.at, kind=kind, seq=event.seq)
            )
        return mapped

    def _note_requester(self, event: SourceEvent, first: bool) -> None:
        requester = event.set.get("requester")
        if requester is not None:
            self._requester = str(requester)
        elif first and event.actor is not None:
            self._requester = event.actor.id

    def _changes(self, event: SourceEvent, first: bool) -> dict[str, Any]:
        self._raw.update(event.set)
        if not (first or event.set):
            return {}
        changes = {name: value for name, value in event.set.items() if name not in _HANDLED}
        if first:
            self._created = True
            changes["source"] = self._source
        for name, value in self._derived().items():
            if self._told.get(name) != value:
                changes[name] = self._told[name] = value
        return changes

    def _derived(self) -> dict[str, Any]:
        status, status_name = self._status()
        priority, priority_name = self._priority()
        found: dict[str, Any] = {
            "status": status, "status_name": status_name,
            "priority": priority, "priority_name": priority_name,
            "assignee": self._raw.get("assignee"), "assignee_name": self._raw.get("assignee_name"),
        }  # fmt: skip
        rules: tuple[tuple[str, tuple[Rule, ...]], ...] = (
            ("customer", self._document.customer),
            ("service", self._document.service),
            ("team", self._document.team),
        )
        for name, candidates in rules:
            applied = (rule.apply(self._raw) for rule in candidates)
            slug, shown = next((pair for pair in applied if pair is not None), (None, None))
            found[name], found[f"{name}_name"] = slug, shown
        return found

    def _category(self) -> str:
        raw = self._raw.get("status")
        if raw is None:
            return "new"
        known = self._document.statuses.get(folded(raw))
        return known or (raw if raw in STATUSES else "open")

    def _status(self) -> tuple[str, str | None]:
        """closed > on_hold > pending > open; a label that decides lends its own words."""
        category = self._category()
        status = "closed" if category == REMOVED else category
        name = self._raw.get("status_name") or self._raw.get("status")
        for label in self._tags():
            waiting = self._document.status_labels.get(label_key(label))
            if waiting is not None and _RANK[waiting] > _RANK[status]:
                status, name = waiting, label
        return status, name

    def _priority(self) -> tuple[str | None, str | None]:
        """The most urgent of what the field and the labels say."""
        found: list[tuple[str, str]] = []
        raw = self._raw.get("priority")
        if raw is not None:
            tier = self._document.priorities.get(folded(str(raw)))
            if tier is None and raw in self._document.tiers:
                tier = str(raw)
            if tier is not None:
                found.append((tier, str(self._raw.get("priority_name") or raw)))
        for label in self._tags():
            tier = self._document.priority_labels.get(label_key(label))
            if tier is not None:
                found.append((tier, label))
        if found:
            return min(found, key=lambda pair: self._document.urgency(pair[0]))
        return None, None if raw is None else str(self._raw.get("priority_name") or raw)

    def _tags(self) -> Sequence[str]:
        return self._raw.get("tags") or ()

    def _role(self, event: SourceEvent, own: bool) -> Role | None:
        """Who this is on this ticket: our own work, a bot, its requester, then what people and marks say.

        The first mark that the document knows decides, so connectors put the most reliable one first. Whoever creates
        a ticket is its requester unless they are known as an agent, a bot or a system.
        """
        actor = event.actor
        if actor is None:
            return "other" if event.kind == "replied" else None
        if own:
            return "system"
        listed = self._document.roles.get(folded(actor.id))
        marked = next((self._document.marks[mark] for mark in actor.marks if mark in self._document.marks), None)
        role = listed or marked
        if role in ("bot", "system"):
            return cast(Role, role)
        if event.kind == "created":
            return "agent" if role == "agent" else "requester"
        same = actor.id == self._requester and UNKNOWN_MARK not in actor.marks
        if same or REQUESTER_MARK in actor.marks:
            return "requester"
        return cast(Role, role if role in ("agent", "requester") else self._document.bystanders)

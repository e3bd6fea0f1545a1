"""A helpdesk that says what a test wrote down, and the few lines that set a source up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema
from sqlalchemy.orm import Session

from slaplugin.domain.events import SourceActor, SourceEvent
from slaplugin.sdk.contract import CheckResult, Connector, Cursor, Delivery, KnownTicket, Page
from slaplugin.services import policies
from slaplugin.services.policies import Documents
from slaplugin.store import sources
from tests.conftest import at

POLICY = """
schema: slaplugin/policy/1
priorities: [p1, p2, p3]
default_priority: p2
calendars:
  office:
    time_zone: UTC
    week: {mon-fri: ["09:00-17:00"]}
policies:
  - name: standard
    match: {}
    calendar: 24x7
    targets:
      p1: {first_response: 30m, resolution: 4h}
      p2: {first_response: {within: 1h, calendar: office}, resolution: {within: 8h, calendar: office}}
    escalations:
      - {at: 75%}
      - {at: 100%}
      - {at: "+1h", repeat: 1h, until: acknowledged}
"""

MAPPING = {
    "schema": "slaplugin/mapping/1",
    "tiers": ["p1", "p2", "p3"],
    "statuses": {"open": "open", "waiting": "pending", "done": "solved"},
    "priorities": {"high": "p1", "normal": "p2"},
    "people": {"roles": {"ada": "agent"}, "marks": {}, "bystanders": "other"},
}


class Scripted(Connector):
    """Yields the pages it was given; `failure` is raised after them, as a helpdesk that goes away would."""

    kind: ClassVar[str] = "scripted"
    settings_schema: ClassVar[type[Schema]] = Schema

    def __init__(self, *pages: Page, failure: Exception | None = None) -> None:
        self.pages = pages
        self.failure = failure
        self.asked: list[Cursor | None] = []
        self.known: list[KnownTicket | None] = []

    @classmethod
    def default_mapping(cls) -> Mapping[str, Any]:
        return MAPPING

    def check(self) -> CheckResult:
        return CheckResult(ok=True)

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        self.asked.append(cursor)
        yield from self.pages
        if self.failure is not None:
            raise self.failure

    def fetch(self, ticket: str, known: KnownTicket | None = None) -> Page:
        self.known.append(known)
        if self.failure is not None:
            raise self.failure
        return self.pages[0]

    def verify(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        return Delivery(headers["x-delivery"], body.decode().split())


def page(*events: SourceEvent, cursor: Mapping[str, Any] | None = None, **rest: Any) -> Page:
    """A page of events behind a cursor."""
    return Page(events, cursor if cursor is not None else {"seen": len(events)}, **rest)


def created(ticket: str, when: str, **fields: Any) -> SourceEvent:
    """A ticket is opened by its requester."""
    given = {"status": "open", "key": ticket.lower(), "subject": f"About {ticket}", "requester": "una", **fields}
    return SourceEvent(f"{ticket}:created", ticket, at(when), "created",
                       actor=SourceActor("una", "Una", ("requester",)), set=given)  # fmt: skip


def changed(ticket: str, when: str, **fields: Any) -> SourceEvent:
    """Fields change."""
    return SourceEvent(f"{ticket}:{when}:{sorted(fields)}", ticket, at(when), "changed", seq=2, set=fields)


def replied(ticket: str, when: str, by: str = "ada") -> SourceEvent:
    """Somebody writes; Ada is the agent, Una the requester."""
    marks: Sequence[str] = ("requester",) if by == "una" else ()
    return SourceEvent(f"{ticket}:{when}:{by}", ticket, at(when), "replied", seq=1,
                       actor=SourceActor(by, by.title(), tuple(marks)))  # fmt: skip


def new_source(session: Session, clock: Any, name: str = "desk", *, live: bool = True) -> int:
    """A source with its mapping; live since the beginning unless the test imports first."""
    with session.begin():
        source_id = sources.add(session, name, "scripted", {}, None, 300, clock.now())
        sources.add_mapping(session, source_id, MAPPING, "", clock.now())
        if live:
            sources.change(session, source_id, live_from=at("2026-01-01T00:00Z"))
    return source_id


def published(session: Session, clock: Any, text: str = POLICY) -> Documents:
    """Publish a policy and return the cache that everybody shares."""
    policies.publish(session, clock, text, "policy.yaml")
    return Documents()

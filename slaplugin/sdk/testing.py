"""What every connector has to pass, and what its tests need. Not imported by the product.

    class TestFreshdesk(ConnectorContract):
        def connector(self) -> Connector:
            return FreshdeskConnector(settings, context(clock, allow=["127.0.0.0/8"]))

runs the whole suite against a helpdesk of the test's own (a simulator or a player of recordings) that does not change
while a test runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from slaplugin.clock import Clock
from slaplugin.domain import instants
from slaplugin.domain.events import KINDS, RESERVED_FIELDS, ROLES, SourceEvent
from slaplugin.domain.instants import Instant
from slaplugin.domain.mapping import map_ticket, ordered
from slaplugin.outbound import Outbound
from slaplugin.sdk.contract import Connector, Context, Cursor, Page
from slaplugin.sdk.errors import SignatureError
from slaplugin.sdk.http import HttpClient

SECRET_NAMES = ("token", "secret", "password", "api_key", "private_key")


class FakeClock:
    """Stands still until it is told to move: `FakeClock("2026-03-27T16:50:00Z").advance(60)`."""

    def __init__(self, start: Instant | str = "2026-03-27T16:50:00Z") -> None:
        self._now = instants.parse(start) if isinstance(start, str) else start
        self._monotonic = 0

    def now(self) -> int:
        return self._now

    def now_ms(self) -> int:
        return self._now * 1000

    def monotonic(self) -> float:
        return float(self._monotonic)

    def advance(self, seconds: int) -> None:
        """Let time pass, on the wall and for intervals."""
        self._now += seconds
        self._monotonic += seconds

    def jump(self, seconds: int) -> None:
        """Set the wall clock, without time passing."""
        self._now += seconds


def context(clock: Clock, *, allow: Iterable[str] = ("127.0.0.0/8", "::1/128"), deadline_seconds: float = 5) -> Context:
    """A connector's context for tests: loopback is allowed, calls are cut early."""
    return Context(http=HttpClient(Outbound(allow), clock, deadline_seconds=deadline_seconds), clock=clock)


def drain(connector: Connector, cursor: Cursor | None = None) -> list[Page]:
    """All pages of a pull, with cursors as they come back from a database."""
    return [_stored(page) for page in connector.pull(None if cursor is None else _round_trip(cursor))]


def events_of(pages: Iterable[Page]) -> dict[tuple[str, str], SourceEvent]:
    """Events by (ticket, id), the first one winning, as a store keeps them."""
    found: dict[tuple[str, str], SourceEvent] = {}
    for page in pages:
        for event in page.events:
            found.setdefault((event.ticket, event.id), event)
    return found


_MADE_UP = "sha256=" + "0" * 64
_SIGNATURE_HEADERS = ("x-hub-signature-256", "x-hub-signature", "x-zendesk-webhook-signature", "webhook-signature")


class ConnectorContract:
    """The promises of `sdk.contract`, one test each. Subclass it and give `connector()`."""

    def connector(self) -> Connector:
        """A fresh connector to a helpdesk that holds at least one ticket."""
        raise NotImplementedError

    def test_kind_is_a_short_lower_case_word(self) -> None:
        kind = self.connector().kind
        _claim(kind.isidentifier() and kind == kind.lower() and len(kind) <= 32)

    def test_settings_with_secret_names_are_marked_secret(self) -> None:
        fields = self.connector().settings_schema().fields
        plain = [
            name for name, field in fields.items() if name.endswith(SECRET_NAMES) and not field.metadata.get("secret")
        ]
        _claim(plain == [])

    def test_check_says_in_a_sentence_that_it_works(self) -> None:
        result = self.connector().check()
        _claim(result.ok and result.summary.strip())

    def test_every_event_is_complete(self) -> None:
        for event in events_of(drain(self.connector())).values():
            _claim(event.kind in KINDS, event)
            _claim(type(event.at) is int and type(event.seq) is int, event)
            _claim(-(2**63) <= event.seq < 2**63, event)
            _claim(event.id and event.ticket, event)
            _claim(event.kind != "replied" or event.actor is not None, event)
            _claim((event.kind == "withdrawn") == (event.of is not None), event)
            _claim(json.loads(json.dumps([dict(event.set), dict(event.raw)])) == [event.set, event.raw], event)

    def test_fields_are_reserved_ones_or_custom(self) -> None:
        for event in events_of(drain(self.connector())).values():
            strange = {name for name in event.set if name not in RESERVED_FIELDS and not name.startswith("custom.")}
            _claim(strange == set(), event)

    def test_every_ticket_begins_with_its_creation(self) -> None:
        for ticket, events in _by_ticket(events_of(drain(self.connector())).values()).items():
            _claim(ordered(events)[0].kind == "created", ticket)

    def test_an_event_id_means_one_thing(self) -> None:
        events = [event for page in drain(self.connector()) for event in page.events]
        kept = events_of([Page(events=events, cursor={})])
        _claim([event for event in events if kept[(event.ticket, event.id)] != event] == [])

    def test_a_second_pull_from_the_beginning_gives_the_same_events(self) -> None:
        _claim(events_of(drain(self.connector())) == events_of(drain(self.connector())))

    def test_a_pull_from_the_last_cursor_brings_nothing_new(self) -> None:
        pages = drain(self.connector())
        _claim(events_of(drain(self.connector(), pages[-1].cursor)).items() <= events_of(pages).items())

    def test_a_pull_may_stop_after_any_page_and_go_on(self) -> None:
        pages = drain(self.connector())
        whole = events_of(pages)
        for stop in range(len(pages)):
            rest = drain(self.connector(), pages[stop].cursor)
            _claim(events_of([*pages[: stop + 1], *rest]) == whole, f"stopped after page {stop}")

    def test_a_fetch_brings_nothing_that_a_pull_does_not(self) -> None:
        pages = drain(self.connector())
        for address in self.addresses(pages)[:20]:
            _claim(events_of([self.connector().fetch(address)]).items() <= events_of(pages).items(), address)

    def test_an_unsigned_webhook_is_refused(self) -> None:
        _refused(self.connector(), {}, b"{}")

    def test_a_webhook_with_a_made_up_signature_is_refused(self) -> None:
        _refused(self.connector(), dict.fromkeys(_SIGNATURE_HEADERS, _MADE_UP), b"{}")

    def test_the_default_mapping_gives_events_for_the_engine(self) -> None:
        connector = self.connector()
        for events in _by_ticket(events_of(drain(connector)).values()).values():
            for event in map_ticket(events, connector.default_mapping(), "source"):
                _claim(event.role is None or event.role in ROLES, event)
                _claim(event.kind != "replied" or event.role is not None, event)

    def addresses(self, pages: Iterable[Page]) -> list[str]:
        """What `fetch` takes for the tickets of these pages; overridden where the id alone is not enough."""
        return sorted({event.ticket for page in pages for event in page.events})


def _claim(holds: object, about: object = "") -> None:
    """An assertion that also holds under `python -O`."""
    if not holds:
        raise AssertionError(about)


def _refused(connector: Connector, headers: Mapping[str, str], body: bytes) -> None:
    try:
        connector.verify(headers, body)
    except SignatureError:
        return
    raise AssertionError("a webhook without proof was accepted")


def _by_ticket(events: Iterable[SourceEvent]) -> dict[str, list[SourceEvent]]:
    found: dict[str, list[SourceEvent]] = {}
    for event in events:
        found.setdefault(event.ticket, []).append(event)
    return found


def _stored(page: Page) -> Page:
    return Page(
        events=page.events,
        cursor=_round_trip(page.cursor),
        problems=page.problems,
        done=page.done,
        total=page.total,
        notes=page.notes,
        whole=page.whole,
    )


def _round_trip(cursor: Cursor) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(cursor))
    return copied

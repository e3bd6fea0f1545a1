"""A desk to look at: a real app on a real database, with tickets that a scripted helpdesk tells of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from slaplugin.clock import Clock
from slaplugin.domain.events import SourceEvent
from slaplugin.extension import SLAPlugin, State
from slaplugin.sdk.testing import FakeClock
from slaplugin.services import channels, deadlines, ingest, policies
from slaplugin.store import leases, sources
from tests.services.parts import MAPPING, Scripted, page

POLICY = """
schema: slaplugin/policy/1
priorities: [p1, p2, p3]
default_priority: p3
calendars:
  office:
    time_zone: Europe/Berlin
    week: {mon-fri: ["09:00-17:00"]}
    holidays: {dates: [2026-05-14]}
policies:
  - name: standard
    match: {}
    calendar: office
    targets:
      p1: {first_response: {within: 30m, calendar: 24x7}, resolution: {within: 4h, calendar: 24x7}}
      p2: {first_response: 1h, resolution: 8h}
      p3: {first_response: 4h, resolution: 24h}
    escalations:
      - {at: 75%}
      - {at: 100%}
      - {at: "+1h", repeat: 1h, until: acknowledged}
"""


KEY = Fernet.generate_key().decode()
"""One key for the whole run: a furnished database can be copied from test to test."""


def new_app(folder: Path, database: str, clock: Clock, **settings: Any) -> Flask:
    """The standalone app on a migrated database."""
    app = Flask("slaplugin", static_folder=None)
    app.config.update({
        "TESTING": True, "SLAPLUGIN_URL_PREFIX": "/", "SLAPLUGIN_INSTANCE": str(folder),
        "SLAPLUGIN_DATABASE_URL": database, "SLAPLUGIN_SECRET_KEYS": KEY, **settings,
    })  # fmt: skip
    SLAPlugin(clock=clock).init_app(app)
    return app


@dataclass
class Desk:
    """One installation and what happens at it."""

    app: Flask
    clock: FakeClock
    fed: dict[str, list[SourceEvent]] = field(default_factory=dict)

    @property
    def state(self) -> State:
        state: State = self.app.extensions["slaplugin"]
        return state

    def client(self, zone: str = "Europe/Berlin") -> FlaskClient:
        """A browser of somebody in that zone."""
        client = self.app.test_client()
        client.set_cookie("slaplugin_zone", zone)
        return client

    def publish(self, text: str = POLICY) -> None:
        with self.state.session() as session:
            policies.publish(session, self.clock, text, "policy.yaml")

    def connect(self, name: str = "desk", kind: str = "github", **changes: Any) -> int:
        """A source that is live since long ago."""
        with self.state.session() as session, session.begin():
            source_id = sources.add(session, name, kind, {}, None, 300, self.clock.now())
            mapping = MAPPING | {
                "customer": {"from": "field", "field": "customer"},
                "team": {"from": "field", "field": "team"},
            }
            sources.add_mapping(session, source_id, mapping, "", self.clock.now())
            live = {"live_from": 1_700_000_000, "last_pull_at": self.clock.now()}
            sources.change(session, source_id, **(live | changes))
        return source_id

    def change(self, name: str, **values: Any) -> None:
        """Set columns of a source."""
        with self.state.session() as session, session.begin():
            source = sources.by_name(session, name)
            assert source is not None
            sources.change(session, source.id, **values)

    def tell(self, *events: SourceEvent, source: str = "desk") -> None:
        """The helpdesk says what happened."""
        fed = self.fed.setdefault(source, [])
        fed.extend(events)
        with self.state.session() as session:
            with session.begin():
                found = sources.by_name(session, source)
            assert found is not None
            ingest.pull(session, self.clock, self.state.runtime.documents, found.id, Scripted(page(*events)))

    def sweep(self) -> None:
        """A tick."""
        with self.state.session() as session:
            deadlines.sweep(session, self.clock, self.state.runtime.documents)
        self.tick()

    def tick(self) -> None:
        """Only a sign of life."""
        with self.state.session() as session, session.begin():
            leases.sign(session, "tick", self.clock.now())

    def channel(self, url: str = "https://hooks.example.org/in", events: Sequence[str] | None = ()) -> str:
        """The default channel; returns its secret."""
        with self.state.session() as session:
            added = channels.add(session, self.clock, self.state.runtime.secrets, "default", url, events)
        return added.secret

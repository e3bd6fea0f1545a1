"""One installation for tests of delivery: real database, real HTTP, a clock that stands."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from slaplugin import database
from slaplugin.channels.webhook import Sender
from slaplugin.outbound import Outbound
from slaplugin.sdk.testing import FakeClock
from slaplugin.secrets import SecretBox, generate_key
from slaplugin.services import channels, delivery
from slaplugin.services.delivery import Deliverer
from slaplugin.store import outbox
from slaplugin.store.channels import StoredChannel
from slaplugin.store.deliveries import Attempt, StoredDelivery
from slaplugin.store.outbox import Message
from tests.channels.receiver import Receiver

LOOPBACK = "127.0.0.0/8"
KEY = generate_key()
BOX = SecretBox([KEY])


class Post:
    """Its database, a deliverer, and what a page would show."""

    def __init__(self, engine: Engine, clock: FakeClock) -> None:
        self.engine = engine
        self.clock = clock
        self.http = Outbound([LOOPBACK])
        self.deliverer = self.make_deliverer()

    def make_deliverer(self, *, sessions: Callable[[], Session] | None = None, clock: Any = None,
                       deadline_seconds: float = 0.5) -> Deliverer:  # fmt: skip
        sender = Sender(self.http, allow=[LOOPBACK], deadline_seconds=deadline_seconds)
        return Deliverer(sessions or self.session, clock or self.clock, sender, BOX, dice=random.Random(7))

    def session(self) -> Session:
        return database.new_session(self.engine)

    def add(self, receiver: Receiver, name: str = "ops", events: list[str] | None = None) -> str:
        with self.session() as session:
            return channels.add(
                session, self.clock, BOX, name, receiver.url, [] if events is None else events, allow=[LOOPBACK]
            ).secret

    def put(self, *names: str, to: str = "ops") -> None:
        now = self.clock.now()
        with self.session() as session, session.begin():
            [channel] = [one.id for one in channels.every(session) if one.name == to]
            for name in names:
                body = {"type": "timer.breached", "timestamp": "2026-05-13T13:00:00Z", "data": {"timer": name}}
                outbox.put(session, Message(name, "timer.breached", None, None, body, now), [channel])

    def shown(self, *, to: str | None = None) -> list[StoredDelivery]:
        with database.reading(self.engine) as session:
            found = delivery.page(session, limit=500)
        return [one for one in found if to is None or one.channel == to]

    def attempts(self) -> list[Attempt]:
        [one] = self.shown()
        with database.reading(self.engine) as session:
            return list(delivery.attempts(session, one.id))

    def channel(self, name: str = "ops") -> StoredChannel:
        with database.reading(self.engine) as session:
            [found] = [one for one in channels.every(session) if one.name == name]
        return found

    def replay(self, delivery_id: int) -> None:
        with self.session() as session:
            delivery.replay(session, self.clock, delivery_id)

    def go_to_next_try(self) -> int:
        """Move the clock to the next try of the only delivery; returns how long that is from now."""
        [one] = self.shown()
        assert one.next_attempt_at is not None
        wait = one.next_attempt_at - self.clock.now()
        self.clock.advance(wait)
        return wait

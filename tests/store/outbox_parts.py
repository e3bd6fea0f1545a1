"""Channels and messages for tests, with good defaults; say only what matters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from slaplugin.store import channels, outbox
from slaplugin.store.outbox import Message

NOON = 1_778_673_600
"""2026-05-13T12:00:00Z"""


def make_channel(
    session: Session, name: str = "ops", *, kind: str = "webhook", events: Iterable[str] | None = ()
) -> int:
    settings: dict[str, Any] = {"events": None if events is None else list(events)}
    channel_id = channels.add(session, name, kind, settings, None, NOON)
    assert channel_id is not None
    return channel_id


def make_message(name: str = "msg_1", *, kind: str = "escalation.raised", at: int = NOON) -> Message:
    body = {"type": kind, "timestamp": "2026-05-13T12:00:00Z", "data": {"timer": "acme:1:resolution:1"}}
    return Message(name, kind, None, None, body, at)


def queue(session: Session, channel_id: int, count: int, *, at: int = NOON, prefix: str = "msg") -> None:
    """Put `count` messages for one channel, each a second after the one before."""
    outbox.put_many(session, [(make_message(f"{prefix}_{n}", at=at + n), [channel_id]) for n in range(count)])


class Queries:
    """The statements that an engine runs while this is open, transaction control left out."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seen: list[str] = []

    def __enter__(self) -> Queries:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            self.seen.append(statement)

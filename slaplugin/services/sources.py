"""Connecting a helpdesk: settings checked by its connector, secrets encrypted, a mapping to start with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from slaplugin.clock import Clock
from slaplugin.errors import Conflict, DocumentError, NotFound, Problem
from slaplugin.outbound import Outbound
from slaplugin.registry import Registry
from slaplugin.sdk.contract import CheckResult, Connector, Context
from slaplugin.sdk.http import HttpClient
from slaplugin.secrets import SecretBox
from slaplugin.store import sources
from slaplugin.store.sources import StoredSource

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class Connections:
    """Makes connectors of stored sources. One HTTP client a source, so that its rate budget is shared by all calls."""

    def __init__(self, registry: Registry, secrets: SecretBox, outbound: Outbound, clock: Clock,
                 deadline_seconds: int) -> None:  # fmt: skip
        self._registry = registry
        self._secrets = secrets
        self._outbound = outbound
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._clients: dict[int, HttpClient] = {}

    def connector(self, source: StoredSource) -> Connector:
        """The connector of a source, with its settings and secrets; raises NotFound and SecretError."""
        kind = self._registry.connector(source.kind)
        settings = {**source.settings, **self._decrypted(source)}
        client = self._clients.get(source.id)
        if client is None:
            client = self._clients[source.id] = HttpClient(
                self._outbound, self._clock, deadline_seconds=self._deadline_seconds
            )
        return kind(settings, Context(http=client, clock=self._clock))

    def _decrypted(self, source: StoredSource) -> Mapping[str, Any]:
        if source.secrets is None:
            return {}
        opened: dict[str, Any] = json.loads(self._secrets.open(source.secrets))
        return opened


def add(
    session: Session,
    clock: Clock,
    registry: Registry,
    secrets: SecretBox,
    kind: str,
    name: str,
    given: Mapping[str, Any],
    pull_interval_seconds: int,
) -> StoredSource:
    """Store a new source; it is pulled at the next tick.

    Raises DocumentError listing every wrong setting, NotFound for an unknown kind, Conflict when the name is taken.
    """  # fmt: skip
    connector = registry.connector(kind)
    problems = [] if NAME.fullmatch(name) else [
        Problem("name", "use small letters, digits, dots, dashes and underscores, at most 63")
    ]  # fmt: skip
    schema = connector.settings_schema()
    try:
        settings = schema.load(dict(given))
    except ValidationError as error:
        problems += [Problem(path, message) for path, message in _flat(error.messages)]
    if problems:
        raise DocumentError(f"source {name!r}", problems)
    hidden = {key for key, field in schema.fields.items() if field.metadata.get("secret")}
    secret = {key: value for key, value in settings.items() if key in hidden and value is not None}
    plain = {key: value for key, value in settings.items() if key not in hidden}
    with session.begin():
        if sources.by_name(session, name) is not None:
            raise Conflict(f"there is a source {name!r} already; choose another name or remove it first")
        sealed = secrets.seal(json.dumps(secret).encode()) if secret else None
        source_id = sources.add(session, name, kind, plain, sealed, pull_interval_seconds, clock.now())
        sources.add_mapping(
            session, source_id, connector.initial_mapping(settings), "proposed at connecting", clock.now()
        )
        stored = sources.get(session, source_id)
    if stored is None:
        raise NotFound(f"source {name!r} was removed")
    return stored


def named(session: Session, name: str) -> StoredSource:
    """The source with this name; raises NotFound naming those there are."""
    with session.begin():
        found = sources.by_name(session, name)
        if found is not None:
            return found
        names = [source.name for source in sources.every(session)]
    raise NotFound(
        f"there is no source {name!r}; " + (f"there are {', '.join(names)}" if names else "none is connected")
    )


def every(session: Session) -> list[StoredSource]:
    """All sources by name."""
    with session.begin():
        return sources.every(session)


def forget_cursor(session: Session, source: StoredSource) -> None:
    """Have the next pull read everything again; what is known already is not stored twice and nothing is sent."""
    with session.begin():
        sources.change(session, source.id, cursor=None, cursor_seq=source.cursor_seq + 1)


def check(connections: Connections, source: StoredSource) -> CheckResult:
    """Log in and look at one ticket, now."""
    return connections.connector(source).check()


def remove(session: Session, name: str) -> None:
    """Delete a source with its events and timers; raises NotFound."""
    source = named(session, name)
    with session.begin():
        sources.remove(session, source.id)


def resume(session: Session, clock: Clock, name: str) -> None:
    """Start a stopped source again, at once."""
    source = named(session, name)
    with session.begin():
        sources.change(session, source.id, state="active", next_pull_at=clock.now(), failures=0)


def _flat(messages: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(messages, Mapping):
        return [pair for key, value in messages.items() for pair in _flat(value, f"{path}.{key}" if path else str(key))]
    return [(path, str(message)) for message in messages]

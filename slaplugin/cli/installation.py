"""What commands that need the database share: the app with its settings, and a first set-up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tzlocal
from flask import Flask
from sqlalchemy.orm import Session

from slaplugin import config, logs, schema, secrets, working
from slaplugin.app import create_app
from slaplugin.documents.defaults import DEFAULT_POLICY, default_policy
from slaplugin.extension import EXTENSION, State
from slaplugin.jobs import Scheduler
from slaplugin.services import policies


def open_app(
    settings: Mapping[str, Any] | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[Flask, State]:
    """The standalone app and its state; raises ConfigurationError."""
    logs.configure()
    app = create_app(settings, environment)
    state: State = app.extensions[EXTENSION]
    return app, state


@contextmanager
def session() -> Iterator[tuple[State, Session]]:
    """The state and a session for one command; raises SchemaError when the database does not fit."""
    _, state = open_app()
    schema.require_current(state.engine)
    with state.session() as opened:
        yield state, opened


def ensure_key(instance: Path) -> Path | None:
    """Create the key file in the instance folder unless there is one; returns its path when it was made."""
    path = instance / config.KEY_FILE
    if path.exists():
        return None
    instance.mkdir(parents=True, exist_ok=True)
    secrets.write_key_file(path)
    return path


def set_up(state: State) -> None:
    """Bring the database up to date and publish the default policy document if there is none."""
    schema.upgrade(state.engine)
    with state.session() as opened:
        if policies.history(opened):
            return
        opened.rollback()
        text = default_policy(server_zone())
        policies.publish(opened, state.clock, text, DEFAULT_POLICY, note="shipped default", by="slaplugin")


def scheduler(state: State) -> Scheduler | None:
    """What works in this process; none when the app ticks by itself already."""
    return None if state.scheduler is not None else working.scheduler(state.runtime)


def server_zone() -> str:
    """The time zone of this machine, for the office hours of the default policy; UTC where it has no name."""
    name: str | None = tzlocal.get_localzone_name()
    return name or "UTC"

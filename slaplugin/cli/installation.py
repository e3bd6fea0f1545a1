"""What commands that need the database share: the app with its settings, and a first set-up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from slaplugin import config, schema, secrets, working
from slaplugin.app import create_app
from slaplugin.extension import EXTENSION, State
from slaplugin.jobs import Scheduler
from slaplugin.services import policies

DEFAULT_POLICY = "default-policy.yaml"


def open_app(
    settings: Mapping[str, Any] | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[Flask, State]:
    """The standalone app and its state; raises ConfigurationError."""
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


def set_up(state: State, policy: str | None = None) -> None:
    """Bring the database up to date and publish the default policy document (or `policy`) if there is none."""
    schema.upgrade(state.engine)
    with state.session() as opened:
        if not policies.history(opened):
            opened.rollback()
            policies.publish(
                opened, state.clock, policy or default_policy(), DEFAULT_POLICY, note="shipped default", by="slaplugin",
            )  # fmt: skip


def scheduler(state: State) -> Scheduler | None:
    """What works in this process; none when the app ticks by itself already."""
    return None if state.scheduler is not None else working.scheduler(state.runtime)


def default_policy() -> str:
    """The text of the policy document that a new installation starts with."""
    return resources.files("slaplugin.data").joinpath(DEFAULT_POLICY).read_text(encoding="utf-8")

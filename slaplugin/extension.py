"""SLAPlugin: lives in a host's Flask app, or alone in ours. One code path: standalone is a host with nothing else."""

from __future__ import annotations

import atexit
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from slaplugin import config as configuration
from slaplugin import database, working
from slaplugin.clock import Clock, SystemClock
from slaplugin.config import Config
from slaplugin.jobs import Scheduler
from slaplugin.services.runtime import Runtime
from slaplugin.web import create_blueprint
from slaplugin.web.security import protect

EXTENSION = "slaplugin"


class State:
    """What one installation in one app works with; found as `app.extensions["slaplugin"]`."""

    def __init__(self, app: Flask, db: SQLAlchemy, config: Config, clock: Clock) -> None:
        self._app = app
        self._db = db
        self._runtime: Runtime | None = None
        self.config = config
        self.clock = clock
        self.scheduler: Scheduler | None = None

    @property
    def engine(self) -> Engine:
        """The database engine, the host's where it has one."""
        with self._app.app_context():
            return self._db.engine

    @property
    def runtime(self) -> Runtime:
        """Documents, connectors, secrets and channels of this installation; made at first use."""
        if self._runtime is None:
            self._runtime = Runtime(self.config, self.clock, self.engine)
        return self._runtime

    def session(self) -> Session:
        """A session of our own on the shared engine: we never commit a host's unfinished work."""
        return database.new_session(self.engine)

    @contextmanager
    def read_session(self) -> Iterator[Session]:
        """A session that cannot write, for pages."""
        with database.reading(self.engine) as session:
            yield session


class SLAPlugin:
    """The Flask extension. Keeps no app: two apps in one process each have their own state."""

    def __init__(self, *, db: SQLAlchemy | None = None, clock: Clock | None = None,
                 environment: Mapping[str, str] | None = None) -> None:  # fmt: skip
        self._db = db
        self._clock = clock or SystemClock()
        self._environment = environment or {}

    def init_app(self, app: Flask) -> None:
        """Read the configuration, find or make the database, register pages under the URL prefix.

        Raises ConfigurationError when a setting is wrong, RuntimeError when this app has the extension already.
        """
        if EXTENSION in app.extensions:
            raise RuntimeError("slaplugin is already part of this app; use app.extensions['slaplugin']")
        config = configuration.load(self._environment, _host_settings(app.config))
        state = State(app, self._database(app, config), config, self._clock)
        app.extensions[EXTENSION] = state
        if not app.config.get("SECRET_KEY") and config.secret_keys:
            app.config["SECRET_KEY"] = hashlib.sha256(b"slaplugin pages:" + config.secret_keys[0].encode()).hexdigest()
        protect(app)
        app.register_blueprint(create_blueprint(), url_prefix=config.url_prefix or None)
        if config.scheduler == "inline":
            state.scheduler = working.scheduler(state.runtime)
            state.scheduler.start()
            atexit.register(state.scheduler.stop)

    def _database(self, app: Flask, config: Config) -> SQLAlchemy:
        db = self._db or app.extensions.get("sqlalchemy")
        if db is not None:
            return db
        url = config.resolved_database_url
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        app.config.setdefault("SQLALCHEMY_DATABASE_URI", url)
        db = SQLAlchemy()
        db.init_app(app)
        with app.app_context():
            database.guard(db.engine, config.sqlite_synchronous)
        return db


def _host_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key.startswith(configuration.PREFIX)}

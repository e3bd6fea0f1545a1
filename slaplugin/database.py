"""How we talk to SQLite and PostgreSQL: locks taken at the start of a transaction, reads that cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

READ_ONLY = {"sla_readonly": True, "postgresql_readonly": True}


def guard(engine: Engine, synchronous: str = "FULL") -> None:
    """Make a SQLite engine safe for several writers; nothing to do for PostgreSQL.

    The driver's own default loses updates silently: it reads first and takes the write lock later. Here a writing
    transaction takes the lock when it begins (BEGIN IMMEDIATE), and a reading one (READ_ONLY) cannot write at all.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in ("busy_timeout=5000", "foreign_keys=ON", f"synchronous={synchronous}", "journal_mode=WAL"):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        readonly = bool(connection.get_execution_options().get("sla_readonly"))
        connection.exec_driver_sql(f"PRAGMA query_only={int(readonly)}")
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for one read: a consistent snapshot, and a forgotten write fails at once."""
    with Session(engine, expire_on_commit=False) as session:
        session.connection(execution_options=READ_ONLY)
        yield session


def new_session(engine: Engine) -> Session:
    """A session for services, which open and close their own transactions on it."""
    return Session(engine, expire_on_commit=False)

"""The database schema over time: upgrade, and whether it fits this code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from slaplugin.errors import SchemaError
from slaplugin.models import Base

VERSION_TABLE = "sla_schema_version"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision` in one transaction: a failing step leaves nothing behind.

    Foreign keys of SQLite are off meanwhile, because a table rebuilt in batch mode would delete its children; they
    are checked as a whole before the commit.
    """
    _run(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Go back to `revision`, under the same rules as upgrade."""
    _run(engine, command.downgrade, revision)


def current(engine: Engine) -> str | None:
    """The revision the database is at; None for an empty one. Raises SchemaError when it cannot be reached."""
    try:
        with engine.connect() as connection:
            return _context(connection).get_current_revision()
    except sqlalchemy.exc.OperationalError as error:
        raise SchemaError(
            f"the database cannot be opened ({type(error.orig).__name__}); check SLAPLUGIN_DATABASE_URL"
        ) from error


def newest() -> str:
    """The revision this code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise SchemaError("no migrations are installed; install slaplugin again")
    return head


def require_current(engine: Engine) -> None:
    """Refuse a database that is older or newer than this code, naming the command that mends it."""
    at, wanted = current(engine), newest()
    if at == wanted:
        return
    if at is None:
        raise SchemaError("the database is empty; run `slaplugin db upgrade`")
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if at in known:
        raise SchemaError(f"the database is at {at}, this version needs {wanted}; run `slaplugin db upgrade`")
    raise SchemaError(f"the database is at {at}, which this version does not know; install the newer slaplugin again")


def include_name(name: str | None, type_: str, parent_names: Any) -> bool:
    """Tell Alembic which tables are ours; a host passes this to its own env.py so that it leaves them alone."""
    if type_ == "table":
        return name is not None and name.startswith("sla_") and name != VERSION_TABLE
    return True


def _run(engine: Engine, step: Any, revision: str) -> None:
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection if engine.dialect.name == "sqlite" else None
        if raw is not None:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                config = _config()
                config.attributes.update(connection=connection, metadata=Base.metadata, include_name=include_name)
                step(config, revision)
                if raw is not None and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                    raise SchemaError("the upgrade would leave rows without their parents; nothing was changed")
        finally:
            if raw is not None:
                raw.execute("PRAGMA foreign_keys=ON")


def _context(connection: Any) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})


def _config() -> AlembicConfig:
    here = Path(__file__).resolve().parent
    folder = here / "migrations"
    config = AlembicConfig()
    config.set_main_option("script_location", str(folder if folder.is_dir() else here.parent / "migrations"))
    return config

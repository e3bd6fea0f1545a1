"""INSERT ... ON CONFLICT, which SQLite and PostgreSQL both speak and SQLAlchemy spells twice."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from slaplugin.models import Base


def insert(session: Session, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An insert of the session's dialect, for `.on_conflict_do_nothing()` and `.on_conflict_do_update()`."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    # Without this option the count of an insert that returns its key is -1.
    return postgresql.insert(model).execution_options(preserve_rowcount=True)

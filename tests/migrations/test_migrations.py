"""The schema over time: up, down, equal to the models, and refused when it does not fit."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from slaplugin import database, schema
from slaplugin.errors import SchemaError
from slaplugin.models import Base


def test_the_migrations_make_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": schema.include_name, "version_table": schema.VERSION_TABLE, "compare_type": True},
        )
        assert compare_metadata(context, Base.metadata) == []


def test_check_constraints_of_the_models_are_in_the_database(engine: Engine) -> None:
    wanted = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    found = {
        str(check["name"]) for table in Base.metadata.tables for check in inspect(engine).get_check_constraints(table)
    }
    assert wanted <= found


def test_going_down_leaves_nothing_and_up_again_works(engine: Engine) -> None:
    schema.downgrade(engine, "base")
    assert [name for name in inspect(engine).get_table_names() if name != schema.VERSION_TABLE] == []
    schema.upgrade(engine)
    assert schema.current(engine) == schema.newest()


def test_an_empty_database_is_refused_with_the_command_that_mends_it(tmp_path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    database.guard(engine)
    with pytest.raises(SchemaError, match="slaplugin db upgrade"):
        schema.require_current(engine)
    engine.dispose()


def test_a_newer_database_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE sla_schema_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="newer"):
        schema.require_current(engine)


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'half.sqlite3'}")
    database.guard(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE sla_timer (in_the_way INTEGER)"))
    with pytest.raises(Exception, match="sla_timer"):
        schema.upgrade(engine)
    assert inspect(engine).get_table_names() == ["sla_timer"]
    engine.dispose()


def test_tables_of_a_host_application_are_not_ours() -> None:
    assert schema.include_name("sla_ticket", "table", {})
    assert not schema.include_name("user", "table", {})
    assert not schema.include_name(schema.VERSION_TABLE, "table", {})

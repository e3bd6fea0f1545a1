"""`slaplugin db`: the schema of the database."""

from __future__ import annotations

import click

from slaplugin import schema
from slaplugin.cli import installation


@click.group("db")
def group() -> None:
    """Upgrade and check the database."""


@group.command("upgrade")
def upgrade() -> None:
    """Bring the database to this version's schema. Safe to repeat."""
    _, state = installation.open_app()
    schema.upgrade(state.engine)
    click.echo(f"The database is at {schema.newest()}.")


@group.command("current")
def current() -> None:
    """Say which schema version the database has."""
    _, state = installation.open_app()
    click.echo(schema.current(state.engine) or "empty")


@group.command("check")
def check() -> None:
    """Exit with 2 unless the database fits this version."""
    _, state = installation.open_app()
    schema.require_current(state.engine)
    click.echo(f"The database is at {schema.newest()}, which is what this version needs.")

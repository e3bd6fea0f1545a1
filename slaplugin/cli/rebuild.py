"""`slaplugin rebuild`: timers from events."""

from __future__ import annotations

import click

from slaplugin.cli import installation
from slaplugin.services import rebuild


@click.command("rebuild")
def command() -> None:
    """Compute every timer again from the event log. Changes nothing that is right, sends nothing again."""
    with installation.session() as (state, session):
        count = rebuild.rebuild(
            session, state.clock, state.runtime.documents, lambda done: click.echo(f"{done} tickets")
        )
    click.echo(f"{count} tickets were computed again.")

"""`slaplugin init`: key, database and default policy of a new installation."""

from __future__ import annotations

import os

import click

from slaplugin import config
from slaplugin.cli import installation


@click.command("init")
def command() -> None:
    """Create the key file, the database and the default policy. Safe to repeat: what is there stays."""
    loaded = config.load(os.environ)
    if not loaded.secret_keys:
        made = installation.ensure_key(loaded.instance)
        if made is not None:
            click.echo(f"Key:       {made} (keep a copy apart from the database; without it stored tokens are lost)")
    _, state = installation.open_app()
    installation.set_up(state)
    click.echo(f"Database:  {state.engine.url.render_as_string(hide_password=True)}")
    click.echo("Policy:    the default one; `slaplugin policy show` prints it")
    click.echo("Next:      slaplugin source add github NAME --repository OWNER/REPO, then slaplugin run")

"""`slaplugin run` and `slaplugin worker`: pages and work in one process, or work alone."""

from __future__ import annotations

import threading

import click

from slaplugin import schema
from slaplugin.cli import installation, server
from slaplugin.errors import ConfigurationError
from slaplugin.extension import State


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback only.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65_535), help="0 takes any free one.")
def run(host: str, port: int) -> None:
    """Serve the pages, pull helpdesks, watch due times and deliver, in one process."""
    app, state = installation.open_app()
    _require_ready(state)
    server.serve(
        app, installation.scheduler(state), host, port, lambda address: click.echo(f"slaplugin is at {address}")
    )


@click.command("worker")
def worker() -> None:
    """Pull helpdesks, watch due times and deliver, without pages."""
    _, state = installation.open_app()
    _require_ready(state)
    scheduler = installation.scheduler(state) or state.scheduler
    server.exit_on_signals()
    try:
        if scheduler is not None and scheduler is not state.scheduler:
            scheduler.start()
        click.echo("slaplugin works; stop it with Ctrl+C.")
        threading.Event().wait()
    finally:
        if scheduler is not None:
            scheduler.stop(server.STOP_SECONDS)


def _require_ready(state: State) -> None:
    if not state.config.secret_keys:
        raise ConfigurationError(
            "no secret key is configured; run `slaplugin init` first, or set SLAPLUGIN_SECRET_KEYS"
        )
    schema.require_current(state.engine)

"""`slaplugin channel`: ways to tell people and programs."""

from __future__ import annotations

import click

from slaplugin.cli import installation
from slaplugin.services import channels


@click.group("channel")
def group() -> None:
    """Ways to tell people and programs."""


@group.command("add")
@click.argument("kind", type=click.Choice([channels.WEBHOOK]))
@click.argument("name")
@click.option("--url", required=True, help="Where messages are posted.")
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(channels.EVENTS),
    help="A type of message to send; repeatable, all without it.",
)
def add(kind: str, name: str, url: str, events: tuple[str, ...]) -> None:
    """Add a channel of KIND as NAME. The one named `default` gets escalations whose rule names nobody."""  # fmt: skip
    with installation.session() as (state, session):
        made = channels.add(
            session, state.clock, state.runtime.secrets, name, url, events or None, allow=state.config.allow_networks
        )
    click.echo(f"Channel {made.name} is added.")
    click.echo(f"Signing secret, shown this once: {made.secret}")


@group.command("list")
def list_() -> None:
    """List channels and how they do."""
    with installation.session() as (_, session):
        for channel in channels.every(session):
            click.echo(
                f"{channel.name}  {channel.kind}  {channel.state}" + (f"  {channel.reason}" if channel.reason else "")
            )


@group.command("test")
@click.argument("name")
def test(name: str) -> None:
    """Queue a test message; a running slaplugin sends it."""
    with installation.session() as (state, session):
        message = channels.test(session, state.clock, name)
    click.echo(f"Test message {message} is queued.")


@group.command("rotate")
@click.argument("name")
def rotate(name: str) -> None:
    """Give a channel a new signing secret; for a day both are used."""
    with installation.session() as (state, session):
        secret = channels.rotate(session, state.clock, state.runtime.secrets, name)
    click.echo(f"Signing secret, shown this once: {secret}")


@group.command("enable")
@click.argument("name")
def enable(name: str) -> None:
    """Let a channel send again, beginning with what waited for it."""
    with installation.session() as (_, session):
        channels.enable(session, name)
    click.echo(f"Channel {name} is on.")


@group.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Send nothing more through a channel; what waits for it stays."""
    with installation.session() as (_, session):
        channels.disable(session, name)
    click.echo(f"Channel {name} is off.")

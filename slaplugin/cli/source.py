"""`slaplugin source`: connect helpdesks and look after them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from slaplugin.cli import installation
from slaplugin.cli.progress import pull_progress
from slaplugin.domain import instants
from slaplugin.errors import ConfigurationError
from slaplugin.services import ingest, sources
from slaplugin.store.sources import StoredSource


@click.group("source")
def group() -> None:
    """Connect helpdesks and look after them."""


@group.command("kinds")
def kinds() -> None:
    """List the kinds of helpdesk that can be connected."""
    _, state = installation.open_app()
    for kind in sorted(state.runtime.registry.connectors):
        click.echo(kind)
    for kind, reason in sorted(state.runtime.registry.broken.items()):
        click.echo(f"{kind}: cannot be loaded ({reason})", err=True)


@group.group("add")
def add() -> None:
    """Connect a helpdesk."""


@add.command("github")
@click.argument("name")
@click.option("--repository", required=True, metavar="OWNER/REPO", help="The repository whose issues are tickets.")
@click.option("--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with a token.")
@click.option("--token", envvar="SLAPLUGIN_TEST_GITHUB_TOKEN", hidden=True)
@click.option("--base-url", help="API address of a self-hosted GitHub, as https://HOST/api/v3.")
@click.option(
    "--webhook-secret-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the secret of the inbound webhook.",
)
@click.option("--responder", "responders", multiple=True, help="Login whose comments count as an agent's; repeatable.")
@click.option("--pull-interval", type=click.IntRange(1, 86_400), help="Seconds between two pulls.")
def add_github(
    name: str,
    repository: str,
    token_file: Path | None,
    token: str | None,
    base_url: str | None,
    webhook_secret_file: Path | None,
    responders: tuple[str, ...],
    pull_interval: int | None,
) -> None:
    """Connect the issues of a GitHub repository as source NAME."""  # fmt: skip
    if token and token_file is None:
        click.echo("Warning: a secret on the command line can be read by others; use --token-file.", err=True)
    given: dict[str, Any] = {"repository": repository}
    secret = token_file.read_text(encoding="utf-8").strip() if token_file else token
    if secret:
        given["token"] = secret
    if base_url:
        given["base_url"] = base_url
    if webhook_secret_file:
        given["webhook_secret"] = webhook_secret_file.read_text(encoding="utf-8").strip()
    if responders:
        given["responders"] = list(responders)
    _add("github", name, given, pull_interval)


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List connected helpdesks with their health."""
    with installation.session() as (_, session):
        every = sources.every(session)
    if as_json:
        click.echo(json.dumps([_record(source) for source in every], indent=2))
        return
    for source in every:
        pulled = "never" if source.last_pull_at is None else instants.text(source.last_pull_at)
        click.echo(f"{source.name}  {source.kind}  {source.state}  last pull {pulled}")
        if source.error:
            click.echo(f"  {source.error}")


@group.command("check")
@click.argument("name")
def check(name: str) -> None:
    """Log in, look at one ticket, and say what is missing."""
    with installation.session() as (state, session):
        result = sources.check(state.runtime.connections, sources.named(session, name))
    click.echo(result.summary)
    for missing in result.missing:
        click.echo(f"  missing: {missing}")
    if not result.ok:
        raise ConfigurationError(f"source {name!r} does not work yet; mend the above and check again")


@group.command("pull")
@click.argument("name")
@click.option("--full", is_flag=True, help="Read everything again; repeats change nothing.")
def pull(name: str, full: bool) -> None:
    """Read what is new now, with progress."""
    with installation.session() as (state, session):
        source = sources.named(session, name)
        if full:
            sources.forget_cursor(session, source)
        with pull_progress(name) as progress:
            done = ingest.pull(session, state.clock, state.runtime.documents, source.id,
                               state.runtime.connections.connector(source), progress)  # fmt: skip
    click.echo(f"{done.tickets} tickets touched, {done.events} events read.")
    if done.error:
        again = "" if done.retry_at is None else f" It is tried again at {instants.text(done.retry_at)}."
        raise ConfigurationError(done.error + again)


@group.command("webhook")
@click.argument("name")
def webhook(name: str) -> None:
    """Print what to enter at the helpdesk for its webhook."""
    with installation.session() as (state, session):
        source = sources.named(session, name)
    base = state.config.public_url or "http://127.0.0.1:8000"
    click.echo(f"Address:       {base}/hooks/{source.name}")
    click.echo("Content type:  application/json")
    click.echo(
        "Secret:        the one given with --webhook-secret-file" if source.secrets else "Secret:        none set"
    )


@group.command("resume")
@click.argument("name")
def resume(name: str) -> None:
    """Start a stopped source again, after its cause was mended."""
    with installation.session() as (state, session):
        sources.resume(session, state.clock, name)
    click.echo(f"Source {name} is pulled again at the next tick.")


@group.command("remove")
@click.argument("name")
@click.confirmation_option(prompt="Delete the source with all its events and timers?")
def remove(name: str) -> None:
    """Delete a source with its events and timers."""
    with installation.session() as (_, session):
        sources.remove(session, name)
    click.echo(f"Source {name} is removed.")


def _add(kind: str, name: str, given: dict[str, Any], pull_interval: int | None) -> None:
    with installation.session() as (state, session):
        interval = pull_interval or state.config.pull_interval
        sources.add(session, state.clock, state.runtime.registry, state.runtime.secrets, kind, name, given, interval)
    click.echo(
        f"Source {name} is connected. `slaplugin source pull {name}` reads it now, `slaplugin run` keeps reading."
    )


def _record(source: StoredSource) -> dict[str, Any]:
    return {
        "name": source.name, "kind": source.kind, "state": source.state, "error": source.error,
        "last_pull_at": None if source.last_pull_at is None else instants.text(source.last_pull_at),
        "live_from": None if source.live_from is None else instants.text(source.live_from),
    }  # fmt: skip

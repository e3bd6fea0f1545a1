"""`slaplugin try`: a public repository's own issues with countdowns, without an account or a token."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from slaplugin.cli import installation, server
from slaplugin.cli.progress import pull_progress
from slaplugin.domain import instants
from slaplugin.errors import ConfigurationError
from slaplugin.extension import State
from slaplugin.services import ingest, sources

SOURCE = "github"


@click.command("try")
@click.argument("repository", metavar="OWNER/REPO")
@click.option("--base-url", help="API address of a self-hosted GitHub, as https://HOST/api/v3.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with a token; without one GitHub allows 60 calls an hour.",
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65_535), help="0 takes any free one.")
@click.option("--once", is_flag=True, help="Pull, say what was read, and end without serving pages.")
def command(repository: str, base_url: str | None, token_file: Path | None, port: int, once: bool) -> None:
    """Read the issues of a GitHub repository and show them in the queue under the default policy.

    Nothing is written to GitHub and nothing is sent to anybody; what was read is gone when the command ends.
    """  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="slaplugin-try-") as folder:
        installation.ensure_key(Path(folder))
        settings = {"SLAPLUGIN_INSTANCE": folder, "SLAPLUGIN_SQLITE_SYNCHRONOUS": "NORMAL"}
        if base_url:
            settings["SLAPLUGIN_ALLOW_NETWORKS"] = ",".join(networks_of(base_url))
        app, state = installation.open_app(settings, environment={})
        installation.set_up(state)
        given = {"repository": repository}
        if base_url:
            given["base_url"] = base_url
        if token_file is not None:
            given["token"] = token_file.read_text(encoding="utf-8").strip()
        _import(state, given)
        if not once:
            server.serve(app, installation.scheduler(state), "127.0.0.1", port,
                         lambda address: click.echo(f"The queue is at {address} (Ctrl+C ends it)"))  # fmt: skip


def networks_of(base_url: str) -> Sequence[str]:
    """What `--base-url` opens: the very address, where it is written as one; a name has to be public."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return ("127.0.0.0/8", "::1/128")
    return (host,) if ":" in host or host.replace(".", "").isdecimal() else ()


def _import(state: State, given: dict[str, str]) -> None:
    runtime = state.runtime
    with state.session() as session:
        source = sources.add(session, state.clock, runtime.registry, runtime.secrets, "github", SOURCE, given,
                             state.config.pull_interval)  # fmt: skip
        with pull_progress(given["repository"]) as progress:
            done = ingest.pull(session, state.clock, runtime.documents, source.id,
                               runtime.connections.connector(source), progress)  # fmt: skip
        notes = sources.named(session, SOURCE).notes
    if done.error and not done.tickets:
        again = "" if done.retry_at is None else f" Try again after {instants.text(done.retry_at)}."
        raise ConfigurationError(done.error + again)
    click.echo(f"{done.tickets} tickets were read, {done.events} events.")
    if done.error:
        click.echo(f"The import is not complete yet: {done.error}")
    for note in notes:
        click.echo(f"Left out: {note}")

"""`slaplugin demo`: the whole product on made-up tickets, on this machine alone."""

from __future__ import annotations

import secrets
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import click

from slaplugin.cli import installation, server
from slaplugin.extension import State
from slaplugin.services import channels, sources
from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_demo import REPOSITORY, stage
from slaplugin.simulator.story_texts import RESPONDERS
from slaplugin.simulator.traffic import Traffic

SOURCE = "acme-web"
PULL_SECONDS = 15


@click.command("demo")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65_535), help="0 takes any free one.")
def command(port: int) -> None:
    """Show everything on made-up tickets: a simulated GitHub, a month of history, live traffic.

    Needs no account, no network and no configuration, and leaves nothing behind. Within a minute tickets become at
    risk, breach and escalate into the inbox at /demo/inbox.
    """
    with tempfile.TemporaryDirectory(prefix="slaplugin-demo-") as folder:
        _run(Path(folder), port)


def _run(folder: Path, port: int) -> None:
    installation.ensure_key(folder)
    app, state = installation.open_app(
        {"SLAPLUGIN_INSTANCE": str(folder), "SLAPLUGIN_DEMO": True, "SLAPLUGIN_ALLOW_NETWORKS": "127.0.0.0/8",
         "SLAPLUGIN_SQLITE_SYNCHRONOUS": "NORMAL"},
        environment={},
    )  # fmt: skip
    installation.set_up(state)
    with GitHubSimulator(state.clock) as simulator:
        playing: list[Traffic] = []
        stop = threading.Event()

        def ready(address: str) -> None:
            click.echo(f"slaplugin is at {address}")
            click.echo(f"What it sends arrives at {address}demo/inbox. Stop it with Ctrl+C.")
            begin = _begin(state, simulator, address, playing, stop)
            threading.Thread(target=begin, name="demo", daemon=True).start()

        try:
            server.serve(app, installation.scheduler(state), "127.0.0.1", port, ready)
        finally:
            stop.set()
            for traffic in playing:
                traffic.stop()


def _begin(state: State, simulator: GitHubSimulator, address: str, playing: list[Traffic],
           stop: threading.Event) -> Callable[[], None]:  # fmt: skip
    """What happens behind the first page: channel, history, source; traffic once the import is through."""

    def begin() -> None:
        webhook_secret = secrets.token_urlsafe(32)
        with state.session() as session:
            channels.add(
                session, state.clock, state.runtime.secrets, channels.DEFAULT, f"{address}demo/inbox",
                ["escalation.raised", "timer.at_risk", "timer.breached"], allow=state.config.allow_networks,
            )  # fmt: skip
        traffic = stage(simulator, state.clock.now())
        token = secrets.token_urlsafe(24)
        simulator.add_token(token, RESPONDERS[0])
        simulator.register_hook(REPOSITORY, url=f"{address}hooks/{SOURCE}", secret=webhook_secret)
        with state.session() as session:
            given = {"repository": REPOSITORY, "token": token, "base_url": simulator.base_url,
                     "webhook_secret": webhook_secret}  # fmt: skip
            sources.add(session, state.clock, state.runtime.registry, state.runtime.secrets, "github", SOURCE, given,
                        PULL_SECONDS)  # fmt: skip
        while not stop.wait(0.5):
            with state.session() as session:
                if sources.named(session, SOURCE).live_from is not None:
                    break
        else:
            return
        playing.append(traffic)
        traffic.start()

    return begin

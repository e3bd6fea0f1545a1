"""`slaplugin policy`: the published policy document. `check` needs no database and lives in its own module."""

from __future__ import annotations

import difflib
import json
import sys
from pathlib import Path

import click
import yaml

from slaplugin.cli import installation
from slaplugin.domain import instants
from slaplugin.errors import NotFound
from slaplugin.services import policies, rebuild
from slaplugin.store.policies import StoredPolicy


@click.command("show")
@click.option("--version", type=int, help="A version's number; the newest without it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(version: int | None, as_json: bool) -> None:
    """Print a published policy document."""
    stored = _version(version)
    click.echo(json.dumps(json.loads(stored.content), indent=2) if as_json else _yaml(stored), nl=as_json)


@click.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--apply",
    type=click.Choice(["new_tickets", "open_tickets"]),
    default="new_tickets",
    show_default=True,
    help="Whether open tickets move to it too.",
)
@click.option("--note", default="", help="Why, for the history.")
def publish(file: Path, apply: str, note: str) -> None:
    """Check FILE and publish it as the next version, in force from now."""  # fmt: skip
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    with installation.session() as (state, session):
        version = policies.publish(session, state.clock, text, str(file), apply=apply, note=note)
        count = 0
        if apply == "open_tickets":
            count = rebuild.recompute(session, state.clock, state.runtime.documents)
    click.echo(f"Version {version} is published; {count} tickets were computed again.")


@click.command("history")
def history() -> None:
    """List published versions."""
    with installation.session() as (_, session):
        for stored in policies.history(session):
            at = instants.text(stored.published_at)
            click.echo(f"{stored.id}  {at}  {stored.apply}  {stored.published_by}  {stored.note}")


@click.command("diff")
@click.argument("a", type=int)
@click.argument("b", type=int)
def diff(a: int, b: int) -> None:
    """Show what changed between versions A and B."""
    old, new = _yaml(_version(a)).splitlines(True), _yaml(_version(b)).splitlines(True)
    click.echo("".join(difflib.unified_diff(old, new, f"version {a}", f"version {b}")), nl=False)


def _version(number: int | None) -> StoredPolicy:
    with installation.session() as (_, session):
        published = policies.history(session)
    if not published:
        raise NotFound("no policy is published; run `slaplugin init` or `slaplugin policy publish FILE`")
    if number is None:
        return published[-1]
    found = next((one for one in published if one.id == number), None)
    if found is None:
        raise NotFound(f"there is no policy version {number}; there are 1 to {published[-1].id}")
    return found


def _yaml(stored: StoredPolicy) -> str:
    return yaml.safe_dump(json.loads(stored.content), sort_keys=False, allow_unicode=True)

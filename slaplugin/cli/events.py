"""`slaplugin events`: the log as lines of JSON."""

from __future__ import annotations

import json
from typing import Any

import click

from slaplugin.cli import installation
from slaplugin.documents import events as formats
from slaplugin.domain import instants
from slaplugin.domain.events import SourceEvent
from slaplugin.errors import ConfigurationError
from slaplugin.services import exports, sources


@click.group("events")
def group() -> None:
    """The log as lines of JSON."""


@group.command("export")
@click.option("--source", "name", help="One source; all without it.")
@click.option("--since", metavar="INSTANT", help="Leave out what happened before.")
@click.option("--raw", is_flag=True, help="The helpdesk's own values, as stored, instead of mapped ones.")
def export(name: str | None, since: str | None, raw: bool) -> None:
    """Print events, ticket by ticket. Mapped ones can be fed to `slaplugin replay`."""
    start = _instant(since)
    with installation.session() as (_, session):
        chosen = [sources.named(session, name)] if name else sources.every(session)
        for source in chosen:
            if raw:
                for event in exports.stored(session, source, start):
                    click.echo(json.dumps(_raw(event), ensure_ascii=False))
            else:
                for mapped in exports.mapped(session, source, start):
                    click.echo(json.dumps(formats.to_json_event(mapped), ensure_ascii=False))


def _instant(text: str | None) -> int:
    try:
        return 0 if text is None else instants.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"--since: {error}") from None


def _raw(event: SourceEvent) -> dict[str, Any]:
    actor = event.actor
    return {
        "id": event.id, "ticket": event.ticket, "at": instants.text(event.at), "seq": event.seq, "kind": event.kind,
        "actor": None if actor is None else {"id": actor.id, "name": actor.name, "marks": list(actor.marks)},
        "public": event.public, "set": dict(event.set), "of": event.of, "raw": dict(event.raw),
    }  # fmt: skip

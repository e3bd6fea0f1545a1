"""`slaplugin ticket`: what is promised on a ticket, and why."""

from __future__ import annotations

import json

import click

from slaplugin.cli import installation
from slaplugin.documents import events as formats
from slaplugin.domain import instants
from slaplugin.domain import timers as engine
from slaplugin.services import lookup, replays


@click.group("ticket")
def group() -> None:
    """What is promised on a ticket, and why."""


@group.command("show")
@click.argument("address", metavar="SOURCE:TICKET")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one record a timer.")
def show(address: str, as_json: bool) -> None:
    """Print the timers of a ticket as they stand now. A key that people know is accepted where it is unique."""
    with installation.session() as (state, session):
        ticket = lookup.ticket(session, address)
        feed = replays.feed(session, state.runtime.documents, ticket.source_id, ticket.ticket)
        now = state.clock.now()
        timers = engine.replay(feed.events, feed.versions.versions, now)
    if as_json:
        for timer in timers:
            click.echo(json.dumps(formats.to_json(timer)))
        return
    click.echo(f"{ticket.key}  {ticket.subject}")
    for timer in timers:
        due = "no due time" if timer.due_at is None else f"due {instants.text(timer.due_at)}"
        word = "breached" if timer.breached else timer.state
        click.echo(f"  {timer.metric} {timer.cycle}: {word}, {timer.remaining_seconds} s left, {due}")


@group.command("explain")
@click.argument("address", metavar="SOURCE:TICKET")
@click.argument("metric", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(address: str, metric: str | None, as_json: bool) -> None:
    """Print how each due time came about, second by second."""
    with installation.session() as (state, session):
        ticket = lookup.ticket(session, address)
        found = replays.segments(session, state.runtime.documents, ticket.source_id, ticket.ticket, state.clock.now())
    chosen = {key: segments for key, segments in found.items() if metric in (None, key[0])}
    if as_json:
        records = [
            {"metric": name, "cycle": cycle, "explain": [formats.to_json_segment(segment) for segment in segments]}
            for (name, cycle), segments in chosen.items()
        ]
        click.echo(json.dumps(records, indent=2))
        return
    for (name, cycle), segments in chosen.items():
        click.echo(f"{name} {cycle}")
        for segment in segments:
            click.echo(f"  {instants.text(segment.start)}  {segment.kind:8} {segment.seconds:>9} s  {segment.because}")

"""`slaplugin replay`: events and a policy document in, timers out, as files."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import click

from slaplugin.cli import files
from slaplugin.documents import events as formats
from slaplugin.documents import policies
from slaplugin.documents.event_schema import instant
from slaplugin.documents.events import Feed
from slaplugin.domain import timers
from slaplugin.domain.explain import explain as explained
from slaplugin.domain.instants import Instant
from slaplugin.domain.policies import PolicyDocument, Version
from slaplugin.errors import DocumentError, Problem, SLAPluginError

_IN_MEMORY_BYTES = 32_000_000


def _instant(value: str) -> Instant:
    try:
        return instant(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command("replay")
@click.option("--policy", "policy_file", required=True, type=files.EXISTING, metavar="FILE", help="A policy document.")
@click.option(
    "--events",
    "events_file",
    required=True,
    type=files.EXISTING,
    metavar="FILE",
    help="Events, one JSON object a line.",
)
@click.option(
    "--at",
    "instants",
    multiple=True,
    type=_instant,
    metavar="INSTANT",
    help="When to look; again for more. Without it, the instant of the last event.",
)
@click.option("--explain", is_flag=True, help="Add to every timer the stretches of time that it is made of.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    default=files.STANDARD,
    metavar="FILE",
    help="Where to write; standard output without it.",
)
def command(policy_file: str, events_file: str, instants: Sequence[Instant], explain: bool, output: str) -> None:
    """Print the timers of an event file under a policy document, one JSON object a line.

    Files may be packed with gzip; `-` is standard input or output. When something is wrong with the input, nothing is
    written, standard error lists every problem and the exit status is 2.
    """
    if policy_file == files.STANDARD and events_file == files.STANDARD:
        raise click.UsageError("standard input can be the policy or the events, not both")
    document, feed = _read(policy_file, events_file)
    for warning in feed.warnings:
        click.echo(f"{files.shown_name(events_file)}: warning: {warning}", err=True)
    asked = list(dict.fromkeys(instants)) or ([] if feed.last_at is None else [feed.last_at])
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as records:
        # All of it is computed before any of it is shown: a failure half-way leaves nothing behind.
        _write_records(records, document, feed, asked, explain, files.shown_name(events_file))
        records.seek(0)
        _deliver(records, output)


def _read(policy_file: str, events_file: str) -> tuple[PolicyDocument, Feed]:
    """Both files, or one error with the problems of both."""
    problems: list[str] = []
    tiers = document = feed = None
    try:
        document = policies.load(files.document(policy_file), files.shown_name(policy_file)).document
        tiers = document.priorities
    except DocumentError as refused:
        problems.append(str(refused))
    try:
        with files.opened(events_file) as stream:
            feed = formats.read(stream, files.shown_name(events_file), tiers)
    except DocumentError as refused:
        problems.append(str(refused))
    if document is None or feed is None:
        raise SLAPluginError("\n".join(problems))
    return document, feed


def _write_records(
    records: IO[bytes], document: PolicyDocument, feed: Feed, asked: Sequence[Instant], explain: bool, name: str
) -> None:
    versions = (Version(0, document),)
    several = len(asked) > 1
    for at in asked:
        for ticket in sorted(feed.tickets):
            events = feed.tickets[ticket]
            try:
                found = timers.replay(events, versions, at)
                segments = explained(events, versions, at) if explain else {}
            except ValueError as error:  # a calendar that has not enough open time left
                raise DocumentError(name, [Problem("", f"ticket {ticket}: {error}")]) from error
            for timer in found:
                explanation = segments[timer.metric, timer.cycle] if explain else None
                record = formats.to_json(timer, at if several else None, explanation)
                records.write(json.dumps(record).encode("ascii") + b"\n")


def _deliver(records: IO[bytes], output: str) -> None:
    if output == files.STANDARD:
        shutil.copyfileobj(records, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    try:
        with Path(output).open("wb") as stream:
            shutil.copyfileobj(records, stream)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error

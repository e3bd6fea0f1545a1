"""`slaplugin backtest`: what a draft policy would have made of an event file, against the one in force."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from slaplugin.backtest import reports
from slaplugin.backtest.batch import Backtest
from slaplugin.backtest.building import Range, build, fields_of
from slaplugin.backtest.comparison import Comparison
from slaplugin.backtest.outcomes import Outcome
from slaplugin.backtest.reports import Flip, Tally
from slaplugin.cli import files
from slaplugin.documents import events as formats
from slaplugin.documents import policies
from slaplugin.documents.event_schema import instant
from slaplugin.documents.events import Feed
from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.domain.policies import PolicyDocument
from slaplugin.errors import DocumentError, Problem, SLAPluginError

SHOWN_FLIPS = 20
"""So many of each kind are listed on the terminal."""

PIPE_WIDTH = 160
"""Columns of a table that no terminal cuts off."""

_DAY_SECONDS = 86_400


def _first_instant(value: str) -> Instant:
    return _bound(value, 0)


def _end_instant(value: str) -> Instant:
    return _bound(value, _DAY_SECONDS)


def _bound(value: str, day_seconds: int) -> Instant:
    """A day in UTC, `day_seconds` from its beginning, or an instant."""
    try:
        if len(value) == len("2026-01-30"):
            return instant(f"{value}T00:00:00Z") + day_seconds
        return instant(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is neither a day (2026-01-30) nor an instant") from error


@click.command("backtest")
@click.option(
    "--policy", "draft_file", required=True, type=files.EXISTING, metavar="FILE", help="The policy document to try."
)
@click.option(
    "--against", "current_file", type=files.EXISTING, metavar="FILE", help="The policy document to compare it with."
)
@click.option(
    "--events",
    "events_file",
    required=True,
    type=files.EXISTING,
    metavar="FILE",
    help="Events, one JSON object a line.",
)
@click.option(
    "--from", "start", type=_first_instant, metavar="D", help="Only tickets created from this day (UTC) or instant on."
)
@click.option(
    "--to", "end", type=_end_instant, metavar="D", help="Only those created up to this day, or before this instant."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every ticket that flips.")
def command(
    draft_file: str,
    current_file: str | None,
    events_file: str,
    start: Instant | None,
    end: Instant | None,
    as_json: bool,
) -> None:
    """Tell what a policy document would have made of the tickets of an event file, as of its last event.

    With --against both documents run over the same tickets: attainment now and then, which timers flip between met
    and missed, how many escalations more or fewer. Files may be packed with gzip; `-` is standard input. When
    something is wrong with the input, nothing is written, standard error lists every problem and the exit status is 2.
    """
    if [draft_file, current_file, events_file].count(files.STANDARD) > 1:
        raise click.UsageError("standard input can be one of the files only")
    if start is not None and end is not None and start >= end:
        raise click.UsageError("--to lies before --from; no ticket can be created between them")
    inputs = _read(draft_file, current_file, events_file)
    for warning in inputs.feed.warnings:
        click.echo(f"{files.shown_name(events_file)}: warning: {warning}", err=True)
    comparison = _compare(inputs, Range(start, end), draft_file, current_file)
    if as_json:
        click.echo(json.dumps(comparison.record(), indent=2))
    else:
        _show(comparison)


@dataclass(frozen=True, slots=True)
class _Inputs:
    draft: PolicyDocument
    current: PolicyDocument | None
    feed: Feed


def _read(draft_file: str, current_file: str | None, events_file: str) -> _Inputs:
    """All files, or one error with the problems of all."""
    problems: list[str] = []
    documents: list[PolicyDocument] = []
    for path in (draft_file, current_file):
        try:
            if path is not None:
                documents.append(policies.load(files.document(path), files.shown_name(path)).document)
        except DocumentError as refused:
            problems.append(str(refused))
    tiers = None if problems else {tier for document in documents for tier in document.priorities}
    feed = None
    try:
        with files.opened(events_file) as stream:
            feed = formats.read(stream, files.shown_name(events_file), tiers)
    except DocumentError as refused:
        problems.append(str(refused))
    if feed is None or problems:
        raise SLAPluginError("\n".join(problems))
    return _Inputs(documents[0], documents[1] if current_file is not None else None, feed)


def _compare(inputs: _Inputs, created: Range, draft_file: str, current_file: str | None) -> Comparison:
    documents = [inputs.draft] if inputs.current is None else [inputs.draft, inputs.current]
    tickets = inputs.feed.tickets
    columns = build(tickets.values(), inputs.feed.last_at or 0, fields_of(documents), created)
    backtest = Backtest(columns, tickets.__getitem__)
    draft = _run(backtest, inputs.draft, draft_file)
    current = None if inputs.current is None or current_file is None else _run(backtest, inputs.current, current_file)
    return Comparison(columns, draft, current)


def _run(backtest: Backtest, document: PolicyDocument, path: str) -> Outcome:
    try:
        return backtest.run(document)
    except ValueError as error:  # a calendar that has not enough open time left
        raise DocumentError(files.shown_name(path), [Problem("", str(error))]) from error


def _show(comparison: Comparison) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    columns = comparison.columns
    console.print(
        f"{_count(len(columns), 'ticket')}, {_count(columns.events, 'event')}, as of {instants.text(columns.until)}"
        + ("" if comparison.current is None else "; where two values stand, now -> draft")
    )
    for name, outcome in (("draft", comparison.draft), ("current policy", comparison.current)):
        for reason, tickets in () if outcome is None else outcome.scalar.items():
            console.print(f"{_count(tickets, 'ticket')} replayed one by one under the {name}: {reason}")
    for table in (_attainment(comparison), _escalations(comparison), _margins(comparison)):
        if table.row_count:
            console.print(table)
    flips = comparison.flips()
    if flips is not None:
        _list_flips(console, "Met now, missed under the draft", flips.to_missed)
        _list_flips(console, "Missed now, met under the draft", flips.to_met)


def _attainment(comparison: Comparison) -> Table:
    table = _table("Attainment", ["metric", "tier"], ["met", "missed", "open", "cancelled", "share"])
    for (metric, tier), current, draft in comparison.pairs(reports.attainment):
        cells = [_tally(current)] if comparison.current is not None else []
        _row(table, [metric, tier], [*cells, _tally(draft)])
    return table


def _escalations(comparison: Comparison) -> Table:
    table = _table("Escalations", ["metric"], ["steps", "repeats while nobody acknowledges"])
    for metric, current, draft in comparison.pairs(reports.ladders):
        asked = (current, draft) if comparison.current is not None else (draft,)
        if any(one is not None and one.steps for one in asked):
            cells = [["-"] * 2 if one is None else [f"{one.steps:,}", f"{one.repeats:,}"] for one in asked]
            _row(table, [metric], cells)
    return table


def _margins(comparison: Comparison) -> Table:
    table = _table("Part of the target that was used", ["metric", "used"], ["timers met or missed"])
    for metric, current, draft in comparison.pairs(reports.margins):
        asked = (current, draft) if comparison.current is not None else (draft,)
        for place, bound in enumerate((*reports.USED_PERCENT, None)):
            used = f"over {reports.USED_PERCENT[-1]} %" if bound is None else f"up to {bound} %"
            _row(table, [metric, used], [["-" if counts is None else f"{counts[place]:,}"] for counts in asked])
    return table


def _table(title: str, keys: Sequence[str], values: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for key in keys:
        table.add_column(key)
    for value in values:
        table.add_column(value, justify="right")
    return table


def _row(table: Table, keys: Sequence[str], values: Sequence[Sequence[str]]) -> None:
    """One cell for each value: that of the draft, and the one of the current policy before it where it is another."""
    cells = (" -> ".join(dict.fromkeys(of_both)) for of_both in zip(*values, strict=True))
    table.add_row(*map(escape, keys), *cells)


def _tally(tally: Tally | None) -> list[str]:
    if tally is None:
        return ["-"] * 5
    share = tally.share_basis_points
    shown = "-" if share is None else f"{share // 100}.{share % 100:02d} %"
    return [f"{tally.met:,}", f"{tally.missed:,}", f"{tally.open:,}", f"{tally.cancelled:,}", shown]


def _list_flips(console: Console, title: str, flips: Sequence[Flip]) -> None:
    console.print(f"{title}: {_count(len(flips), 'timer')}")
    for flip in flips[:SHOWN_FLIPS]:
        key = "" if flip.key is None or flip.key == flip.ticket else f" ({flip.key})"
        console.print(escape(f"  {flip.ticket}{key}  {flip.metric} {flip.cycle}"))
    if len(flips) > SHOWN_FLIPS:
        console.print(f"  ... and {len(flips) - SHOWN_FLIPS:,} more; --json lists them all")


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"

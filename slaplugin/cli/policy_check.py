"""`slaplugin policy check`: is this policy document right, and what would a careful reader ask?"""

from __future__ import annotations

import json

import click

from slaplugin.cli import files
from slaplugin.documents import policies
from slaplugin.errors import DocumentError, Problem


@click.command("check")
@click.argument("file", type=files.EXISTING, metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: problems and warnings with path and line.")
@click.pass_context
def command(ctx: click.Context, file: str, as_json: bool) -> None:
    """Check a policy document, YAML or JSON. `-` is standard input.

    Problems go to standard error and the exit status is 2; warnings keep nobody from using the document.
    """
    name = files.shown_name(file)
    try:
        loaded = policies.load(files.document(file), name)
    except DocumentError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"file": name, "problems": _records(error.problems), "warnings": []}, indent=2))
        ctx.exit(2)
    if as_json:
        click.echo(json.dumps({"file": name, "problems": [], "warnings": _records(loaded.warnings)}, indent=2))
        return
    for warning in loaded.warnings:
        click.echo(f"{name}: warning: {warning}", err=True)
    document = loaded.document
    counts = [
        _count(len(document.policies), "policy", "policies"),
        _count(len(document.calendars) - 1, "calendar", "calendars"),  # 24x7 is not theirs
        _count(len(document.priorities), "tier", "tiers"),
    ]
    click.echo(f"{name}: right. {', '.join(counts)}, {_count(len(loaded.warnings), 'warning', 'warnings')}.")


def _count(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number == 1 else many}"


def _records(problems: tuple[Problem, ...]) -> list[dict[str, str | int | None]]:
    return [{"path": problem.path, "line": problem.line, "message": problem.message} for problem in problems]

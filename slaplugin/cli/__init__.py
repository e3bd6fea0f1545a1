"""The command line: a table of commands, each loaded when it is called, so that file commands never load Flask."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click

from slaplugin import __version__
from slaplugin.errors import SLAPluginError


class Entry(NamedTuple):
    """A command: where it is, under which heading the help lists it, and what the help says of it."""

    target: str
    heading: str
    help: str


FIRST, SET_UP, TICKETS, FILES = "First contact", "Set up", "Tickets", "Files only (no database)"

COMMANDS: Mapping[str, Entry] = {
    "demo": Entry("slaplugin.cli.demo:command", FIRST, "A simulated helpdesk, 30 days of history and live traffic."),
    "try": Entry("slaplugin.cli.trial:command", FIRST, "Timers for the issues of a public GitHub repository."),
    "init": Entry("slaplugin.cli.init:command", FIRST, "Create the database, the key file and the default policy."),
    "run": Entry("slaplugin.cli.run:run", FIRST, "Serve the pages and run the scheduler in one process."),
    "worker": Entry("slaplugin.cli.run:worker", FIRST, "Run the scheduler without the pages."),
    "db": Entry("slaplugin.cli.db:group", SET_UP, "Upgrade and check the database."),
    "source": Entry("slaplugin.cli.source:group", SET_UP, "Connect helpdesks and pull from them."),
    "policy": Entry("slaplugin.cli:policy", SET_UP, "Check, publish and compare policy documents."),
    "channel": Entry("slaplugin.cli.channel:group", SET_UP, "Where escalations are sent."),
    "rebuild": Entry("slaplugin.cli.rebuild:command", SET_UP, "Make every timer again from the events."),
    "ticket": Entry("slaplugin.cli.ticket:group", TICKETS, "Show the timers of a ticket and explain them."),
    "events": Entry("slaplugin.cli.events:group", TICKETS, "Export events."),
    "replay": Entry("slaplugin.cli.replay:command", FILES, "Timers of an event file under a policy file."),
    "backtest": Entry("slaplugin.cli.backtest:command", FILES, "What a draft would have done to recorded tickets."),
}

POLICY_COMMANDS: Mapping[str, Entry] = {
    "check": Entry("slaplugin.cli.policy_check:command", FILES, "Check a policy file and list every problem."),
    "show": Entry("slaplugin.cli.policy:show", SET_UP, "Print a published policy document."),
    "publish": Entry("slaplugin.cli.policy:publish", SET_UP, "Check a file and publish it as the next version."),
    "history": Entry("slaplugin.cli.policy:history", SET_UP, "List published versions."),
    "diff": Entry("slaplugin.cli.policy:diff", SET_UP, "Show what changed between two versions."),
}


class LazyGroup(click.Group):
    """A group whose help comes from a table and whose commands are imported when they are called."""

    def __init__(self, *args: Any, table: Mapping[str, Entry], **options: Any) -> None:
        super().__init__(*args, **options)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None when there is none of this name."""
        entry = self._table.get(cmd_name)
        if entry is None:
            return None
        module, attribute = entry.target.split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands under their headings without importing any."""
        headings = dict.fromkeys(entry.heading for entry in self._table.values())
        for heading in headings:
            with formatter.section(heading):
                formatter.write_dl(
                    [(name, entry.help) for name, entry in self._table.items() if entry.heading == heading]
                )

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. What the package raises on purpose becomes its message and exit status 2, no traceback."""
        try:
            return super().invoke(ctx)
        except SLAPluginError as error:
            click.echo(str(error), err=True)
            ctx.exit(2)


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="slaplugin")
def main() -> None:
    """Exact, explained and provable SLA timers for helpdesk tickets."""


@click.group("policy", cls=LazyGroup, table=POLICY_COMMANDS)
def policy() -> None:
    """Check, publish and compare policy documents."""

"""Writes the pages of docs/ that follow from the code; tests/test_docs.py compares them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from slaplugin.cli import main
from slaplugin.config import SETTINGS, Setting

DOCS = Path(__file__).resolve().parents[1] / "docs"
CONFIGURATION = """# Configuration

Every setting is an environment variable, or a key of the same name in the configuration of the Flask application that
slaplugin is mounted in; the environment wins. Unknown keys are an error at start, with the nearest name. A setting
marked *secret* can be read from a file by adding `_FILE` to its name.

| key | default | what it is for |
|---|---|---|
"""
COMMANDS = """# Commands

`slaplugin COMMAND --help` prints the same. Bad input ends with status 2, every problem on standard error and nothing
changed.
"""


def configuration() -> str:
    """docs/configuration.md, from the table of settings."""
    return CONFIGURATION + "".join(_row(setting) for setting in SETTINGS)


def commands() -> str:
    """docs/commands.md, from the commands' own help."""
    return COMMANDS + "".join(_sections(main, "slaplugin"))


def _row(setting: Setting) -> str:
    default = setting.default
    shown = "" if default in (None, (), "") else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    return f"| `{setting.key}`{' (secret)' if setting.secret else ''} | {shown} | {setting.doc} |\n"


def _sections(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _sections(found, f"{path} {name}")
        return
    arguments = [str(each.metavar or each.name.upper()) for each in command.params if isinstance(each, click.Argument)]
    yield f"\n## {path}\n\n`{' '.join([path, *arguments])}`\n\n{inspect.cleandoc(command.help or '')}\n"
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    if options:
        yield "\n| option | meaning |\n|---|---|\n" + "".join(_option(option) for option in options)


def _option(option: click.Option) -> str:
    value = "" if option.is_flag else f" {option.metavar or (option.name or '').upper()}"
    default = option.default if isinstance(option.default, (str, int)) and not option.is_flag else None
    shown = f" Default: {default}." if default not in (None, "") else ""
    return f"| `{', '.join(option.opts)}{value}` | {option.help or ''}{shown} |\n"


PAGES = {"configuration.md": configuration, "commands.md": commands}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")

from __future__ import annotations

import importlib.util

import click
import pytest
from click.testing import CliRunner

from slaplugin import __version__
from slaplugin.cli import COMMANDS, FIRST, POLICY_COMMANDS, Entry, LazyGroup, main
from slaplugin.errors import DocumentError, Problem
from tests.cli.processes import loaded_by, slaplugin


def test_help_lists_every_command_under_its_heading() -> None:
    text = CliRunner().invoke(main, ["--help"]).output
    positions = [text.index(f"\n  {name} ") for name in COMMANDS]
    assert positions == sorted(positions)


def test_help_loads_no_command() -> None:
    assert loaded_by("--help") == []


@pytest.mark.parametrize("entry", [*COMMANDS.values(), *POLICY_COMMANDS.values()], ids=lambda entry: entry.target)
def test_every_command_of_the_tables_has_a_module(entry: Entry) -> None:
    assert importlib.util.find_spec(entry.target.split(":")[0]) is not None


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"slaplugin, version {__version__}\n"


def test_python_m_runs_it() -> None:
    assert slaplugin("--version").stdout.decode() == f"slaplugin, version {__version__}\n"


def test_an_unknown_command_exits_with_2() -> None:
    assert CliRunner().invoke(main, ["replya"]).exit_code == 2


@click.command("fail")
def failing() -> None:
    """Refuse something."""
    raise DocumentError("p.yaml", [Problem("a", "is odd", 3), Problem("b", "is odd too")])


def test_what_is_raised_on_purpose_is_a_message_and_exit_status_2() -> None:
    group = LazyGroup("group", table={"fail": Entry(f"{__name__}:failing", FIRST, "Refuse something.")})
    result = CliRunner().invoke(group, ["fail"])
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "p.yaml: line 3: a: is odd\np.yaml: b: is odd too\n",
    )

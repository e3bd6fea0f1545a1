"""The documentation says what is there: generated pages are current, links lead somewhere, commands exist."""

from __future__ import annotations

import re

import pytest

from scripts.pages import DOCS, PAGES
from slaplugin.config import SETTINGS
from slaplugin.services.channels import EVENTS
from tests.shared import PROJECT

MARKDOWN = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `python -m scripts.pages`"


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_and_pictures_lead_somewhere(path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_make_commands_of_the_readme_are_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", (PROJECT / "README.md").read_text())) - {"nothing"} <= targets


def test_ci_runs_what_the_readme_tells_a_newcomer_to_run() -> None:
    script = (PROJECT / ".ci" / "run").read_text()
    assert "check" in script
    assert 'make VENV="$VENV" test' in script


def test_every_setting_and_every_outbound_event_is_documented() -> None:
    words = "\n".join(path.read_text(encoding="utf-8") for path in MARKDOWN)
    assert [setting.key for setting in SETTINGS if setting.key not in words] == []
    assert [event for event in EVENTS if event not in words] == []


def test_slaplugin_commands_in_the_docs_exist() -> None:
    known = set(re.findall(r"^## slaplugin (.+)$", (DOCS / "commands.md").read_text(), re.MULTILINE))
    used = set()
    for path in MARKDOWN:
        for block in re.findall(r"```\w*\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            used.update(line.removeprefix("slaplugin ") for line in block.splitlines() if line.startswith("slaplugin "))
    assert [line for line in used if not any(line == name or line.startswith(f"{name} ") for name in known)] == []

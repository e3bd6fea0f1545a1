"""The house rules that a linter cannot see."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from slaplugin import registry
from tests.shared import PROJECT

LIMIT = 400


def modules() -> list:
    return [path for folder in ("slaplugin", "connectors", "migrations") for path in (PROJECT / folder).rglob("*.py")]


def test_no_module_is_longer_than_one_concept_needs() -> None:
    long = {str(path.relative_to(PROJECT)): len(path.read_text().splitlines()) for path in modules()
            if "versions" not in path.parts}  # fmt: skip
    assert {name: lines for name, lines in long.items() if lines > LIMIT} == {}


@pytest.mark.parametrize("module", ["slaplugin.domain.timers", "slaplugin.domain.explain", "slaplugin.domain.mapping",
                                    *(target.partition(":")[0] for target in registry.BUILTIN.values())])  # fmt: skip
def test_domain_and_connectors_load_without_flask_and_sqlalchemy(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'flask', 'sqlalchemy'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.strip() == "[]"


def test_only_the_clock_reads_the_time() -> None:
    reads = re.compile(r"\btime\.(time|time_ns|monotonic)\(|\.(now|utcnow|today)\(\)")
    guilty = [
        str(path.relative_to(PROJECT))
        for path in modules()
        if path.name != "clock.py"
        for line in path.read_text().splitlines()
        if reads.search(line) and "clock" not in line
    ]
    assert guilty == []


def test_only_the_guarded_session_imports_requests() -> None:
    wanted = re.compile(r"^\s*(import requests|from requests|import urllib3|from urllib3)\b", re.MULTILINE)
    assert [path.name for path in modules() if wanted.search(path.read_text())] == ["outbound.py"]


def test_templates_hold_no_inline_script_or_style() -> None:
    forbidden = re.compile(r"<style|\sstyle=|\son\w+=\"|<script(?![^>]*\ssrc=)|\|\s*safe\b", re.IGNORECASE)
    guilty = [
        (path.name, found.group())
        for path in (PROJECT / "slaplugin" / "web" / "templates").rglob("*.html")
        for found in forbidden.finditer(path.read_text())
    ]
    assert guilty == []


def test_no_sql_is_glued_together() -> None:
    glued = re.compile(r"text\(\s*f[\"']")
    assert [path.name for path in modules() if glued.search(path.read_text())] == []

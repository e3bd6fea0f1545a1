"""Small checkable claims about the engine, the shared ones and our own: through documents, replay and explain."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from slaplugin.documents import events as formats
from slaplugin.documents import policies
from slaplugin.domain import instants
from slaplugin.domain.explain import explain
from slaplugin.domain.policies import Version
from slaplugin.domain.timers import replay
from slaplugin.errors import DocumentError
from tests.shared import PROJECT, shared_path

OWN = PROJECT / "tests" / "scenarios"
HANDFUL = [
    "08-forty-days-closed.yaml",
    "15-two-desks-two-zones.yaml",
    "38-three-ways-to-change.yaml",
    "50-escalation-instants.yaml",
    "54-explain-adds-up.yaml",
]


def names(folder: Path, ending: str) -> list[str]:
    return sorted(path.name for path in folder.glob(f"*{ending}") if not path.name.endswith(".policy.yaml"))


def shared_names(ending: str) -> list[str]:
    """Found while collecting; where the folder is missing, the one name left asks for it and fails or skips."""
    return names(PROJECT.parent / "shared" / "conformance", ending) or [""]


@cache
def runner() -> ModuleType:
    """The black-box runner that other engines are checked with."""
    spec = importlib.util.spec_from_file_location("conformance_run", shared_path("conformance/run.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def problems_of(path: Path) -> list[str]:
    """What the engine answers differently from a scenario; every timer's explanation is checked as well."""
    run = runner()
    scenario = run.load(path)
    document = policies.load(yaml.dump(scenario["policy"], Dumper=run.Dumper, sort_keys=False), path.name).document
    written = (json.dumps(event).encode() + b"\n" for event in scenario["events"])
    feed = formats.read(written, path.name, document.priorities)
    found: list[str] = []
    for check in scenario["checks"]:
        records = timers_at(feed, (Version(0, document),), instants.parse(check["at"]))
        found += [f"at {check['at']}: {problem}" for problem in run.compare(check, records, True)]
    return found


def timers_at(feed: formats.Feed, versions: Iterable[Version], at: int) -> list[dict[str, Any]]:
    versions = tuple(versions)
    records = []
    for ticket in sorted(feed.tickets):
        segments = explain(feed.tickets[ticket], versions, at)
        records += [
            formats.to_json(timer, None, segments[timer.metric, timer.cycle])
            for timer in replay(feed.tickets[ticket], versions, at)
        ]
    return records


@pytest.mark.parametrize("name", shared_names(".yaml"))
def test_shared_scenario_holds(name: str) -> None:
    assert problems_of(shared_path(f"conformance/{name}")) == []


@pytest.mark.parametrize("name", names(OWN, ".yaml"))
def test_own_scenario_holds(name: str) -> None:
    assert problems_of(OWN / name) == []


def read_both(policy, events) -> None:
    """Load a policy and then a feed under its tiers."""
    document = policies.load(policy.read_bytes(), policy.name).document
    formats.read(events.read_bytes().splitlines(keepends=True), events.name, document.priorities)


@pytest.mark.parametrize("name", names(OWN, ".expect"))
def test_bad_input_is_refused_with_the_expected_words(name: str) -> None:
    stem = name.removesuffix(".expect")
    policy, events = (
        own if (own := OWN / f"{stem}{ending}").exists() else OWN / f"default{ending}"
        for ending in (".policy.yaml", ".events.jsonl")
    )
    with pytest.raises(DocumentError) as refused:
        read_both(policy, events)
    said = str(refused.value).casefold()
    expected = [line for line in (OWN / name).read_text(encoding="utf-8").splitlines() if line.strip()]
    assert [line for line in expected if not any(part.strip().casefold() in said for part in line.split(" | "))] == []


def test_every_own_scenario_says_what_it_claims_and_why() -> None:
    run = runner()
    silent = [name for name in names(OWN, ".yaml") if not {"title", "why"} <= run.load(OWN / name).keys()]
    assert silent == []


def test_the_page_about_the_rules_names_scenarios_that_exist() -> None:
    page = (PROJECT / "docs" / "engine.md").read_text(encoding="utf-8")
    named = {number for bracket in re.findall(r"\[([\d, to]+)\]", page) for number in re.findall(r"\d+", bracket)}
    assert named
    assert named <= {name[:2] for name in names(OWN, ".yaml")}


def test_the_command_line_passes_the_shared_runner() -> None:
    scenarios = [shared_path(f"conformance/{name}") for name in HANDFUL]
    refusals = [OWN / name for name in names(OWN, ".expect")[:2]]
    command = [sys.executable, shared_path("conformance/run.py"), "--command", f"{sys.executable} -m slaplugin"]
    done = subprocess.run(
        [*command, "--jobs", "2", *scenarios, *refusals], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"{len(HANDFUL) + len(refusals)} passed, 0 failed\n"), done.stdout

"""The batch gives the timers of the scalar engine: on random desks, on every scenario and on real tickets."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slaplugin.backtest import batch
from slaplugin.backtest.reach import TIE
from slaplugin.documents import events as formats
from slaplugin.documents import policies
from slaplugin.domain import instants
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.policies import PolicyDocument
from tests.backtest import drawn
from tests.backtest.parts import assert_equal_to_scalar, make_backtest, run
from tests.domain.drawn import BASE, documents, feeds
from tests.shared import PROJECT, shared_path

SOAK = 10 if os.environ.get("SLAPLUGIN_TEST_SOAK") else 1
OWN = PROJECT / "tests" / "scenarios"
HOUR = 3600


@pytest.fixture(scope="module", autouse=True)
def _small_chunks() -> Iterator[None]:
    """Tickets are worked on in chunks; small ones, so that every test has several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "CHUNK_TICKETS", 3)
        yield


class Loader(yaml.SafeLoader):
    """YAML whose dates and instants stay texts."""


Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def assert_scenario_is_equal(path: Path) -> None:
    scenario: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader)
    document = policies.load(json.dumps(scenario["policy"]), path.name).document
    lines = [json.dumps(event).encode() for event in scenario["events"]]
    tickets = formats.read(lines, path.name, document.priorities).tickets
    for check in scenario["checks"]:
        assert_equal_to_scalar(run(document, tickets, instants.parse(check["at"])), tickets)


def real(name: str) -> tuple[PolicyDocument, formats.Feed]:
    folder = shared_path(f"datasets/{name}")
    document = policies.load((folder / "policy.yaml").read_bytes(), "policy.yaml").document
    with (folder / "events.jsonl.gz").open("rb") as stream:
        return document, formats.read(stream, "events.jsonl.gz", document.priorities)


@settings(max_examples=250 * SOAK, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_random_desks(seed: int) -> None:
    random = Random(seed)
    document, tickets, until = drawn.document(random), drawn.desk(random, 10), drawn.instant(random)
    assert_equal_to_scalar(run(document, tickets, until), tickets)


@settings(max_examples=150 * SOAK, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), feeds(), st.integers(0, 200 * HOUR))
def test_random_tickets_that_use_everything(document: PolicyDocument, events: list[TicketEvent], later: int) -> None:
    tickets = {"T": events}
    assert_equal_to_scalar(run(document, tickets, BASE + later), tickets)


@pytest.mark.parametrize("path", sorted(OWN.glob("*.yaml")), ids=lambda path: path.stem)
def test_own_scenarios(path: Path) -> None:
    if not path.name.endswith(".policy.yaml"):
        assert_scenario_is_equal(path)


def test_shared_scenarios() -> None:
    paths = sorted(shared_path("conformance").glob("[0-9]*.yaml"))
    assert len(paths) >= 60
    for path in paths:
        assert_scenario_is_equal(path)


@pytest.mark.parametrize("name", ["uci498", "bpi2013"])
def test_real_tickets_under_their_policy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "CHUNK_TICKETS", 2_000)
    document, feed = real(name)
    assert feed.last_at is not None
    outcome = run(document, feed.tickets, feed.last_at)
    assert_equal_to_scalar(outcome, feed.tickets)
    assert outcome.scalar_tickets < len(feed.tickets) // 1000


def test_a_moved_target_gives_what_a_new_backtest_gives() -> None:
    for seed in range(40):
        random = Random(seed)
        document, tickets, until = drawn.document(random), drawn.desk(random, 10), drawn.instant(random)
        moved = drawn.with_other_targets(random, document)
        backtest = make_backtest(tickets, until, document)
        backtest.run(document)
        assert_equal_to_scalar(backtest.run(moved), tickets)
        assert_equal_to_scalar(backtest.run(document), tickets)


def test_random_desks_are_mostly_expressed_and_have_ties() -> None:
    """Else the tests above would compare the scalar engine with itself."""
    reasons: Counter[str] = Counter()
    tickets = 0
    for seed in range(150):
        random = Random(seed)
        document, desk, until = drawn.document(random), drawn.desk(random, 10), drawn.instant(random)
        outcome = run(document, desk, until)
        reasons.update(outcome.scalar)
        tickets += len(outcome.columns)
    assert sum(reasons.values()) < tickets // 2
    assert reasons[TIE] > 0

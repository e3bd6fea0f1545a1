"""`slaplugin try OWNER/REPO`: anonymous, inside the budget, countdowns at the end."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from slaplugin.clock import SystemClock
from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_demo import REPOSITORY, stage
from tests.journeys.installation import Installation


@pytest.fixture
def github() -> Iterator[GitHubSimulator]:
    with GitHubSimulator(SystemClock()) as simulator:
        stage(simulator, SystemClock().now())
        yield simulator


def test_a_public_repository_is_read_inside_the_anonymous_budget(github: GitHubSimulator, tmp_path: Path) -> None:
    said = Installation(tmp_path).run("try", REPOSITORY, "--base-url", github.base_url, "--once")
    assert "tickets were read" in said
    assert int(said.split(" tickets were read")[0].split()[-1]) > 200
    assert len(github.request_log) <= 60
    assert all(entry.status in (200, 304) for entry in github.request_log)
    assert all("authorization" not in entry.received.headers for entry in github.request_log)


def test_the_queue_counts_down_on_the_tickets_read(github: GitHubSimulator, tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    try:
        address = installation.start("try", REPOSITORY, "--base-url", github.base_url, "--port", "0")
        with urllib.request.urlopen(address, timeout=30) as page:
            assert 'data-counting-until="' in page.read().decode()
    finally:
        assert installation.stop() == 0


def test_a_spent_budget_is_said_with_the_time_it_returns(github: GitHubSimulator, tmp_path: Path) -> None:
    github.anonymous.limit = 0
    said = Installation(tmp_path).run("try", REPOSITORY, "--base-url", github.base_url, "--once", fails=True)
    assert "Try again after" in said
    assert "Traceback" not in said


def test_an_unknown_repository_is_a_sentence(github: GitHubSimulator, tmp_path: Path) -> None:
    said = Installation(tmp_path).run("try", "acme/nothing", "--base-url", github.base_url, "--once", fails=True)
    assert "acme/nothing" in said
    assert "Traceback" not in said

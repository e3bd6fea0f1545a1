from __future__ import annotations

from collections.abc import Iterator

import pytest

from slaplugin.simulator.github import GitHubSimulator
from tests.simulator.support import NOW, REPO, TOKEN, Caller, Sink, StillClock


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def github(clock: StillClock) -> Iterator[GitHubSimulator]:
    """A running simulator with acme/web: mira maintains it, rosa may only read."""
    with GitHubSimulator(clock) as simulator:
        simulator.create_repository(REPO, permissions={"mira": "admin", "jonas": "write"}, at=NOW - 86_400)
        simulator.add_token(TOKEN, "mira")
        simulator.add_token("reader", "rosa")
        yield simulator
        while Caller.made:
            Caller.made.pop().session.close()


@pytest.fixture
def caller(github: GitHubSimulator) -> Caller:
    return Caller(github)


@pytest.fixture
def reader(github: GitHubSimulator) -> Caller:
    """A caller who may read and comment, nothing else."""
    return Caller(github, "reader")


@pytest.fixture
def anonymous(github: GitHubSimulator) -> Caller:
    return Caller(github, None)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as receiver:
        yield receiver

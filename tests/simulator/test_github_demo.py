from __future__ import annotations

import subprocess
import sys

from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_demo import REPOSITORY, stage
from tests.shared import PROJECT
from tests.simulator.support import NOW, Caller, StillClock

MEASURE = """
import resource
from slaplugin.clock import SystemClock
from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.story import history, set_stage, tell
clock = SystemClock()
simulator = GitHubSimulator(clock)
repository = set_stage(simulator)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
tell(simulator, repository.full_name, history(clock.now(), issue_count={count}))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
simulator.stop()
"""


def test_the_stage_has_history_and_emergencies(clock: StillClock) -> None:
    with GitHubSimulator(clock) as simulator:
        stage(simulator, NOW)
        recent = Caller(simulator, None).get(f"/repos/{REPOSITORY}/issues?labels=P1&per_page=100").json()
        while Caller.made:
            Caller.made.pop().session.close()
    assert len(simulator.repository(REPOSITORY).issues) == 250 + 31 + 15
    assert sum(issue["created_at"] >= "2026-11-16T09:30:00Z" for issue in recent) == 15


def test_nothing_of_the_stage_lies_in_the_future(clock: StillClock) -> None:
    simulator = GitHubSimulator(clock)
    stage(simulator, NOW)
    simulator.stop()
    assert max(issue.updated_at for issue in simulator.repository(REPOSITORY).issues.values()) <= NOW


def test_ten_thousand_issues_take_less_than_a_hundred_megabytes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE.format(count=10_000)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 100

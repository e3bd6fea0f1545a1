from __future__ import annotations

import threading
from collections import Counter

import pytest

from slaplugin.simulator import story_texts as texts
from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_demo import GRACE_SECONDS, REPOSITORY, stage
from slaplugin.simulator.github_model import Issue
from slaplugin.simulator.traffic import Traffic
from tests.simulator.support import NOW, Sink, StillClock


@pytest.fixture
def simulator(clock: StillClock) -> GitHubSimulator:
    made = GitHubSimulator(clock)
    made.stop()
    return made


def emergencies(simulator: GitHubSimulator) -> list[Issue]:
    return [
        issue
        for issue in simulator.repository(REPOSITORY).issues.values()
        if NOW - 1800 < issue.at <= NOW and any(label.name == "P1" for label in issue.labels)
    ]


def answered(issue: Issue) -> bool:
    return any(comment.author.login in texts.RESPONDERS for comment in issue.comments)


def test_everything_that_can_happen_happens(simulator: GitHubSimulator, clock: StillClock) -> None:
    traffic = stage(simulator, NOW)
    clock.instant = NOW + 900
    seen = Counter(traffic.step() for _ in range(200))
    assert set(seen) == {"opened", "answered", "wrote", "labelled", "closed"}


def test_the_same_seed_gives_the_same_traffic(clock: StillClock) -> None:
    def steps() -> list[str]:
        simulator = GitHubSimulator(clock)
        simulator.stop()
        traffic = stage(simulator, NOW)
        return [traffic.step() for _ in range(50)]

    assert steps() == steps()


def test_the_number_of_open_issues_stays_about_where_it_is(simulator: GitHubSimulator, clock: StillClock) -> None:
    traffic = stage(simulator, NOW)
    for _ in range(600):
        clock.instant += 4
        traffic.step()
    assert 40 <= simulator.repository(REPOSITORY).open_count <= 80


def test_too_many_open_issues_are_worked_off_and_never_added_to(simulator: GitHubSimulator) -> None:
    """Also when nothing can be closed, because everything waits for its reporter."""
    simulator.create_repository("acme/busy")
    for _ in range(80):
        simulator.open_issue("acme/busy", "Broken", "ann", labels=["waiting-for-reporter"])
    traffic = Traffic(simulator, "acme/busy")
    assert "opened" not in {traffic.step() for _ in range(100)}


def test_emergencies_are_left_alone_until_they_have_breached(simulator: GitHubSimulator, clock: StillClock) -> None:
    traffic = stage(simulator, NOW)
    urgent = emergencies(simulator)
    assert len(urgent) >= 6
    for _ in range(300):
        clock.instant = NOW + 15 + GRACE_SECONDS - 1
        traffic.step()
    assert not any(answered(issue) or issue.state == "closed" for issue in urgent)


def test_after_the_breach_somebody_answers_at_last(simulator: GitHubSimulator, clock: StillClock) -> None:
    traffic = stage(simulator, NOW)
    urgent = emergencies(simulator)
    clock.instant = NOW + 3600
    for _ in range(100):
        traffic.step()
    assert all(answered(issue) for issue in urgent)


def test_some_new_emergencies_are_overlooked(simulator: GitHubSimulator, clock: StillClock) -> None:
    traffic = stage(simulator, NOW)
    for _ in range(1700):
        clock.instant += 1
        traffic.step()
    new = [issue for issue in simulator.repository(REPOSITORY).issues.values() if NOW < issue.at < NOW + 1600]
    p1 = [issue for issue in new if any(label.name == "P1" for label in issue.labels)]
    unanswered = [issue for issue in p1 if not answered(issue)]
    assert 0 < len(unanswered) < len(p1)


def test_running_traffic_reaches_a_registered_hook(clock: StillClock, sink: Sink) -> None:
    with GitHubSimulator(clock) as running:
        traffic = stage(running, NOW)
        running.register_hook(REPOSITORY, sink.url, "s")
        busy = Traffic(running, REPOSITORY, every_ms=(1, 5))
        busy.start()
        while len(sink.got) < 10:
            threading.Event().wait(0.01)
        busy.stop()
        busy.stop()
        traffic.stop()
        assert all(delivered.is_signed_with("s") for delivered in sink.got)


def test_an_empty_repository_gets_its_first_issues(simulator: GitHubSimulator) -> None:
    simulator.create_repository("acme/new")
    assert Traffic(simulator, "acme/new").step() == "opened"

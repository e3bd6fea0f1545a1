from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_limits import SecondaryLimit
from tests.simulator.support import NOW, REPO, Caller, StillClock


def test_every_answer_has_the_five_headers(github: GitHubSimulator) -> None:
    github.add_token("small", "mira", limit=3)
    headers = Caller(github, "small").repo().headers
    names = ("Limit", "Remaining", "Used", "Reset", "Resource")
    assert [headers[f"X-RateLimit-{name}"] for name in names] == ["3", "2", "1", str(NOW + 3600), "core"]


@pytest.mark.parametrize("status", [403, 429])
def test_an_exhausted_budget_is_refused_with_remaining_zero(github: GitHubSimulator, status: int) -> None:
    github.limits.primary_status = status  # type: ignore[assignment]
    github.add_token("small", "mira", limit=1)
    small = Caller(github, "small")
    assert small.repo().status_code == 200
    answer = small.repo()
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (status, "0")
    assert "Retry-After" not in answer.headers


def test_the_budget_is_new_after_an_hour(github: GitHubSimulator, clock: StillClock) -> None:
    github.add_token("small", "mira", limit=1)
    small = Caller(github, "small")
    small.repo()
    clock.instant = NOW + 3599
    assert small.repo().status_code == 403
    clock.instant = NOW + 3600
    assert small.repo().status_code == 200


def test_without_a_token_there_are_sixty_calls_an_hour(github: GitHubSimulator, anonymous: Caller) -> None:
    codes = [anonymous.get("/meta").status_code for _ in range(61)]
    assert codes == [200] * 60 + [403]


def test_asking_for_the_limits_is_free(github: GitHubSimulator) -> None:
    github.add_token("small", "mira", limit=1)
    small = Caller(github, "small")
    small.repo()
    answer = small.get("/rate_limit")
    assert answer.status_code == 200
    assert answer.json()["resources"]["core"] == {"limit": 1, "remaining": 0, "reset": NOW + 3600, "used": 1}


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_may_give_seconds(github: GitHubSimulator, caller: Caller, status: int) -> None:
    github.limits.refuse_next(SecondaryLimit(status, "seconds", 42))  # type: ignore[arg-type]
    answer = caller.repo()
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "42")
    assert "secondary rate limit" in answer.json()["message"]
    assert int(answer.headers["X-RateLimit-Remaining"]) > 0


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_may_give_a_date(github: GitHubSimulator, caller: Caller, status: int) -> None:
    github.limits.refuse_next(SecondaryLimit(status, "http-date", 90))  # type: ignore[arg-type]
    answer = caller.repo()
    assert answer.status_code == status
    assert int(parsedate_to_datetime(answer.headers["Retry-After"]).timestamp()) == NOW + 90


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_may_give_nothing(github: GitHubSimulator, caller: Caller, status: int) -> None:
    github.limits.refuse_next(SecondaryLimit(status, None, limited_by="elapsed-time"))  # type: ignore[arg-type]
    answer = caller.repo()
    assert (answer.status_code, answer.headers["gh-limited-by"]) == (status, "elapsed-time")
    assert "Retry-After" not in answer.headers


def test_a_secondary_limit_ends_after_its_times(github: GitHubSimulator, caller: Caller) -> None:
    github.limits.refuse_next(SecondaryLimit(times=2))
    assert [caller.repo().status_code for _ in range(3)] == [403, 403, 200]


def test_a_refused_call_is_not_counted(github: GitHubSimulator, caller: Caller) -> None:
    before = int(caller.repo().headers["X-RateLimit-Used"])
    github.limits.refuse_next(SecondaryLimit())
    assert int(caller.repo().headers["X-RateLimit-Used"]) == before


def test_writes_have_a_limit_by_the_minute(github: GitHubSimulator, caller: Caller, clock: StillClock) -> None:
    github.open_issue(REPO, "Broken", "ann")
    github.limits.writes_per_minute = 2
    codes = [caller.repo("/issues/1/comments", "POST", json={"body": "x"}).status_code for _ in range(3)]
    assert codes == [201, 201, 403]
    assert caller.repo("/issues/1").status_code == 200
    clock.instant += 60
    assert caller.repo("/issues/1/comments", "POST", json={"body": "x"}).status_code == 201


def test_a_write_costs_five_points_of_the_minute(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann")
    github.limits.points_per_minute = 7
    assert caller.repo("/issues/1/comments", "POST", json={"body": "x"}).status_code == 201
    assert [caller.repo("/issues/1").status_code for _ in range(3)] == [200, 200, 403]


def test_the_reset_may_come_in_milliseconds(github: GitHubSimulator, caller: Caller) -> None:
    github.limits.is_reset_in_ms = True
    assert caller.repo().headers["X-RateLimit-Reset"] == str((NOW + 3600) * 1000)


def test_a_missing_permission_is_403_with_calls_left(reader: Caller) -> None:
    answer = reader.repo("/collaborators/mira/permission")
    assert answer.status_code == 403
    assert int(answer.headers["X-RateLimit-Remaining"]) > 0
    assert "Retry-After" not in answer.headers

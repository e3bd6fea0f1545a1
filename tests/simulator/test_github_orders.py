from __future__ import annotations

from slaplugin.simulator import github_orders
from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_model import Repository
from slaplugin.simulator.github_paging import Key
from tests.simulator.support import NOW, REPO, Caller

ANY = ("", "", "")


def order(repository: Repository, state: str = "all", since: int | None = None) -> list[Key]:
    return github_orders.issues(repository, state, "updated", ANY, since)


def test_a_list_is_sorted_once_until_something_changes(github: GitHubSimulator) -> None:
    github.open_issue(REPO, "Broken", "ann", at=NOW - 10)
    github.open_issue(REPO, "Broken", "ann", at=NOW - 5)
    repository = github.repository(REPO)
    first = order(repository)
    assert order(repository) is first
    github.comment(REPO, 1, "mira")
    assert order(repository) == [(NOW - 5, 2), (NOW, 1)]


def test_pages_of_one_walk_share_the_sorted_list(github: GitHubSimulator, caller: Caller) -> None:
    for _ in range(4):
        github.open_issue(REPO, "Broken", "ann")
    caller.repo("/issues?state=all&sort=updated&direction=asc&per_page=2")
    (kept,) = github.repository(REPO).orders.values()
    caller.repo("/issues?state=all&sort=updated&direction=asc&per_page=2&page=2")
    caller.repo("/issues?state=all&sort=updated&direction=asc&since=2026-11-16T10:00:00Z")
    assert [order is kept for order in github.repository(REPO).orders.values()] == [True]


def test_only_the_kinds_used_last_are_kept(github: GitHubSimulator) -> None:
    repository = github.repository(REPO)
    for name in range(20):
        github_orders.issues(repository, "all", "created", (f"label-{name}", "", ""), None)
    assert len(repository.orders) == github_orders.KEPT_ORDERS


def test_comments_are_sorted_once_too(github: GitHubSimulator) -> None:
    github.open_issue(REPO, "Broken", "ann")
    comment = github.comment(REPO, 1, "mira")
    repository = github.repository(REPO)
    first = github_orders.comments(repository, "updated", None)
    assert first == [(NOW, comment.id)]
    assert github_orders.comments(repository, "updated", None) is first

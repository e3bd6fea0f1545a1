"""Sorted and filtered lists of issues and comments, kept until something in the repository changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from slaplugin.domain.instants import Instant
from slaplugin.simulator.github_model import Issue, Repository
from slaplugin.simulator.github_paging import Key

KEPT_ORDERS = 8


def issues(
    repository: Repository, state: str, sort: str, filters: tuple[str, str, str], since: Instant | None
) -> list[Key]:
    """Ascending (sort key, number) of the issues and pull requests that fit.

    `filters` are labels (comma separated, all of them), assignee (`none`, `*` or a login) and creator; empty means
    any. `since` is inclusive and compares `updated_at`; the epoch gives nothing, as on GitHub.
    """

    def order() -> list[Key]:
        return sorted(
            (_sort_key(issue, sort), issue.number)
            for issue in repository.issues.values()
            if state in ("all", issue.state) and _passes(issue, *filters)
        )

    keys = _kept(repository, ("issues", state, sort, filters), order)
    if since is None:
        return keys
    if since <= 0:
        return []
    if sort == "updated":
        return keys[bisect_left(keys, (since, 0)) :]
    return [key for key in keys if repository.issues[key[1]].updated_at >= since]


def comments(repository: Repository, sort: str, since: Instant | None) -> list[Key]:
    """Ascending (sort key, id) of a repository's comments; `since` as for issues."""

    def order() -> list[Key]:
        return sorted((c.updated_at if sort == "updated" else c.at, c.id) for c in repository.comments.values())

    keys = _kept(repository, ("comments", sort), order)
    if since is None:
        return keys
    if since <= 0:
        return []
    if sort == "updated":
        return keys[bisect_left(keys, (since, 0)) :]
    return [key for key in keys if repository.comments[key[1]].updated_at >= since]


def _sort_key(issue: Issue, sort: str) -> int:
    if sort == "updated":
        return issue.updated_at
    return issue.at if sort == "created" else len(issue.comments)


def _passes(issue: Issue, labels: str, assignee: str, creator: str) -> bool:
    worn = {label.name.casefold() for label in issue.labels}
    if labels and not all(name.strip().casefold() in worn for name in labels.split(",")):
        return False
    logins = {person.login.casefold() for person in issue.assignees}
    if assignee == "none" and logins:
        return False
    if assignee == "*" and not logins:
        return False
    if assignee not in ("", "*", "none") and assignee.casefold() not in logins:
        return False
    return not creator or issue.author.login.casefold() == creator.casefold()


def _kept(repository: Repository, name: tuple[Any, ...], order: Callable[[], list[Key]]) -> list[Key]:
    """Sort once per change and kind of list; the oldest kinds are forgotten."""
    found = repository.orders.pop(name, None)
    if found is None or found[0] != repository.revision:
        found = (repository.revision, order())
    repository.orders[name] = found
    while len(repository.orders) > KEPT_ORDERS:
        del repository.orders[next(iter(repository.orders))]
    return found[1]

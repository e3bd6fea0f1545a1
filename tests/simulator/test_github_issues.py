from __future__ import annotations

import pytest

from slaplugin.errors import Conflict, NotFound
from slaplugin.simulator.github import GitHubSimulator
from tests.simulator.support import NOW, REPO, StillClock


def test_what_is_back_dated_keeps_its_instant(github: GitHubSimulator) -> None:
    issue = github.open_issue(REPO, "Broken", "ann", labels=["P1"], at=NOW - 500)
    comment = github.comment(REPO, 1, "mira", "x", at=NOW - 400)
    github.close(REPO, 1, "mira", at=NOW - 300)
    assert (issue.at, comment.at, issue.closed_at, issue.updated_at) == (NOW - 500, NOW - 400, NOW - 300, NOW - 300)
    assert [entry.at for entry in issue.entries] == [NOW - 500, NOW - 300]


def test_without_an_instant_it_is_now(github: GitHubSimulator, clock: StillClock) -> None:
    clock.instant += 7
    assert github.open_issue(REPO, "Broken", "ann").at == NOW + 7


def test_back_dating_never_turns_the_last_change_back(github: GitHubSimulator) -> None:
    issue = github.open_issue(REPO, "Broken", "ann", at=NOW - 500)
    github.comment(REPO, 1, "mira", "x", at=NOW - 100)
    github.label(REPO, 1, "P1", "mira", at=NOW - 200)
    assert issue.updated_at == NOW - 100


def test_ids_of_different_kinds_are_far_apart_and_grow(github: GitHubSimulator) -> None:
    first, second = (github.open_issue(REPO, "Broken", "ann", labels=["P1"]) for _ in range(2))
    comment = github.comment(REPO, 1, "mira")
    assert first.id < second.id
    assert min(first.id, comment.id, first.entries[0].id) > 2**31
    assert len({first.id // 10**8, comment.id // 10**8, first.entries[0].id // 10**8}) == 3


def test_deleting_a_comment_leaves_the_last_change_where_it_was(github: GitHubSimulator, clock: StillClock) -> None:
    issue = github.open_issue(REPO, "Broken", "ann")
    comment = github.comment(REPO, 1, "mira", "x")
    clock.instant += 60
    github.delete_comment(REPO, comment.id)
    assert (issue.updated_at, issue.comments) == (NOW, [])


def test_editing_a_comment_keeps_its_creation(github: GitHubSimulator, clock: StillClock) -> None:
    github.open_issue(REPO, "Broken", "ann")
    comment = github.comment(REPO, 1, "mira", "x")
    clock.instant += 60
    github.edit_comment(REPO, comment.id, "y")
    assert (comment.at, comment.updated_at, comment.body) == (NOW, NOW + 60, "y")


def test_a_change_that_changes_nothing_leaves_no_trace(github: GitHubSimulator) -> None:
    issue = github.open_issue(REPO, "Broken", "ann", labels=["P1"])
    github.assign(REPO, 1, "mira")
    github.close(REPO, 1, "mira")
    before = len(issue.entries)
    github.label(REPO, 1, "p1", "mira")
    github.assign(REPO, 1, "mira")
    github.unassign(REPO, 1, "jonas")
    github.close(REPO, 1, "mira")
    github.rename(REPO, 1, "Broken", "mira")
    github.set_type(REPO, 1, None, "mira")
    github.set_milestone(REPO, 1, None, "mira")
    github.set_locked(REPO, 1, False, "mira")
    assert len(issue.entries) == before


def test_every_change_has_its_entry(github: GitHubSimulator) -> None:
    issue = github.open_issue(REPO, "Broken", "ann")
    github.label(REPO, 1, "P1", "mira")
    github.unlabel(REPO, 1, "P1", "mira")
    github.assign(REPO, 1, "jonas", actor="mira")
    github.unassign(REPO, 1, "jonas", actor="mira")
    github.close(REPO, 1, "mira", reason="duplicate")
    github.reopen(REPO, 1, "ann")
    github.rename(REPO, 1, "Very broken", "mira")
    github.set_milestone(REPO, 1, "May", "mira")
    github.set_milestone(REPO, 1, "June", "mira")
    github.set_type(REPO, 1, "Bug", "mira")
    github.set_type(REPO, 1, "Task", "mira")
    github.set_type(REPO, 1, None, "mira")
    github.set_locked(REPO, 1, True, "mira")
    assert [entry.event for entry in issue.entries] == [
        *("labeled", "unlabeled", "assigned", "unassigned", "closed", "reopened", "renamed"),
        *("milestoned", "demilestoned", "milestoned"),
        *("issue_type_added", "issue_type_changed", "issue_type_removed", "locked"),
    ]
    assert issue.entries[4].detail["state_reason"] == "duplicate"
    assert issue.entries[6].detail["rename"] == {"from": "Broken", "to": "Very broken"}


def test_open_issues_are_counted(github: GitHubSimulator) -> None:
    github.create_repository("acme/api")
    for _ in range(4):
        github.open_issue(REPO, "Broken", "ann")
    github.close(REPO, 1, "mira")
    github.close(REPO, 2, "mira")
    github.reopen(REPO, 2, "ann")
    github.delete_issue(REPO, 3)
    github.transfer(REPO, 4, "acme/api")
    assert (github.repository(REPO).open_count, github.repository("acme/api").open_count) == (1, 1)


def test_a_transferred_issue_gets_a_new_id_and_keeps_its_history(github: GitHubSimulator) -> None:
    github.create_repository("acme/api", labels=["P1"])
    issue = github.open_issue(REPO, "Broken", "ann", labels=["P1", "only-here"], at=NOW - 500)
    comment = github.comment(REPO, 1, "mira", "x", at=NOW - 400)
    moved = github.transfer(REPO, 1, "acme/api")
    assert (moved.id == issue.id, moved.at, moved.author.login) == (False, NOW - 500, "ann")
    assert [label.name for label in moved.labels] == ["P1"]
    assert [(copy.body, copy.at, copy.id == comment.id) for copy in moved.comments] == [("x", NOW - 400, False)]
    assert [entry.event for entry in moved.entries] == ["transferred"]


def test_a_label_of_any_case_is_the_same_label(github: GitHubSimulator) -> None:
    issue = github.open_issue(REPO, "Broken", "ann", labels=["P1"])
    github.unlabel(REPO, 1, "p1", "mira")
    assert issue.labels == []


def test_what_does_not_exist_is_not_found(github: GitHubSimulator) -> None:
    github.open_issue(REPO, "Broken", "ann")
    with pytest.raises(NotFound):
        github.comment(REPO, 2, "ann")
    with pytest.raises(NotFound):
        github.comment("acme/nothing", 1, "ann")
    with pytest.raises(NotFound):
        github.unlabel(REPO, 1, "P1", "ann")
    with pytest.raises(NotFound):
        github.delete_comment(REPO, 1)
    with pytest.raises(NotFound):
        github.rename_label(REPO, "P1", "P2")


def test_a_name_is_given_once(github: GitHubSimulator) -> None:
    with pytest.raises(Conflict):
        github.create_repository("ACME/web")
    github.create_repository("acme/api")
    with pytest.raises(Conflict):
        github.rename_repository("acme/api", REPO)


def test_a_login_ending_in_bot_is_a_bot(github: GitHubSimulator) -> None:
    assert github.add_person("acme-helper[bot]").type == "Bot"
    assert github.add_person("k8s-ci-robot").type == "User"

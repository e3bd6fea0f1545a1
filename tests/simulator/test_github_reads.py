from __future__ import annotations

import pytest

from slaplugin.domain import instants
from slaplugin.simulator.github import GitHubSimulator
from tests.simulator.support import NOW, REPO, Caller, StillClock


def test_the_issue_list_shows_open_ones_newest_first_by_default(github: GitHubSimulator, caller: Caller) -> None:
    for offset in (30, 10, 20):
        github.open_issue(REPO, "Broken", "ann", at=NOW - offset)
    github.close(REPO, 2, "mira")
    github.comment(REPO, 1, "mira")
    assert caller.numbers("/issues") == [3, 1]


def test_pull_requests_are_mixed_in(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann")
    github.open_issue(REPO, "Mend it", "mira", is_pull_request=True)
    shown = caller.repo("/issues?direction=asc").json()
    assert ["pull_request" in issue for issue in shown] == [False, True]


def test_since_compares_the_last_change_and_is_inclusive(github: GitHubSimulator, caller: Caller) -> None:
    for _ in range(3):
        github.open_issue(REPO, "Broken", "ann", at=NOW - 100)
    github.comment(REPO, 2, "mira", at=NOW - 10)
    github.comment(REPO, 3, "mira", at=NOW - 11)
    since = instants.text(NOW - 10)
    assert caller.numbers(f"/issues?since={since}&sort=updated") == [2]
    assert caller.numbers(f"/issues?since={since}&sort=created") == [2]


def test_since_the_epoch_gives_an_empty_list(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann")
    assert caller.numbers("/issues?since=1970-01-01T00:00:00Z") == []
    assert caller.numbers("/issues?since=1970-01-01T00:00:01Z") == [1]


@pytest.mark.parametrize("query", ["state=shut", "sort=name", "sort=updated&direction=up", "since=yesterday"])
def test_nonsense_in_the_query_is_refused(caller: Caller, query: str) -> None:
    assert caller.repo(f"/issues?{query}").status_code == 422


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("labels=p1", [1, 2]),
        ("labels=P1,team/web", [2]),
        ("assignee=jonas", [3]),
        ("assignee=none", [1, 2]),
        ("assignee=*", [3]),
        ("creator=BEN", [2]),
        ("state=closed", [4]),
        ("state=all", [1, 2, 3, 4]),
    ],
)
def test_filters_of_the_issue_list(github: GitHubSimulator, caller: Caller, query: str, expected: list[int]) -> None:
    github.open_issue(REPO, "Broken", "ann", labels=["P1"])
    github.open_issue(REPO, "Broken", "ben", labels=["P1", "team/web"])
    github.open_issue(REPO, "Broken", "ann")
    github.open_issue(REPO, "Broken", "ann")
    github.assign(REPO, 3, "jonas")
    github.close(REPO, 4, "mira")
    assert caller.numbers(f"/issues?direction=asc&{query}") == expected


def test_the_comment_list_of_a_repository_ignores_direction_without_sort(
    github: GitHubSimulator, caller: Caller
) -> None:
    github.open_issue(REPO, "Broken", "ann")
    comments = [github.comment(REPO, 1, "mira", str(number), at=NOW - number).id for number in range(3)]

    def ids(query: str) -> list[int]:
        return [comment["id"] for comment in caller.repo(f"/issues/comments?{query}").json()]

    assert ids("direction=desc") == comments
    assert ids("sort=created&direction=asc") == comments[::-1]


def test_comments_since_are_inclusive_and_by_last_change(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann", at=NOW - 100)
    first, second, third = (github.comment(REPO, 1, "mira", "x", at=NOW - offset) for offset in (50, 40, 30))
    github.edit_comment(REPO, first.id, "y", at=NOW - 40)
    for path in ("/issues/comments?sort=updated&direction=asc", "/issues/comments?sort=created", "/issues/1/comments?"):
        shown = caller.repo(f"{path}&since={instants.text(NOW - 40)}").json()
        assert {comment["id"] for comment in shown} == {first.id, second.id, third.id}
        assert len(caller.repo(f"{path}&since={instants.text(NOW - 39)}").json()) == 1
        assert caller.repo(f"{path}&since=1970-01-01T00:00:00Z").json() == []


def test_comments_of_an_issue_come_by_id_whatever_their_date(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann", at=NOW - 100)
    ids = [github.comment(REPO, 1, "mira", "x", at=NOW - offset).id for offset in (10, 50)]
    assert [comment["id"] for comment in caller.repo("/issues/1/comments").json()] == ids


def test_comments_of_pull_requests_are_in_the_repository_list(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Mend it", "mira", is_pull_request=True)
    github.comment(REPO, 1, "jonas", "looks good")
    assert caller.repo("/issues/comments").json()[0]["issue_url"].endswith(f"/repos/{REPO}/issues/1")


def test_the_timeline_has_entries_and_comments_in_order(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann", labels=["P1"], at=NOW - 100)
    github.close(REPO, 1, "mira", at=NOW - 20)
    github.comment(REPO, 1, "mira", "done", at=NOW - 20)
    github.assign(REPO, 1, "mira", at=NOW - 50)
    events = [entry["event"] for entry in caller.repo("/issues/1/timeline").json()]
    assert events == ["labeled", "assigned", "commented", "closed"]


def test_the_timeline_leaves_out_what_is_excluded(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann")
    github.comment(REPO, 1, "ann", "@mira please look, @nobody too")

    def events(query: str) -> list[str]:
        return [entry["event"] for entry in caller.repo(f"/issues/1/timeline{query}").json()]

    assert events("") == ["commented", "mentioned", "subscribed"]
    assert events("?exclude=subscribed,mentioned") == ["commented"]


def test_only_the_event_lists_name_the_assigner(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann")
    github.assign(REPO, 1, "jonas", actor="mira")
    assert caller.repo("/issues/1/events").json()[0]["assigner"]["login"] == "mira"
    assert "assigner" not in caller.repo("/issues/1/timeline").json()[0]


def test_the_events_of_a_repository_come_newest_first_with_their_issues(
    github: GitHubSimulator, caller: Caller
) -> None:
    github.open_issue(REPO, "Broken", "ann", labels=["P1"])
    github.open_issue(REPO, "Mend it", "mira", labels=["P2"], is_pull_request=True)
    shown = caller.repo("/issues/events").json()
    assert [(event["issue"]["number"], event["label"]["name"]) for event in shown] == [(2, "P2"), (1, "P1")]


def test_one_event_is_found_by_id(github: GitHubSimulator, caller: Caller) -> None:
    entry = github.open_issue(REPO, "Broken", "ann", labels=["P1"]).entries[0]
    assert caller.repo(f"/issues/events/{entry.id}").json()["event"] == "labeled"
    assert caller.repo(f"/issues/events/{entry.id + 1}").status_code == 404


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("comments", "/issues/comments"),
        ("comments", "/issues/1/comments"),
        ("events", "/issues/events"),
        ("events", "/issues/1/events"),
        ("timeline", "/issues/1/timeline?exclude=mentioned"),
    ],
)
def test_a_list_may_lag_behind_the_others(
    github: GitHubSimulator, caller: Caller, clock: StillClock, name: str, path: str
) -> None:
    github.lag_seconds = {name: 5}
    github.open_issue(REPO, "Broken", "ann", labels=["P1"])
    github.comment(REPO, 1, "mira", "x")
    assert caller.repo("/issues/1").json()["comments"] == 1
    assert caller.repo(path).json() == []
    clock.instant += 5
    assert caller.repo(path).json() != []


def test_a_transferred_issue_answers_301_and_its_lists_404(github: GitHubSimulator, caller: Caller) -> None:
    target = github.create_repository("acme/api")
    github.open_issue(REPO, "Broken", "ann")
    moved = github.transfer(REPO, 1, "acme/api")
    answer = caller.repo("/issues/1")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{github.base_url}/repositories/{target.id}/issues/{moved.number}"
    assert caller.get(answer.headers["Location"]).json()["title"] == "Broken"
    assert caller.repo("/issues/1/timeline").status_code == 404


def test_an_issue_transferred_out_of_sight_is_404(github: GitHubSimulator, reader: Caller) -> None:
    github.create_repository("acme/secret", is_private=True)
    github.open_issue(REPO, "Broken", "ann")
    github.transfer(REPO, 1, "acme/secret")
    assert reader.repo("/issues/1").status_code == 404


def test_a_deleted_issue_is_410_with_access_and_404_without(
    github: GitHubSimulator, caller: Caller, reader: Caller, anonymous: Caller
) -> None:
    github.open_issue(REPO, "Broken", "ann", labels=["P1"])
    github.comment(REPO, 1, "mira", "x")
    github.delete_issue(REPO, 1)
    assert [who.repo("/issues/1").status_code for who in (caller, reader, anonymous)] == [410, 404, 404]
    lists = ("/issues?state=all", "/issues/comments", "/issues/events")
    assert [caller.repo(path).json() for path in lists] == [[], [], []]


def test_disabled_issues_are_410(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann")
    github.set_issues_enabled(REPO, False)
    for path in ("/issues", "/issues/1", "/issues/1/timeline"):
        answer = caller.repo(path)
        assert (answer.status_code, answer.json()["message"]) == (410, "Issues are disabled for this repo")
    assert caller.repo().json()["has_issues"] is False


def test_a_deleted_account_is_null_everywhere(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann", labels=["P1"])
    github.comment(REPO, 1, "ann", "x")
    github.delete_person("ann")
    assert caller.repo("/issues/1").json()["user"] is None
    assert caller.repo("/issues/1/comments").json()[0]["user"] is None
    assert [entry["actor"] for entry in caller.repo("/issues/1/timeline").json()] == [None, None]


def test_a_hidden_comment_tells_its_reason(github: GitHubSimulator, caller: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann")
    comment = github.comment(REPO, 1, "spammer", "buy")
    github.minimize_comment(REPO, comment.id, "spam")
    assert caller.repo("/issues/comments").json()[0]["minimized"] == {"reason": "spam"}


def test_private_members_show_as_members_to_some_callers_only(github: GitHubSimulator) -> None:
    github.create_repository(
        "acme/api",
        permissions={"lea": "write", "tom": "write"},
        members={"lea": "private", "kim": "private", "joe": "public"},
        contributors=["lea"],
    )
    for login in ("acme", "lea", "kim", "joe", "tom", "ann"):
        github.open_issue("acme/api", "Broken", login)
    github.add_token("seeing", "mira", sees_members=True)

    def associations(token: str | None) -> list[str]:
        shown = Caller(github, token).get("/repos/acme/api/issues?direction=asc").json()
        return [issue["author_association"] for issue in sorted(shown, key=lambda issue: issue["number"])]

    assert associations("seeing") == ["OWNER", "MEMBER", "MEMBER", "MEMBER", "COLLABORATOR", "NONE"]
    assert associations(None) == ["OWNER", "CONTRIBUTOR", "NONE", "MEMBER", "COLLABORATOR", "NONE"]


@pytest.mark.parametrize(
    ("permission", "legacy", "push"),
    [
        ("admin", "admin", True),
        ("maintain", "write", True),
        ("write", "write", True),
        ("triage", "read", False),
        ("read", "read", False),
    ],
)
def test_a_permission_has_a_role_and_a_legacy_name(
    github: GitHubSimulator, caller: Caller, permission: str, legacy: str, push: bool
) -> None:
    github.set_permission(REPO, "lea", permission)  # type: ignore[arg-type]
    answer = caller.repo("/collaborators/lea/permission").json()
    assert (answer["permission"], answer["role_name"]) == (legacy, permission)
    assert answer["user"]["permissions"]["push"] is push


def test_strangers_read_a_public_repository_and_nobody_knows_the_unknown(
    github: GitHubSimulator, caller: Caller
) -> None:
    github.add_person("stranger")
    assert caller.repo("/collaborators/stranger/permission").json()["permission"] == "read"
    assert caller.repo("/collaborators/unheard-of/permission").status_code == 404


def test_assignees_are_those_with_push_access(github: GitHubSimulator, caller: Caller) -> None:
    github.set_permission(REPO, "lea", "triage")
    assert [person["login"] for person in caller.repo("/assignees").json()] == ["acme", "jonas", "mira"]


def test_labels_are_listed_by_name_and_found_with_encoded_slashes(github: GitHubSimulator, caller: Caller) -> None:
    for name in ("team/web ui", "P1"):
        github.create_label(REPO, name)
    assert [label["name"] for label in caller.repo("/labels").json()] == ["P1", "team/web ui"]
    assert caller.repo("/labels/team%2Fweb%20ui").json()["name"] == "team/web ui"
    assert caller.repo("/labels/nothing").status_code == 404


def test_the_caller_learns_who_they_are(caller: Caller, anonymous: Caller) -> None:
    assert caller.get("/user").json()["login"] == "mira"
    assert anonymous.get("/user").status_code == 401

from __future__ import annotations

import pytest

from slaplugin.simulator.github import GitHubSimulator
from tests.simulator.support import REPO, Caller


@pytest.fixture(autouse=True)
def issue(github: GitHubSimulator) -> None:
    github.open_issue(REPO, "Broken", "ann", labels=["bug"])


def labels(caller: Caller) -> list[str]:
    return [label["name"] for label in caller.repo("/issues/1").json()["labels"]]


def assignees(caller: Caller) -> list[str]:
    return [person["login"] for person in caller.repo("/issues/1").json()["assignees"]]


def test_adding_labels_keeps_the_others_and_makes_missing_ones(caller: Caller) -> None:
    answer = caller.repo("/issues/1/labels", "POST", json={"labels": ["sla: at risk"]})
    assert [label["name"] for label in answer.json()] == ["bug", "sla: at risk"]
    assert caller.repo("/labels/sla:%20at%20risk").status_code == 200


def test_putting_labels_replaces_them(caller: Caller) -> None:
    caller.repo("/issues/1/labels", "PUT", json={"labels": ["question"]})
    assert labels(caller) == ["question"]


def test_removing_a_label_decodes_its_name(github: GitHubSimulator, caller: Caller) -> None:
    github.label(REPO, 1, "team/web ui", "mira")
    assert caller.repo("/issues/1/labels/team%2Fweb%20ui", "DELETE").status_code == 200
    assert labels(caller) == ["bug"]


def test_removing_a_label_that_is_not_worn_is_404(caller: Caller) -> None:
    answer = caller.repo("/issues/1/labels/nothing", "DELETE")
    assert (answer.status_code, answer.json()["message"]) == (404, "Label does not exist")


def test_labels_need_more_than_reading(reader: Caller) -> None:
    assert reader.repo("/issues/1/labels", "POST", json={"labels": ["x"]}).status_code == 403


def test_a_patch_replaces_labels_and_assignees(caller: Caller) -> None:
    caller.repo("/issues/1", "PATCH", json={"labels": ["P1", {"name": "P2"}], "assignees": ["jonas"]})
    caller.repo("/issues/1", "PATCH", json={"assignees": ["mira"]})
    assert (labels(caller), assignees(caller)) == (["P1", "P2"], ["mira"])


def test_a_patch_drops_labels_and_assignees_in_silence_without_push_access(
    github: GitHubSimulator, caller: Caller, reader: Caller
) -> None:
    github.set_permission(REPO, "rosa", "triage")
    answer = reader.repo("/issues/1", "PATCH", json={"labels": ["P1"], "assignees": ["mira"], "title": "Really broken"})
    assert (answer.status_code, answer.json()["title"]) == (200, "Really broken")
    assert (labels(caller), assignees(caller)) == (["bug"], [])


def test_a_patch_closes_with_a_reason_and_opens_again(caller: Caller) -> None:
    closed = caller.repo("/issues/1", "PATCH", json={"state": "closed", "state_reason": "not_planned"}).json()
    assert (closed["state"], closed["state_reason"], closed["closed_by"]["login"]) == ("closed", "not_planned", "mira")
    opened = caller.repo("/issues/1", "PATCH", json={"state": "open"}).json()
    assert (opened["state"], opened["state_reason"], opened["closed_at"]) == ("open", "reopened", None)


@pytest.mark.parametrize("body", [{"state": "shut"}, {"state_reason": "tired"}, {"labels": "P1"}])
def test_nonsense_in_a_patch_is_refused(caller: Caller, body: dict[str, str]) -> None:
    assert caller.repo("/issues/1", "PATCH", json=body).status_code == 422


def test_others_may_not_patch_an_issue_without_triage(reader: Caller) -> None:
    assert reader.repo("/issues/1", "PATCH", json={"state": "closed"}).status_code == 403


def test_assigning_without_push_access_answers_201_and_does_nothing(reader: Caller) -> None:
    answer = reader.repo("/issues/1/assignees", "POST", json={"assignees": ["mira"]})
    assert (answer.status_code, answer.json()["assignees"]) == (201, [])


def test_assigning_and_taking_away(caller: Caller) -> None:
    caller.repo("/issues/1/assignees", "POST", json={"assignees": ["mira", "jonas"]})
    caller.repo("/issues/1/assignees", "DELETE", json={"assignees": ["mira"]})
    assert assignees(caller) == ["jonas"]


def test_anybody_with_a_token_may_comment(reader: Caller, anonymous: Caller) -> None:
    answer = reader.repo("/issues/1/comments", "POST", json={"body": "me too"})
    assert (answer.status_code, answer.json()["user"]["login"]) == (201, "rosa")
    assert anonymous.repo("/issues/1/comments", "POST", json={"body": "me too"}).status_code == 401


def test_a_comment_needs_a_body(caller: Caller) -> None:
    answer = caller.repo("/issues/1/comments", "POST", json={})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"resource": "IssueComment", "field": "body", "code": "missing_field"}]


def test_the_same_comment_twice_is_two_comments(caller: Caller) -> None:
    ids = {caller.repo("/issues/1/comments", "POST", json={"body": "x"}).json()["id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_locked_issue_takes_comments_from_the_desk_only(
    github: GitHubSimulator, caller: Caller, reader: Caller
) -> None:
    github.set_locked(REPO, 1, True, "mira")
    assert reader.repo("/issues/1/comments", "POST", json={"body": "x"}).status_code == 403
    assert caller.repo("/issues/1/comments", "POST", json={"body": "x"}).status_code == 201


def test_comments_are_edited_and_deleted_by_their_authors_and_the_desk(caller: Caller, reader: Caller) -> None:
    own = reader.repo("/issues/1/comments", "POST", json={"body": "x"}).json()["id"]
    other = caller.repo("/issues/1/comments", "POST", json={"body": "x"}).json()["id"]
    assert reader.repo(f"/issues/comments/{own}", "PATCH", json={"body": "y"}).json()["body"] == "y"
    assert reader.repo(f"/issues/comments/{other}", "DELETE").status_code == 403
    assert caller.repo(f"/issues/comments/{own}", "DELETE").status_code == 204
    assert caller.repo(f"/issues/comments/{own}").status_code == 404


def test_an_issue_opened_over_http_has_its_labels_with_push_access_only(caller: Caller, reader: Caller) -> None:
    body = {"title": "New", "body": "text", "labels": ["P1"], "assignees": ["mira"]}
    ours, theirs = (who.repo("/issues", "POST", json=body).json() for who in (caller, reader))
    assert ([label["name"] for label in ours["labels"]], len(ours["assignees"])) == (["P1"], 1)
    assert (theirs["labels"], theirs["assignees"], theirs["user"]["login"]) == ([], [], "rosa")


def test_no_issue_is_opened_where_issues_are_disabled(github: GitHubSimulator, caller: Caller) -> None:
    github.set_issues_enabled(REPO, False)
    assert caller.repo("/issues", "POST", json={"title": "New"}).status_code == 410


def test_a_label_is_made_once_and_with_a_colour(caller: Caller) -> None:
    assert caller.repo("/labels", "POST", json={"name": "P1", "color": "d73a4a"}).json()["color"] == "d73a4a"
    assert caller.repo("/labels", "POST", json={"name": "p1"}).json()["errors"][0]["code"] == "already_exists"
    assert caller.repo("/labels", "POST", json={"name": "P2", "color": "red"}).json()["errors"][0]["field"] == "color"


def test_renaming_a_label_keeps_its_id_and_leaves_no_event(github: GitHubSimulator, caller: Caller) -> None:
    before = caller.repo("/labels/bug").json()["id"]
    assert caller.repo("/labels/bug", "PATCH", json={"new_name": "defect"}).json()["id"] == before
    assert labels(caller) == ["defect"]
    assert [entry["label"]["name"] for entry in caller.repo("/issues/1/timeline").json()] == ["bug"]


def test_field_values_are_added_replaced_and_cleared_by_an_empty_list(github: GitHubSimulator, caller: Caller) -> None:
    priority = github.add_field("Priority", ["Urgent", "Low"])
    impact = github.add_field("Impact", ["Wide"])

    def write(method: str, *pairs: tuple[int, str]) -> list[str]:
        values = [{"field_id": field_id, "value": value} for field_id, value in pairs]
        answer = caller.repo("/issues/1/issue-field-values", method, json={"issue_field_values": values})
        return [value["value"] for value in answer.json()]

    assert write("POST", (priority.id, "Urgent")) == ["Urgent"]
    assert write("POST", (impact.id, "Wide")) == ["Urgent", "Wide"]
    assert write("PUT", (priority.id, "Low")) == ["Low"]
    assert caller.repo("/issues/1").json()["issue_field_values"][0]["single_select_option"]["name"] == "Low"
    assert write("POST") == []
    write("POST", (priority.id, "Low"))
    assert caller.repo(f"/issues/1/issue-field-values/{priority.id}", "DELETE").status_code == 204
    assert caller.repo(f"/issues/1/issue-field-values/{priority.id}", "DELETE").status_code == 404


def test_an_unknown_field_or_option_is_refused(github: GitHubSimulator, caller: Caller) -> None:
    field = github.add_field("Priority", ["Urgent"])
    for value in ({"field_id": field.id, "value": "Meh"}, {"field_id": 1, "value": "Urgent"}, "x"):
        answer = caller.repo("/issues/1/issue-field-values", "POST", json={"issue_field_values": [value]})
        assert answer.status_code == 422


def test_fields_have_no_entries_in_any_list(github: GitHubSimulator, caller: Caller) -> None:
    field = github.add_field("Priority", ["Urgent"])
    before = len(caller.repo("/issues/1/timeline").json()), len(caller.repo("/issues/events").json())
    github.set_field(REPO, 1, field.id, "Urgent", "mira")
    assert (len(caller.repo("/issues/1/timeline").json()), len(caller.repo("/issues/events").json())) == before

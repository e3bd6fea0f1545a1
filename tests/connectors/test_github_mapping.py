"""GitHub's objects as source events: ids, order, what counts and what does not."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from slaplugin.connectors.github_mapping import (
    comment_events,
    created_event,
    history,
    key_event,
    partial_history,
    priority_event,
)
from slaplugin.connectors.github_objects import issue_problem

from slaplugin.domain import instants
from slaplugin.domain.events import SourceEvent
from slaplugin.sdk.errors import BadTicket

REPOSITORY = "acme/web"
NOW = instants.parse("2026-05-13T13:00:00Z")


def at(minute: int) -> str:
    return f"2026-05-13T10:{minute:02}:00Z"


def person(login: str | None, **more: Any) -> dict[str, Any] | None:
    return None if login is None else {"login": login, "id": sum(login.encode()), "type": "User", **more}


def issue(**more: Any) -> dict[str, Any]:
    return {
        "id": 500, "number": 7, "title": "Login fails", "state": "open", "state_reason": None, "labels": [],
        "assignees": [], "milestone": None, "type": None, "comments": 0, "user": person("rita"),
        "author_association": "NONE", "created_at": at(0), "updated_at": at(30), "closed_at": None,
        "html_url": "https://github.com/acme/web/issues/7",
        "repository_url": "https://api.github.com/repos/acme/web", **more,
    }  # fmt: skip


def label(name: str) -> dict[str, str]:
    return {"name": name}


_ids = itertools.count(1000)


def entry(event: str, minute: int, **more: Any) -> dict[str, Any]:
    return {"id": next(_ids), "event": event, "created_at": at(minute), "actor": person("mo"), **more}


def comment(minute: int, login: str | None = "mo", **more: Any) -> dict[str, Any]:
    made = entry("commented", minute, user=person(login), author_association="MEMBER", updated_at=at(minute))
    return made | more


def nobody_knows(_: str) -> None:
    return None


def replayed(entries: list[dict[str, Any]], **more: Any) -> list[SourceEvent]:
    return history(issue(**more), entries, REPOSITORY, nobody_knows, NOW)


def changes(events: list[SourceEvent]) -> list[dict[str, Any]]:
    return [dict(event.set) for event in events if event.kind == "changed"]


def test_the_creation_carries_what_identifies_the_ticket() -> None:
    (created,) = replayed([])
    assert (created.id, created.ticket, created.seq, created.at) == (
        "gh:issue:500", "GH-500", 500, instants.parse(at(0)),
    )  # fmt: skip
    assert created.set == {
        "status": "open", "status_name": "open", "subject": "Login fails", "key": "acme/web#7",
        "url": "https://github.com/acme/web/issues/7", "requester": "rita", "requester_name": "rita",
        "custom.repository": "acme/web", "custom.organisation": "acme",
    }  # fmt: skip


def test_the_creation_has_the_first_title() -> None:
    renames = [
        entry("renamed", 5, rename={"from": "Broken", "to": "Login broken"}),
        entry("renamed", 6, rename={"from": "Login broken", "to": "Login fails"}),
    ]
    events = replayed(renames)
    assert [event.set["subject"] for event in events] == ["Broken", "Login broken", "Login fails"]


def test_labels_are_told_as_the_whole_list_in_their_order() -> None:
    entries = [
        entry("labeled", 1, label=label("bug")),
        entry("labeled", 2, label=label("P1")),
        entry("unlabeled", 3, label=label("bug")),
    ]
    events = replayed(entries, labels=[label("P1")])
    assert changes(events) == [{"tags": ["bug"]}, {"tags": ["bug", "P1"]}, {"tags": ["P1"]}]


def test_the_same_label_twice_counts_once() -> None:
    entries = [entry("labeled", 1, label=label("bug")), entry("labeled", 2, label=label("bug"))]
    assert changes(replayed(entries, labels=[label("bug")]))[-1] == {"tags": ["bug"]}


def test_the_first_assignee_counts_until_they_leave() -> None:
    entries = [
        entry("assigned", 1, assignee=person("mo")),
        entry("assigned", 2, assignee=person("pat")),
        entry("unassigned", 3, assignee=person("mo")),
        entry("unassigned", 4, assignee=person("pat")),
    ]
    assert [change["assignee"] for change in changes(replayed(entries))] == ["mo", "mo", "pat", None]


@pytest.mark.parametrize(
    ("reason", "status", "name"),
    [
        ("completed", "closed:completed", "closed"),
        ("not_planned", "closed:not_planned", "not planned"),
        ("duplicate", "closed:duplicate", "duplicate"),
        (None, "closed:completed", "closed"),
    ],
)
def test_a_close_keeps_its_reason(reason: str | None, status: str, name: str) -> None:
    events = replayed([entry("closed", 9, state_reason=reason)], state="closed", state_reason=reason)
    assert changes(events) == [{"status": status, "status_name": name}]


def test_a_close_without_a_reason_takes_that_of_the_issue() -> None:
    events = replayed([entry("closed", 9)], state="closed", state_reason="not_planned")
    assert changes(events) == [{"status": "closed:not_planned", "status_name": "not planned"}]


def test_a_reopened_issue_is_open() -> None:
    entries = [entry("closed", 9, state_reason="completed"), entry("reopened", 10)]
    assert changes(replayed(entries, state_reason="reopened"))[-1] == {"status": "open", "status_name": "open"}


def test_milestone_and_type_follow_their_entries() -> None:
    entries = [
        entry("milestoned", 1, milestone={"title": "1.0"}),
        entry("demilestoned", 2, milestone={"title": "1.0"}),
        entry("issue_type_added", 3, issue_type={"name": "Bug"}),
        entry("issue_type_changed", 4, issue_type={"name": "Task"}),
        entry("issue_type_removed", 5, prev_issue_type={"name": "Task"}),
    ]
    assert changes(replayed(entries)) == [
        {"custom.milestone": "1.0"}, {"custom.milestone": None}, {"type": "Bug"}, {"type": "Task"}, {"type": None},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "subscribed", "mentioned", "referenced", "cross-referenced", "locked", "pinned", "marked_as_duplicate",
        "sub_issue_added", "blocked_by_added", "committed", "something_new", "",
    ],
)  # fmt: skip
def test_what_moves_no_clock_is_left_out(name: str) -> None:
    assert len(replayed([entry(name, 5)])) == 1


@pytest.mark.parametrize("broken", [{"created_at": None}, {"created_at": "soon"}, {"id": None}, {"id": "x"}])
def test_an_entry_without_id_or_time_is_left_out(broken: dict[str, Any]) -> None:
    assert len(replayed([entry("reopened", 5) | broken])) == 1


@pytest.mark.parametrize("broken", [{"label": None}, {"label": {}}, {"label": "bug"}, {"label": {"name": 5}}])
def test_a_label_event_without_a_label_is_left_out(broken: dict[str, Any]) -> None:
    assert len(replayed([entry("labeled", 5) | broken])) == 1


def test_a_comment_is_a_public_reply_with_ids_of_its_own() -> None:
    _, reply = replayed([comment(5, id=77)])
    assert (reply.id, reply.kind, reply.public, reply.seq) == ("gh:comment:77", "replied", True, 10**15 + 77)


def test_comment_and_close_in_one_second_come_in_that_order() -> None:
    events = replayed([entry("closed", 5, id=1), comment(5, id=2)], state="closed")
    assert [event.kind for event in sorted(events, key=lambda event: event.order)] == ["created", "replied", "changed"]


def test_the_order_of_the_answer_does_not_matter() -> None:
    entries = [comment(5), entry("labeled", 6, label=label("a")), entry("labeled", 6, label=label("b")), comment(7)]
    whole = replayed(entries, labels=[label("a"), label("b")])
    for order in itertools.permutations(entries):
        assert replayed(list(order), labels=[label("a"), label("b")]) == whole


@pytest.mark.parametrize("reason", ["spam", "abuse", "off-topic", "OFF_TOPIC"])
def test_a_comment_hidden_for_what_it_is_is_withdrawn(reason: str) -> None:
    _, reply, withdrawn = replayed([comment(5, minimized={"reason": reason}, updated_at=at(8))])
    assert (withdrawn.kind, withdrawn.of, withdrawn.at) == ("withdrawn", reply.id, instants.parse(at(8)))


def test_a_hidden_comment_that_was_not_changed_is_withdrawn_when_it_is_seen() -> None:
    assert replayed([comment(5, minimized={"reason": "spam"})])[-1].at == NOW


@pytest.mark.parametrize("reason", ["resolved", "outdated", "low-quality", None])
def test_a_comment_hidden_for_another_reason_still_counts(reason: str | None) -> None:
    assert [event.kind for event in replayed([comment(5, minimized={"reason": reason})])] == ["created", "replied"]


def test_the_author_under_a_new_login_is_still_the_requester() -> None:
    renamed = comment(5, user={"login": "rita-new", "id": sum(b"rita")})
    actor = replayed([renamed])[1].actor
    assert actor is not None
    assert "requester" in actor.marks


def test_what_a_person_may_do_comes_before_their_association() -> None:
    found = history(issue(), [comment(5)], REPOSITORY, {"mo": "write", "rita": "none"}.get, NOW)
    assert found[1].actor is not None
    assert found[1].actor.marks == ("permission:write", "association:MEMBER")


@pytest.mark.parametrize("user", [person("renovate[bot]"), person("renovate", type="Bot")])
def test_a_bot_is_marked_and_not_asked_about(user: dict[str, Any]) -> None:
    def never(login: str) -> str:
        raise AssertionError(login)

    (reply,) = comment_events(issue(), comment(5, user=user), 0, never, NOW)
    assert reply.actor is not None
    assert reply.actor.marks[0] == "bot"


def test_somebody_who_comments_through_an_app_is_no_bot() -> None:
    reply = replayed([comment(5, performed_via_github_app={"slug": "mobile"})])[1]
    assert reply.actor is not None
    assert "bot" not in reply.actor.marks
    assert reply.raw["app"] == "mobile"


def test_a_deleted_account_is_the_ghost() -> None:
    reply = replayed([comment(5, login=None)])[1]
    assert reply.actor is not None
    assert (reply.actor.id, reply.actor.marks) == ("ghost", ("unknown",))


def test_becoming_a_discussion_removes_the_ticket() -> None:
    removed = replayed([entry("converted_to_discussion", 8)])[-1]
    assert (removed.kind, removed.id, removed.at) == ("removed", "gh:removed:500", instants.parse(at(8)))


def test_an_issue_that_came_from_another_repository_stays() -> None:
    assert [event.kind for event in replayed([entry("transferred", 8)])] == ["created"]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ({"labels": [label("renamed")]}, {"tags": ["renamed"]}),
        ({"labels": ["bare text"]}, {"tags": ["bare text"]}),
        ({"state": "closed"}, {"status": "closed:completed", "status_name": "closed"}),
        ({"assignees": [person("mo")]}, {"assignee": "mo", "assignee_name": "mo"}),
        ({"milestone": {"title": "1.0"}}, {"custom.milestone": "1.0"}),
        ({"type": {"name": "Bug"}}, {"type": "Bug"}),
    ],
)
def test_what_no_entry_says_is_told_as_observed(now: dict[str, Any], found: dict[str, Any]) -> None:
    snapshot = replayed([], **now)[-1]
    assert (snapshot.id, snapshot.at) == (f"gh:snapshot:500:{at(30)}", instants.parse(at(30)))
    assert snapshot.set == found
    assert snapshot.raw["observed"] is True


def test_a_snapshot_comes_after_all_changes_of_its_second() -> None:
    entries = [entry("labeled", 30, label=label("old"), id=9 * 10**14)]
    events = replayed(entries, labels=[label("new")])
    assert [event.set.get("tags") for event in sorted(events, key=lambda event: event.order)][-1] == ["new"]


def test_an_issue_that_its_entries_explain_has_no_snapshot() -> None:
    entries = [entry("labeled", 1, label=label("bug")), entry("closed", 2, state_reason="completed")]
    events = replayed(entries, labels=[label("bug")], state="closed", state_reason="completed")
    assert not [event for event in events if "snapshot" in event.id]


@pytest.mark.parametrize(
    "missing",
    ["labels", "assignees", "milestone", "type", "comments", "user", "author_association", "updated_at", "html_url",
     "repository_url", "state_reason", "closed_at", "title", "state"],
)  # fmt: skip
def test_a_missing_field_is_tolerated(missing: str) -> None:
    lacking = issue()
    del lacking[missing]
    assert history(lacking, [comment(5)], REPOSITORY, nobody_knows, NOW)[0].kind == "created"


@pytest.mark.parametrize("missing", ["id", "number", "created_at"])
def test_an_issue_without_what_identifies_it_is_a_bad_ticket(missing: str) -> None:
    lacking = issue() | {missing: None}
    assert issue_problem(lacking) is not None
    with pytest.raises(BadTicket):
        created_event(lacking, REPOSITORY, nobody_knows)


def field_values(name: str = "Priority", option: str | None = "Urgent") -> list[dict[str, Any]]:
    return [{"issue_field_id": 3, "issue_field_name": name,
             "single_select_option": None if option is None else {"id": 1, "name": option}}]  # fmt: skip


def test_the_priority_field_is_told_as_observed_at_the_last_change() -> None:
    event = priority_event(issue(issue_field_values=field_values()), "Priority", clear=False)
    assert event is not None
    assert event.id == f"gh:field:500:3:{at(30)}"
    assert event.set == {"priority": "Urgent", "priority_name": "Urgent"}


def test_another_field_is_no_priority() -> None:
    assert priority_event(issue(issue_field_values=field_values("Effort")), "Priority", clear=False) is None


def test_a_cleared_priority_is_told_if_there_was_one() -> None:
    event = priority_event(issue(issue_field_values=[]), "Priority", clear=True)
    assert event is not None
    assert event.set["priority"] is None


def test_a_server_without_fields_clears_nothing() -> None:
    assert priority_event(issue(), "Priority", clear=True) is None


def test_a_new_repository_name_is_a_new_key() -> None:
    moved = issue(repository_url="https://api.github.com/repos/acme/site")
    event = key_event(moved, REPOSITORY)
    assert event is not None
    assert event.set["key"] == "acme/site#7"


def test_the_same_repository_in_other_letters_is_no_new_key() -> None:
    assert key_event(issue(repository_url="https://api.github.com/repos/ACME/Web"), REPOSITORY) is None


# --- histories that begin in the middle


def partly(entries: list[dict[str, Any]], since: int, **more: Any) -> list[SourceEvent]:
    return partial_history(issue(**more), entries, instants.parse(at(since)), REPOSITORY, nobody_knows, NOW)


def test_what_stood_before_is_worked_out_backwards() -> None:
    entries = [entry("labeled", 25, label=label("b")), entry("unlabeled", 26, label=label("a"))]
    events = partly(entries, 20, labels=[label("b"), label("c")])
    assert changes(events) == [{"tags": ["c", "a"]}, {"tags": ["c", "a", "b"]}, {"tags": ["c", "b"]}]
    assert events[1].at == instants.parse(at(20))


def test_a_close_before_the_known_part_has_its_own_time() -> None:
    events = partly([], 20, state="closed", closed_at=at(9), labels=[label("P1")])
    assert [(event.at, dict(event.set)) for event in events if event.kind == "changed"] == [
        (instants.parse(at(9)), {"status": "closed:completed", "status_name": "closed"}),
        (instants.parse(at(9)), {"tags": ["P1"]}),
    ]


def test_what_stood_is_told_before_the_close_of_the_same_second() -> None:
    events = partly([], 20, state="closed", closed_at=at(9), labels=[label("P1")])
    in_order = sorted(events, key=lambda event: event.order)
    assert [next(iter(event.set)) for event in in_order][1:] == ["tags", "status"]


def test_a_close_inside_the_known_part_is_told_once() -> None:
    events = partly([entry("closed", 25, state_reason="completed")], 20, state="closed", closed_at=at(25))
    assert [event.set["status"] for event in events if event.kind == "changed"] == ["closed:completed"]


def test_an_issue_with_nothing_on_it_needs_no_snapshot() -> None:
    assert [event.kind for event in partly([comment(5)], 20)] == ["created", "replied"]


def test_assignee_milestone_and_type_are_worked_out_too() -> None:
    entries = [
        entry("assigned", 25, assignee=person("pat")),
        entry("milestoned", 26, milestone={"title": "2.0"}),
        entry("issue_type_changed", 27, issue_type={"name": "Task"}, prev_issue_type={"name": "Bug"}),
    ]
    events = partly(
        entries, 20, assignees=[person("mo"), person("pat")], milestone={"title": "2.0"}, type={"name": "Task"}
    )
    assert events[1].set == {"assignee": "mo", "assignee_name": "mo", "type": "Bug"}
    assert not [event for event in events if event.at == instants.parse(at(30))]

"""The walk by last change: nothing is missed while rows move, nothing is read twice for nothing."""

from __future__ import annotations

import pytest
from slaplugin.connectors.github_api import API_VERSION

from slaplugin.domain.events import SourceEvent
from slaplugin.domain.withdrawals import of_deleted_replies
from slaplugin.sdk.contract import Cursor, Page
from slaplugin.sdk.testing import FakeClock, drain, events_of
from slaplugin.simulator.faults import Fault
from slaplugin.simulator.github import GitHubSimulator
from tests.connectors.conftest import DAY, REPOSITORY, Asked, Connect, populate


def lists(asked: list[Asked]) -> list[Asked]:
    return [one for one in asked if one.path.endswith("/issues")]


def timelines(asked: list[Asked]) -> list[int]:
    return [int(one.path.split("/")[-2]) for one in asked if one.path.endswith("/timeline")]


def created(pages: list[Page]) -> list[int]:
    return sorted(event.raw["number"] for event in events_of(pages).values() if event.kind == "created")


def settled(github: GitHubSimulator, connect: Connect, clock: FakeClock, count: int = 6) -> Cursor:
    """A repository that was read long after its last change."""
    populate(github, count, clock.now() - DAY)
    return drain(connect())[-1].cursor


def test_the_first_sync_asks_without_since_and_for_everything(
    github: GitHubSimulator, connect: Connect, asked: list[Asked]
) -> None:
    github.open_issue(REPOSITORY, "Login fails", "rita")
    drain(connect())
    assert lists(asked)[0].query == {"state": "all", "sort": "updated", "direction": "asc", "per_page": "100"}


def test_every_issue_is_read_and_no_pull_request(github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    populate(github, 40, clock.now())
    pulls = sum(1 for issue in github.repository(REPOSITORY).issues.values() if issue.is_pull_request)
    assert pulls == 6
    assert len(created(drain(connect(page_size=9)))) == 40


def test_pages_are_never_asked_for_by_number(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    github.page_wall = 10
    populate(github, 40, clock.now())
    drain(connect(page_size=5))
    assert not [one for one in lists(asked) if "page" in one.query]


def test_a_page_that_shares_one_second_is_walked_through(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    for index in range(23):
        github.open_issue(REPOSITORY, f"Import {index}", "rita", at=clock.now() - DAY)
    assert len(created(drain(connect(page_size=5)))) == 23
    assert [one for one in lists(asked) if {"page", "after"} & one.query.keys()]


def test_an_issue_that_moves_during_the_walk_is_read_as_it_is_then(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    populate(github, 45, clock.now())
    walk = connect(page_size=4).pull(None)
    pages = [next(walk)]
    github.comment(REPOSITORY, 1, "mo", at=clock.now() - 60)
    github.open_issue(REPOSITORY, "New", "rita", at=clock.now() - 30)
    pages += walk
    assert events_of(pages) == events_of(drain(connect()))


def test_no_change_means_two_free_calls(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    cursor = settled(github, connect, clock)
    clock.advance(300)
    cursor = drain(connect(), cursor)[-1].cursor
    asked.clear()
    drain(connect(), cursor)
    assert [(one.path.rpartition("/")[2], "If-None-Match" in one.headers) for one in asked] == [
        ("issues", True), ("comments", True),
    ]  # fmt: skip


def test_another_token_gets_no_etag_of_the_old_one(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    cursor = settled(github, connect, clock)
    cursor = drain(connect(), cursor)[-1].cursor
    github.add_token("ghp_other", "mo")
    asked.clear()
    drain(connect(token="ghp_other"), cursor)
    assert not [one for one in asked if "If-None-Match" in one.headers]


def test_only_issues_that_moved_have_their_timeline_read(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    cursor = settled(github, connect, clock)
    github.comment(REPOSITORY, 3, "mo")
    asked.clear()
    drain(connect(), cursor)
    assert timelines(asked) == [3]


def test_a_fresh_change_is_read_again_until_github_agrees_with_itself(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    github.lag_seconds = {"timeline": 30}
    cursor = settled(github, connect, clock)
    github.label(REPOSITORY, 3, "priority: P1", "mo")
    cursor = drain(connect(), cursor)[-1].cursor
    clock.advance(60)
    events = events_of(drain(connect(), cursor)).values()
    assert [event.set["tags"] for event in events if event.id.startswith("gh:event") and "tags" in event.set] != []


def test_a_change_that_has_settled_is_not_read_again(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    cursor = settled(github, connect, clock)
    github.comment(REPOSITORY, 3, "mo")
    clock.advance(300)
    cursor = drain(connect(), cursor)[-1].cursor
    asked.clear()
    drain(connect(), cursor)
    assert timelines(asked) == []


def test_the_next_pull_overlaps_the_last(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    github.open_issue(REPOSITORY, "Login fails", "rita", at=clock.now() - DAY)
    cursor = drain(connect())[-1].cursor
    asked.clear()
    drain(connect(overlap_seconds=180), cursor)
    assert cursor["since"] == "2026-05-12T13:00:00Z"
    assert lists(asked)[0].query["since"] == "2026-05-12T12:57:00Z"


def test_a_cursor_never_passes_an_issue_that_was_not_handed_out(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    populate(github, 60, clock.now())
    seen: set[int] = set()
    by_change = sorted(
        (issue.updated_at, issue.number)
        for issue in github.repository(REPOSITORY).issues.values()
        if not issue.is_pull_request
    )
    for page in drain(connect(page_size=25)):
        seen |= {event.raw["number"] for event in page.events if event.kind == "created"}
        since = page.cursor["since"]
        passed = {number for changed, number in by_change if since and changed < clock_instant(since)}
        assert passed <= seen


def clock_instant(text: str) -> int:
    return FakeClock(text).now()


def test_a_cursor_stays_small(github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    populate(github, 60, clock.now())
    assert max(len(page.cursor["seen"]) for page in drain(connect())) <= 2


def test_a_page_holds_few_tickets(github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    populate(github, 60, clock.now())
    assert max(len(created([page])) for page in drain(connect())) <= 20


def test_progress_counts_tickets(github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    populate(github, 45, clock.now())
    assert [page.done for page in drain(connect())] == [20, 40, 45]


def test_a_cursor_of_another_version_starts_again(github: GitHubSimulator, connect: Connect) -> None:
    github.open_issue(REPOSITORY, "Login fails", "rita")
    assert created(drain(connect(), {"version": 99, "since": "2030-01-01T00:00:00Z"})) == [1]


def test_a_hidden_comment_is_withdrawn_although_its_issue_did_not_change(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    first = drain(connect())
    clock.advance(30)
    comment = github.comment(REPOSITORY, number, "zoe")
    second = drain(connect(), first[-1].cursor)
    clock.advance(40)
    github.minimize_comment(REPOSITORY, comment.id, "spam")
    third = drain(connect(), second[-1].cursor)
    withdrawn = [event for event in events_of(third).values() if event.kind == "withdrawn"]
    assert [(event.of, event.at) for event in withdrawn] == [(f"gh:comment:{comment.id}", clock.now())]


def test_a_deleted_comment_is_found_when_its_issue_is_read_whole(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    issue = github.open_issue(REPOSITORY, "Login fails", "rita")
    comment = github.comment(REPOSITORY, issue.number, "mo")
    stored = list(events_of(drain(connect())).values())
    github.delete_comment(REPOSITORY, comment.id)
    page = connect().fetch(f"GH-{issue.id}#{issue.number}")
    assert page.whole == (f"GH-{issue.id}",)
    (withdrawn,) = of_deleted_replies(stored, page.events, clock.now())
    assert withdrawn.of == f"gh:comment:{comment.id}"


def test_an_issue_whose_comments_are_not_all_there_is_not_whole(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    github.lag_seconds = {"timeline": 30}
    issue = github.open_issue(REPOSITORY, "Login fails", "rita", at=clock.now() - DAY)
    github.comment(REPOSITORY, issue.number, "mo")
    assert connect().fetch(f"GH-{issue.id}#{issue.number}").whole == ()


def test_the_priority_field_is_followed_although_it_has_no_history(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    field = github.add_field("Priority", ["Urgent", "Low"])
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    told: list[object] = []
    cursor: Cursor | None = None
    for value in ("Urgent", "Low", None):
        clock.advance(600)
        github.set_field(REPOSITORY, number, field.id, value, "mo")
        clock.advance(200)
        pages = drain(connect(), cursor)
        cursor = pages[-1].cursor
        told += [event.set["priority"] for event in events_of(pages).values() if "priority" in event.set]
    assert told == ["Urgent", "Low", None]


def test_a_renamed_repository_is_followed_and_said(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    number = github.open_issue(REPOSITORY, "Login fails", "rita", at=clock.now() - DAY).number
    cursor = drain(connect())[-1].cursor
    github.rename_repository(REPOSITORY, "acme/site")
    github.comment("acme/site", number, "mo")
    pages = drain(connect(), cursor)
    keys = [event.set["key"] for event in events_of(pages).values() if event.id.startswith("gh:key:")]
    assert keys == [f"acme/site#{number}"]
    assert "new name" in pages[-1].notes[0]


def test_one_unreadable_issue_does_not_stop_the_others(github: GitHubSimulator, connect: Connect) -> None:
    for index in range(3):
        github.open_issue(REPOSITORY, f"Issue {index}", "rita")
    github.faults.add(Fault("status", path="*/issues/2/timeline", status=404))
    pages = drain(connect())
    assert created(pages) == [1, 3]
    assert [(problem.ticket, problem.missing) for page in pages for problem in page.problems] == [
        (f"GH-{github.issue(REPOSITORY, 2).id}", True)
    ]


def test_an_issue_that_is_gone_when_its_timeline_is_read_is_removed(github: GitHubSimulator, connect: Connect) -> None:
    github.open_issue(REPOSITORY, "Issue", "rita")
    github.faults.add(Fault("status", path="*/issues/1/timeline", status=410))
    assert [event.kind for event in events_of(drain(connect())).values()] == ["removed"]


def test_an_unreadable_issue_is_read_again_at_the_next_pull(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    github.open_issue(REPOSITORY, "Issue", "rita", at=clock.now() - DAY)
    github.faults.add(Fault("status", path="*/issues/1/timeline", status=404))
    cursor = drain(connect())[-1].cursor
    assert created(drain(connect(), cursor)) == [1]


def test_the_end_of_the_api_version_is_said(github: GitHubSimulator, connect: Connect) -> None:
    github.sunset = {API_VERSION: (0, 4_000_000_000)}
    assert "API version" in drain(connect())[-1].notes[-1]


def test_an_event_read_by_pull_fetch_and_again_is_one_event(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    issue = github.open_issue(REPOSITORY, "Login fails", "rita", at=clock.now() - DAY)
    github.comment(REPOSITORY, issue.number, "mo", at=clock.now() - DAY + 60)
    pulled: set[SourceEvent] | list[SourceEvent] = list(events_of(drain(connect())).values())
    assert pulled == list(connect().fetch(f"GH-{issue.id}#{issue.number}").events)


@pytest.mark.parametrize("page_size", [1, 2, 7, 100])
def test_the_page_size_does_not_change_what_is_read(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, page_size: int
) -> None:
    populate(github, 15, clock.now())
    assert events_of(drain(connect(page_size=page_size))) == events_of(drain(connect(page_size=50)))

"""The first import without a token: 60 calls, what matters first, and the rest said."""

from __future__ import annotations

import pytest
from slaplugin.connectors.github import GitHubConnector

from slaplugin.domain.mapping import map_ticket
from slaplugin.sdk.contract import Page
from slaplugin.sdk.errors import RateLimited, TemporaryError
from slaplugin.sdk.http import Reply
from slaplugin.sdk.testing import FakeClock, drain, events_of
from slaplugin.simulator.faults import Fault
from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_limits import SecondaryLimit
from tests.connectors.conftest import DAY, REPOSITORY, Asked, Connect, populate


def created(pages: list[Page]) -> set[int]:
    return {event.raw["number"] for event in events_of(pages).values() if event.kind == "created"}


def open_numbers(github: GitHubSimulator) -> set[int]:
    issues = github.repository(REPOSITORY).issues.values()
    return {issue.number for issue in issues if issue.state == "open" and not issue.is_pull_request}


def busy_repository(github: GitHubSimulator, now: int, issues: int, comments_each: int) -> None:
    """Issues of the past year, the newest fifth open; everybody gets several comments."""
    for index in range(issues):
        at = now - 360 * DAY + index * (359 * DAY // issues)
        number = github.open_issue(REPOSITORY, f"Issue {index}", "rita", at=at).number
        for turn in range(comments_each):
            github.comment(REPOSITORY, number, ("pat", "rita")[turn % 2], at=at + 600 * (turn + 1))
        if index < issues * 4 // 5:
            github.close(REPOSITORY, number, "pat", at=at + 10_000)


def test_lists_and_timelines_tell_the_same(github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    populate(github, 30, clock.now())
    assert events_of(drain(connect(token=None))) == events_of(
        drain(connect(ask_permissions=False, token=None, history="timeline"))
    )


def test_a_mid_size_repository_is_read_within_sixty_calls(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    busy_repository(github, clock.now(), issues=800, comments_each=4)
    pages = drain(connect(token=None))
    assert len(asked) <= 50
    assert created(pages) == set(range(1, 801))


def test_a_call_costs_a_hundred_rows_and_not_one_issue(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    populate(github, 60, clock.now())
    drain(connect(token=None))
    assert len(asked) == 4


def test_at_the_end_of_the_budget_open_issues_are_there_and_the_rest_is_said(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    busy_repository(github, clock.now(), issues=100, comments_each=5)
    pages = drain(connect(token=None, page_size=20, first_import_calls=20))
    assert len(asked) <= 20
    assert open_numbers(github) <= created(pages) < set(range(1, 101))
    assert [note for note in pages[-1].notes if "left out" in note]


def test_five_calls_of_the_budget_that_github_reports_are_left_for_what_follows(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    github.anonymous.limit = 15
    busy_repository(github, clock.now(), issues=60, comments_each=4)
    pages = drain(connect(token=None, page_size=10))
    assert len(asked) <= 10
    assert created(pages)


def test_a_ticket_is_never_taken_without_all_of_its_comments(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    busy_repository(github, clock.now(), issues=80, comments_each=5)
    events = events_of(drain(connect(token=None, page_size=10, first_import_calls=25)))
    tickets = {event.ticket for event in events.values()}
    assert tickets
    for ticket in tickets:
        assert sum(1 for event in events.values() if event.ticket == ticket and event.kind == "replied") == 5


def test_an_old_open_issue_is_completed_by_its_own_timeline(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    old = github.open_issue(REPOSITORY, "Old and open", "rita", at=clock.now() - 300 * DAY).number
    github.comment(REPOSITORY, old, "pat", at=clock.now() - 299 * DAY)
    busy_repository(github, clock.now(), issues=60, comments_each=5)
    pages = drain(connect(token=None, page_size=10, first_import_calls=30))
    assert old in created(pages)
    assert f"/repos/{REPOSITORY}/issues/{old}/timeline" in [one.path for one in asked]


def test_labels_older_than_the_events_that_were_read_count_as_they_stood(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    number = github.open_issue(REPOSITORY, "Old", "rita", at=clock.now() - 300 * DAY).number
    github.label(REPOSITORY, number, "priority: P1", "mo", at=clock.now() - 299 * DAY)
    for index in range(40):
        github.label(REPOSITORY, number, f"label {index}", "mo", at=clock.now() - DAY + index)
        github.unlabel(REPOSITORY, number, f"label {index}", "mo", at=clock.now() - DAY + index)
    pages = drain(connect(token=None, page_size=10, first_import_calls=7))
    mapped = map_ticket(list(events_of(pages).values()), GitHubConnector.default_mapping(), "source")
    assert [event.set["priority"] for event in mapped if "priority" in event.set] == ["p1"]
    assert [note for note in pages[-1].notes if "Labels and assignments before" in note]


def test_what_comes_after_the_import_is_read_by_timeline(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    populate(github, 12, clock.now() - DAY)
    first = drain(connect(token=None))
    github.comment(REPOSITORY, 3, "pat")
    number = github.open_issue(REPOSITORY, "New", "rita").number
    second = drain(connect(token=None), first[-1].cursor)
    assert created(second) >= {3, number}
    assert events_of([*first, *second]) == events_of(drain(connect(token=None)))


def test_an_issue_that_was_left_out_comes_in_when_it_changes(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    busy_repository(github, clock.now(), issues=60, comments_each=5)
    first = drain(connect(token=None, page_size=10, first_import_calls=20))
    left_out = min(set(range(1, 61)) - created(first))
    github.comment(REPOSITORY, left_out, "rita")
    clock.advance(3600)
    assert left_out in created(drain(connect(token=None), first[-1].cursor))


def test_an_interrupted_import_starts_again(github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    populate(github, 130, clock.now())
    whole = drain(connect(token=None))
    assert len([page for page in whole if page.events]) == 2
    for page in whole[:-1]:
        assert page.cursor == {"version": 1, "phase": "first"}


@pytest.mark.parametrize("calls_before", [1, 2, 3])
def test_a_failure_hands_out_nothing_and_the_repeat_is_whole(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, calls_before: int
) -> None:
    populate(github, 20, clock.now())
    whole = events_of(drain(connect(token=None)))
    github.faults.add(Fault("status", status=502, skip=calls_before, times=2))
    pages: list[Page] = []
    with pytest.raises(TemporaryError):
        pages.extend(connect(token=None).pull(None))
    assert [page for page in pages if page.events] == []
    assert events_of(drain(connect(token=None), {"version": 1, "phase": "first"})) == whole


def test_a_limit_before_anything_was_read_is_a_limit(github: GitHubSimulator, connect: Connect) -> None:
    github.open_issue(REPOSITORY, "Issue", "rita")
    github.limits.refuse_next(SecondaryLimit(seconds=70))
    with pytest.raises(RateLimited) as error:
        drain(connect(token=None))
    assert error.value.retry_after == 70


@pytest.mark.parametrize(
    ("path", "skip", "taken"),
    [
        pytest.param("*/issues", 1, 3, id="second page of open issues"),
        pytest.param("*/issues/comments", 0, 3, id="comments"),
        pytest.param("*/issues/events", 0, 30, id="events"),
    ],
)
def test_a_limit_in_the_middle_ends_the_import_with_what_is_there(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, path: str, skip: int, taken: int
) -> None:
    """Three issues nobody commented on, and 27 with a comment each; ten of all are open."""
    for index in range(30):
        at = clock.now() - 30 * DAY + index * 3600
        number = github.open_issue(REPOSITORY, f"Issue {index}", "rita", labels=["P1"], at=at).number
        if index < 27:
            github.comment(REPOSITORY, number, "pat", at=at + 60)
        if index < 20:
            github.close(REPOSITORY, number, "pat", at=at + 120)
    github.faults.add(Fault("status", path=path, status=429, skip=skip, times=None))
    pages = drain(connect(token=None, page_size=5 if skip else 100))
    assert len(created(pages)) == taken
    assert pages[-1].cursor["since"] is not None
    assert [note for note in pages[-1].notes if "token everything is read" in note]


def test_a_limit_at_the_first_timeline_leaves_out_what_needs_one(
    github: GitHubSimulator, connect: Connect, clock: FakeClock
) -> None:
    old = github.open_issue(REPOSITORY, "Old and open", "rita", at=clock.now() - 300 * DAY).number
    github.comment(REPOSITORY, old, "pat", at=clock.now() - 299 * DAY)
    busy_repository(github, clock.now(), issues=60, comments_each=5)
    github.faults.add(Fault("status", path="*/timeline", status=429, times=None))
    pages = drain(connect(token=None, page_size=10, first_import_calls=30))
    assert created(pages)
    assert old not in created(pages)


def test_one_unreadable_row_does_not_stop_the_others(
    github: GitHubSimulator, connect: Connect, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(github, 4, clock.now())
    broken = github.issue(REPOSITORY, 3)
    connector = connect(token=None)
    page = connector._github.page

    def spoiled(url: str, *, etag: str | None = None) -> Reply:
        reply = page(url, etag=etag)
        for row in reply.items:
            if row.get("number") == 3:
                row["labels"] = 5
        return reply

    monkeypatch.setattr(connector._github, "page", spoiled)
    pages = list(connector.pull(None))
    assert {problem.ticket for one in pages for problem in one.problems} == {f"GH-{broken.id}"}
    assert 3 not in created(pages)
    assert len(created(pages)) == 3


def test_open_issues_that_do_not_fit_are_said(github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    for index in range(40):
        github.open_issue(REPOSITORY, f"Issue {index}", "rita", at=clock.now() - DAY + index * 60)
    pages = drain(connect(token=None, page_size=5, first_import_calls=5))
    assert created(pages) == set(range(31, 41))
    assert [note for note in pages[-1].notes if note.startswith("Open issues that have not changed since 2026-05-12")]


def test_an_empty_repository_is_read(connect: Connect) -> None:
    pages = drain(connect(token=None))
    assert events_of(pages) == {}
    assert "phase" not in pages[-1].cursor


def test_the_page_says_where_roles_come_from(github: GitHubSimulator, connect: Connect) -> None:
    github.open_issue(REPOSITORY, "Issue", "rita")
    assert "author_association" in drain(connect(token=None))[-1].notes[0]


def test_a_complete_import_says_nothing_was_left_out(github: GitHubSimulator, connect: Connect) -> None:
    github.open_issue(REPOSITORY, "Issue", "rita")
    assert not [note for note in drain(connect(token=None))[-1].notes if "left out" in note]

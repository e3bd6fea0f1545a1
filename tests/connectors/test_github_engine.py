"""From GitHub to timers: feeds whose due times were worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from slaplugin.connectors.github import GitHubConnector
from slaplugin.connectors.github_mapping import history

from slaplugin.documents import policies
from slaplugin.domain import instants
from slaplugin.domain.events import SourceEvent
from slaplugin.domain.mapping import map_ticket
from slaplugin.domain.policies import Version
from slaplugin.domain.timers import Timer, replay
from slaplugin.sdk.testing import FakeClock, drain, events_of
from slaplugin.simulator.github import GitHubSimulator
from tests.connectors.conftest import REPOSITORY, Connect
from tests.shared import shared_path

POLICY = """\
schema: slaplugin/policy/1
priorities: [p1, p2, p3, p4]
default_priority: p3
calendars:
  office: {time_zone: Europe/Berlin, week: {mon-fri: ["09:00-17:00"]}}
policies:
  - name: standard
    match: {}
    calendar: office
    targets:
      p1: {first_response: {within: 30m, calendar: 24x7}, resolution: {within: 4h, calendar: 24x7}}
      p3: {first_response: 4h, resolution: 24h}
"""


def timers(events: Sequence[SourceEvent], at: str, source: str = "web") -> dict[str, Timer]:
    mapped = map_ticket(events, GitHubConnector.default_mapping(), source)
    versions = [Version(0, policies.load(POLICY, "policy").document, "open_tickets")]
    return {timer.metric: timer for timer in replay(mapped, versions, instants.parse(at))}


def recorded(path: str) -> Any:
    return json.loads(shared_path(f"connectors/github/{path}").read_text(encoding="utf-8"))


def composed() -> list[SourceEvent]:
    """The recorded issue of the webhooks with its recorded comment, labelled as in a recorded event.

    2019-05-15, a Wednesday: opened by its owner at 15:20:18Z, 17:20:18 in Berlin, after office hours.
    """
    payload = recorded("webhooks/issue_comment/created.payload.json")
    labelled = recorded("recordings/hub4j.GHIssueEventTest.testEventsForSingleIssue.json")["exchanges"][3]
    entry = {**labelled["response"]["body"][0], "created_at": "2019-05-15T15:20:19Z", "label": {"name": "bug"}}
    comment = {**payload["comment"], "event": "commented", "created_at": "2019-05-16T08:00:00Z"}
    closed = {"id": 9, "event": "closed", "created_at": "2019-05-16T09:30:00Z", "state_reason": "completed"}
    stranger = {"user": {"login": "somebody", "id": 1}, "author_association": "NONE"}
    issue = {**payload["issue"], **stranger, "state": "closed", "state_reason": "completed"}
    return history(issue, [entry, comment, closed], "Codertocat/Hello-World", lambda _: None, 0)


def test_a_recorded_ticket_waits_for_office_hours() -> None:
    found = timers(composed(), "2019-05-16T07:30:00Z")
    # 09:00 in Berlin is 07:00Z: half an hour of four has run.
    assert instants.text(found["first_response"].due_at or 0) == "2019-05-16T11:00:00Z"
    assert found["first_response"].elapsed_seconds == 1800


def test_a_recorded_ticket_is_answered_and_solved_in_time() -> None:
    found = timers(composed(), "2019-05-17T00:00:00Z")
    first, resolution = found["first_response"], found["resolution"]
    assert (first.state, first.elapsed_seconds, first.breached) == ("fulfilled", 3600, False)
    assert (resolution.state, resolution.elapsed_seconds) == ("fulfilled", 9000)
    assert instants.text(resolution.due_at or 0) == "2019-05-20T15:00:00Z"


def test_a_recorded_ticket_shows_as_what_it_is() -> None:
    mapped = map_ticket(composed(), GitHubConnector.default_mapping(), "web")
    fields = {name: value for event in mapped for name, value in event.set.items()}
    assert fields.items() >= {
        "source": "web", "key": "Codertocat/Hello-World#1", "subject": "Spelling error in the README file",
        "status": "solved", "status_name": "closed", "assignee": "Codertocat", "tags": ["bug"],
        "custom.milestone": "v1.0",
    }.items()  # fmt: skip


def pulled(connect: Connect) -> list[SourceEvent]:
    return list(events_of(drain(connect())).values())


def test_an_urgent_issue_breaches_after_thirty_minutes(github: GitHubSimulator, connect: Connect) -> None:
    opened = instants.parse("2026-05-13T10:00:00Z")
    number = github.open_issue(REPOSITORY, "Down", "rita", labels=["priority: P1"], at=opened).number
    github.comment(REPOSITORY, number, "zoe", at=opened + 300)
    github.comment(REPOSITORY, number, "rita", at=opened + 400)
    github.comment(REPOSITORY, number, "stale[bot]", at=opened + 500)
    github.comment(REPOSITORY, number, "mo", at=opened + 1860)
    first = timers(pulled(connect), "2026-05-13T13:00:00Z")["first_response"]
    assert (first.priority, first.state) == ("p1", "fulfilled")
    assert instants.text(first.due_at or 0) == "2026-05-13T10:30:00Z"
    assert instants.text(first.breached_at or 0) == "2026-05-13T10:30:00Z"
    assert instants.text(first.fulfilled_at or 0) == "2026-05-13T10:31:00Z"


def test_waiting_for_the_reporter_stops_the_resolution(github: GitHubSimulator, connect: Connect) -> None:
    opened = instants.parse("2026-05-13T08:00:00Z")
    number = github.open_issue(REPOSITORY, "Odd", "rita", labels=["P1"], at=opened).number
    github.label(REPOSITORY, number, "waiting-for-reporter", "mo", at=opened + 3600)
    paused = timers(pulled(connect), "2026-05-13T11:00:00Z")["resolution"]
    assert (paused.state, paused.elapsed_seconds, paused.due_at) == ("paused", 3600, None)
    github.unlabel(REPOSITORY, number, "waiting-for-reporter", "mo", at=opened + 3 * 3600)
    running = timers(pulled(connect), "2026-05-13T12:00:00Z")["resolution"]
    # Two hours of waiting: four hours from 08:00Z end at 14:00Z.
    assert instants.text(running.due_at or 0) == "2026-05-13T14:00:00Z"
    assert running.elapsed_seconds == 2 * 3600


def test_a_reopened_issue_goes_on_where_it_stopped(github: GitHubSimulator, connect: Connect) -> None:
    opened = instants.parse("2026-05-13T08:00:00Z")
    number = github.open_issue(REPOSITORY, "Back", "rita", labels=["P1"], at=opened).number
    github.close(REPOSITORY, number, "mo", at=opened + 1800)
    github.reopen(REPOSITORY, number, "rita", at=opened + 5400)
    resolution = timers(pulled(connect), "2026-05-13T10:00:00Z")["resolution"]
    assert (resolution.state, resolution.elapsed_seconds) == ("active", 1800 + 1800)


def test_a_label_that_makes_it_urgent_counts_from_the_beginning(github: GitHubSimulator, connect: Connect) -> None:
    opened = instants.parse("2026-05-13T08:00:00Z")
    number = github.open_issue(REPOSITORY, "Grows", "rita", at=opened).number
    github.label(REPOSITORY, number, "severity/critical", "mo", at=opened + 3600)
    first = timers(pulled(connect), "2026-05-13T12:00:00Z")["first_response"]
    assert (first.priority, instants.text(first.due_at or 0)) == ("p1", "2026-05-13T08:30:00Z")
    assert (instants.text(first.breached_at or 0), first.retroactive) == ("2026-05-13T09:00:00Z", True)


def test_a_hidden_answer_is_none(github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    opened = instants.parse("2026-05-13T12:50:00Z")
    number = github.open_issue(REPOSITORY, "Spammed", "rita", labels=["P1"], at=opened).number
    comment = github.comment(REPOSITORY, number, "mo", at=opened + 60)
    github.minimize_comment(REPOSITORY, comment.id, "off-topic")
    assert timers(pulled(connect), "2026-05-13T12:59:59Z")["first_response"].state == "fulfilled"
    assert timers(pulled(connect), "2026-05-13T13:00:00Z")["first_response"].state == "active"


def test_a_deleted_issue_cancels_what_runs(github: GitHubSimulator, connect: Connect) -> None:
    issue = github.open_issue(REPOSITORY, "Gone", "rita", at=instants.parse("2026-05-13T12:00:00Z"))
    events = pulled(connect)
    github.delete_issue(REPOSITORY, issue.number, actor="mo")
    events += connect().fetch(f"GH-{issue.id}#{issue.number}").events
    found = timers(events, "2026-05-13T14:00:00Z")
    assert {(timer.state, timer.cancel_reason) for timer in found.values()} == {("cancelled", "removed")}

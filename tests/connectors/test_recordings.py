"""Every recorded exchange through our client and parser, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from slaplugin.connectors.github_api import limited
from slaplugin.connectors.github_mapping import comment_events, history, removed_event
from slaplugin.connectors.github_objects import instant_of

from slaplugin.domain.mapping import map_ticket
from slaplugin.outbound import Outbound
from slaplugin.sdk.contract import SourceEvent
from slaplugin.sdk.errors import BadTicket, RateLimited
from slaplugin.sdk.http import Api, HttpClient, Reply
from slaplugin.sdk.testing import FakeClock
from tests.connectors.player import Player
from tests.shared import shared_path

FOLDER = "connectors/github/recordings"
ANY = range(200, 600)
NAMES = [
    "hub4j.AbuseLimitHandlerTest.testHandler_Wait_Secondary_Limits", "hub4j.GHAppTest.createToken",
    "hub4j.GHIssueEventTest.testEventsForSingleIssue", "hub4j.GHIssueTest.addLabels", "hub4j.GHIssueTest.closeIssue",
    "hub4j.RateLimitHandlerTest.testHandler_Wait", "octokit-fixtures.add-labels-to-issue", "octokit-fixtures.errors",
    "octokit-fixtures.labels", "octokit-fixtures.lock-issue", "octokit-fixtures.paginate-issues",
    "octokit-rb.add-comment", "octokit-rb.add-labels", "octokit-rb.app-hook-deliveries",
    "octokit-rb.app-hook-redeliver", "octokit-rb.close-issue", "octokit-rb.create-hook", "octokit-rb.issue-comments",
    "octokit-rb.list-issues", "octokit-rb.rate-limit", "octokit-rb.reopen-issue", "octokit-rb.timeline",
]  # fmt: skip


@pytest.fixture
def play(clock: FakeClock) -> Iterator[Any]:
    players: list[Player] = []

    def start(name: str) -> tuple[Player, Api]:
        player = Player(shared_path(f"{FOLDER}/{name}.json"), clock.now()).__enter__()
        players.append(player)
        client = HttpClient(Outbound(["127.0.0.0/8"]), clock, deadline_seconds=5)
        return player, client.api(player.url, {}, limited)

    yield start
    for player in players:
        player.__exit__()


def replayed(player: Player, api: Api) -> Iterator[tuple[dict[str, Any], Reply | RateLimited]]:
    """Ask everything that was asked, in order; a limit comes back as the error it is."""
    for exchange in player.exchanges:
        method = exchange["request"]["method"]
        url = player.url + player.target(exchange)
        try:
            if method == "GET":
                reply = api.get(url, accept=ANY)
            elif method == "POST":
                reply = api.post(url, exchange["request"].get("body"), accept=ANY)
            else:
                answer = api._client.outbound.request(method, url, body=b"{}")
                body = json.loads(answer.body) if answer.body else None
                reply = Reply(answer.status, answer.headers, body, url)
        except RateLimited as error:
            api.budget.accepted()
            api.budget.remaining = None
            yield exchange, error
        else:
            yield exchange, reply


def parsed(body: Any, now: int) -> list[SourceEvent]:
    """Source events of whatever issue, timeline, event or comment objects an answer holds."""
    events: list[SourceEvent] = []
    items = [item for item in (body if isinstance(body, list) else [body]) if isinstance(item, dict)]
    entries = [item for item in items if "event" in item]
    if entries:
        holder = {"id": 1, "number": 1, "created_at": "2000-01-01T00:00:00Z", "title": "", "state": "open"}
        events += history(holder, entries, "owner/name", lambda _: None, now)
    for item in items:
        if "issue_url" in item:
            at = instant_of(item["created_at"])
            assert at is not None
            events += comment_events({"id": 1, "number": 1}, item, at, lambda _: None, now)
        elif "title" in item and "number" in item and "pull_request" not in item:
            events += history(item, [], "owner/name", lambda _: None, now)
    return events


def test_no_recording_is_forgotten() -> None:
    files = {path.stem for path in shared_path(FOLDER).glob("*.json")} - {"INDEX"}
    assert files == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_exchange_is_understood(name: str, play: Any, clock: FakeClock) -> None:
    player, api = play(name)
    for exchange, reply in replayed(player, api):
        if isinstance(reply, RateLimited):
            assert exchange["response"]["status"] in (403, 429)
            continue
        assert reply.status == exchange["response"]["status"]
        parsed(reply.body, clock.now())
    assert player.unknown == []


def bodies(player: Player, api: Api) -> list[Any]:
    return [reply.body for _, reply in replayed(player, api) if isinstance(reply, Reply)]


def test_an_old_issue_list_becomes_thirty_rows_without_its_pull_requests(play: Any, clock: FakeClock) -> None:
    player, api = play("octokit-rb.list-issues")
    (rows,) = bodies(player, api)
    issues = [row for row in rows if "pull_request" not in row]
    events = parsed(rows, clock.now())
    assert [event.id for event in events if event.kind == "created"] == [f"gh:issue:{row['id']}" for row in issues]


def test_the_next_link_of_a_recording_is_followed(play: Any) -> None:
    player, api = play("octokit-fixtures.paginate-issues")
    first = next(exchange for exchange in player.exchanges if "issues" in exchange["request"]["path"]
                 and exchange["request"]["method"] == "GET")  # fmt: skip
    numbers = [item["number"] for page in api.pages(player.url + player.target(first)) for item in page.items]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) > 3


def test_a_labelled_issue_has_its_label_from_its_event_on(play: Any, clock: FakeClock) -> None:
    player, api = play("hub4j.GHIssueEventTest.testEventsForSingleIssue")
    entries = next(body for body in bodies(player, api) if isinstance(body, list))
    (event,) = [event for event in parsed(entries, clock.now()) if event.id.startswith("gh:event:")]
    assert (event.id, event.set, event.actor and event.actor.id) == (
        "gh:event:2704815753", {"tags": ["test-label"]}, "martinvanzijl",
    )  # fmt: skip


def test_a_closed_issue_without_timeline_is_closed_by_observation(play: Any, clock: FakeClock) -> None:
    player, api = play("hub4j.GHIssueTest.closeIssue")
    closed = [body for body in bodies(player, api) if isinstance(body, dict) and body.get("state") == "closed"]
    (snapshot,) = [event for event in parsed(closed[-1], clock.now()) if event.kind == "changed"]
    assert snapshot.set["status"] == "closed:completed"
    assert snapshot.raw["observed"] is True


def test_recorded_comments_are_public_replies_of_their_authors(play: Any, clock: FakeClock) -> None:
    player, api = play("octokit-rb.issue-comments")
    events = parsed(bodies(player, api)[0], clock.now())
    assert [(event.kind, event.public) for event in events] == [("replied", True)] * 3
    assert events[0].actor is not None
    assert events[0].actor.id == "catsby"


def test_the_recorded_primary_limit_waits_for_its_reset(play: Any) -> None:
    player, api = play("hub4j.RateLimitHandlerTest.testHandler_Wait")
    (error,) = [reply for _, reply in replayed(player, api) if isinstance(reply, RateLimited)]
    assert error.retry_after == 3


def test_the_recorded_secondary_limit_without_a_wait_is_a_minute(play: Any) -> None:
    player, api = play("hub4j.AbuseLimitHandlerTest.testHandler_Wait_Secondary_Limits")
    (error,) = [reply for _, reply in replayed(player, api) if isinstance(reply, RateLimited)]
    assert error.retry_after == 60


def test_a_reset_in_milliseconds_is_understood(play: Any) -> None:
    player, api = play("octokit-fixtures.labels")
    bodies(player, api)
    assert api.budget.reset_at == 1_507_651_200


@pytest.mark.parametrize("name", [name for name in NAMES if "issue" in name.lower() or "timeline" in name])
def test_mapped_recordings_are_events_of_the_engine(name: str, play: Any, clock: FakeClock) -> None:
    player, api = play(name)
    for body in bodies(player, api):
        for event in map_ticket(parsed(body, clock.now()), {}, "source"):
            assert event.kind != "replied" or event.role is not None


def test_an_issue_without_its_creation_is_a_bad_ticket() -> None:
    with pytest.raises(BadTicket):
        history({"id": 1, "number": 1}, [], "owner/name", lambda _: None, 0)


def test_a_removal_is_named_for_its_issue() -> None:
    assert removed_event(7, 5, {}).id == "gh:removed:7"

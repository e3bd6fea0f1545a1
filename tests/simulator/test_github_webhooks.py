from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest

from slaplugin.errors import Conflict
from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_webhooks import UNREACHABLE, Hook
from tests.simulator.support import REPO, Sink, StillClock

SECRET = "geheim ☂"


@pytest.fixture
def hook(github: GitHubSimulator, sink: Sink) -> Hook:
    github.open_issue(REPO, "Broken", "ann")
    return github.register_hook(REPO, sink.url, SECRET)


def test_a_delivery_carries_the_headers_of_the_original(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    github.comment(REPO, 1, "mira", "on it – wird geprüft")
    assert github.webhooks.drain()
    headers = sink.got[0].headers
    assert headers["x-github-event"] == "issue_comment"
    assert headers["x-github-hook-id"] == str(hook.id)
    assert headers["x-github-hook-installation-target-type"] == "repository"
    assert headers["user-agent"].startswith("GitHub-Hookshot/")
    assert headers["content-type"] == "application/json"
    assert len(headers["x-github-delivery"]) == 36


def test_a_delivery_is_signed_over_its_raw_bytes(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    github.comment(REPO, 1, "mira", "on it – wird geprüft")
    assert github.webhooks.drain()
    assert sink.got[0].is_signed_with(SECRET)
    assert not sink.got[0].is_signed_with("another")


def test_without_a_secret_nothing_is_signed(github: GitHubSimulator, sink: Sink) -> None:
    github.register_hook(REPO, sink.url, None)
    github.open_issue(REPO, "Broken", "ann")
    assert github.webhooks.drain()
    assert not any(name.startswith("x-hub-signature") for name in sink.got[0].headers)


def test_a_form_hook_sends_the_payload_inside_a_form(github: GitHubSimulator, sink: Sink) -> None:
    repository = github.repository(REPO)
    github.webhooks.register(repository, sink.url, secret=SECRET, events=["issues"], content_type="form")
    github.open_issue(REPO, "Broken & more", "ann")
    assert github.webhooks.drain()
    assert sink.got[0].is_signed_with(SECRET)
    payload = json.loads(parse_qs(sink.got[0].body.decode())["payload"][0])
    assert payload["issue"]["title"] == "Broken & more"


def test_every_change_of_an_issue_is_told(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    field = github.add_field("Priority", ["Urgent", "Low"])
    github.label(REPO, 1, "P1", "mira")
    github.unlabel(REPO, 1, "P1", "mira")
    github.assign(REPO, 1, "jonas", actor="mira")
    github.unassign(REPO, 1, "jonas", actor="mira")
    comment = github.comment(REPO, 1, "mira", "x")
    github.edit_comment(REPO, comment.id, "y")
    github.delete_comment(REPO, comment.id)
    github.close(REPO, 1, "mira")
    github.reopen(REPO, 1, "ann")
    github.rename(REPO, 1, "Very broken", "mira")
    github.set_milestone(REPO, 1, "May", "mira")
    github.set_type(REPO, 1, "Bug", "mira")
    github.set_type(REPO, 1, None, "mira")
    github.set_field(REPO, 1, field.id, "Low", "mira")
    github.set_field(REPO, 1, field.id, "Urgent", "mira")
    github.set_field(REPO, 1, field.id, None, "mira")
    github.rename_label(REPO, "P1", "urgent")
    github.delete_issue(REPO, 1)
    assert github.webhooks.drain()
    assert sink.events == [
        *("issues.labeled", "issues.unlabeled", "issues.assigned", "issues.unassigned"),
        *("issue_comment.created", "issue_comment.edited", "issue_comment.deleted"),
        *("issues.closed", "issues.reopened", "issues.edited", "issues.milestoned"),
        *("issues.typed", "issues.untyped"),
        *("issues.field_added", "issues.field_added", "issues.field_removed"),
        *("label.edited", "issues.deleted"),
    ]


def test_a_field_change_tells_the_value_before(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    field = github.add_field("Priority", ["Urgent", "Low"])
    github.set_field(REPO, 1, field.id, "Low", "mira")
    github.set_field(REPO, 1, field.id, "Urgent", "mira")
    assert github.webhooks.drain()
    assert "changes" not in sink.got[0].payload
    assert sink.got[1].payload["changes"]["issue_field_value"]["from"]["value"] == "Low"


def test_a_transfer_tells_where_to(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    github.create_repository("acme/api")
    moved = github.transfer(REPO, 1, "acme/api")
    assert github.webhooks.drain()
    assert sink.events == ["issues.transferred"]
    changes = sink.got[0].payload["changes"]
    assert (changes["new_issue"]["id"], changes["new_repository"]["full_name"]) == (moved.id, "acme/api")


def test_comments_on_pull_requests_are_told_like_all_others(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    github.open_issue(REPO, "Mend it", "mira", is_pull_request=True)
    github.comment(REPO, 2, "jonas", "x")
    assert github.webhooks.drain()
    assert sink.events == ["issue_comment.created"]
    assert "pull_request" in sink.got[0].payload["issue"]


def test_private_members_are_not_told(github: GitHubSimulator, sink: Sink) -> None:
    github.create_repository("acme/api", members={"kim": "private"})
    github.register_hook("acme/api", sink.url, None)
    github.open_issue("acme/api", "Broken", "kim")
    assert github.webhooks.drain()
    assert sink.got[0].payload["issue"]["author_association"] == "NONE"


def test_a_hook_hears_only_its_events_and_only_while_active(github: GitHubSimulator, sink: Sink) -> None:
    hook = github.register_hook(REPO, sink.url, None, ("issue_comment",))
    github.open_issue(REPO, "Broken", "ann")
    github.comment(REPO, 1, "mira")
    hook.is_active = False
    github.comment(REPO, 1, "mira")
    assert github.webhooks.drain()
    assert sink.events == ["issue_comment.created"]


def test_hooks_of_one_event_share_the_guid(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    github.register_hook(REPO, f"{sink.url}/second", None)
    github.comment(REPO, 1, "mira")
    assert github.webhooks.drain()
    assert len({got.headers["x-github-delivery"] for got in sink.got}) == 1
    assert len({got.headers["x-github-hook-id"] for got in sink.got}) == 2


def test_a_lost_delivery_never_arrives_and_says_so(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    github.webhooks.weather.lose = 1
    github.comment(REPO, 1, "mira", "lost")
    github.comment(REPO, 1, "mira", "found")
    assert github.webhooks.drain()
    assert [got.payload["comment"]["body"] for got in sink.got] == ["found"]
    assert [(sending.status, sending.status_code) for sending in github.webhooks.recent(hook)] == [
        ("OK", 204),
        (UNREACHABLE, 0),
    ]


def test_nothing_is_sent_again_by_itself(github: GitHubSimulator, sink: Sink, hook: Hook, clock: StillClock) -> None:
    sink.status = 500
    github.comment(REPO, 1, "mira")
    assert github.webhooks.drain()
    clock.instant += 3600
    github.label(REPO, 1, "P1", "mira")
    assert github.webhooks.drain()
    assert sink.events == ["issue_comment.created", "issues.labeled"]
    assert github.webhooks.recent(hook)[0].status == "Invalid HTTP Response: 500"


def test_a_doubled_delivery_arrives_twice_under_one_guid(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    github.webhooks.weather.double = 1
    github.comment(REPO, 1, "mira")
    assert github.webhooks.drain()
    assert len(sink.got) == 2
    assert sink.got[0] == sink.got[1]


def test_deliveries_may_come_in_the_wrong_order(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    github.webhooks.hold()
    for text in ("first", "second", "third"):
        github.comment(REPO, 1, "mira", text)
    assert github.webhooks.drain()
    assert sink.got == []
    github.webhooks.release(reverse=True)
    assert github.webhooks.drain()
    assert [got.payload["comment"]["body"] for got in sink.got] == ["third", "second", "first"]


def test_a_late_delivery_comes_when_its_time_has_come(
    github: GitHubSimulator, sink: Sink, hook: Hook, clock: StillClock
) -> None:
    github.webhooks.weather.delay_seconds = 120
    github.comment(REPO, 1, "mira", "late")
    clock.instant += 119
    github.webhooks.weather.delay_seconds = 0
    github.comment(REPO, 1, "mira", "prompt")
    assert not github.webhooks.drain(timeout_seconds=0)
    while not sink.got:
        github.webhooks.drain(timeout_seconds=0)
    assert [got.payload["comment"]["body"] for got in sink.got] == ["prompt"]
    clock.instant += 1
    assert github.webhooks.drain()
    assert [got.payload["comment"]["body"] for got in sink.got] == ["prompt", "late"]


def test_an_unreachable_receiver_is_recorded(github: GitHubSimulator) -> None:
    with Sink() as gone:
        url = gone.url
    hook = github.register_hook(REPO, url, None)
    github.open_issue(REPO, "Broken", "ann")
    assert github.webhooks.drain()
    assert github.webhooks.recent(hook)[0].status == UNREACHABLE


def test_nothing_is_sent_beyond_loopback(github: GitHubSimulator) -> None:
    hook = github.register_hook(REPO, "http://192.0.2.1/hook", None)
    github.open_issue(REPO, "Broken", "ann")
    assert github.webhooks.drain()
    assert github.webhooks.recent(hook)[0].status == "the simulator delivers to loopback only"


def test_sending_needs_no_lock_of_the_simulator(github: GitHubSimulator, sink: Sink, hook: Hook) -> None:
    with github.lock:
        github.comment(REPO, 1, "mira")
        assert github.webhooks.drain()
    assert len(sink.got) == 1


def test_the_same_hook_and_one_too_many_are_refused(github: GitHubSimulator) -> None:
    github.register_hook(REPO, "http://127.0.0.1:9/0", None, ("issues",))
    with pytest.raises(Conflict):
        github.register_hook(REPO, "http://127.0.0.1:9/0", None, ("issues",))
    for number in range(1, 20):
        github.register_hook(REPO, f"http://127.0.0.1:9/{number}", None, ("issues",))
    with pytest.raises(Conflict):
        github.register_hook(REPO, "http://127.0.0.1:9/20", None, ("issues",))

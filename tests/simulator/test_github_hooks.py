from __future__ import annotations

from typing import Any

import pytest

from slaplugin.simulator.github import GitHubSimulator
from tests.simulator.support import REPO, Caller, Sink, StillClock

EVENTS = ["issues", "issue_comment", "meta"]


@pytest.fixture
def hook(github: GitHubSimulator, caller: Caller, sink: Sink) -> dict[str, Any]:
    body = {"name": "web", "events": EVENTS, "config": {"url": sink.url, "content_type": "json", "secret": "s"}}
    answer = caller.repo("/hooks", "POST", json=body)
    assert answer.status_code == 201
    assert github.webhooks.drain()
    return answer.json()  # type: ignore[no-any-return]


def deliveries(caller: Caller, hook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    return caller.repo(f"/hooks/{hook['id']}/deliveries{query}").json()  # type: ignore[no-any-return]


def test_a_new_hook_is_pinged_and_its_secret_is_starred(sink: Sink, hook: dict[str, Any]) -> None:
    assert sink.events == ["ping"]
    assert sink.got[0].payload["hook_id"] == hook["id"]
    assert sink.got[0].is_signed_with("s")
    assert hook["config"]["secret"] == "********"


def test_the_defaults_of_a_hook_bite(caller: Caller, sink: Sink) -> None:
    hook = caller.repo("/hooks", "POST", json={"config": {"url": sink.url}}).json()
    assert (hook["config"]["content_type"], hook["events"]) == ("form", ["push"])


def test_the_same_hook_twice_is_refused(caller: Caller, sink: Sink, hook: dict[str, Any]) -> None:
    body = {"events": EVENTS, "config": {"url": sink.url, "content_type": "json"}}
    answer = caller.repo("/hooks", "POST", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "Hook already exists on this repository"


def test_a_hook_needs_a_url(caller: Caller) -> None:
    assert caller.repo("/hooks", "POST", json={"config": {}}).status_code == 422


def test_hooks_exist_only_for_admins(github: GitHubSimulator, reader: Caller, hook: dict[str, Any]) -> None:
    github.set_permission(REPO, "rosa", "maintain")
    assert reader.repo("/hooks").status_code == 404
    assert reader.repo("/hooks", "POST", json={"config": {"url": "http://127.0.0.1:9"}}).status_code == 404
    assert reader.repo(f"/hooks/{hook['id']}/deliveries").status_code == 404


def test_hooks_are_listed_and_read(caller: Caller, hook: dict[str, Any]) -> None:
    assert [shown["id"] for shown in caller.repo("/hooks").json()] == [hook["id"]]
    shown = caller.repo(f"/hooks/{hook['id']}").json()
    assert shown["last_response"] == {"code": 204, "status": "active", "message": None}
    assert caller.repo("/hooks/1").status_code == 404


def test_a_new_secret_signs_from_then_on(github: GitHubSimulator, caller: Caller, sink: Sink, hook: Any) -> None:
    config = {"url": sink.url, "content_type": "json", "secret": "renewed"}
    assert caller.repo(f"/hooks/{hook['id']}", "PATCH", json={"config": config}).status_code == 200
    assert caller.repo(f"/hooks/{hook['id']}/pings", "POST").status_code == 204
    assert github.webhooks.drain()
    assert sink.got[-1].is_signed_with("renewed")


def test_a_deleted_hook_hears_of_its_end_and_nothing_after(
    github: GitHubSimulator, caller: Caller, sink: Sink, hook: Any
) -> None:
    assert caller.repo(f"/hooks/{hook['id']}", "DELETE").status_code == 204
    github.open_issue(REPO, "Broken", "ann")
    assert github.webhooks.drain()
    assert sink.events == ["ping", "meta.deleted"]
    assert caller.repo("/hooks").json() == []


def test_deliveries_are_listed_newest_first(github: GitHubSimulator, caller: Caller, hook: dict[str, Any]) -> None:
    github.open_issue(REPO, "Broken", "ann")
    assert github.webhooks.drain()
    shown = deliveries(caller, hook)
    assert [(row["event"], row["action"], row["status"]) for row in shown] == [
        ("issues", "opened", "OK"),
        ("ping", None, "OK"),
    ]


def test_deliveries_are_paged_by_cursor(github: GitHubSimulator, caller: Caller, hook: dict[str, Any]) -> None:
    for _ in range(4):
        github.open_issue(REPO, "Broken", "ann")
    assert github.webhooks.drain()
    ids, url = [], f"/repos/{REPO}/hooks/{hook['id']}/deliveries?per_page=2"
    while url:
        answer = caller.get(url)
        ids += [row["id"] for row in answer.json()]
        url = answer.links.get("next", {}).get("url", "")
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5


def test_the_failure_filter_misses_what_never_connected(
    github: GitHubSimulator, caller: Caller, sink: Sink, hook: dict[str, Any]
) -> None:
    github.webhooks.weather.lose = 1
    github.open_issue(REPO, "Lost", "ann")
    sink.status = 500
    github.open_issue(REPO, "Failed", "ann")
    assert github.webhooks.drain()
    assert [row["status_code"] for row in deliveries(caller, hook, "?status=failure")] == [500]
    assert [row["status_code"] for row in deliveries(caller, hook)] == [500, 0, 204]
    assert [row["status_code"] for row in deliveries(caller, hook, "?status=success")] == [204]


def test_an_attempt_sends_the_same_bytes_under_the_same_guid(
    github: GitHubSimulator, caller: Caller, sink: Sink, hook: dict[str, Any]
) -> None:
    github.webhooks.weather.lose = 1
    github.open_issue(REPO, "Lost", "ann")
    assert github.webhooks.drain()
    lost = deliveries(caller, hook)[0]
    answer = caller.repo(f"/hooks/{hook['id']}/deliveries/{lost['id']}/attempts", "POST")
    assert (answer.status_code, answer.json()) == (202, {})
    assert github.webhooks.drain()
    again = deliveries(caller, hook)[0]
    assert (again["guid"], again["redelivery"], again["status"]) == (lost["guid"], True, "OK")
    assert sink.got[-1].headers["x-github-delivery"] == lost["guid"]
    assert sink.got[-1].is_signed_with("s")


def test_deliveries_are_gone_after_three_days(
    github: GitHubSimulator, caller: Caller, hook: dict[str, Any], clock: StillClock
) -> None:
    ping = deliveries(caller, hook)[0]
    clock.instant += 3 * 86_400
    assert len(deliveries(caller, hook)) == 1
    clock.instant += 1
    assert deliveries(caller, hook) == []
    assert caller.repo(f"/hooks/{hook['id']}/deliveries/{ping['id']}/attempts", "POST").status_code == 404


def test_one_delivery_shows_what_was_sent(caller: Caller, hook: dict[str, Any]) -> None:
    ping = deliveries(caller, hook)[0]
    shown = caller.repo(f"/hooks/{hook['id']}/deliveries/{ping['id']}").json()
    assert shown["request"]["headers"]["X-GitHub-Delivery"] == ping["guid"]
    assert shown["request"]["payload"]["hook_id"] == hook["id"]

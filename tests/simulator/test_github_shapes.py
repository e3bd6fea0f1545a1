"""Answers and webhooks against GitHub's own description of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from openapi_schema_validator import OAS30Validator

from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_limits import SecondaryLimit
from tests.shared import shared_path
from tests.simulator.support import REPO, Caller, Sink

GITHUB = "https://api.github.com"


@pytest.fixture(scope="module")
def description() -> OpenAPI:
    path = shared_path("connectors/github/openapi/github-issues-connector.2026-03-10.json")
    return OpenAPI.from_file_path(str(path))


@pytest.fixture(scope="module")
def webhooks() -> dict[str, Any]:
    path = shared_path("connectors/github/openapi/github-webhooks-subset.json")
    return json.loads(path.read_text())  # type: ignore[no-any-return]


@pytest.fixture
def lively(github: GitHubSimulator) -> GitHubSimulator:
    """A repository with one of everything, and every issue closed or reopened once (see `without_null_reasons`)."""
    field = github.add_field("Priority", ["Urgent", "Low"])
    github.create_repository("acme/api")
    github.open_issue(REPO, "Broken", "ann", body="It smokes", labels=["P1", "team/web ui"])
    github.comment(REPO, 1, "ann", "@mira please look")
    github.assign(REPO, 1, "jonas", actor="mira")
    github.unassign(REPO, 1, "jonas", actor="mira")
    github.assign(REPO, 1, "mira")
    github.unlabel(REPO, 1, "team/web ui", "mira")
    github.rename(REPO, 1, "Very broken", "mira")
    github.set_milestone(REPO, 1, "May", "mira")
    github.set_type(REPO, 1, "Bug", "mira")
    github.set_field(REPO, 1, field.id, "Low", "mira")
    github.minimize_comment(REPO, github.comment(REPO, 1, "spammer", "buy").id, "spam")
    github.close(REPO, 1, "mira")
    github.reopen(REPO, 1, "ann")
    github.set_locked(REPO, 1, True, "mira")
    github.open_issue(REPO, "Mend it", "mira", is_pull_request=True)
    github.close(REPO, 2, "mira")
    return github


def without_null_reasons(value: Any) -> Any:
    """Leave out `state_reason: null`, which GitHub sends and the enumeration of its description forgets."""
    if isinstance(value, dict):
        return {k: without_null_reasons(v) for k, v in value.items() if (k, v) != ("state_reason", None)}
    return [without_null_reasons(item) for item in value] if isinstance(value, list) else value


def check(description: OpenAPI, answer: Any, method: str, path: str) -> None:
    body = json.dumps(without_null_reasons(answer.json())).encode() if answer.content else b""
    content_type = answer.headers.get("Content-Type", "application/json").split(";")[0]
    described, _, query = path.partition("?")
    arguments = dict(pair.split("=") for pair in query.split("&")) if query else {}
    description.validate_response(
        MockRequest(GITHUB, method.lower(), described, args=arguments),
        MockResponse(body, status_code=answer.status_code, content_type=content_type),
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/issues",
        "/issues?state=all&sort=updated&direction=asc",
        "/issues/1",
        "/issues/1/comments",
        "/issues/1/timeline",
        "/issues/1/events",
        "/issues/1/labels",
        "/issues/1/issue-field-values",
        "/issues/comments",
        "/issues/comments/2900000001",
        "/issues/events",
        "/issues/events/15000000001",
        "/labels",
        "/labels/P1",
        "/assignees",
        "/collaborators/jonas/permission",
    ],
)
def test_what_is_read_from_a_repository_has_the_described_shape(
    description: OpenAPI, lively: GitHubSimulator, caller: Caller, path: str
) -> None:
    answer = caller.repo(path)
    assert answer.status_code == 200
    assert answer.json()
    check(description, answer, "GET", f"/repos/{REPO}{path}")


@pytest.mark.parametrize("path", ["/user", "/rate_limit", "/versions", "/meta", "/orgs/acme/issue-fields"])
def test_general_answers_have_the_described_shape(
    description: OpenAPI, lively: GitHubSimulator, caller: Caller, path: str
) -> None:
    answer = caller.get(path)
    assert answer.status_code == 200
    check(description, answer, "GET", path)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/issues", {"title": "New", "labels": ["P2"]}, 201),
        ("PATCH", "/issues/1", {"state": "closed", "state_reason": "completed"}, 200),
        ("POST", "/issues/1/labels", {"labels": ["P2"]}, 200),
        ("PUT", "/issues/1/labels", {"labels": ["P2"]}, 200),
        ("DELETE", "/issues/1/labels/P1", None, 200),
        ("POST", "/issues/1/comments", {"body": "x"}, 201),
        ("PATCH", "/issues/comments/2900000001", {"body": "x"}, 200),
        ("DELETE", "/issues/comments/2900000001", None, 204),
        ("POST", "/issues/1/assignees", {"assignees": ["jonas"]}, 201),
        ("DELETE", "/issues/1/assignees", {"assignees": ["mira"]}, 200),
        ("POST", "/issues/1/issue-field-values", {"issue_field_values": [{"field_id": 31, "value": "Urgent"}]}, 200),
        ("PUT", "/issues/1/issue-field-values", {"issue_field_values": []}, 200),
        ("DELETE", "/issues/1/issue-field-values/31", None, 204),
        ("POST", "/labels", {"name": "P4"}, 201),
        ("PATCH", "/labels/P1", {"new_name": "urgent"}, 200),
        ("POST", "/hooks", {"config": {"url": "http://127.0.0.1:9/x"}}, 201),
        ("POST", "/issues", {}, 422),
        ("DELETE", "/issues/1/labels/none", None, 404),
    ],
)
def test_answers_to_writes_have_the_described_shape(
    description: OpenAPI,
    lively: GitHubSimulator,
    caller: Caller,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    status: int,
) -> None:
    answer = caller.repo(path, method, json=body)
    assert answer.status_code == status
    check(description, answer, method, f"/repos/{REPO}{path}")


@pytest.mark.parametrize("path", ["/issues/1", "/issues/99", "/issues?page=99999", "/issues/2"])
def test_refusals_have_the_described_shape(
    description: OpenAPI, lively: GitHubSimulator, caller: Caller, path: str
) -> None:
    lively.transfer(REPO, 1, "acme/api")
    lively.delete_issue(REPO, 2)
    answer = caller.repo(path)
    assert answer.status_code in (301, 404, 410, 422)
    check(description, answer, "GET", f"/repos/{REPO}{path}")


def test_limits_have_the_usual_error_shape(github: GitHubSimulator, caller: Caller) -> None:
    github.limits.refuse_next(SecondaryLimit())
    assert set(caller.repo().json()) >= {"message", "documentation_url"}


def test_deliveries_have_the_described_shape(
    description: OpenAPI, lively: GitHubSimulator, caller: Caller, sink: Sink
) -> None:
    hook = caller.repo("/hooks", "POST", json={"config": {"url": sink.url, "content_type": "json"}}).json()
    assert lively.webhooks.drain()
    check(description, caller.repo("/hooks"), "GET", f"/repos/{REPO}/hooks")
    path = f"/hooks/{hook['id']}/deliveries"
    rows = caller.repo(path)
    check(description, rows, "GET", f"/repos/{REPO}{path}")
    one = f"{path}/{rows.json()[0]['id']}"
    check(description, caller.repo(one), "GET", f"/repos/{REPO}{one}")
    check(description, caller.repo(f"{one}/attempts", "POST"), "POST", f"/repos/{REPO}{one}/attempts")


def test_webhooks_have_the_described_shape(
    webhooks: dict[str, Any], lively: GitHubSimulator, caller: Caller, sink: Sink
) -> None:
    body = {"events": ["*"], "config": {"url": sink.url, "content_type": "json"}}
    hook = caller.repo("/hooks", "POST", json=body).json()
    lively.label(REPO, 1, "P2", "mira")
    lively.unlabel(REPO, 1, "P2", "mira")
    lively.assign(REPO, 1, "jonas", actor="mira")
    lively.unassign(REPO, 1, "jonas", actor="mira")
    comment = lively.comment(REPO, 1, "mira", "x")
    lively.edit_comment(REPO, comment.id, "y")
    lively.delete_comment(REPO, comment.id)
    lively.close(REPO, 1, "mira")
    lively.reopen(REPO, 1, "ann")
    lively.rename(REPO, 1, "Broken", "mira")
    lively.set_field(REPO, 1, 31, "Urgent", "mira")
    lively.set_field(REPO, 1, 31, None, "mira")
    lively.rename_label(REPO, "P1", "urgent")
    lively.transfer(REPO, 1, "acme/api")
    caller.repo(f"/hooks/{hook['id']}", "DELETE")
    assert lively.webhooks.drain()
    assert len(sink.got) == 16
    for delivered in sink.got:
        name = delivered.event.replace(".", "-").replace("_", "-")
        described = webhooks["x-webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]
        schema = {**described, "components": webhooks["components"]}
        problems = [
            f"{delivered.event} {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in OAS30Validator(schema).iter_errors(delivered.payload)
        ]
        assert problems == []

"""A ticket goes in, a live countdown comes out, somebody is told: through commands and HTTP alone."""

from __future__ import annotations

import http.client
import json
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from slaplugin.clock import SystemClock
from slaplugin.simulator.github import GitHubSimulator
from tests.channels.receiver import Receiver, verify
from tests.journeys.installation import Installation, until

REPOSITORY = "acme/web"
SECRET = "hook-secret-for-tests"
POLICY = """
schema: slaplugin/policy/1
priorities: [p1, p2, p3, p4]
default_priority: p3
policies:
  - name: quick
    match: {}
    targets:
      p1: {first_response: 12s}
      p3: {first_response: 4h}
    escalations:
      - {at: 50%}
      - {at: 100%}
"""


@pytest.fixture
def github() -> Iterator[GitHubSimulator]:
    with GitHubSimulator(SystemClock()) as simulator:
        simulator.create_repository(REPOSITORY, permissions={"mira": "write"}, at=SystemClock().now() - 90_000)
        simulator.add_token("token-for-tests", "mira")
        yield simulator


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    made.run("init")
    (tmp_path / "policy.yaml").write_text(POLICY)
    made.run("policy", "publish", "policy.yaml", "--apply", "open_tickets")
    (tmp_path / "token").write_text("token-for-tests\n")
    (tmp_path / "hook").write_text(SECRET + "\n")
    yield made
    made.stop()


def connect(installation: Installation, github: GitHubSimulator, receiver: Receiver) -> str:
    """Connect the repository and the receiver; returns the signing secret."""
    installation.run("source", "add", "github", "web", "--repository", REPOSITORY, "--token-file", "token",
                     "--webhook-secret-file", "hook", "--base-url", github.base_url)  # fmt: skip
    said = installation.run("channel", "add", "webhook", "default", "--url", receiver.url)
    return said.rsplit(" ", 1)[1].strip()


def database(installation: Installation) -> sqlite3.Connection:
    return sqlite3.connect(installation.folder / "instance" / "slaplugin.sqlite3", timeout=10)


def rows(installation: Installation, sql: str) -> list[tuple]:
    connection = database(installation)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def live(installation: Installation) -> None:
    until(lambda: rows(installation, "SELECT 1 FROM sla_source WHERE live_from IS NOT NULL"), "the first import")


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as page:
        return page.read().decode()


def test_from_a_new_issue_to_a_verified_message(installation: Installation, github: GitHubSimulator) -> None:
    with Receiver() as receiver:
        secret = connect(installation, github, receiver)
        address = installation.start("run", "--port", "0")
        live(installation)
        github.register_hook(REPOSITORY, f"{address}hooks/web", SECRET)
        issue = github.open_issue(REPOSITORY, "Checkout fails for everybody", "una", labels=["P1"])
        until(lambda: "Checkout fails for everybody" in get(address), "the ticket in the queue")
        breach = until(lambda: [call for call in receiver.calls if b'"timer.breached"' in call.body], "the breach")[0]
        body = verify(secret, breach)
        assert body["data"]["ticket"]["key"] == f"{REPOSITORY}#{issue.number}"
        assert body["data"]["metric"] == "first_response"
        raised = until(lambda: [call for call in receiver.calls if b'"100%"' in call.body], "the escalation")[0]
        assert verify(secret, raised)["data"]["late_by_seconds"] <= 5
        ticket = f"{address}tickets/web/GH-{issue.id}"
        assert "Checkout fails for everybody" in get(ticket)
        assert installation.stop() == 0


def test_killing_it_at_any_moment_loses_nothing_and_sends_nothing_under_a_second_id(
    installation: Installation, github: GitHubSimulator
) -> None:
    with Receiver() as receiver:
        secret = connect(installation, github, receiver)
        made: list[str] = []
        now = SystemClock().now
        installation.start("run", "--port", "0")
        live(installation)
        for number, wait in enumerate((0.3, 0.9, 1.5, 0.1, 2.2, 0.6)):
            issue = github.open_issue(REPOSITORY, f"Emergency {number}", "una", labels=["P1"])
            github.comment(REPOSITORY, issue.number, "una", "still broken")
            made.append(f"GH-{issue.id}")
            time.sleep(wait)
            installation.kill()
            installation.start("run", "--port", "0")
        last_due = now() + 13
        until(lambda: now() > last_due, "the last due time")
        stored = "SELECT ticket FROM sla_ticket_event WHERE kind = 'created'"
        until(lambda: {row[0] for row in rows(installation, stored)} >= set(made), "every issue in the log")
        done = "SELECT count(*) FROM sla_escalation WHERE rule IN ('50%', '100%', 'at_risk', 'breached')"
        until(lambda: rows(installation, done)[0][0] == 4 * len(made), "every step of every ticket")
        waiting = "SELECT count(*) FROM sla_delivery WHERE state != 'delivered'"
        until(lambda: rows(installation, waiting)[0][0] == 0, "every delivery")
        assert installation.stop() == 0
        told: dict[tuple[str, str, str], set[str]] = {}
        for call in receiver.calls:
            body = verify(secret, call)
            data = body["data"]
            key = (data["ticket"]["id"], body["type"], str(data.get("rule")))
            told.setdefault(key, set()).add(call.id)
        assert {key: ids for key, ids in told.items() if len(ids) > 1} == {}
        assert {ticket for ticket, kind, _ in told if kind == "timer.breached"} == set(made)
        assert rows(installation, "PRAGMA integrity_check") == [("ok",)]


def test_a_forged_and_a_replayed_delivery(installation: Installation, github: GitHubSimulator) -> None:
    with Receiver() as receiver:
        connect(installation, github, receiver)
        address = installation.start("run", "--port", "0")
        import hashlib
        import hmac

        body = json.dumps({"action": "opened", "issue": {"id": 1, "number": 1}}).encode()
        good = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()

        def send(signature: str, source: str = "web") -> int:
            request = urllib.request.Request(f"{address}hooks/{source}", body, {
                "Content-Type": "application/json", "X-GitHub-Event": "issues", "X-GitHub-Delivery": "d-1",
                "X-GitHub-Hook-ID": "7", "X-Hub-Signature-256": signature,
            })  # fmt: skip
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                return error.code

        assert send("sha256=" + "0" * 64) == 401
        assert send(good, "nobody") == 401
        assert send(good) == 202
        assert send(good) == 200


def test_a_wrong_token_stops_the_source_with_a_sentence(installation: Installation, github: GitHubSimulator) -> None:
    (installation.folder / "token").write_text("no-such-token\n")
    installation.run("source", "add", "github", "web", "--repository", REPOSITORY, "--token-file", "token",
                     "--base-url", github.base_url)  # fmt: skip
    said = installation.run("source", "pull", "web", fails=True)
    assert "web" in said
    assert "401" in said
    assert "Traceback" not in said
    assert "no-such-token" not in said
    assert "stopped" in installation.run("source", "list")


def test_an_unknown_repository_is_a_sentence(installation: Installation, github: GitHubSimulator) -> None:
    installation.run("source", "add", "github", "web", "--repository", "acme/nothing", "--token-file", "token",
                     "--base-url", github.base_url)  # fmt: skip
    said = installation.run("source", "check", "web", fails=True)
    assert "acme/nothing is not found" in said
    assert "Traceback" not in said


def test_a_helpdesk_that_is_down_is_tried_again_later(installation: Installation, github: GitHubSimulator) -> None:
    installation.run("source", "add", "github", "web", "--repository", REPOSITORY, "--token-file", "token",
                     "--base-url", github.base_url)  # fmt: skip
    github.stop()
    said = installation.run("source", "pull", "web", fails=True)
    assert "cannot be reached" in said
    assert "tried again" in said
    assert "active" in installation.run("source", "list")


def test_an_unknown_setting_names_the_nearest(tmp_path: Path) -> None:
    said = Installation(tmp_path, public_uri="https://sla.example.com").run("init", fails=True)
    assert said.strip() == "SLAPLUGIN_PUBLIC_URI is not a setting; did you mean SLAPLUGIN_PUBLIC_URL?"


def test_run_refuses_to_start_without_a_key_and_beyond_loopback(tmp_path: Path) -> None:
    bare = Installation(tmp_path)
    assert "slaplugin init" in bare.run("run", "--port", "0", fails=True)
    bare.run("init")
    assert "no accounts" in bare.run("run", "--host", "0.0.0.0", fails=True)


def test_it_stops_while_a_browser_keeps_a_connection_open(installation: Installation) -> None:
    address = installation.start("run", "--port", "0")
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read()
    assert installation.stop() == 0
    connection.close()

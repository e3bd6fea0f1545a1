"""Inbound webhooks: the published vectors pass, everything else is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from slaplugin.connectors.github_webhooks import verified

from slaplugin.sdk.errors import SignatureError
from slaplugin.simulator.github import GitHubSimulator
from tests.connectors.conftest import SECRET, Connect
from tests.shared import shared_path

FOLDER = "connectors/github/webhooks"
TEST_SECRET = "test-secret"
ISSUE = {"action": "opened", "issue": {"id": 77, "number": 5}}


def vectors() -> list[dict[str, Any]]:
    payloads: list[dict[str, Any]] = json.loads(shared_path(f"{FOLDER}/INDEX.json").read_text())["payloads"]
    return payloads


def headers_of(vector: dict[str, Any]) -> dict[str, str]:
    return {
        "x-github-event": vector["event"],
        "x-github-delivery": "guid-1",
        "x-github-hook-id": "42",
        "x-hub-signature-256": vector["x_hub_signature_256_with_secret_test-secret"],
        "content-type": "application/json",
    }


def signed(body: bytes, secret: str = SECRET, **headers: str) -> dict[str, str]:
    proof = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = {
        "x-github-event": "issues",
        "x-github-delivery": "guid-1",
        "x-github-hook-id": "42",
        "x-hub-signature-256": f"sha256={proof}",
        "content-type": "application/json",
    }
    return given | {name.replace("_", "-"): value for name, value in headers.items()}


def test_the_published_vector_passes() -> None:
    headers = {
        "x-github-delivery": "guid-1",
        "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    }
    assert verified(headers, b"Hello, World!", [SECRET]).tickets == ()


def test_there_are_thirty_five_vectors() -> None:
    assert len(vectors()) == 35


def test_every_recorded_payload_passes_and_names_its_issue() -> None:
    named = {}
    for vector in vectors():
        body = shared_path(f"{FOLDER}/{vector['file']}").read_bytes()
        delivery = verified(headers_of(vector), body, [TEST_SECRET])
        named[vector["file"]] = delivery.tickets
        issue = json.loads(body).get("issue") or {"pull_request": "none at all"}
        expected = () if "pull_request" in issue else (f"GH-{issue['id']}#{issue['number']}",)
        assert delivery.tickets == expected, vector["file"]
    assert sum(1 for tickets in named.values() if tickets) == 13


@pytest.mark.parametrize("secret", ["wrong", "Test-Secret", "test-secret ", ""])
def test_no_recorded_payload_passes_under_another_secret(secret: str) -> None:
    for vector in vectors():
        body = shared_path(f"{FOLDER}/{vector['file']}").read_bytes()
        with pytest.raises(SignatureError):
            verified(headers_of(vector), body, [secret])


def test_no_recorded_payload_passes_with_one_byte_changed() -> None:
    for vector in vectors():
        body = bytearray(shared_path(f"{FOLDER}/{vector['file']}").read_bytes())
        body[len(body) // 2] ^= 1
        with pytest.raises(SignatureError):
            verified(headers_of(vector), bytes(body), [TEST_SECRET])


def test_without_a_secret_everything_is_refused(connect: Connect) -> None:
    body = json.dumps(ISSUE).encode()
    with pytest.raises(SignatureError):
        connect().verify(signed(body, secret=""), body)


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_an_empty_secret_proves_nothing(secrets: list[str]) -> None:
    body = json.dumps(ISSUE).encode()
    with pytest.raises(SignatureError):
        verified(signed(body, secret=""), body, secrets)


BODY = json.dumps(ISSUE).encode()
PROOF = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "signature",
    [
        "", "sha256=", PROOF, f"sha1={PROOF}", f"sha256={PROOF.upper()}", f"sha256={PROOF} ", f"SHA256={PROOF}",
        f"sha256={PROOF[:-1]}", f"sha256={PROOF}0", "sha256=" + "0" * 64, "sha256=é", "sha256=\udcff",
    ],
)  # fmt: skip
def test_a_signature_in_any_other_form_is_refused(signature: str) -> None:
    with pytest.raises(SignatureError):
        verified({"x-github-delivery": "1", "x-hub-signature-256": signature}, BODY, [SECRET])


def test_the_old_signature_alone_is_refused() -> None:
    proof = hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()
    with pytest.raises(SignatureError):
        verified({"x-github-delivery": "1", "x-hub-signature": f"sha1={proof}"}, BODY, [SECRET])


def test_an_unsigned_delivery_is_refused() -> None:
    with pytest.raises(SignatureError):
        verified({"x-github-delivery": "1", "x-github-event": "issues"}, BODY, [SECRET])


def test_a_delivery_without_an_id_is_refused() -> None:
    headers = signed(BODY)
    del headers["x-github-delivery"]
    with pytest.raises(SignatureError):
        verified(headers, BODY, [SECRET])


def test_during_a_rotation_both_secrets_are_good(connect: Connect) -> None:
    connector = connect(webhook_secret="new", previous_webhook_secret=SECRET)
    for secret in ("new", SECRET):
        assert connector.verify(signed(BODY, secret), BODY).tickets == ("GH-77#5",)


def test_after_a_rotation_the_old_secret_is_refused(connect: Connect) -> None:
    with pytest.raises(SignatureError):
        connect(webhook_secret="new").verify(signed(BODY, SECRET), BODY)


def test_a_delivery_is_known_by_its_hook_and_its_own_id() -> None:
    assert verified(signed(BODY), BODY, [SECRET]).id == "42:guid-1"


def test_a_comment_on_a_pull_request_names_no_ticket() -> None:
    body = json.dumps({"issue": {"id": 77, "number": 5, "pull_request": {"url": "x"}}}).encode()
    assert verified(signed(body, x_github_event="issue_comment"), body, [SECRET]).tickets == ()


def test_a_form_body_is_read_like_json() -> None:
    body = urlencode({"payload": json.dumps(ISSUE)}).encode()
    headers = signed(body, content_type="application/x-www-form-urlencoded")
    assert verified(headers, body, [SECRET]).tickets == ("GH-77#5",)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"\xff", b'{"issue": 5}', b'{"issue": {"id": "77", "number": 5}}', b'{"issue": {}}',
        b'{"issue": {"id": 77}}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_signed_body_that_makes_no_sense_names_no_ticket(body: bytes) -> None:
    assert verified(signed(body), body, [SECRET]).tickets == ()


@pytest.mark.parametrize("body", [b"a=b", b"payload=%7B", b"payload", b"&&&", b"=" * 50])
def test_a_signed_form_that_makes_no_sense_names_no_ticket(body: bytes) -> None:
    headers = signed(body, content_type="application/x-www-form-urlencoded; charset=utf-8")
    assert verified(headers, body, [SECRET]).tickets == ()


@pytest.mark.parametrize("event", ["ping", "label", "push", "meta", ""])
def test_events_of_other_kinds_name_no_ticket(event: str) -> None:
    assert verified(signed(BODY, x_github_event=event), BODY, [SECRET]).tickets == ()


def test_a_ticket_named_by_a_webhook_can_be_fetched(github: GitHubSimulator, connect: Connect) -> None:
    issue = github.open_issue("acme/web", "Login fails", "rita")
    body = json.dumps({"issue": {"id": issue.id, "number": issue.number}}).encode()
    connector = connect(webhook_secret=SECRET)
    (address,) = connector.verify(signed(body), body).tickets
    assert connector.fetch(address).events[0].ticket == f"GH-{issue.id}"

"""Webhooks follow Standard Webhooks 1.0, by the judgement of its own library over real HTTP."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from slaplugin.channels import webhook
from slaplugin.channels.webhook import Result, Sender, Target
from slaplugin.clock import SystemClock
from slaplugin.outbound import Outbound
from tests.channels.receiver import HANG, RESET, Receiver, Reply, verify

LOOPBACK = "127.0.0.0/8"
BODY = {"type": "timer.breached", "timestamp": "2026-05-13T12:00:00Z", "data": {"timer": "acme:1:resolution:1"}}
SECRET = webhook.new_secret()


@pytest.fixture
def sender() -> Iterator[Sender]:
    http = Outbound([LOOPBACK])
    yield Sender(http, allow=[LOOPBACK])
    http.close()


def send(sender: Sender, receiver: Receiver, *, now: int | None = None, **changes: Any) -> Result:
    given = {"target": Target(receiver.url, [SECRET]), "message_id": "msg_1", "body": BODY} | changes
    return sender.send(**given, now=SystemClock().now() if now is None else now)


def test_the_published_library_accepts_a_message(sender: Sender) -> None:
    with Receiver() as receiver:
        assert send(sender, receiver) == Result("delivered", 204, "answered 204")
        assert verify(SECRET, receiver.calls[0]) == BODY


def test_the_signature_is_the_one_the_library_computes() -> None:
    known = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime(2026, 5, 13, 12, tzinfo=UTC)
    expected = Webhook(known).sign("msg_1", at, '{"a":"ü"}')
    assert webhook.sign(known, "msg_1", int(at.timestamp()), '{"a":"ü"}'.encode()) == expected


@pytest.mark.parametrize("age", [-298, 298])
def test_a_message_is_good_for_five_minutes(sender: Sender, age: int) -> None:
    with Receiver() as receiver:
        send(sender, receiver, now=SystemClock().now() - age)
        assert verify(SECRET, receiver.calls[0]) == BODY


@pytest.mark.parametrize("age", [-302, 302])
def test_an_older_or_later_message_is_refused(sender: Sender, age: int) -> None:
    with Receiver() as receiver:
        send(sender, receiver, now=SystemClock().now() - age)
        with pytest.raises(WebhookVerificationError):
            verify(SECRET, receiver.calls[0])


@pytest.mark.parametrize("changed", ["body", "webhook-id", "webhook-timestamp"])
def test_a_changed_message_is_refused(sender: Sender, changed: str) -> None:
    with Receiver() as receiver:
        send(sender, receiver)
        [call] = receiver.calls
        headers, body = dict(call.headers), call.body
        if changed == "body":
            body = body.replace(b"acme:1", b"acme:2")
        elif changed == "webhook-id":
            headers[changed] = "msg_2"
        else:
            headers[changed] = str(int(headers[changed]) + 1)
        with pytest.raises(WebhookVerificationError):
            verify(SECRET, call, headers, body)


def test_another_secret_does_not_verify(sender: Sender) -> None:
    with Receiver() as receiver:
        send(sender, receiver)
        with pytest.raises(WebhookVerificationError):
            verify(webhook.new_secret(), receiver.calls[0])


def test_while_secrets_change_both_verify(sender: Sender) -> None:
    new = webhook.new_secret()
    with Receiver() as receiver:
        send(sender, receiver, target=Target(receiver.url, [new, SECRET]))
        assert verify(new, receiver.calls[0]) == verify(SECRET, receiver.calls[0]) == BODY


def test_the_body_is_compact_json_in_the_envelopes_order(sender: Sender) -> None:
    shuffled = {"data": {"subject": "Größe"}, "timestamp": BODY["timestamp"], "type": BODY["type"]}
    with Receiver() as receiver:
        send(sender, receiver, body=shuffled)
        expected = '{"type":"timer.breached","timestamp":"2026-05-13T12:00:00Z","data":{"subject":"Größe"}}'
        assert receiver.calls[0].body.decode() == expected


def test_the_receiver_is_told_that_it_is_json(sender: Sender) -> None:
    with Receiver() as receiver:
        send(sender, receiver)
        assert receiver.calls[0].headers["content-type"] == "application/json"


def test_the_receiver_sees_the_host_that_was_configured(sender: Sender) -> None:
    with Receiver() as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        send(sender, receiver, target=Target(url, [SECRET]))
        assert receiver.calls[0].headers["host"] == url.split("/")[2]


def test_a_message_of_twenty_thousand_bytes_is_never_sent(sender: Sender) -> None:
    padding = 20_000 - len(webhook.encode({**BODY, "data": ""}))
    with Receiver() as receiver:
        result = send(sender, receiver, body={**BODY, "data": "x" * padding})
        assert (result.verdict, receiver.calls) == ("refused", [])
        assert send(sender, receiver, body={**BODY, "data": "x" * (padding - 1)}).verdict == "delivered"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(sender: Sender, status: int) -> None:
    with Receiver(then=Reply(status)) as receiver:
        assert send(sender, receiver).verdict == "delivered"


@pytest.mark.parametrize("status", [400, 401, 404, 418, 429, 500, 503])
def test_every_other_answer_is_tried_again(sender: Sender, status: int) -> None:
    with Receiver(then=Reply(status)) as receiver:
        assert send(sender, receiver) == Result("retry", status, f"answered {status}")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_not_followed(sender: Sender, status: int) -> None:
    with Receiver() as elsewhere, Receiver(then=Reply(status, {"Location": elsewhere.url})) as receiver:
        assert send(sender, receiver).verdict == "retry"
        assert elsewhere.calls == []


def test_410_means_the_receiver_is_gone(sender: Sender) -> None:
    with Receiver(then=Reply(410)) as receiver:
        assert send(sender, receiver).verdict == "gone"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("Wed, 13 May 2026 12:02:00 GMT", 120),
        ("Wednesday, 13-May-26 12:02:00 GMT", 120),
        ("Wed, 13 May 2026 11:00:00 GMT", 0),
        ("-5", 0),
        ("soon", 0),
        ("99999999999999999999", 9_999_999_999),
        ("Wed, 99 May 2026 12:02:00 GMT", 0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(sender: Sender, header: str, seconds: int) -> None:
    with Receiver(then=Reply(429, {"Retry-After": header})) as receiver:
        assert send(sender, receiver, now=1_778_673_600).retry_after_seconds == seconds


def test_the_answers_text_is_kept_short_and_printable(sender: Sender) -> None:
    with Receiver(then=Reply(500, body=b"\x1b[31mno\r\n\xff" + b"x" * 5_000)) as receiver:
        words = send(sender, receiver).words
        assert words.startswith("answered 500: \\x1b[31mno\\r\\n\ufffdxxx")
        assert len(words) == len("answered 500: ") + 200
        assert words.isprintable()


def test_a_successful_answers_text_is_not_kept(sender: Sender) -> None:
    with Receiver(then=Reply(200, body=b"<html>secret</html>")) as receiver:
        assert send(sender, receiver).words == "answered 200"


def test_a_receiver_that_hangs_is_cut_and_tried_again() -> None:
    with Receiver(then=HANG) as receiver:
        http = Outbound([LOOPBACK])
        result = send(Sender(http, allow=[LOOPBACK], deadline_seconds=0.3), receiver)
        assert (result.verdict, result.status) == ("retry", None)
        http.close()


def test_a_reset_connection_is_tried_again(sender: Sender) -> None:
    with Receiver(then=RESET) as receiver:
        result = send(sender, receiver)
        assert (result.verdict, result.status) == ("retry", None)


def test_plain_http_beyond_the_allowed_networks_is_never_called() -> None:
    http = Outbound([LOOPBACK])
    with Receiver() as receiver:
        result = send(Sender(http, allow=["10.0.0.0/8"]), receiver)
        assert (result.verdict, receiver.calls) == ("retry", [])
        assert "needs https" in result.words
    http.close()


def test_no_secret_and_no_path_reaches_the_words_of_a_failure(sender: Sender) -> None:
    url = "https://127.0.0.1:9/hook/t0ps3cret?key=t0ps3cret"
    result = sender.send(Target(url, [SECRET]), "msg_1", BODY, 1_778_673_600)
    assert result.verdict == "retry"
    assert "t0ps3cret" not in result.words
    assert SECRET not in result.words


def test_new_secrets_are_long_and_differ() -> None:
    first, second = webhook.new_secret(), webhook.new_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("https://hooks.example.com/sla?team=1", []),
        ("https://10.1.2.3:8443/", []),
        ("http://10.1.2.3/sla", ["10.0.0.0/8"]),
        ("http://hooks.internal/sla", ["10.0.0.0/8"]),
        ("http://[fd00::1]/sla", ["fd00::/8"]),
    ],
)
def test_a_usable_url_is_accepted(url: str, allow: list[str]) -> None:
    assert webhook.check_url(url, allow) is None


@pytest.mark.parametrize(
    ("url", "allow", "word"),
    [
        ("", [], "not an https URL"),
        ("hooks.example.com", [], "not an https URL"),
        ("ftp://hooks.example.com", [], "not an https URL"),
        ("https://", [], "not an https URL"),
        ("https://[::1", [], "not a URL"),
        ("https://hooks.example.com:99999/", [], "not a URL"),
        ("https://me:pw@hooks.example.com/", [], "user name"),
        ("https://hooks.example.com/#top", [], "fragment"),
        ("http://hooks.example.com/", [], "needs https"),
        ("http://192.168.1.1/", ["10.0.0.0/8"], "needs https"),
    ],
)
def test_an_unusable_url_is_refused_with_the_reason(url: str, allow: list[str], word: str) -> None:
    assert word in (webhook.check_url(url, allow) or "")


def test_the_envelope_survives_the_wire(sender: Sender) -> None:
    with Receiver() as receiver:
        send(sender, receiver, body={**BODY, "data": {"subject": 'quo"te \\ \u2028 \x00'}})
        assert json.loads(receiver.calls[0].body)["data"]["subject"] == 'quo"te \\ \u2028 \x00'

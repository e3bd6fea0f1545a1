"""Outbound webhooks as Standard Webhooks 1.0 lays down: signed, the same id over all tries, never redirected.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address, ip_network
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from slaplugin.domain.instants import Instant
from slaplugin.outbound import Answer, Outbound, OutboundError

SECRET_PREFIX = "whsec_"  # noqa: S105 - the published prefix, not a secret
SECRET_BYTES = 32
BODY_LIMIT = 20_000
ANSWER_LIMIT = 1_000_000
ANSWER_SHOWN = 200
GONE = 410

Verdict = Literal["delivered", "retry", "gone", "refused"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes, and the secrets it is signed with: two while one replaces the other."""

    url: str
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Result:
    """How one try ended: delivered, to be tried again, the receiver is gone for good, or never to be sent at all.

    `retry_after_seconds` is what the receiver asked for, 0 when it did not; `words` holds no more of its answer than
    200 printable characters.
    """

    verdict: Verdict
    status: int | None
    words: str
    retry_after_seconds: int = 0


class Sender:
    """Sends signed messages. Safe to share between threads.

    Plain http goes to addresses inside `allow` alone; everything else needs https.
    """

    def __init__(self, http: Outbound, *, allow: Iterable[str] = (), deadline_seconds: float = 20) -> None:
        self._http = http
        self._allow = tuple(ip_network(network) for network in allow)
        self.deadline_seconds = deadline_seconds

    def send(self, target: Target, message_id: str, body: Mapping[str, Any], now: Instant) -> Result:
        """Try once, within the deadline; whatever the receiver does becomes a result."""
        content = encode(body)
        if len(content) >= BODY_LIMIT:
            return Result("refused", None, f"the message has {len(content)} bytes, {BODY_LIMIT} are too many")
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": " ".join(sign(secret, message_id, now, content) for secret in target.secrets),
        }
        parts = urlsplit(target.url)
        url = target.url
        if parts.scheme == "http":
            pinned = self._pinned(parts)
            if pinned is None:
                return Result("retry", None, f"{parts.hostname} needs https; plain http is for allowed networks only")
            url, headers["Host"] = pinned, parts.netloc
        try:
            answer = self._http.request(
                "POST", url, headers=headers, body=content, deadline_seconds=self.deadline_seconds,
                max_bytes=ANSWER_LIMIT,
            )  # fmt: skip
        except OutboundError as error:
            return Result("retry", None, str(error))
        return _judged(answer, now)

    def _pinned(self, parts: SplitResult) -> str | None:
        """The URL with an allowed address in the place of the name, so that no second look-up can lead elsewhere."""
        if not self._allow or parts.hostname is None:
            return None
        try:
            answers = socket.getaddrinfo(parts.hostname, parts.port or 80, 0, socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answers = []
        addresses = [ip_address(str(answer[4][0]).split("%")[0]) for answer in answers]
        if not addresses or not all(any(one in network for network in self._allow) for one in addresses):
            return None
        host = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
        return parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}").geturl()


def new_secret() -> str:
    """A new signing secret; it is shown to the receiver's owner once."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def encode(body: Mapping[str, Any]) -> bytes:
    """The envelope as compact JSON; the same bytes at every try, because they are signed."""
    ordered = {"type": body["type"], "timestamp": body["timestamp"], "data": body["data"]}
    return json.dumps(ordered, separators=(",", ":"), ensure_ascii=False).encode()


def sign(secret: str, message_id: str, timestamp: Instant, content: bytes) -> str:
    """The `v1` signature: HMAC-SHA256 over id, timestamp and body under the decoded secret."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def check_url(url: str, allow: Iterable[str] = ()) -> str | None:
    """What is wrong with a receiver's URL, in a sentence; None when it can be used.

    A host name is judged again at every call, by the addresses it has then.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL; write it as https://hooks.example.com/sla"
    if parts.scheme not in ("http", "https") or not host:
        return "is not an https URL; write it as https://hooks.example.com/sla"
    if parts.username is not None or parts.password is not None:
        return "holds a user name; the signature proves who sends, remove it"
    if parts.fragment:
        return "ends in a fragment, which no server sees; remove what follows the #"
    if parts.scheme == "http" and not _may_be_plain(host, tuple(allow)):
        return "needs https; plain http is for networks in SLAPLUGIN_ALLOW_NETWORKS only"
    return None


def _may_be_plain(host: str, allow: tuple[str, ...]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return bool(allow)
    return any(address in ip_network(network) for network in allow)


def _judged(answer: Answer, now: Instant) -> Result:
    words = f"answered {answer.status}"
    if 200 <= answer.status < 300:
        return Result("delivered", answer.status, words)
    shown = _printable(answer.body)
    if shown:
        words += f": {shown}"
    if answer.status == GONE:
        return Result("gone", answer.status, words)
    return Result("retry", answer.status, words, _retry_after(answer.headers.get("retry-after", ""), now))


def _retry_after(text: str, now: Instant) -> int:
    """Seconds to wait by a Retry-After header, RFC 9110 section 10.2.3: a number or a date; 0 when it says nothing."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return int(text[:10])
    try:
        date: datetime = parsedate_to_datetime(text)
    except ValueError:
        return 0
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max(0, int(aware.timestamp()) - now)


def _printable(body: bytes) -> str:
    text = body[: 4 * ANSWER_SHOWN].decode(errors="replace").strip()
    escaped = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return escaped[:ANSWER_SHOWN]

"""What a receiver of our webhooks sees: the demo's inbox. Kept in memory, checked as a stranger would check it.

The check is that of the `standardwebhooks` library, not of the code that signed: two implementations agree, or the
page shows that they do not.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from slaplugin.domain.instants import Instant
from slaplugin.errors import SLAPluginError
from slaplugin.secrets import SecretBox
from slaplugin.services import channels

KEPT = 200
LARGEST_BYTES = 65_536
TEXT_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it arrived. `is_verified`: one of our channels signed it. `tries` counts its repeats."""

    id: str
    at: Instant
    type: str
    is_verified: bool
    data: Mapping[str, Any]
    tries: int


class Arrivals:
    """The last messages, one entry for each id."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: deque[Arrival] = deque(maxlen=KEPT)

    def every(self) -> list[Arrival]:
        """Newest first."""
        with self._lock:
            return list(self._kept)

    def receive(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: Instant) -> Arrival:
        """Check and keep a message; an unreadable one is kept too, as what it is."""
        message_id = headers.get("webhook-id", "")[:TEXT_LIMIT]
        content = _content(body)
        data = content.get("data")
        with self._lock:
            earlier = next((one for one in self._kept if one.id == message_id and message_id), None)
            arrival = Arrival(
                id=message_id, at=now, type=str(content.get("type") or "unreadable")[:TEXT_LIMIT],
                is_verified=_is_verified(headers, body, secrets), data=data if isinstance(data, dict) else {},
                tries=1 if earlier is None else earlier.tries + 1,
            )  # fmt: skip
            if earlier is not None:
                self._kept.remove(earlier)
            self._kept.appendleft(arrival)
        return arrival


def secrets_of(session: Session, box: SecretBox, now: Instant) -> list[str]:
    """Secrets that sign what our channels send now; a channel whose secret cannot be opened is left out."""
    found: list[str] = []
    for channel in channels.every(session):
        try:
            found += channels.target(channel, box, now).secrets
        except (SLAPluginError, ValueError, KeyError):
            continue
    return found


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_verified(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    for secret in secrets:
        try:
            Webhook(secret).verify(body, dict(headers))
        except (WebhookVerificationError, ValueError):
            continue
        return True
    return False

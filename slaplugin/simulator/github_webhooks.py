"""Webhooks of a simulated GitHub: hooks, signed deliveries, and the ways they go astray.

GitHub never redelivers by itself; a delivery asked for again keeps its guid. It keeps deliveries for three days.
https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Literal
from urllib.parse import urlencode

from slaplugin.clock import Clock
from slaplugin.domain.instants import Instant
from slaplugin.errors import ConfigurationError, Conflict
from slaplugin.simulator import loopback
from slaplugin.simulator.github_json import View
from slaplugin.simulator.github_model import JSON, Person, Repository

HORIZON_SECONDS = 3 * 86_400
HOOKS_PER_EVENT = 20
TIMEOUT_SECONDS = 10
KEPT_DELIVERIES = 1_000
UNREACHABLE = "failed to connect to host"


@dataclass(slots=True, eq=False)
class Hook:
    """A repository's webhook as it was registered."""

    id: int
    repository_id: int
    url: str
    secret: str | None
    events: tuple[str, ...]
    at: Instant
    updated_at: Instant
    content_type: Literal["json", "form"] = "form"
    is_active: bool = True
    last_status: str = "unused"
    last_code: int | None = None

    def wants(self, event: str) -> bool:
        """Whether an event goes to this hook; a ping always does."""
        return self.is_active and (event == "ping" or "*" in self.events or event in self.events)


@dataclass(slots=True, eq=False)
class Sending:
    """One attempt at one delivery. `status` is empty until it was made, then `OK` or what went wrong."""

    id: int
    guid: str
    hook: Hook
    event: str
    action: str | None
    body: bytes
    headers: dict[str, str]
    due_at: Instant
    delivered_at: Instant
    is_redelivery: bool = False
    status: str = ""
    status_code: int = 0
    duration_ms: int = 0
    copies: int = 1
    is_lost: bool = False


@dataclass(slots=True)
class Weather:
    """What happens to deliveries queued from now on. `lose` and `double` count down; `delay_seconds` stays."""

    lose: int = 0
    double: int = 0
    delay_seconds: int = 0
    is_held: bool = False


class Webhooks:
    """Registers hooks and sends their deliveries, one after the other, from one background thread.

    `weather` may be changed at any time. Held deliveries wait for `release`.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.weather = Weather()
        self.hooks: dict[int, Hook] = {}
        self.sendings: deque[Sending] = deque(maxlen=KEPT_DELIVERIES)
        self._ids = count(81_001)
        self._sending_ids = count(55_000_000_001)
        self._guids = Random(5)  # the same guids in every run  # noqa: S311 # nosec B311
        self._queue: list[Sending] = []
        self._held: list[Sending] = []
        self._in_flight = 0
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Send from now on; what was announced before waits in the queue."""
        self._thread = threading.Thread(target=self._run, name="simulator-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Drop what is queued and wait for the delivery under way. Stopping twice is harmless."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def register(
        self,
        repository: Repository,
        url: str,
        *,
        secret: str | None,
        events: Sequence[str],
        content_type: Literal["json", "form"] = "json",
        is_active: bool = True,
    ) -> Hook:
        """Add a hook; the caller sends its ping. Raises Conflict for a hook that exists or one too many."""
        with self._changed:
            others = self.of_repository(repository)
            if any(hook.url == url and hook.content_type == content_type for hook in others):
                raise Conflict("Hook already exists on this repository")
            if any(sum(event in hook.events for hook in others) >= HOOKS_PER_EVENT for event in events):
                raise Conflict(f"The event has reached its limit of {HOOKS_PER_EVENT} hooks")
            now = self.clock.now()
            hook = Hook(next(self._ids), repository.id, url, secret, tuple(events), now, now, content_type, is_active)
            self.hooks[hook.id] = hook
            return hook

    def of_repository(self, repository: Repository) -> list[Hook]:
        """The hooks of a repository, oldest first."""
        return [hook for hook in self.hooks.values() if hook.repository_id == repository.id]

    def announce(
        self,
        view: View,
        repository: Repository,
        event: str,
        action: str | None,
        sender: Person,
        payload: Callable[[], JSON],
        *,
        only: Hook | None = None,
    ) -> None:
        """Queue one event for every hook that wants it, all under one guid; `payload` is asked only then."""
        hooks = [only] if only is not None else self.of_repository(repository)
        wanting = [hook for hook in hooks if hook.wants(event)]
        if not wanting:
            return
        whole: JSON = {} if action is None else {"action": action}
        whole |= payload()
        whole["repository"] = view.repository(repository)
        whole["sender"] = view.person(sender)
        raw = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
        with self._changed:
            guid = str(uuid.UUID(int=self._guids.getrandbits(128), version=4))
            for hook in wanting:
                self._queue_one(self._prepare(hook, guid, event, action, raw))

    def redeliver(self, sending: Sending) -> None:
        """Try a delivery again under its own guid."""
        with self._changed:
            now = self.clock.now()
            again = Sending(
                next(self._sending_ids),
                sending.guid,
                sending.hook,
                sending.event,
                sending.action,
                sending.body,
                sending.headers,
                now,
                now,
                is_redelivery=True,
            )
            self._queue_one(again)

    def hold(self) -> None:
        """Keep deliveries back until `release`."""
        with self._changed:
            self.weather.is_held = True

    def release(self, *, reverse: bool = False) -> None:
        """Send what was held, in its order or the wrong way round, and hold no longer."""
        with self._changed:
            self.weather.is_held = False
            self._queue += reversed(self._held) if reverse else self._held
            self._held.clear()
            self._changed.notify_all()

    def drain(self, timeout_seconds: int = 10) -> bool:
        """Wait until nothing is queued or under way; held deliveries do not count. False: time ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._in_flight, timeout_seconds)

    def recent(self, hook: Hook) -> list[Sending]:
        """The attempts of the last three days that were made, newest first."""
        oldest = self.clock.now() - HORIZON_SECONDS
        with self._changed:
            return [
                sending
                for sending in reversed(self.sendings)
                if sending.hook is hook and sending.status and sending.delivered_at >= oldest
            ]

    def _prepare(self, hook: Hook, guid: str, event: str, action: str | None, raw: str) -> Sending:
        form = hook.content_type == "form"
        body = urlencode({"payload": raw}).encode() if form else raw.encode()
        headers = {
            "Accept": "*/*",
            "User-Agent": "GitHub-Hookshot/51a7f9b",
            "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(hook.id),
            "X-GitHub-Hook-Installation-Target-ID": str(hook.repository_id),
            "X-GitHub-Hook-Installation-Target-Type": "repository",
        }
        if hook.secret:
            headers["X-Hub-Signature"] = f"sha1={_hmac('sha1', hook.secret, body)}"
            headers["X-Hub-Signature-256"] = f"sha256={_hmac('sha256', hook.secret, body)}"
        now = self.clock.now()
        due_at = now + self.weather.delay_seconds
        return Sending(next(self._sending_ids), guid, hook, event, action, body, headers, due_at, now)

    def _queue_one(self, sending: Sending) -> None:
        weather = self.weather
        if weather.lose > 0:
            weather.lose -= 1
            sending.is_lost = True
        elif weather.double > 0:
            weather.double -= 1
            sending.copies = 2
        self.sendings.append(sending)
        (self._held if weather.is_held else self._queue).append(sending)
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                sending = self._next_due()
                if self._is_stopping:
                    return
                if sending is None:
                    # A settable clock tells nobody that it moved, so late deliveries are looked for.
                    self._changed.wait(0.05 if self._queue else None)
                    continue
                self._queue.remove(sending)
                self._in_flight += 1
            for _ in range(sending.copies):
                self._send(sending)
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def _next_due(self) -> Sending | None:
        now = self.clock.now()
        return next((sending for sending in self._queue if sending.due_at <= now), None)

    def _send(self, sending: Sending) -> None:
        started = self.clock.monotonic()
        sending.delivered_at = self.clock.now()
        code = 0
        if sending.is_lost:
            status = UNREACHABLE
        else:
            try:
                code = loopback.post(sending.hook.url, sending.headers, sending.body, TIMEOUT_SECONDS)
                status = "OK" if 200 <= code < 300 else f"Invalid HTTP Response: {code}"
            except ConfigurationError:
                status = "the simulator delivers to loopback only"
            except TimeoutError:
                status = "timed out"
            except (OSError, http.client.HTTPException):
                status = UNREACHABLE
        sending.duration_ms = int((self.clock.monotonic() - started) * 1000)
        sending.status, sending.status_code = status, code
        sending.hook.last_status, sending.hook.last_code = ("active" if status == "OK" else status), code or None


def _hmac(digest: str, secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, getattr(hashlib, digest)).hexdigest()

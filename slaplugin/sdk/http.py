"""What a connector gets as `context.http`: JSON calls to one helpdesk, over the guarded session.

Nothing here sleeps. A call that fails in a way that may pass is tried once more within the same deadline; a limit
becomes RateLimited and the job is planned again. Credentials go to the origin of the base URL only: links and
redirects that lead elsewhere are refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlencode, urljoin, urlsplit

from slaplugin.clock import Clock
from slaplugin.outbound import (
    DEADLINE_SECONDS,
    MAX_BYTES,
    Answer,
    Blocked,
    DeadlineExceeded,
    Outbound,
    OutboundError,
    TooLarge,
)
from slaplugin.sdk.budget import Budget, retry_after_seconds
from slaplugin.sdk.errors import AuthenticationError, ConfigurationError, RateLimited, TemporaryError

TRIES = 2
REDIRECTS = 5
_REDIRECT_STATUS = frozenset({301, 302, 307, 308})
_PASSING_STATUS = frozenset({500, 502, 503, 504})
_LINK = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?([^",;]+)"?')

Parameters: TypeAlias = Mapping[str, str | int]
Limited: TypeAlias = Callable[["Reply", Budget, int], "Wait | None"]
"""Judges a 403 or 429 at an instant: how long to wait, or None when it is no limit but a refusal."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long the helpdesk wants us to wait; None when it does not say."""

    seconds: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that made sense. `url` is where it came from, after redirects; `body` is None for 204 and 304."""

    status: int
    headers: Mapping[str, str]
    body: Any
    url: str
    moved: bool = False

    @property
    def items(self) -> list[dict[str, Any]]:
        """The body as a list of objects; raises TemporaryError when it is something else."""
        if isinstance(self.body, list) and all(isinstance(item, dict) for item in self.body):
            return self.body
        raise TemporaryError(f"{_where('GET', self.url)}: the answer is not a list; it is tried again later")

    @property
    def item(self) -> dict[str, Any]:
        """The body as one object; raises TemporaryError when it is something else."""
        if isinstance(self.body, dict):
            return self.body
        raise TemporaryError(f"{_where('GET', self.url)}: the answer is not an object; it is tried again later")

    @property
    def etag(self) -> str | None:
        return self.headers.get("etag")

    @property
    def next_url(self) -> str | None:
        """Target of `Link: <...>; rel="next"` (RFC 8288), to be followed as it is."""
        for target, relation in _LINK.findall(self.headers.get("link", "")):
            if "next" in relation.split():
                return str(target)
        return None


class HttpClient:
    """One per source, so that all of its calls share one budget."""

    def __init__(
        self,
        outbound: Outbound,
        clock: Clock,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
        max_bytes: int = MAX_BYTES,
        budget: Budget | None = None,
    ) -> None:
        self.outbound = outbound
        self.clock = clock
        self.deadline_seconds = deadline_seconds
        self.max_bytes = max_bytes
        self.budget = budget or Budget()

    def api(self, base_url: str, headers: Mapping[str, str], limited: Limited | None = None) -> Api:
        """The helpdesk's API under `base_url`; `headers` carry the credentials and go with every call to it."""
        return Api(self, base_url, headers, limited or too_many_requests)


def too_many_requests(reply: Reply, _: Budget, now: int) -> Wait | None:
    """The common rule: 429 is a limit, and Retry-After says how long."""
    return Wait(retry_after_seconds(reply.headers, now)) if reply.status == 429 else None


class Api:
    """Calls to one base URL with one set of credentials. `calls` counts requests that left the house."""

    def __init__(self, client: HttpClient, base_url: str, headers: Mapping[str, str], limited: Limited) -> None:
        self.base_url = base_url.rstrip("/")
        self.calls = 0
        self._client = client
        self._headers = headers
        self._limited = limited

    @property
    def budget(self) -> Budget:
        return self._client.budget

    def url(self, path: str, parameters: Parameters | None = None) -> str:
        """The full URL of a path below the base; a URL is left as it is."""
        full = path if "://" in path else f"{self.base_url}/{path.lstrip('/')}"
        return f"{full}?{urlencode(parameters)}" if parameters else full

    def get(
        self,
        path: str,
        parameters: Parameters | None = None,
        *,
        accept: Collection[int] = (),
        etag: str | None = None,
    ) -> Reply:
        """GET a path or a URL of this API as JSON; follows redirects inside the origin.

        Statuses other than 200 to 299 and those in `accept` raise: AuthenticationError (401, 403), ConfigurationError
        (other 4xx, an address elsewhere), RateLimited, TemporaryError (5xx, no answer, no JSON). With `etag` a 304 is
        returned without a body.
        """
        headers = {"If-None-Match": etag} if etag is not None else {}
        allowed = {*accept, 304} if etag is not None else set(accept)
        return self._call("GET", self.url(path, parameters), headers, None, allowed, TRIES)

    def post(self, path: str, document: Any, *, accept: Collection[int] = ()) -> Reply:
        """POST a JSON document; never repeated by itself, raises as `get`."""
        body = json.dumps(document).encode()
        return self._call("POST", self.url(path), {"Content-Type": "application/json"}, body, set(accept), 1)

    def pages(
        self, path: str, parameters: Parameters | None = None, *, accept: Collection[int] = ()
    ) -> Iterator[Reply]:
        """GET a list page by page along `rel="next"`; raises TemporaryError when the helpdesk leads us in a circle."""
        guard = LoopGuard()
        url: str | None = self.url(path, parameters)
        while url is not None:
            guard.enter(url)
            reply = self.get(url, accept=accept)
            guard.read(reply)
            yield reply
            url = reply.next_url

    def _call(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, allowed: set[int], tries: int
    ) -> Reply:
        ends = self._client.clock.monotonic() + self._client.deadline_seconds
        moved = False
        for _ in range(REDIRECTS):
            self._check_origin(url)
            reply = self._tried(method, url, headers, body, ends, tries)
            target = reply.headers.get("location")
            if reply.status not in _REDIRECT_STATUS or method != "GET" or target is None:
                return self._judged(method, reply, allowed, moved)
            url, moved = urljoin(url, target), True
        raise TemporaryError(f"{_where(method, url)}: redirected more than {REDIRECTS} times; it is tried again later")

    def _tried(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, ends: float, tries: int
    ) -> Reply:
        """Send, and send once more if that may help and time is left; limits are judged here, because they count."""
        where = _where(method, url)
        for left in range(tries - 1, -1, -1):
            now = self._client.clock.now()
            self.budget.require(now)
            seconds = ends - self._client.clock.monotonic()
            if seconds <= 0:
                raise TemporaryError(f"{where}: no answer in time; it is tried again later")
            try:
                reply = _parsed(where, url, self._sent(method, url, headers, body, seconds))
            except (TemporaryError, OutboundError) as error:
                if left and not isinstance(error, (Blocked, TooLarge, DeadlineExceeded)):
                    continue
                raise _translated(where, error) from None
            self.budget.read(reply.headers, self._client.clock.now())
            self._raise_if_limited(where, reply)
            if reply.status not in _PASSING_STATUS or not left:
                return reply
        raise AssertionError("the last try returns or raises")

    def _sent(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float) -> Answer:
        self.calls += 1
        return self._client.outbound.request(
            method,
            url,
            headers={**self._headers, **headers},
            body=body,
            deadline_seconds=seconds,
            max_bytes=self._client.max_bytes,
        )

    def _raise_if_limited(self, where: str, reply: Reply) -> None:
        now = self._client.clock.now()
        if reply.status in (403, 429):
            wait = self._limited(reply, self.budget, now)
            if wait is not None:
                raise self.budget.refused(now, wait.seconds, f"{where} ({reply.status})")
        elif reply.status in _PASSING_STATUS:
            seconds = retry_after_seconds(reply.headers, now)
            if seconds is not None:
                raise RateLimited(f"{where}: the helpdesk is unwell ({reply.status}) and asked us to wait", seconds)
        else:
            self.budget.accepted()

    def _judged(self, method: str, reply: Reply, allowed: set[int], moved: bool) -> Reply:
        where = f"{_where(method, reply.url)} ({reply.status})"
        if 200 <= reply.status < 300 or reply.status in allowed:
            return Reply(reply.status, reply.headers, reply.body, reply.url, moved)
        if reply.status == 401:
            raise AuthenticationError(f"{where}: the credentials are refused; renew them on the source page")
        if reply.status == 403:
            raise AuthenticationError(f"{where}: the credentials do not allow this; give them the permission")
        if 300 <= reply.status < 500:
            raise ConfigurationError(f"{where}: the helpdesk refuses this call; check the source's settings")
        raise TemporaryError(f"{where}: the helpdesk is unwell; it is tried again later")

    def _check_origin(self, url: str) -> None:
        if _origin(url) != _origin(self.base_url):
            raise ConfigurationError(
                f"{urlsplit(self.base_url).hostname} leads to {urlsplit(url).hostname}, which is not the configured "
                "helpdesk; set the base URL to where it lives now"
            )


class LoopGuard:
    """Stops a walk that gets nowhere: an address seen before, or the same filled page twice in a row."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._page = b""

    def enter(self, url: str) -> None:
        """Before a page is asked for."""
        if url in self._seen:
            raise TemporaryError(f"{_where('GET', url)}: the pages lead in a circle; it is tried again later")
        self._seen.add(url)

    def read(self, reply: Reply) -> None:
        """After a page came."""
        if not reply.body:
            return
        page = hashlib.sha256(json.dumps(reply.body, sort_keys=True).encode()).digest()
        if page == self._page:
            raise TemporaryError(f"{_where('GET', reply.url)}: the same page came twice; it is tried again later")
        self._page = page


def _parsed(where: str, url: str, answer: Answer) -> Reply:
    if not answer.body and answer.status not in (200, 201):
        return Reply(answer.status, answer.headers, None, url)
    try:
        return Reply(answer.status, answer.headers, json.loads(answer.body), url)
    except (ValueError, RecursionError):
        if answer.status >= 300:  # error pages of proxies are not JSON; the status says enough
            return Reply(answer.status, answer.headers, None, url)
    raise TemporaryError(f"{where}: the answer is not JSON; it is tried again later")


def _translated(where: str, error: TemporaryError | OutboundError) -> TemporaryError | ConfigurationError:
    if isinstance(error, TemporaryError):
        return error
    if isinstance(error, Blocked):
        return ConfigurationError(f"{where}: {error}")
    return TemporaryError(f"{where}: {error}")


def _where(method: str, url: str) -> str:
    """Method and path; never the query, which may hold secrets."""
    return f"{method} {urlsplit(url).path}"


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    try:
        return parts.scheme, parts.hostname, parts.port or default
    except ValueError:
        return parts.scheme, None, None

"""A clock that stands still until told, a caller of the simulator, and a receiver of webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

import requests

from slaplugin.domain import instants
from slaplugin.simulator.github import GitHubSimulator

NOW = instants.parse("2026-11-16T10:00:00Z")
REPO = "acme/web"
TOKEN = "github_pat_maintainer"


class StillClock:
    """Time as a test sets it."""

    def __init__(self, now: int = NOW) -> None:
        self.instant = now

    def now(self) -> int:
        return self.instant

    def now_ms(self) -> int:
        return self.instant * 1000

    def monotonic(self) -> float:
        return float(self.instant)


class Caller:
    """Sends real HTTP to a simulator under one token, one connection, no retries. A fixture closes them all."""

    made: ClassVar[list[Caller]] = []

    def __init__(
        self, simulator: GitHubSimulator, token: str | None = TOKEN, version: str | None = "2026-03-10"
    ) -> None:
        self.made.append(self)
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["User-Agent"] = "tests"
        if token is not None:
            self.session.headers["Authorization"] = f"Bearer {token}"
        if version is not None:
            self.session.headers["X-GitHub-Api-Version"] = version

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else self.simulator.base_url + path
        return self.session.request(method, url, timeout=10, allow_redirects=False, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def repo(self, path: str = "", method: str = "GET", **options: Any) -> requests.Response:
        return self.call(method, f"/repos/{REPO}{path}", **options)

    def numbers(self, path: str) -> list[int]:
        return [issue["number"] for issue in self.repo(path).json()]


@dataclass(frozen=True)
class Delivered:
    """A webhook as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        action = self.payload.get("action")
        return self.headers["x-github-event"] + (f".{action}" if action else "")

    def is_signed_with(self, secret: str) -> bool:
        proof = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"sha256={proof}", self.headers.get("x-hub-signature-256", ""))


@dataclass
class Sink:
    """Receives webhooks on loopback and answers with `status`."""

    status: int = 204
    got: list[Delivered] = field(default_factory=list)

    def __enter__(self) -> Self:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.got.append(Delivered({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(sink.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hooks/acme-web"

    @property
    def events(self) -> list[str]:
        return [delivered.event for delivered in self.got]

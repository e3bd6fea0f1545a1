"""Plays recorded exchanges over real HTTP, as the notes of the recordings ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

ORIGIN = "https://api.github.com"
_TEMPLATE = re.compile(r"\{\{(?:now|testStartDate)([^}]*)\}\}")
_OFFSET = re.compile(r"offset='(-?\d+) seconds?'")
_FORMAT = re.compile(r"format='([^']*)'")
_NOT_SENT = frozenset({"content-length", "transfer-encoding", "content-encoding", "connection", "date", "server"})


class Player:
    """Serves one recording. Equal requests are answered in the order they were recorded, the last one repeating."""

    def __init__(self, path: Path, now: int) -> None:
        self.exchanges: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["exchanges"]
        self.unknown: list[str] = []
        self._now = now
        self._answers: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for exchange in self.exchanges:
            asked = exchange["request"]
            key = _key(asked["method"], asked["path"], asked.get("query") or "")
            self._answers.setdefault(key, []).append(exchange["response"])
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Player:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def target(self, exchange: Mapping[str, Any]) -> str:
        """Path and query of a recorded request, fit for a URL."""
        asked = exchange["request"]
        path = quote(unquote(asked["path"]), safe="/:@")
        return f"{path}?{asked['query']}" if asked.get("query") else path

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        player = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65_536  # one segment an answer, so that no acknowledgement is waited for

            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                answers = player._answers.get(_key(self.command, parts.path, parts.query))
                if answers is None:
                    player.unknown.append(f"{self.command} {self.path}")
                    self.send_error(501)
                    return
                recorded = answers.pop(0) if len(answers) > 1 else answers[0]
                body = player._body(recorded["body"])
                self.send_response(recorded["status"])
                for name, value in recorded["headers"].items():
                    if name.lower() not in _NOT_SENT:
                        self.send_header(name, player._rewritten(str(value)))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - the names the base class calls

            def log_message(self, *_: Any) -> None:
                return

        return Handler

    def _body(self, recorded: Any) -> bytes:
        if recorded is None or recorded == "":
            return b""
        text = recorded if isinstance(recorded, str) else json.dumps(recorded)
        return self._rewritten(text).encode()

    def _rewritten(self, text: str) -> str:
        return _TEMPLATE.sub(self._instant, text.replace(ORIGIN, self.url))

    def _instant(self, match: re.Match[str]) -> str:
        offset, form = _OFFSET.search(match[1]), _FORMAT.search(match[1])
        instant = self._now + (int(offset[1]) if offset else 0)
        if form is not None and form[1] == "unix":
            return str(instant)
        moment = datetime.fromtimestamp(instant, UTC)
        return format_datetime(moment, usegmt=True) if form is not None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(method: str, path: str, query: str | Mapping[str, Any]) -> tuple[Any, ...]:
    pairs = query.items() if isinstance(query, Mapping) else parse_qsl(query, keep_blank_values=True)
    return method, unquote(path), frozenset((name, str(value)) for name, value in pairs)

"""A webhook receiver over real HTTP on loopback that answers by a script and keeps what it was sent."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Reply:
    """What the receiver does with one call: answers, or hangs until it is closed, or resets the connection."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    deed: str = "answer"


HANG = Reply(deed="hang")
RESET = Reply(deed="reset")


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    """Replies by `script`, one entry a call, then by `then`."""

    def __init__(self, script: Iterable[Reply] = (), *, then: Reply = Reply()) -> None:
        self._script = list(script)
        self._then = then
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.calls: list[Call] = []
        self.arrived = threading.Semaphore(0)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._perform(self, receiver._next(Call(self.path, headers, body)))

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def ids(self) -> list[str]:
        """Message ids in the order of arrival."""
        with self._lock:
            return [call.id for call in self.calls]

    def _next(self, call: Call) -> Reply:
        with self._lock:
            self.calls.append(call)
            reply = self._script.pop(0) if self._script else self._then
        self.arrived.release()
        return reply

    def _perform(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.deed == "hang":
            self._closing.wait(30)
            handler.close_connection = True
            return
        if reply.deed == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        handler.wfile.write(reply.body)


def verify(secret: str, call: Call, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Any:
    """Check a call with the published library, as a receiver would; returns the parsed body."""
    return Webhook(secret).verify(
        call.body if body is None else body, dict(call.headers if headers is None else headers)
    )

"""The HTTP server under every simulated helpdesk: loopback only, with a request log and faults on demand."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from slaplugin.clock import Clock
from slaplugin.domain.instants import Instant
from slaplugin.simulator.faults import REFUSING_FAULTS, Fault, FaultPlan

LOOPBACK = "127.0.0.1"
MAX_BODY_BYTES = 25 * 1024 * 1024
IDLE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Received:
    """A call as it came: header names in lower case, path and query still percent-encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; Content-Length is added."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A call and how it ended: the status sent, or None with the fault that came instead of a whole answer."""

    received: Received
    at: Instant
    status: int | None
    fault: str | None = None


Handler: TypeAlias = Callable[[Received], Answer]


class LoopbackServer:
    """Serves one handler on 127.0.0.1. The port is taken when it is made, answers begin with `start`.

    `request_log` keeps the newest `log_size` calls, credentials included: it is for assertions in this process only.
    """

    def __init__(self, handler: Handler, clock: Clock, *, port: int = 0, log_size: int = 2_000) -> None:
        self.handler = handler
        self.clock = clock
        self.faults = FaultPlan()
        self.request_log: deque[LoggedRequest] = deque(maxlen=log_size)
        self.stopping = threading.Event()
        self._http = _Server((LOOPBACK, port), self)
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._http.server_address[1]}"

    def start(self) -> None:
        """Answer calls in background threads until `stop`."""
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator-http", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Cut every connection and free the port. Stopping twice is harmless."""
        self.stopping.set()
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.server_close()
        self._http.cut_connections()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: LoopbackServer) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the host's name, which may ask a DNS server."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def verify_request(self, request: Any, client_address: Any) -> bool:
        if self.owner.faults.on_accept() is None:
            return True
        _reset_on_close(request)
        return False

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().close_request(request)

    def shutdown_request(self, request: Any) -> None:
        # A reset must not be softened into an orderly FIN by the base class's shutdown().
        if _is_reset_on_close(request):
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in mid-answer are no news; a mistake in a handler is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def cut_connections(self) -> None:
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
        """Keep standard error quiet; the request log has it."""

    def _serve(self) -> None:
        owner = self.server.owner
        body = self._read_body()
        if body is None:
            return
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(self.command, path, query, headers, body)
        fault = owner.faults.on_call(self.command, path)
        if fault is not None and fault.kind in REFUSING_FAULTS:
            self._refuse(received, fault)
            return
        answer = owner.handler(received)
        self._log(received, answer.status if fault is None else None, fault)
        if fault is None:
            self._send(answer)
        else:
            self._spoil(answer, fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  (the base class's names)

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self._send(Answer(HTTPStatus.BAD_REQUEST, b'{"message":"Problems parsing the request"}'))
            return None
        return self.rfile.read(int(length))

    def _refuse(self, received: Received, fault: Fault) -> None:
        self._log(received, fault.status if fault.kind == "status" else None, fault)
        if fault.kind == "status":
            headers = {"Content-Type": "application/json; charset=utf-8"}
            if fault.retry_after is not None:
                headers["Retry-After"] = fault.retry_after
            self._send(Answer(fault.status, b'{"message":"Server Error"}', headers))
        elif fault.kind == "html":
            page = b"<!DOCTYPE html><html><head><title>Unicorn!</title></head><body>We'll be back soon.</body></html>"
            self._send(Answer(HTTPStatus.OK, page, {"Content-Type": "text/html; charset=utf-8"}))
        elif fault.kind == "garbage":
            self._send(Answer(HTTPStatus.OK, b'[{"id": 1, \xff\x00', {"Content-Type": "application/json"}))
        else:
            self.server.owner.stopping.wait()
            self.close_connection = True

    def _spoil(self, answer: Answer, fault: Fault) -> None:
        self.close_connection = True
        if fault.kind == "reset_after_request":
            _reset_on_close(self.connection)
            return
        message = self._head(answer) + answer.body
        if fault.kind == "truncated_body":
            self.wfile.write(message[: len(message) - max(1, len(answer.body) // 2)])
            return
        for position in range(len(message)):
            self.wfile.write(message[position : position + 1])
            if self.server.owner.stopping.wait(fault.pause_ms / 1000):
                return

    def _send(self, answer: Answer) -> None:
        self.wfile.write(self._head(answer) + answer.body)

    def _head(self, answer: Answer) -> bytes:
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            lines.append(f"Content-Length: {len(answer.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _log(self, received: Received, status: int | None, fault: Fault | None) -> None:
        owner = self.server.owner
        owner.request_log.append(LoggedRequest(received, owner.clock.now(), status, fault.kind if fault else None))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _reset_on_close(connection: socket.socket) -> None:
    """Make close() send RST instead of FIN: linger on, zero seconds."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _is_reset_on_close(connection: socket.socket) -> bool:
    with contextlib.suppress(OSError):
        value = connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        return bool(struct.unpack("ii", value) == (1, 0))
    return False

"""A server that does to a connection whatever the test says, byte by byte."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

Script = Callable[[socket.socket, bytes], None]
"""What to do with a connection once its request was read; the server closes it afterwards."""


class Wire:
    """Listens on loopback. Each script serves one connection, the last one all that follow; `requests` is what came."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._scripts = list(scripts)
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self.port: int = self._socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Wire:
        self._threads[0].start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stopping.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            thread = threading.Thread(target=self._talk, args=(connection, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket, script: Script) -> None:
        try:
            with connection:
                wrapped = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
                with wrapped:
                    if script is not silent_handshake:
                        request = read_request(wrapped)
                        self.requests.append(request)
                    else:
                        request = b""
                    script(wrapped, request)
        except OSError:
            return


def read_request(connection: socket.socket) -> bytes:
    """Read one request with its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65_536)
        if not chunk:
            return received
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        chunk = connection.recv(65_536)
        if not chunk:
            break
        body += chunk
    return head + b"\r\n\r\n" + body


def head(status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """A status line and headers."""
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Script:
    """Answer with a whole body: bytes as they are, anything else as JSON; the connection is closed after it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Length": str(len(content)), "Connection": "close", **(headers or {})}

    def script(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head(status, sent) + content)

    return script


def raw(*pieces: bytes) -> Script:
    """Send exactly these bytes and close."""

    def script(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"".join(pieces))

    return script


def kept_alive(count: int, body: Any = None) -> Script:
    """Answer `count` requests on one connection."""
    content = json.dumps(body).encode()

    def script(connection: socket.socket, _: bytes) -> None:
        for turn in range(count):
            if turn:
                read_request(connection)
            connection.sendall(head(200, {"Content-Length": str(len(content))}) + content)

    return script


def drip(start: bytes, filler: bytes = b"x", seconds: float = 0.02) -> Script:
    """Send a beginning, then a byte at a time until the other side hangs up."""
    pause = threading.Event()

    def script(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(filler)
            pause.wait(seconds)

    return script


def silent(connection: socket.socket, _: bytes) -> None:
    """Read the request and say nothing until the other side hangs up."""
    connection.recv(1)


def silent_handshake(connection: socket.socket, _: bytes) -> None:
    """Say nothing at all, not even in a TLS handshake."""
    while connection.recv(65_536):
        pass


def reset(connection: socket.socket, _: bytes) -> None:
    """Cut the connection with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()

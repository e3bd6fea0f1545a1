"""Serving pages and working in one process, until a signal says stop."""

from __future__ import annotations

import ipaddress
import signal
import socket
from collections.abc import Callable
from types import FrameType

from flask import Flask
from waitress.server import create_server

from slaplugin.errors import ConfigurationError
from slaplugin.jobs import Scheduler

STOP_SECONDS = 25
THREADS = 8


def require_loopback(host: str) -> None:
    """Refuse to listen beyond this machine: there are no accounts yet, so whoever reaches the pages may use them."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConfigurationError(f"{host} can be reached by others, and there are no accounts yet; use 127.0.0.1")


def serve(app: Flask, scheduler: Scheduler | None, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way, at most 25 seconds.

    `ready` is told the address once the port is open. Raises ConfigurationError when the port is taken.
    """
    require_loopback(host)
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise ConfigurationError(f"port {port} cannot be opened ({error.strerror}); use another with --port") from None
    server = create_server(app, sockets=[listening], threads=THREADS, clear_untrusted_proxy_headers=True, ident=None)
    exit_on_signals()
    try:
        if scheduler is not None:
            scheduler.start()
        ready(f"http://{host}:{listening.getsockname()[1]}/")
        server.run()  # returns at SystemExit, after the requests under way
    finally:
        server.close()
        if scheduler is not None:
            scheduler.stop(STOP_SECONDS)


def exit_on_signals() -> None:
    """Leave by SystemExit at SIGTERM and SIGINT, so that everything on the way out is closed.

    Closing the server in the handler would not do: it goes on while a browser keeps a connection open. A second
    signal ends the process at once.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)

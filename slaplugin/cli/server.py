"""Serving pages and working in one process, until a signal says stop."""

from __future__ import annotations

import ipaddress
import signal
import socket
import threading
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
    stop_on_signals(server.close)
    if scheduler is not None:
        scheduler.start()
    ready(f"http://{host}:{listening.getsockname()[1]}/")
    try:
        server.run()
    except OSError as error:
        if error.errno != 9:  # the listening socket was closed under waitress, which is how it is stopped
            raise
    finally:
        if scheduler is not None:
            scheduler.stop(STOP_SECONDS)


def wait_for_signal() -> None:
    """Block until SIGTERM or SIGINT."""
    stop = threading.Event()
    stop_on_signals(stop.set)
    stop.wait()


def stop_on_signals(stop: Callable[[], object]) -> None:
    """Call `stop` at SIGTERM and SIGINT."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)

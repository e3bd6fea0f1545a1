"""Waiting for what other threads and processes do."""

from __future__ import annotations

import threading
from collections.abc import Callable


def wait_until(done: Callable[[], bool], seconds: int = 20) -> None:
    """Look again until it is so."""
    pause = threading.Event()
    for _ in range(seconds * 100):
        if done():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to that")

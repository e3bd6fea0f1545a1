"""An installation as its admin has it: a folder, the command line, a running process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.shared import PROJECT

STARTS_WITHIN_SECONDS = 60


class Installation:
    """Runs `slaplugin` commands in a folder of its own, and at most one server."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("SLAPLUGIN_")},
            "HOME": str(folder / "home"),
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
            "SLAPLUGIN_ALLOW_NETWORKS": "127.0.0.0/8",
            "SLAPLUGIN_PULL_INTERVAL": "1",
            **{f"SLAPLUGIN_{key.upper()}": value for key, value in settings.items()},
        }
        self.server: subprocess.Popen[str] | None = None

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run one command to its end; returns what it said, errors included."""
        done = subprocess.run(
            [sys.executable, "-m", "slaplugin", *arguments], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def start(self, *arguments: str) -> str:
        """Start a server and return its address."""
        with self.log.open("a") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "slaplugin", *arguments], cwd=self.folder, env=self.environment, text=True,
                stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.server.stdout is not None
        for line in self.server.stdout:
            words = [word for word in line.split() if word.startswith("http://")]
            if words:
                return words[0]
        self._end(10)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        """kill -9: no goodbye, nothing flushed."""
        assert self.server is not None
        self.server.kill()
        self._end(10)

    def stop(self) -> int:
        """SIGTERM, and wait for the graceful end."""
        if self.server is None:
            return 0
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
        return self._end(40)

    @property
    def log(self) -> Path:
        """What the server wrote to standard error."""
        return self.folder / "errors.log"

    def _end(self, seconds: float) -> int:
        assert self.server is not None
        assert self.server.stdout is not None
        code = self.server.wait(seconds)
        self.server.stdout.close()
        self.server = None
        return code


def until(condition: Callable[[], Any], what: str, seconds: float = STARTS_WITHIN_SECONDS) -> Any:
    """Wait for something to become true and return it."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")

"""The command line as people run it: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("flask", "sqlalchemy", "numpy", "requests", "holidays", "apscheduler")


def slaplugin(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `python -m slaplugin`."""
    command = [sys.executable, "-m", "slaplugin", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def loaded_by(*arguments: str | Path) -> list[str]:
    """Which of the heavy packages a command had imported when it ended."""
    code = (
        "import sys\n"
        "from slaplugin.cli import main\n"
        f"main({[str(one) for one in arguments]!r}, standalone_mode=False)\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return done.stderr.split()

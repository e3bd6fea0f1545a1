"""Where the tests find the companion folders, and what happens when they are not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


def shared_path(relative: str) -> Path:
    """Return a path in the companion folder; fail without it when CI is set, skip otherwise."""
    root = Path(os.environ.get("SLAPLUGIN_TEST_SHARED") or PROJECT.parent / "shared")
    path = root / relative
    if not path.exists():
        reason = f"{relative} is not in {root}; set SLAPLUGIN_TEST_SHARED to the companion folder"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path

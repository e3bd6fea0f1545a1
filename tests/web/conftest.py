"""A desk of each test's own, copied from a migrated file, empty or furnished."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from slaplugin.sdk.testing import FakeClock
from tests.web import scene
from tests.web.desk import Desk, new_app
from tests.web.furniture import furnished

__all__ = ["furnished"]


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    """An empty installation on Friday 15 May 2026, 15:24:10 in Berlin."""
    yield from _copy(sqlite_template, tmp_path)


@pytest.fixture
def busy_desk(furnished: Path, tmp_path: Path) -> Iterator[Desk]:
    """The same with tickets in every state."""
    yield from _copy(furnished, tmp_path)


def _copy(template: Path, folder: Path) -> Iterator[Desk]:
    path = folder / "desk.sqlite3"
    shutil.copy(template, path)
    clock = FakeClock(scene.NOW)
    desk = Desk(new_app(folder, f"sqlite:///{path}", clock, SLAPLUGIN_DEMO="true"), clock)
    yield desk
    desk.state.engine.dispose()

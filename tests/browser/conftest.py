"""A real browser on a real server: Chromium, loopback, two clocks that the test moves together."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from werkzeug.serving import make_server

from slaplugin.domain import instants
from slaplugin.sdk.testing import FakeClock
from slaplugin.web import assets
from tests.web import scene
from tests.web.desk import Desk, new_app
from tests.web.furniture import furnished

__all__ = ["furnished"]


@dataclass
class Site:
    """A served desk, and what its pages did that they should not."""

    desk: Desk
    base: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    unanswered: set[Request] = field(default_factory=set)

    def watch(self, page: Page) -> None:
        """Note every console error, exception and request to another host."""

        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.complaints.append(f"{message.type}: {message.text}")

        def asked(request: Request) -> None:
            self.requests.append(request.url)
            if "/queue/rows" in request.url or request.resource_type == "fetch":
                self.unanswered.add(request)
            if not request.url.startswith((self.base, "data:")):
                self.complaints.append(f"request to another host: {request.url}")

        page.on("console", said)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("request", asked)
        page.on("response", lambda answer: self.unanswered.discard(answer.request))
        page.on("requestfailed", lambda request: self.unanswered.discard(request))


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """An empty installation, served on loopback; nobody may have complained at the end."""
    yield from _serve(sqlite_template, tmp_path)


@pytest.fixture
def busy(furnished: Path, tmp_path: Path) -> Iterator[Site]:
    """The same with tickets in every state."""
    yield from _serve(furnished, tmp_path)


def _serve(template: Path, folder: Path) -> Iterator[Site]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    path = folder / "desk.sqlite3"
    shutil.copy(template, path)
    clock = MidSecond(scene.NOW)
    desk = Desk(new_app(folder, f"sqlite:///{path}", clock, SLAPLUGIN_DEMO="true"), clock)
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site = Site(desk, f"http://127.0.0.1:{server.port}")
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
    desk.state.engine.dispose()
    assert site.complaints == []


Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open a page as somebody in Berlin would; options are those of a browser context."""
    contexts: list[BrowserContext] = []
    site: Site = request.getfixturevalue("busy" if "busy" in request.fixturenames else "site")

    def visit(address: str = "/", *, clock: str | None = None, **options: Any) -> Page:
        context = browser.new_context(**({"timezone_id": "Europe/Berlin", "locale": "en-GB"} | options))
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        site.watch(page)
        if clock is not None:
            page.clock.install(time=clock)
        page.goto(site.base + address)
        return page

    yield visit
    for context in contexts:
        context.close()


class MidSecond(FakeClock):
    """Stands in the middle of a second, so that the fractions of a page's clock do not matter."""

    def now_ms(self) -> int:
        return self.now() * 1_000 + 500


def at_rest(visit: Open, site: Site, address: str = "/", ahead: int = 0, **options: Any) -> Page:
    """A page whose clock stands, as the server's does, so that the test moves both. `ahead`: how wrong its clock is."""
    start = site.desk.clock.now() + ahead
    page = visit(address, clock=instants.text(start), **options)
    page.clock.pause_at(instants.text(start + 20))
    site.desk.clock.advance(20)
    agree(page, site)
    return page


def pass_time(page: Page, site: Site, seconds: int) -> None:
    """Let the same time pass in the browser, timer by timer, and on the server."""
    site.desk.clock.advance(seconds)
    page.clock.run_for(seconds * 1_000)


def agree(page: Page, site: Site) -> None:
    """While both clocks stand: have the page ask until it knows the server's time, and show what it learned."""
    frame = f"{site.base}/assets/{assets.version()}/js/frame.js"
    drain(page, site)
    for _ in range(20):
        page.evaluate("window.dispatchEvent(new Event('online'))")
        drain(page, site)
        off_by = page.evaluate("async (frame) => (await import(frame)).clock.nowMs()", frame) - site.desk.clock.now_ms()
        if abs(off_by) < 5:
            break
    else:
        pytest.fail(f"the page is {off_by} ms from the server's time")
    page.evaluate("window.dispatchEvent(new Event('online'))")  # ticks, and asks once more
    drain(page, site)


def drain(page: Page, site: Site) -> None:
    """Wait until every question of the page is answered and worked off."""
    while True:
        settle(page)
        if not site.unanswered:
            settle(page)
            if not site.unanswered:
                return
        page.wait_for_timeout(5)


def settle(page: Page) -> None:
    """Let the page work off the answers that have come: a request of our own comes back after them."""
    page.evaluate("() => fetch('/healthz').then((answer) => answer.text())")


def alone(page: Page) -> None:
    """From now on the server has nothing new and does not tell the time: the page counts by itself."""
    page.route("**/queue/rows*", lambda route: route.fulfill(status=304))

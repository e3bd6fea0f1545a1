"""The queue in a real browser: it counts what the server counts, and follows what happens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, Site, pass_time, still
from tests.conftest import move
from tests.services.parts import changed, replied
from tests.test_wording import plain
from tests.web import scene

pytestmark = pytest.mark.browser

CHIP = re.compile(
    r'data-timer="([^"]+)".*?class="chip-time"[^>]*>([^<]*)<.*?class="chip-state"[^>]*>([^<]*)<.*?class="chip-due"[^>]*>([^<]*)<'
)
READ = """() => Object.fromEntries([...document.querySelectorAll("[data-chip]")].map((chip) => [chip.dataset.timer,
  [".chip-time", ".chip-state", ".chip-due"].map((name) => chip.querySelector(name).textContent)]))"""


def server_says(site: Site) -> dict[str, list[str]]:
    html = site.desk.client().get("/queue/rows").get_data(as_text=True)
    return {timer: [plain(text) for text in words] for timer, *words in CHIP.findall(html)}


def browser_says(page: Page) -> dict[str, list[str]]:
    said: dict[str, list[str]] = page.evaluate(READ)
    return {timer: [plain(text) for text in words] for timer, words in said.items()}


def cut_off(page: Page) -> None:
    """The server is not heard any more: what the page says now it says by itself."""
    page.route("**/queue/rows*", lambda route: route.abort())


def open_still(site: Site, visit: Open, address: str = "/", ahead: int = 0) -> Page:
    """A page whose clock the test moves; `ahead` is by how much the machine's clock is wrong."""
    page = visit(address, clock=str((site.desk.clock.now() + ahead) * 1000) and _iso(site.desk.clock.now() + ahead))
    page.clock.pause_at(_iso(site.desk.clock.now() + ahead + 20))
    site.desk.clock.advance(20)
    page.wait_for_load_state("networkidle")
    return page

"""Every page in a real browser: for everybody's eyes, on every screen, and hostile to what is hostile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Site
from tests.web.scene import opened

pytestmark = pytest.mark.browser

PAGES = ("/", "/?tab=breached", "/?q=nothing-like-it", "/tickets/desk/401", "/tickets/desk/405", "/tickets/desk/408",
         "/tickets/desk/409", "/sources", "/deliveries", "/deliveries/1", "/demo/inbox")  # fmt: skip
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
TEXTS = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "<svg onload=alert(1)>",
    "</title><h1>x", "javascript:alert(1)", "<a href='javascript:alert(1)'>click</a>", "\u202eevil", "a" * 3_000,
    "%3Cscript%3E", "<!--", "&lt;b&gt;",
)  # fmt: skip


AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"


def violations(page: Page) -> list[Any]:
    """What axe says against the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("(options) => axe.run(options).then((result) => result.violations)", RULES)
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_light_or_dark_wide_or_narrow(busy: Site, visit: Open, address: str) -> None:
    page = visit(address, reduced_motion="reduce")
    found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            found[(scheme, width)] = violations(page)
    assert found == {variant: [] for variant in found}


def test_axe_finds_nothing_where_nothing_is_connected(site: Site, visit: Open) -> None:
    page = visit()
    for address in ("/", "/sources", "/deliveries", "/demo/inbox"):
        page.goto(site.base + address)
        assert violations(page) == []


def test_axe_finds_nothing_on_a_page_that_is_not_there(site: Site, visit: Open) -> None:
    page = visit("/nowhere")
    site.complaints.clear()  # the browser names the 404 itself
    assert violations(page) == []


def test_no_page_scrolls_sideways(busy: Site, visit: Open) -> None:
    page = visit()
    wide = []
    for address in PAGES:
        page.goto(busy.base + address)
        for width in (320, 390, 640, 1024, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append((address, width))
    assert wide == []


def test_hostile_texts_are_shown_as_texts(site: Site, visit: Open) -> None:
    site.desk.publish()
    site.desk.connect()
    for number, text in enumerate(TEXTS):
        event = opened(str(number), "2026-05-15T13:00:00Z", text, "high", owner=text[:60])
        site.desk.tell(event)
    site.desk.change("desk", error=TEXTS[1], notes=[TEXTS[0]])
    site.desk.sweep()
    page = visit()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for address in ("/", "/sources", *(f"/tickets/desk/{number}" for number in (0, 1, 3, 8))):
        page.goto(site.base + address)
        assert page.evaluate(
            "[document.images.length, document.querySelectorAll('main script, main h1 h1').length]"
        ) == [0, 0]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert dialogs == []
    page.goto(site.base)
    for text in TEXTS[:8]:
        assert page.get_by_role("link", name=text, exact=True).count() == 1, text


def test_a_script_as_the_address_of_a_ticket_is_no_link(site: Site, visit: Open) -> None:
    site.desk.publish()
    site.desk.connect()
    event = opened("1", "2026-05-15T13:00:00Z", "Click me", "high")
    event.set["url"] = "javascript:alert(1)"  # type: ignore[index]
    site.desk.tell(event)
    for address in ("/", "/tickets/desk/1"):
        page = visit(address)
        assert page.locator("a[href^='javascript']").count() == 0


def test_the_first_page_is_light(busy: Site, visit: Open) -> None:
    page = visit()
    sizes = page.evaluate(
        """() => performance.getEntries().filter((one) => "encodedBodySize" in one)
          .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
    )
    assert 0 < sizes < 400_000

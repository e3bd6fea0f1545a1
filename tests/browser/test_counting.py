"""Countdowns in a real browser: by itself, by a wrong clock, over a closing window, asleep."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Site, agree, alone, at_rest, pass_time, settle
from tests.conftest import move
from tests.services.parts import changed
from tests.test_wording import plain
from tests.web.scene import opened

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


def test_it_counts_down_by_itself_and_says_what_the_server_says(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    before = browser_says(page)
    alone(page)
    pass_time(page, busy, 95)
    assert browser_says(page) == server_says(busy)
    assert before["desk:402:first_response:1"] == ["1 m 30 s left", "at risk", "due 15:26"]
    assert browser_says(page)["desk:402:first_response:1"] == ["5 s over", "breached", "due 15:26"]


@pytest.mark.parametrize("wrong_by", [600, -600])
def test_a_wrong_clock_of_the_machine_changes_nothing(busy: Site, visit: Open, wrong_by: int) -> None:
    page = at_rest(visit, busy, ahead=wrong_by)
    alone(page)
    pass_time(page, busy, 30)
    assert browser_says(page) == server_says(busy)


def test_a_window_that_closes_stops_the_countdown_without_the_server(busy: Site, visit: Open) -> None:
    move(busy.desk.clock, "2026-05-15T14:58:30Z")
    page = at_rest(visit, busy)
    alone(page)
    pass_time(page, busy, 100)
    assert browser_says(page)["desk:407:resolution:1"] == ["22 h left", "counts again Mon 09:00", ""]
    assert browser_says(page) == server_says(busy)


def test_after_the_window_closed_it_stands_still(busy: Site, visit: Open) -> None:
    move(busy.desk.clock, "2026-05-15T14:59:30Z")
    page = at_rest(visit, busy)
    alone(page)
    pass_time(page, busy, 30)
    at_closing = browser_says(page)["desk:407:first_response:1"]
    pass_time(page, busy, 300)
    assert browser_says(page)["desk:407:first_response:1"] == at_closing


def test_a_pause_arrives_by_itself(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    busy.desk.tell(changed("405", "2026-05-15T13:24:30Z", status="waiting", status_name="Waiting"))
    page.clock.run_for(5_000)
    chip = page.locator('[data-timer="desk:405:resolution:1"]')
    expect(chip.locator(".chip-state")).to_have_text("paused: waiting for requester")
    expect(chip).to_have_class(re.compile("s-paused"))


def test_a_countdown_that_crosses_zero_changes_class_icon_and_words_and_asks_at_once(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    chip = page.locator('[data-timer="desk:402:first_response:1"]')
    alone(page)
    pass_time(page, busy, 90)
    expect(chip.locator(".chip-time")).to_have_text("due now")
    with page.expect_request("**/queue/rows*"):
        pass_time(page, busy, 2)
    expect(chip).to_have_class(re.compile("s-over"))
    expect(chip.locator(".i use")).to_have_attribute("href", "#i-over")
    expect(chip.locator(".chip-state")).to_have_text("breached")


def test_after_an_hour_asleep_it_asks_at_once_and_is_right(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    busy.desk.clock.advance(3_600)
    with page.expect_response("**/queue/rows*"):
        page.clock.fast_forward(3_600_000)
    agree(page, busy)
    said = browser_says(page)
    assert {timer: said[timer] for timer in server_says(busy)} == server_says(busy)


def test_a_clock_that_jumps_makes_it_ask_at_once(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    page.clock.set_system_time("2026-05-15T19:00:00Z")
    with page.expect_request("**/queue/rows*"):
        page.clock.run_for(1_200)


def test_the_clock_follows_the_server_when_the_machine_stood_still(busy: Site, visit: Open) -> None:
    """Some machines stop performance.now() while they sleep: the next answer sets it right."""
    page = at_rest(visit, busy)
    busy.desk.clock.advance(600)
    agree(page, busy)
    said = browser_says(page)
    assert {timer: said[timer] for timer in server_says(busy)} == server_says(busy)


WATCH = """() => {
  window.painted = [];
  const watch = new MutationObserver((all) => all.forEach(({ target }) => {
    const chip = (target.closest ? target : target.parentElement).closest("[data-chip]");
    window.painted.push(chip ? chip.dataset.timer : target.nodeName);
  }));
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  watch.observe(document.getElementById("rows"), all);
}"""


def test_a_tick_touches_only_what_changes(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    alone(page)
    page.evaluate(WATCH)
    pass_time(page, busy, 2)
    assert set(page.evaluate("window.painted")) == {"desk:402:first_response:1", "desk:403:first_response:1"}


def test_an_answer_without_news_paints_nothing(site: Site, visit: Open) -> None:
    site.desk.publish()
    site.desk.connect()
    site.desk.tell(opened("1", "2026-05-15T13:00:00Z", "Quiet"))
    site.desk.tick()
    page = at_rest(visit, site)
    page.evaluate(WATCH)
    with page.expect_response(lambda answer: "/queue/rows" in answer.url and answer.status == 304):
        pass_time(page, site, 10)
    settle(page)
    assert page.evaluate("window.painted") == []

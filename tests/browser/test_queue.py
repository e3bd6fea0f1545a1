"""The queue under hands and ears: keys, acknowledging, search, order, live region, tabs, and without any script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Site, agree, alone, at_rest, pass_time, settle
from tests.services.parts import changed, replied
from tests.web.scene import opened

pytestmark = pytest.mark.browser


def rows(page: Page) -> list[str]:
    names: list[str] = page.evaluate("[...document.querySelectorAll('tr[data-row]')].map((row) => row.dataset.row)")
    return names


def focused(page: Page) -> str | None:
    key: str | None = page.evaluate("document.activeElement.closest('tr[data-row]')?.dataset.row ?? null")
    return key


def test_j_and_k_walk_over_the_tickets_with_real_focus(busy: Site, visit: Open) -> None:
    page = visit()
    for key in "jjjk":
        page.keyboard.press(key)
    assert focused(page) == rows(page)[1]
    expect(page.locator("tr.is-here")).to_have_attribute("aria-current", "true")
    expect(page.locator("tr.is-here .subject")).to_be_focused()


def test_enter_opens_our_page_of_the_ticket(busy: Site, visit: Open) -> None:
    page = visit()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/desk/401")


def test_o_opens_the_helpdesk_in_a_new_tab(busy: Site, visit: Open) -> None:
    page = visit()
    page.context.route("https://github.example/**", lambda route: route.fulfill(body="theirs"))
    page.keyboard.press("j")
    with page.context.expect_page() as opened_page:
        page.keyboard.press("o")
    assert opened_page.value.url == "https://github.example/acme/web/issues/401"


def test_slash_goes_into_the_search_and_escape_out_of_it(busy: Site, visit: Open) -> None:
    page = visit()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("")
    page.keyboard.type("j")
    expect(page.locator("#q")).to_have_value("j")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).not_to_be_focused()


def test_a_acknowledges_and_undo_takes_it_back(busy: Site, visit: Open) -> None:
    page = visit()
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#toasts [role=status]")).to_contain_text("acme/web#401 is yours.")
    row = page.locator('tr[data-row="desk:401"]')
    expect(row.locator(".q-act")).to_contain_text("Acknowledged by")
    assert focused(page) == "desk:401"
    page.get_by_role("button", name="Undo").click()
    expect(row.get_by_role("button", name="Acknowledge acme/web#401")).to_be_visible()


def test_the_list_of_keys_opens_and_can_switch_them_off(busy: Site, visit: Open) -> None:
    page = visit()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Single keys work").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    assert focused(page) is None


def test_g_and_a_letter_go_elsewhere(busy: Site, visit: Open) -> None:
    page = visit()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/sources")


def test_the_search_follows_the_typing_and_stands_in_the_address(busy: Site, visit: Open) -> None:
    page = visit()
    page.locator("#q").fill("scanner")
    page.wait_for_url("**/?q=scanner")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.reload()
    expect(page.locator("#q")).to_have_value("scanner")
    expect(page.locator("tr[data-row]")).to_have_count(1)


def test_a_search_that_finds_nothing_says_so(busy: Site, visit: Open) -> None:
    page = visit()
    page.locator("#q").fill("prnter")
    expect(page.locator("#rows")).to_contain_text("No open ticket matches “prnter”")
    page.locator("#q").fill("scanner")
    expect(page.locator("tr[data-row]")).to_have_count(1)


def test_rows_keep_their_place_for_three_seconds_then_move(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    before = rows(page)
    busy.desk.tell(opened("1", "2026-05-15T12:59:00Z", "In a hurry", "high"))
    agree(page, busy)
    page.clock.run_for(2_000)
    assert rows(page) == before
    page.clock.run_for(2_000)
    assert rows(page)[2] == "desk:1"
    assert len(rows(page)) == len(before) + 1


def test_focus_stays_on_its_row_when_the_order_changes(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    page.locator('tr[data-row="desk:403"] .subject').focus()
    busy.desk.tell(opened("1", "2026-05-15T12:59:00Z", "In a hurry", "high"))
    agree(page, busy)
    page.clock.run_for(20_000)
    assert "desk:1" in rows(page)
    assert focused(page) == "desk:403"


def test_when_a_row_leaves_focus_goes_to_the_next_one(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy, "/?tab=risk")
    at = rows(page).index("desk:403")
    following = rows(page)[at + 1]
    page.locator('tr[data-row="desk:403"] .subject').focus()
    busy.desk.tell(replied("403", "2026-05-15T13:24:25Z"))
    agree(page, busy)
    page.clock.run_for(20_000)
    assert "desk:403" not in rows(page)
    assert focused(page) == following


def test_the_number_at_risk_stands_in_the_title(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    assert page.title() == "(5) Queue – slaplugin"
    busy.desk.tell(replied("403", "2026-05-15T13:24:25Z"))
    agree(page, busy)
    assert page.title() == "(4) Queue – slaplugin"


def test_the_live_region_says_one_change_in_one_sentence(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    page.evaluate(
        """() => {
          window.said = [];
          new MutationObserver(() => window.said.push(document.getElementById("say").textContent))
            .observe(document.getElementById("say"), { childList: true, characterData: true, subtree: true });
        }"""
    )
    expect(page.locator("#say")).to_have_text("")
    busy.desk.tell(changed("405", "2026-05-15T13:24:25Z", status="waiting", status_name="Waiting"))
    agree(page, busy)
    alone(page)
    pass_time(page, busy, 60)
    assert page.evaluate("window.said") == [
        "acme/web#405, resolution paused: waiting for requester, 1 hour 0 minutes left"
    ]


def test_several_changes_at_once_are_one_sentence(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    busy.desk.tell(*(changed(one, "2026-05-15T13:24:25Z", status="waiting") for one in ("405", "410")))
    agree(page, busy)
    alone(page)
    pass_time(page, busy, 5)
    expect(page.locator("#say")).to_have_text("2 tickets changed state")


def test_a_second_sentence_waits_ten_seconds(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    busy.desk.tell(changed("405", "2026-05-15T13:24:25Z", status="waiting"))
    agree(page, busy)
    page.clock.run_for(1_000)
    busy.desk.tell(changed("410", "2026-05-15T13:24:26Z", status="waiting"))
    agree(page, busy)
    page.clock.run_for(8_000)
    expect(page.locator("#say")).to_contain_text("acme/web#405")
    page.clock.run_for(3_000)
    expect(page.locator("#say")).to_contain_text("acme/web#410")


def test_an_unheard_server_is_named_with_the_time_and_goes_away_again(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    page.route("**/queue/rows*", lambda route: route.abort())
    for _ in range(8):
        pass_time(page, busy, 5)
        settle(page)
    expect(page.locator(".notice")).to_contain_text("No answer from the server since 15:24:3")
    page.unroute("**/queue/rows*")
    agree(page, busy)
    expect(page.locator(".notice")).to_have_count(0)
    failed = [one for one in busy.complaints if "ERR_FAILED" in one]
    assert failed
    busy.complaints[:] = [one for one in busy.complaints if one not in failed]


def test_times_that_nobody_confirmed_for_a_minute_turn_grey(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    page.route("**/queue/rows*", lambda route: None)
    pass_time(page, busy, 65)
    expect(page.locator("body")).to_have_class(re.compile("is-stale"))
    page.unroute_all()


def test_a_stale_source_is_said_above_the_times(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy)
    busy.desk.change("desk", last_pull_at=busy.desk.clock.now() - 1_000)
    agree(page, busy)
    expect(page.locator("#notice")).to_contain_text("desk (GitHub) was last read 16\u00a0m ago.")
    expect(page.locator(".ages .t-risk b")).to_have_text("desk")


def test_tabs_of_one_address_ask_as_often_as_one(busy: Site, visit: Open) -> None:
    page = visit(clock="2026-05-15T13:24:10Z")
    others = [page.context.new_page() for _ in range(3)]
    for other in others:
        busy.watch(other)
        other.goto(busy.base)
        settle(other)
    asked = len([url for url in busy.requests if "/queue/rows" in url])
    for _ in range(4):
        page.clock.run_for(5_000)
        settle(page)
    more = len([url for url in busy.requests if "/queue/rows" in url]) - asked
    assert 1 <= more <= 5
    for other in others:
        expect(other.locator("#updated")).to_be_visible()


def test_when_the_asking_tab_closes_another_one_asks(busy: Site, visit: Open) -> None:
    page = visit()
    last = page.context.new_page()
    last.goto(busy.base)
    settle(last)
    with page.expect_request("**/queue/rows*", timeout=6_000):
        last.close()


def test_without_script_the_page_is_right_and_acknowledges(busy: Site, visit: Open) -> None:
    page = visit(java_script_enabled=False, timezone_id="UTC")
    expect(page.locator('[data-timer="desk:402:first_response:1"] .chip-time')).to_have_text(
        "1\u00a0m\u00a050\u00a0s left"
    )
    page.get_by_role("button", name="Acknowledge acme/web#401").click()
    expect(page.locator('tr[data-row="desk:401"] .q-act')).to_contain_text("Acknowledged by")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_the_menu_opens_on_a_small_screen(busy: Site, visit: Open) -> None:
    page = visit(viewport={"width": 390, "height": 844})
    menu = page.get_by_role("button", name="Menu")
    expect(page.get_by_role("link", name="Sources")).to_be_hidden()
    menu.click()
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("link", name="Sources")).to_be_visible()


def test_the_page_is_shown_in_the_zone_of_the_browser(busy: Site, visit: Open) -> None:
    page = visit(timezone_id="America/New_York")
    expect(page.locator("#foot")).to_contain_text("America/New_York")
    expect(page.locator('[data-timer="desk:401:resolution:1"] .chip-due')).to_have_text("due 09:10")

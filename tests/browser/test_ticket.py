"""The page of one ticket while somebody looks at it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Site, agree, at_rest, pass_time
from tests.services.parts import changed

pytestmark = pytest.mark.browser


def test_the_big_time_counts(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy, "/tickets/desk/402")
    time = page.locator("#p-first_response-1 [data-time]")
    expect(time).to_have_text("1\u00a0m\u00a030\u00a0s left")
    page.route("**/tickets/desk/402", lambda route: route.fulfill(status=304))
    pass_time(page, busy, 31)
    expect(time).to_have_text("59\u00a0s left")


def test_it_turns_breached_by_itself(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy, "/tickets/desk/402")
    page.route("**/tickets/desk/402", lambda route: route.fulfill(status=304))
    pass_time(page, busy, 95)
    card = page.locator("#p-first_response-1")
    expect(card).to_have_class(re.compile("s-over"))
    expect(card.locator("[data-tag]")).to_have_text("breached")
    expect(card.locator(".big use")).to_have_attribute("href", "#i-over")


def test_what_happens_to_the_ticket_appears(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy, "/tickets/desk/405")
    busy.desk.tell(changed("405", "2026-05-15T13:24:25Z", status="waiting", status_name="Waiting"))
    agree(page, busy)
    expect(page.locator("#p-resolution-1 [data-tag]")).to_have_text("paused: waiting for requester")
    expect(page.locator("#p-resolution-1 .big")).to_contain_text("no due time until it resumes")


def test_acknowledging_by_key_answers_in_place_and_undo_takes_it_back(busy: Site, visit: Open) -> None:
    page = visit("/tickets/desk/401")
    page.keyboard.press("a")
    expect(page.locator("#toasts [role=status]")).to_contain_text("acme/web#401 is yours.")
    expect(page.locator("#p-steps")).to_contain_text("acknowledged by")
    page.locator("#p-steps").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()


def test_a_part_that_somebody_selects_text_in_is_left_alone(busy: Site, visit: Open) -> None:
    page = at_rest(visit, busy, "/tickets/desk/405")
    page.evaluate("document.getSelection().selectAllChildren(document.querySelector('#p-resolution-1 .say'))")
    busy.desk.tell(changed("405", "2026-05-15T13:24:25Z", status="waiting", status_name="Waiting"))
    agree(page, busy)
    assert page.evaluate("document.getSelection().isCollapsed") is False
    expect(page.locator("#p-facts")).to_contain_text("Waiting")

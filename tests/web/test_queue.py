"""The queue's page and rows as they are served."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.conftest import move
from tests.services.parts import changed
from tests.test_wording import plain
from tests.web.desk import Desk
from tests.web.scene import opened


def text(client: FlaskClient, address: str) -> str:
    return plain(client.get(address).get_data(as_text=True))


def row(html: str, key: str) -> str:
    found = re.search(rf'<tr role="row" data-row="{re.escape(key)}".*?</tr>', html, re.DOTALL)
    assert found is not None, key
    return found[0]


def test_a_row_says_what_to_do_next_why_and_until_when(busy_desk: Desk) -> None:
    html = row(text(busy_desk.client(), "/"), "desk:402")
    for said in ("1 m 50 s left", "at risk", "due 15:26", "First response", "P1", "Tomas Lind", "Borel SA",
                 "Single sign-on loops back", "acme/web#402", "Acknowledge acme/web#402",
                 'href="/tickets/desk/402"'):  # fmt: skip
        assert said in html, said


def test_groups_stand_in_the_order_of_their_due_times(busy_desk: Desk) -> None:
    titles = re.findall(r'data-group="([^"]+)"', text(busy_desk.client(), "/"))
    assert titles == ["Past due", "Within the hour", "Later today", "Monday 18 May", "Tuesday 19 May", "Paused",
                      "Met in the last hour"]  # fmt: skip


def test_tabs_are_links_with_counts(busy_desk: Desk) -> None:
    html = text(busy_desk.client(), "/?tab=breached")
    tabs = re.findall(r'<li><a href="([^"]+)"( aria-current="page")?>([\w ]+?) <span[^>]*>(\d+)</span>', html)
    assert tabs == [
        ("/", "", "All", "9"), ("/?tab=risk", "", "At risk", "5"),
        ("/?tab=breached", ' aria-current="page"', "Breached", "1"), ("/?tab=paused", "", "Paused", "1"),
        ("/?tab=met", "", "Recently met", "1"),
    ]  # fmt: skip


def test_times_are_those_of_the_viewers_zone(busy_desk: Desk) -> None:
    assert "due 15:26" in row(text(busy_desk.client(), "/"), "desk:402")
    assert "due 09:26" in row(text(busy_desk.client("America/New_York"), "/"), "desk:402")


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "", "Europe", "a" * 500, "%00", "a.b/c", "%F0%9F%95%90"]
)
def test_an_impossible_zone_is_that_of_the_configuration(busy_desk: Desk, zone: str) -> None:
    assert "in UTC." in text(busy_desk.client(zone), "/")


def test_an_unchanged_queue_is_answered_with_nothing(busy_desk: Desk) -> None:
    client = busy_desk.client()
    first = client.get("/queue/rows")
    busy_desk.clock.advance(5)
    second = client.get("/queue/rows", headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.data) == (304, b"")
    assert second.headers["X-Server-Time"] == str(busy_desk.clock.now_ms())
    assert second.headers["X-Sources"] == f"desk={busy_desk.clock.now() - 5}"


def test_the_page_knows_the_tag_of_what_it_shows(busy_desk: Desk) -> None:
    client = busy_desk.client()
    known = re.search(r'data-etag="([^"]+)"', client.get("/").get_data(as_text=True))
    assert known is not None
    tag = known[1].replace("&#34;", '"').replace("&quot;", '"')
    assert client.get("/queue/rows", headers={"If-None-Match": tag}).status_code == 304


def test_news_are_answered_with_rows(busy_desk: Desk) -> None:
    client = busy_desk.client()
    etag = client.get("/queue/rows").headers["ETag"]
    busy_desk.tell(changed("405", "2026-05-15T13:24:10Z", status="waiting", status_name="Waiting"))
    answer = client.get("/queue/rows", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "paused: waiting for requester" in row(plain(answer.get_data(as_text=True)), "desk:405")


def test_the_tag_of_one_zone_is_not_that_of_another(busy_desk: Desk) -> None:
    etag = busy_desk.client().get("/queue/rows").headers["ETag"]
    answer = busy_desk.client("UTC").get("/queue/rows", headers={"If-None-Match": etag})
    assert answer.status_code == 200


def test_rows_carry_no_token_so_that_their_tag_can_hold(busy_desk: Desk) -> None:
    answer = busy_desk.client().get("/queue/rows")
    assert "csrf" not in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("address", "said"),
    [("/?tab=met", "Nothing was met in the last hour"), ("/?tab=risk", "Nothing is at risk"),
     ("/?q=prnter", "No open ticket matches “prnter”"), ("/?q=prnter&closed=1", "No ticket matches “prnter”"),
     ("/?q=prnter&tab=risk", "Search all open tickets")],
)  # fmt: skip
def test_an_empty_list_says_what_is_true_and_what_comes_next(desk: Desk, address: str, said: str) -> None:
    desk.publish()
    desk.connect()
    desk.tell(opened("1", "2026-05-15T13:20:00Z", "Quiet"))
    assert said in text(desk.client(), address)


def test_an_empty_tab_names_the_next_due_time(desk: Desk) -> None:
    desk.publish()
    desk.connect()
    desk.tell(opened("1", "2026-05-15T13:20:00Z", "Quiet", "high"))
    said = text(desk.client(), "/?tab=breached")
    assert "1 ticket has open timers. The next one comes due at 15:50." in said


def test_the_first_run_says_how_to_begin(desk: Desk) -> None:
    said = text(desk.client(), "/")
    assert "No helpdesk is connected yet." in said
    assert "slaplugin source add github" in said


def test_the_first_import_shows_how_far_it_is(desk: Desk) -> None:
    desk.publish()
    desk.connect(live_from=None, import_done=2_611, import_total=4_130)
    desk.tick()
    said = text(desk.client(), "/")
    assert "2,611 of 4,130 tickets" in said
    assert '<progress class="meter" max="4130" value="2611"' in said


def test_a_second_page_is_linked_and_leads_back(busy_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slaplugin.services.queue.page.__defaults__", (None, 4))
    client = busy_desk.client()
    link = re.search(r'<a href="(/\?after=[^"]+)">Next page</a>', client.get("/").get_data(as_text=True))
    assert link is not None
    second = text(client, link[1])
    assert "desk:405" in second
    assert '<a href="/">Back to the first page</a>' in second


@pytest.mark.parametrize("address", ["/?tab=everything", "/?after=x", "/?q=" + "x" * 201, "/queue/rows?tab=%00"])
def test_an_address_that_makes_no_sense_is_refused_in_words(busy_desk: Desk, address: str) -> None:
    answer = busy_desk.client().get(address)
    assert answer.status_code == 400
    assert "This request makes no sense." in answer.get_data(as_text=True)


def test_the_scheduler_that_stands_still_is_said_in_red(busy_desk: Desk) -> None:
    busy_desk.clock.advance(180)
    busy_desk.change("desk", last_pull_at=busy_desk.clock.now())
    said = re.sub(r"<[^>]+>", "", text(busy_desk.client(), "/"))
    assert "The scheduler has not run for 3 m. Countdowns are right, escalations wait." in said


def test_a_source_in_error_is_said_with_its_mend(busy_desk: Desk) -> None:
    busy_desk.change("desk", state="stopped", error="login refused (401). Renew the token.")
    said = re.sub(r"<[^>]+>", "", text(busy_desk.client(), "/"))
    assert "desk (GitHub) was last read 0 s ago. login refused (401). Renew the token." in said


def test_after_closing_time_the_page_says_when_it_counts_again(busy_desk: Desk) -> None:
    move(busy_desk.clock, "2026-05-15T16:00:00Z")
    assert "counts again Mon 09:00" in row(text(busy_desk.client(), "/"), "desk:407")

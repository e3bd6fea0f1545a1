"""The page of one ticket as it is served, and its one action."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.test_wording import plain
from tests.web.desk import Desk
from tests.web.scene import opened


def words(client: FlaskClient, address: str) -> str:
    """What the page says, without its marks."""
    html = client.get(address).get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", plain(html)))


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").get_data(as_text=True))
    assert found is not None
    return found[1]


def test_the_reason_for_a_due_time_is_said_in_sentences_that_add_up(busy_desk: Desk) -> None:
    said = words(busy_desk.client(), "/tickets/desk/405")
    assert "The promise is 8 h from Wed 13 May 15:40, counted in the hours of office (Europe/Berlin)." in said
    assert "By 15:24:10, 6 h 59 m 10 s have counted. 40 h 45 m were paused in one pause: waiting for requester." in said
    assert "That leaves 1 h 00 m 50 s , so it is due today 16:25 ." in said


def test_the_table_under_it_ends_with_both_sums(busy_desk: Desk) -> None:
    assert "Real time from start to now 47 h 44 m 10 s 6 h 59 m 10 s" in words(busy_desk.client(), "/tickets/desk/405")


def test_a_paused_timer_has_no_due_time(busy_desk: Desk) -> None:
    said = words(busy_desk.client(), "/tickets/desk/408")
    assert "no due time until it resumes" in said
    assert "That leaves 6 h 30 m ; it comes due that much counted time after it resumes." in said


def test_a_breached_timer_says_since_when(busy_desk: Desk) -> None:
    assert "It ran out today 15:10 , 14 m 05 s of counted time ago." in words(busy_desk.client(), "/tickets/desk/401")


def test_a_met_timer_says_by_how_much(busy_desk: Desk) -> None:
    assert "It was met today 14:58, 3 h 32 m before due." in words(busy_desk.client(), "/tickets/desk/409")


def test_a_cancelled_timer_is_one_line_with_its_reason(busy_desk: Desk) -> None:
    busy_desk.tell(opened("1", "2026-05-15T13:00:00Z", "Spam", "high"))
    gone = opened("1", "2026-05-15T13:10:00Z", "Spam")
    object.__setattr__(gone, "kind", "removed")
    object.__setattr__(gone, "id", "1:removed")
    busy_desk.tell(gone)
    assert "It was cancelled today 15:10, because the ticket was removed." in words(
        busy_desk.client(), "/tickets/desk/1"
    )


def test_the_steps_say_what_was_told_and_what_comes(busy_desk: Desk) -> None:
    said = words(busy_desk.client(), "/tickets/desk/401")
    assert "100 % , due, resolution 15:10:05, waiting to be sent to default 14 m 05 s late" in said
    assert "1 h over, resolution, then every hour 16:10, until acknowledged" in said


@pytest.mark.parametrize("address", ["/tickets/acme/web%23405", "/tickets/desk/acme/web%23405", "/tickets/desk:405"])
def test_what_people_call_a_ticket_leads_to_its_page(busy_desk: Desk, address: str) -> None:
    answer = busy_desk.client().get(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/tickets/desk/405")


def test_an_unknown_ticket_is_a_404_in_words(busy_desk: Desk) -> None:
    answer = busy_desk.client().get("/tickets/desk/9999")
    assert answer.status_code == 404
    assert "There is no ticket &#39;desk:9999&#39;" in answer.get_data(as_text=True)


def test_an_unchanged_ticket_is_answered_with_nothing(busy_desk: Desk) -> None:
    client = busy_desk.client()
    etag = client.get("/tickets/desk/405").headers["ETag"]
    busy_desk.clock.advance(5)
    assert client.get("/tickets/desk/405", headers={"If-None-Match": etag}).status_code == 304


def test_acknowledging_leads_back_to_where_it_was_asked(busy_desk: Desk) -> None:
    client = busy_desk.client()
    form = {"csrf_token": token(client), "ticket": "desk:401", "back": "/tickets/desk/401"}
    answer = client.post("/acknowledge", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/tickets/desk/401")
    assert "acknowledged by the person at this machine" in words(client, "/tickets/desk/401")


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_acknowledging_never_leads_to_another_host(busy_desk: Desk, back: str) -> None:
    client = busy_desk.client()
    answer = client.post("/acknowledge", data={"csrf_token": token(client), "ticket": "desk:401", "back": back})
    assert answer.headers["Location"] == "/"


def test_a_script_is_answered_in_json(busy_desk: Desk) -> None:
    client = busy_desk.client()
    form = {"csrf_token": token(client), "ticket": "desk:401"}
    said = client.post("/acknowledge", data=form, headers={"Accept": "application/json"}).get_json()
    assert said["key"] == "acme/web#401"
    assert said["message"].startswith("acme/web#401 is yours.")
    undone = client.post("/acknowledge/undo", data=form, headers={"Accept": "application/json"}).get_json()
    assert undone["message"] == "acme/web#401 is nobody's again."


@pytest.mark.parametrize("ticket", ["", "desk", "desk:nix", "nowhere:405"])
def test_acknowledging_nothing_is_refused_in_words(busy_desk: Desk, ticket: str) -> None:
    client = busy_desk.client()
    answer = client.post("/acknowledge", data={"csrf_token": token(client), "ticket": ticket})
    assert answer.status_code == 404

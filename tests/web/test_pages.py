"""The other pages: sources, deliveries, the demo's inbox, errors, health, files."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from standardwebhooks.webhooks import Webhook

from slaplugin.store import deliveries, sources
from slaplugin.web import assets
from tests.web.desk import Desk, new_app
from tests.web.test_tickets import token, words


def test_the_sources_page_says_how_well_each_is_read(busy_desk: Desk) -> None:
    busy_desk.change("desk", last_webhook_at=busy_desk.clock.now() - 90, import_done=1_234)
    said = words(busy_desk.client(), "/sources")
    for expected in ("desk GitHub reading", "Last pull 15:24:10", "Last webhook 15:22:40", "Pulled every 5 m", "1,234"):
        assert expected in said, expected


def test_an_error_is_said_with_its_mend_and_what_is_not_lost(busy_desk: Desk) -> None:
    busy_desk.change(
        "desk", state="stopped", error="login refused (401). Renew the token.", error_at=busy_desk.clock.now()
    )
    said = words(busy_desk.client(), "/sources")
    assert "Not read any more, today 15:24 login refused (401). Renew the token." in said
    assert "Nothing is lost" in said


def test_tickets_that_were_set_aside_are_named_with_the_reason(busy_desk: Desk) -> None:
    with busy_desk.state.session() as session, session.begin():
        sources.set_aside(session, 1, "77", "read", "the answer is not JSON", busy_desk.clock.now())
    assert "desk:77 the answer is not JSON 15:24" in words(busy_desk.client(), "/sources")


def test_deliveries_are_listed_newest_first_with_their_ticket(busy_desk: Desk) -> None:
    html = busy_desk.client().get("/deliveries").get_data(as_text=True)
    numbers = [int(one) for one in re.findall(r'href="/deliveries/(\d+)"', html)]
    assert numbers == sorted(numbers, reverse=True)
    assert 'href="/tickets/desk/401"' in html


def test_deliveries_come_in_pages(busy_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slaplugin.web.ui.deliveries.PAGE_SIZE", 4)
    client = busy_desk.client()
    older = re.search(
        r'<a href="(/deliveries\?before=\d+)">Older</a>', client.get("/deliveries").get_data(as_text=True)
    )
    assert older is not None
    assert len(re.findall(r'href="/deliveries/\d+"', client.get(older[1]).get_data(as_text=True))) == 2


@pytest.mark.parametrize("address", ["/deliveries?state=lost", "/deliveries?before=0", f"/deliveries?before={2**70}"])
def test_a_list_that_makes_no_sense_is_refused(busy_desk: Desk, address: str) -> None:
    assert busy_desk.client().get(address).status_code == 400


def test_a_delivery_shows_its_tries_and_can_be_sent_again(busy_desk: Desk) -> None:
    with busy_desk.state.session() as session, session.begin():
        deliveries.record(session, deliveries.Attempt(1, 1, busy_desk.clock.now(), 503, "503, tried again later"))
    client = busy_desk.client()
    assert "1 15:24:10 503 503, tried again later" in words(client, "/deliveries/1")
    answer = client.post("/deliveries/1/replay", data={"csrf_token": token(client)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/deliveries/1")


@pytest.mark.parametrize(
    "address", ["/deliveries/999", f"/deliveries/{2**63 - 1}", f"/deliveries/{2**63}", "/deliveries/x"]
)
def test_a_delivery_that_is_not_there_is_a_404(busy_desk: Desk, address: str) -> None:
    assert busy_desk.client().get(address).status_code == 404


def signed(client: FlaskClient, secret: str, message_id: str, content: object) -> int:
    body = json.dumps(content)
    now = datetime.now(UTC)
    headers = {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp())),
               "webhook-signature": Webhook(secret).sign(message_id, now, body)}  # fmt: skip
    return client.post("/demo/inbox", data=body, headers=headers).status_code


RAISED = {
    "type": "escalation.raised", "timestamp": "2026-05-15T13:24:10Z",
    "data": {"metric": "first_response", "rule": "75%", "ticket": {"source": "desk", "id": "402", "key": "acme/web#402",
                                                                    "subject": "Single sign-on loops"}},
}  # fmt: skip


def test_the_inbox_shows_what_arrived_and_that_it_is_genuine(desk: Desk) -> None:
    client = desk.client()
    assert signed(client, desk.channel(), "msg_1", RAISED) == 204
    said = words(client, "/demo/inbox")
    assert "escalation.raised at 75 % First response" in said
    assert "acme/web#402 Single sign-on loops verified" in said


def test_a_repeat_is_one_message_that_came_twice(desk: Desk) -> None:
    client, secret = desk.client(), desk.channel()
    signed(client, secret, "msg_1", RAISED)
    signed(client, secret, "msg_2", RAISED)
    signed(client, secret, "msg_1", RAISED)
    said = words(client, "/demo/inbox")
    assert said.count("escalation.raised") == 2
    assert "First response, 2 times" in said


def test_another_secret_and_a_changed_body_are_shown_as_not_verified(desk: Desk) -> None:
    client = desk.client()
    desk.channel()
    signed(client, "whsec_" + "A" * 32, "msg_1", RAISED)
    client.post("/demo/inbox", data=b"{}")
    assert words(client, "/demo/inbox").count("not verified") == 2


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b'{"data": {"ticket": "x", "rule": {}}}', b"[" * 60_000, b"\xff"]
)
def test_an_unreadable_message_is_kept_and_shown(desk: Desk, body: bytes) -> None:
    client = desk.client()
    assert client.post("/demo/inbox", data=body).status_code == 204
    assert client.get("/demo/inbox").status_code == 200


def test_a_message_that_is_too_large_is_refused(desk: Desk) -> None:
    assert desk.client().post("/demo/inbox", data=b"x" * 70_000).status_code == 413


def test_the_inbox_keeps_the_last_two_hundred(desk: Desk) -> None:
    client = desk.client()
    for number in range(205):
        client.post("/demo/inbox", data=b"{}", headers={"webhook-id": f"m{number}"})
    assert client.get("/demo/inbox").get_data(as_text=True).count("unreadable") == 200


def test_without_the_demo_there_is_no_inbox_and_no_link_to_it(desk: Desk) -> None:
    app = new_app(desk.state.config.instance, str(desk.state.engine.url), desk.clock)
    client = app.test_client()
    assert (client.get("/demo/inbox").status_code, client.post("/demo/inbox").status_code) == (404, 404)
    assert "Inbox" not in client.get("/").get_data(as_text=True)
    app.extensions["slaplugin"].engine.dispose()


def test_health_is_one_word(desk: Desk) -> None:
    answer = desk.client().get("/healthz")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"ok", "text/plain")


def test_without_its_tables_nothing_is_healthy_and_pages_say_why(desk: Desk) -> None:
    with desk.state.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE sla_beat")
        connection.exec_driver_sql("DROP TABLE sla_quarantine")
    client = desk.client()
    health, page = client.get("/healthz"), client.get("/sources")
    assert (health.status_code, health.data) == (503, b"not ok")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "60")
    assert "The database does not answer." in page.get_data(as_text=True)


def test_a_failure_on_our_side_has_a_number_and_no_traceback(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("slaplugin.services.health.of_sources", fail)
    answer = desk.client().get("/sources")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert re.search(r'<span class="mono">[0-9a-f]{4}-[0-9a-f]{4}</span>', html)
    assert "secret detail" not in html


@pytest.mark.parametrize(
    ("address", "accept", "kind"),
    [("/nowhere", "text/html", "text/html"), ("/nowhere", "application/json", "application/problem+json"),
     ("/api/v1/nowhere", "text/html", "application/problem+json"), ("/nowhere", "", "text/html")],
)  # fmt: skip
def test_programs_get_problems_and_people_pages(desk: Desk, address: str, accept: str, kind: str) -> None:
    answer = desk.client().get(address, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (404, kind)


def test_a_method_that_does_not_fit_is_told_which_do(desk: Desk) -> None:
    answer = desk.client().post("/sources")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_files_are_kept_for_good_under_the_address_of_their_content(desk: Desk) -> None:
    client = desk.client()
    ours = client.get(f"/assets/{assets.version()}/js/queue.js")
    assert (ours.mimetype, ours.headers["Cache-Control"]) == ("text/javascript", "public, max-age=31536000, immutable")
    assert client.get("/assets/old/js/queue.js").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["../base.html", "..%2Fwords.py", "js", "js/nothing.js", "%2e%2e/assets.py"])
def test_no_other_file_can_be_had(desk: Desk, name: str) -> None:
    assert desk.client().get(f"/assets/{assets.version()}/{name}").status_code == 404


def test_navigation_names_only_pages_that_exist(busy_desk: Desk) -> None:
    client = busy_desk.client()
    links = set(re.findall(r'<li><a href="([^"]+)" data-goto', client.get("/").get_data(as_text=True)))
    assert links == {"/", "/sources", "/deliveries", "/demo/inbox"}
    assert {client.get(link).status_code for link in links} == {200}


def test_no_page_carries_a_script_or_a_style_of_its_own(busy_desk: Desk) -> None:
    client = busy_desk.client()
    for address in ("/", "/tickets/desk/405", "/sources", "/deliveries", "/deliveries/1", "/demo/inbox", "/nowhere"):
        html = client.get(address).get_data(as_text=True)
        assert not re.search(r"<style|<script(?![^>]+src=)|\sstyle=|\son[a-z]+=", html), address


def test_every_svg_pattern_of_a_page_has_a_name_of_its_own(busy_desk: Desk) -> None:
    ids = re.findall(r'\sid="([^"]+)"', busy_desk.client().get("/tickets/desk/402").get_data(as_text=True))
    assert len(ids) == len(set(ids))

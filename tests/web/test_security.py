"""Headers and tokens over every route there is, and nothing of it on a host's own pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import Rule

from slaplugin.extension import SLAPlugin
from slaplugin.web.security import HEADERS, POLICY
from tests.web.desk import Desk

FILLED = {"source": "desk", "ticket": "405", "address": "nowhere", "delivery_id": 1, "version": "0", "name": "app.css"}


def routes(app: Flask, method: str) -> Iterator[tuple[Rule, str]]:
    """Every rule of ours with this method and an address that fits it."""
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if rule.endpoint.startswith("slaplugin.") and method in (rule.methods or ()):
                yield rule, adapter.build(rule.endpoint, {name: FILLED[name] for name in rule.arguments}, method=method)


def test_every_answer_of_ours_carries_the_headers(busy_desk: Desk) -> None:
    client = busy_desk.client()
    missing = []
    for method in ("GET", "POST"):
        for rule, address in routes(busy_desk.app, method):
            answer = client.open(address, method=method)
            missing += [(rule.rule, name) for name, value in HEADERS.items() if answer.headers.get(name) != value]
            missing += [(rule.rule, name) for name in ("X-Server-Time",) if name not in answer.headers]
    assert missing == []


def test_errors_redirects_and_304_carry_them_too(busy_desk: Desk) -> None:
    client = busy_desk.client()
    etag = client.get("/queue/rows").headers["ETag"]
    answers = [
        client.get("/nowhere"), client.post("/sources"), client.get("/tickets/acme/web%23405"),
        client.get("/queue/rows", headers={"If-None-Match": etag}), client.get("/assets/0/nothing.css"),
        client.get("/?tab=wrong"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404, 405, 302, 304, 404, 400]
    assert {answer.headers.get("Content-Security-Policy") for answer in answers} == {POLICY}


def test_no_inline_script_or_style_is_allowed() -> None:
    assert "unsafe" not in POLICY
    assert "frame-ancestors 'none'" in POLICY


def test_transport_security_is_demanded_where_the_public_address_is_https(tmp_path: Path) -> None:
    answers = []
    for url in ("http://sla.example.com", "https://sla.example.com"):
        app = host(tmp_path / url[:5], SLAPLUGIN_PUBLIC_URL=url)
        answers.append(app.test_client().get("/sla/healthz").headers.get("Strict-Transport-Security"))
    assert answers == [None, "max-age=31536000"]


def test_every_unsafe_route_refuses_a_request_without_a_token(busy_desk: Desk) -> None:
    client = busy_desk.client()
    refused = {rule.endpoint: client.open(address, method=method).status_code
               for method in ("POST", "PUT", "PATCH", "DELETE")
               for rule, address in routes(busy_desk.app, method)
               if rule.endpoint not in ("slaplugin.nowhere", "slaplugin.hook", "slaplugin.demo_receive")}  # fmt: skip
    assert refused
    assert set(refused.values()) == {400}


def test_a_refused_form_says_what_to_do(busy_desk: Desk) -> None:
    page = busy_desk.client().post("/acknowledge", data={"ticket": "desk:401"}).get_data(as_text=True)
    assert "This page is too old to act from." in page


def test_machines_need_no_token(desk: Desk) -> None:
    client = desk.client()
    assert client.post("/demo/inbox", data=b"{}").status_code == 204
    assert client.post("/hooks/nowhere", data=b"{}").status_code == 401


@pytest.mark.parametrize("before_us", [True, False])
def test_machines_need_no_token_under_a_hosts_own_protection(tmp_path: Path, before_us: bool) -> None:
    app = Flask("host", static_folder=None)
    app.config["SECRET_KEY"] = "of the host"
    if before_us:
        CSRFProtect(app)
    app = host(tmp_path, app)
    if not before_us:
        CSRFProtect(app)
    client = app.test_client()
    assert client.post("/sla/demo/inbox", data=b"{}").status_code != 400
    assert client.post("/sla/acknowledge").status_code == 400


def test_every_get_view_reads_only(busy_desk: Desk) -> None:
    """A write in one would fail: the session's database is opened for reading alone."""
    client = busy_desk.client()
    failed = [rule.rule for rule, address in routes(busy_desk.app, "GET") if client.get(address).status_code >= 500]
    assert failed == []


def test_no_cross_origin_header_is_ever_set(busy_desk: Desk) -> None:
    answer = busy_desk.client().get("/queue/rows", headers={"Origin": "https://evil.example"})
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def host(folder: Path, app: Flask | None = None, **settings: Any) -> Flask:
    """Somebody else's application with us under /sla."""
    app = app or Flask("host", static_folder=None)
    folder.mkdir(exist_ok=True)
    app.config.update({
        "SLAPLUGIN_INSTANCE": str(folder), "SLAPLUGIN_DATABASE_URL": f"sqlite:///{folder}/host.sqlite3",
        "SLAPLUGIN_SECRET_KEYS": Fernet.generate_key().decode(), "SLAPLUGIN_DEMO": "true", **settings,
    })  # fmt: skip
    own_pages(app)
    SLAPlugin().init_app(app)
    return app


def own_pages(app: Flask) -> None:
    app.add_url_rule("/", "home", lambda: "<h1>Host</h1>")
    app.add_url_rule("/form", "form", lambda: "stored", methods=["POST"])


def said(client: FlaskClient, method: str, address: str) -> tuple[int, list[tuple[str, str]], bytes]:
    answer = client.open(address, method=method)
    return answer.status_code, [pair for pair in answer.headers if pair[0] != "Date"], answer.data


@pytest.mark.parametrize(
    ("method", "address"), [("GET", "/"), ("GET", "/nothing"), ("POST", "/form"), ("POST", "/"), ("PUT", "/form")]
)
def test_a_hosts_own_pages_are_the_same_with_and_without_us(tmp_path: Path, method: str, address: str) -> None:
    plain = Flask("host", static_folder=None)
    own_pages(plain)
    with_us = host(tmp_path)
    assert said(with_us.test_client(), method, address) == said(plain.test_client(), method, address)


def test_our_own_prefix_is_ours_down_to_the_404(tmp_path: Path) -> None:
    answer = host(tmp_path).test_client().get("/sla/nothing")
    assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (404, POLICY)
    assert b"There is nothing here." in answer.data

"""The demo's inbox: a receiver of our own webhooks, so that an escalation can be seen to arrive."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, request

from slaplugin.services import arrivals, health
from slaplugin.services.arrivals import LARGEST_BYTES, Arrivals
from slaplugin.web import answers, security, state


def register(blueprint: Blueprint) -> None:
    """The page and the receiver; every app has an inbox of its own."""
    inbox = Arrivals()

    def page() -> Response:
        mine = _demo()
        now = mine.clock.now()
        with mine.read_session() as session:
            known = health.of_sources(session, now)
        return make_response(answers.page("demo_inbox.html", now, known, arrived=inbox.every()))

    @security.for_machines
    def demo_receive() -> Response:
        mine = _demo()
        request.max_content_length = LARGEST_BYTES
        body = request.get_data()
        now = mine.clock.now()
        with mine.read_session() as session:
            secrets = arrivals.secrets_of(session, mine.runtime.secrets, now)
        inbox.receive({name.lower(): value for name, value in request.headers.items()}, body, secrets, now)
        return make_response("", 204)

    blueprint.add_url_rule("/demo/inbox", "demo_inbox", page, methods=["GET"])
    blueprint.add_url_rule("/demo/inbox", "demo_receive", demo_receive, methods=["POST"])


def _demo() -> state.State:
    mine = state.current()
    if not mine.config.demo:
        abort(404)
    return mine

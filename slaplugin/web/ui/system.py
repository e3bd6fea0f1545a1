"""Whether the installation works at all, for machines that watch it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from slaplugin.services import health
from slaplugin.web import state


def register(blueprint: Blueprint) -> None:
    """The one word."""
    blueprint.add_url_rule("/healthz", "healthz", _healthz, methods=["GET"])


def _healthz() -> Response:
    """`ok`, or 503 when the database does not answer; nothing more, because anybody may ask."""
    try:
        with state.current().read_session() as session:
            health.last_tick(session)
    except Exception as error:
        if not health.is_outage(error):
            raise
        return _plain("not ok", 503)
    return _plain("ok", 200)


def _plain(text: str, status: int) -> Response:
    response = make_response(text, status)
    response.mimetype = "text/plain"
    response.headers["Cache-Control"] = "no-store"
    return response

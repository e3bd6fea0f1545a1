"""Inbound webhooks: the signature alone decides. Stored and answered here, worked off elsewhere."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from slaplugin.errors import SLAPluginError
from slaplugin.sdk.errors import SignatureError
from slaplugin.services import inbox


def register(blueprint: Blueprint) -> None:
    """Add `/hooks/SOURCE`."""
    blueprint.add_url_rule("/hooks/<source>", "hook", receive, methods=["POST"])


def receive(source: str) -> Response:
    """202 for a new delivery, 200 for one seen before, 401 for whatever cannot prove where it comes from.

    Too large: 413. 503 when it could not be stored, so that the sender tries again.
    """
    state = current_app.extensions["slaplugin"]
    if request.content_length is None or request.content_length > state.config.max_webhook_bytes:
        return Response("the body is too large\n", 413, mimetype="text/plain")
    body = request.get_data(cache=True)
    try:
        with state.session() as session:
            first = inbox.accept(
                session, state.clock, state.runtime.connections.connector, source, dict(request.headers), body
            )
    except SignatureError:
        return Response("the delivery cannot be verified\n", 401, mimetype="text/plain")
    except SLAPluginError:
        current_app.logger.warning("a delivery for source %r could not be stored", source)
        return Response("not stored, try again\n", 503, mimetype="text/plain")
    return Response("accepted\n" if first else "seen before\n", 202 if first else 200, mimetype="text/plain")

"""The pages, as one blueprint that lives under any prefix of any Flask app."""

from __future__ import annotations

from flask import Blueprint

from slaplugin.web import assets, errors, hooks, security
from slaplugin.web.ui import deliveries, demo, queue, sources, system, tickets

PARTS = (queue, tickets, sources, deliveries, demo, system, hooks, assets)


def create_blueprint() -> Blueprint:
    """A new blueprint for one app, registered by the extension under its URL prefix."""
    blueprint = Blueprint("slaplugin", __name__, template_folder="templates")
    security.for_machines(hooks.receive)
    security.register(blueprint)
    errors.register(blueprint)
    for part in PARTS:
        part.register(blueprint)
    return blueprint

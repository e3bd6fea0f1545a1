"""What was sent where, how each try ended, and sending once more."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request, url_for

from slaplugin.errors import DocumentError, Problem
from slaplugin.services import deliveries, delivery, health
from slaplugin.web import answers, state

PAGE_SIZE = 50
LARGEST = 2**63 - 1
STATES = {"pending": "Waiting", "leased": "Being sent", "delivered": "Delivered", "dead": "Given up"}


def register(blueprint: Blueprint) -> None:
    """The list, one delivery with its tries, and the button."""
    rule = f"/deliveries/<int(max={LARGEST}):delivery_id>"
    blueprint.add_url_rule("/deliveries", "deliveries", _list, methods=["GET"])
    blueprint.add_url_rule(rule, "delivery", _one, methods=["GET"])
    blueprint.add_url_rule(f"{rule}/replay", "delivery_replay", _replay, methods=["POST"])


def _list() -> Response:
    mine = state.current()
    wanted = request.args.get("state")
    if wanted is not None and wanted not in STATES:
        raise DocumentError("the address", [Problem("state", f"there are {', '.join(STATES)}")])
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before <= LARGEST:
        raise DocumentError("the address", [Problem("before", "is not the end of a page; go back to the first page")])
    now = mine.clock.now()
    with mine.read_session() as session:
        found = delivery.page(session, state=wanted, before=before, limit=PAGE_SIZE + 1)
        known = health.of_sources(session, now)
    return make_response(
        answers.page("deliveries.html", now, known, found=found[:PAGE_SIZE], states=STATES, wanted=wanted,
                     names={source.id: source.name for source in known},
                     before=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None, is_first=before is None)
    )  # fmt: skip


def _one(delivery_id: int) -> Response:
    mine = state.current()
    now = mine.clock.now()
    with mine.read_session() as session:
        found = deliveries.page(session, delivery_id)
        known = health.of_sources(session, now)
    return make_response(
        answers.page(
            "delivery.html", now, known, shown=found, states=STATES, names={source.id: source.name for source in known}
        )
    )


def _replay(delivery_id: int) -> Response:
    mine = state.current()
    with mine.session() as session:
        delivery.replay(session, mine.clock, delivery_id)
    return make_response(redirect(url_for("slaplugin.delivery", delivery_id=delivery_id), code=303))

"""How well each helpdesk is read: for those who connect them, and for everybody who wonders how old a time is."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from slaplugin.services import health
from slaplugin.web import answers, state


def register(blueprint: Blueprint) -> None:
    """The page."""
    blueprint.add_url_rule("/sources", "sources", _page, methods=["GET"])


def _page() -> Response:
    mine = state.current()
    now = mine.clock.now()
    with mine.read_session() as session:
        known = health.of_sources(session, now)
        aside = health.set_aside(session)
        ticked_at = health.last_tick(session)
    notice = health.notice(known, ticked_at, now)
    scheduler = notice if notice is not None and notice.kind == "scheduler" else None
    return make_response(
        answers.page("sources.html", now, known, scheduler, known=known, aside=aside, ticked_at=ticked_at)
    )

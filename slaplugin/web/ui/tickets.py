"""The page of one ticket, and saying "mine"."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for

from slaplugin import wording
from slaplugin.errors import NotFound
from slaplugin.services import tickets
from slaplugin.services.tickets import TicketPage, TimerView
from slaplugin.web import answers, links, state, viewer
from slaplugin.web.ui import chips, explanations, strips
from slaplugin.web.ui.chips import ChipView
from slaplugin.web.ui.explanations import Explanation
from slaplugin.web.ui.strips import Strip
from slaplugin.web.words import Words

OPEN_ENDED = 2
"""Of the timers that ended, so many are drawn; the others are one line each."""


@dataclass(frozen=True, slots=True)
class TimerCard:
    """One timer on the page: drawn and explained, or one line when it is done."""

    view: TimerView
    chip: ChipView
    strip: Strip | None
    explanation: Explanation | None
    is_drawn: bool
    name: str


def register(blueprint: Blueprint) -> None:
    """The page, by stable id or by what people call the ticket, and its one action."""
    blueprint.add_url_rule("/tickets/<source>/<path:ticket>", "ticket", _page, methods=["GET"])
    blueprint.add_url_rule("/tickets/<path:address>", "ticket_by_key", _by_key, methods=["GET"])
    blueprint.add_url_rule("/acknowledge", "acknowledge", _acknowledge, methods=["POST"])
    blueprint.add_url_rule("/acknowledge/undo", "acknowledge_undo", _undo, methods=["POST"])


def _page(source: str, ticket: str) -> Response:
    mine = state.current()
    with mine.read_session() as session:
        owner, found = tickets.find(session, source, ticket)
        if (owner, found.ticket) != (source, ticket):
            return make_response(redirect(url_for("slaplugin.ticket", source=owner, ticket=found.ticket)))
        shown = tickets.page(session, mine.runtime.documents, mine.clock.now(), source, ticket)
    fingerprint = f"{shown.fingerprint}-{viewer.zone().key}"
    return answers.unchanged(fingerprint, shown.sources) or answers.tagged(_rendered(shown), fingerprint, shown.sources)


def _by_key(address: str) -> Response:
    source, _, ticket = address.partition(":")
    with state.current().read_session() as session:
        owner, found = tickets.find(session, source, ticket) if ticket else tickets.find(session, address, "")
    return make_response(redirect(url_for("slaplugin.ticket", source=owner, ticket=found.ticket)))


def _acknowledge() -> Response:
    mine = state.current()
    source, ticket = _address()
    with mine.session() as session:
        key = tickets.acknowledge(session, mine.clock, source, ticket, viewer.name(), request.form.get("note", ""))
    return _done(key, f"{key} is yours. What repeats until somebody acknowledges has stopped.")


def _undo() -> Response:
    mine = state.current()
    source, ticket = _address()
    with mine.session() as session:
        key = tickets.withdraw(session, mine.clock, source, ticket, viewer.name())
    return _done(key, f"{key} is nobody's again.")


def _address() -> tuple[str, str]:
    source, separator, ticket = request.form.get("ticket", "").partition(":")
    if not separator:
        raise NotFound("no ticket was named; reload the page and try again")
    return source, ticket


def _done(key: str, message: str) -> Response:
    if request.accept_mimetypes.quality("application/json") > request.accept_mimetypes.quality("text/html"):
        return jsonify(key=key, message=message)
    back = links.inside(request.form.get("back"), url_for("slaplugin.queue"))
    return make_response(redirect(back, code=303))


def _rendered(shown: TicketPage) -> str:
    words = Words(shown.now, viewer.zone())
    cards = _cards(shown, words)
    first = next((card for card in cards if card.view.chip.is_open), None)
    return answers.page(
        "ticket.html", shown.now, shown.sources, shown.notice, page=shown, cards=cards, first=first,
        helpdesk=words.kind(shown.source.kind), helpdesk_url=links.outside(shown.ticket.url), zone=viewer.zone().key,
        address=f"{shown.source.name}:{shown.ticket.ticket}",
    )  # fmt: skip


def _cards(shown: TicketPage, words: Words) -> list[TimerCard]:
    cards, ended = [], 0
    for view in shown.timers:
        ended += not view.chip.is_open
        explanation = explanations.explain(view, shown.marks, words)
        address = f"{shown.source.name}:{shown.ticket.ticket}:{view.chip.metric}:{view.chip.cycle}"
        cards.append(
            TimerCard(
                view=view, chip=chips.view(view.chip, words, address, shown.ticket.status_name),
                strip=None if explanation is None else strips.draw(view, shown.marks, words, explanation.summary),
                explanation=explanation, is_drawn=view.chip.is_open or (ended <= OPEN_ENDED and not _has_open(shown)),
                name=wording.metric(view.chip.metric),
            )
        )  # fmt: skip
    return cards


def _has_open(shown: TicketPage) -> bool:
    return any(view.chip.is_open for view in shown.timers)

"""The queue: the page that agents look at all day, and the rows that its browser asks for every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from flask import Blueprint, Response, make_response, request, url_for

from slaplugin import wording
from slaplugin.services import queue
from slaplugin.services.queue import COUNT_LIMIT, Filters, QueuePage, Row
from slaplugin.web import answers, links, state, viewer
from slaplugin.web.ui import chips
from slaplugin.web.ui.chips import ChipView
from slaplugin.web.words import Words

TITLES = {"all": "All", "risk": "At risk", "breached": "Breached", "paused": "Paused", "met": "Recently met"}
COLOURS = {"risk": "t-risk", "breached": "t-over"}


@dataclass(frozen=True, slots=True)
class TabView:
    """A tab: a link, because the filter is the address."""

    title: str
    href: str
    count: str
    css: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the table. `key` is stable over everything that can happen to the ticket."""

    key: str
    row: Row
    href: str
    helpdesk: str
    helpdesk_url: str | None
    chip: ChipView | None
    others: tuple[ChipView, ...]


def register(blueprint: Blueprint) -> None:
    """The page and its rows."""
    blueprint.add_url_rule("/", "queue", _page, methods=["GET"], strict_slashes=False)
    blueprint.add_url_rule("/queue/rows", "queue_rows", _rows, methods=["GET"])


def _page() -> Response:
    shown = _read(viewer.zone())
    return make_response(_rendered("queue.html", shown))


def _rows() -> Response:
    shown = _read(viewer.zone())
    fingerprint = _fingerprint(shown)
    return answers.unchanged(fingerprint, shown.sources) or answers.tagged(
        _rendered("queue_live.html", shown), fingerprint, shown.sources
    )


def _read(zone: tzinfo) -> QueuePage:
    mine = state.current()
    given = request.args
    filters = queue.filters(given.get("tab"), given.get("q"), given.get("closed") == "1")
    with mine.read_session() as session:
        return queue.page(session, mine.runtime.documents, mine.clock.now(), zone, filters, given.get("after"))


def _fingerprint(shown: QueuePage) -> str:
    return f"{shown.fingerprint}-{viewer.zone().key}"


def _rendered(template: str, shown: QueuePage) -> str:
    words = Words(shown.now, viewer.zone())
    return answers.page(
        template, shown.now, shown.sources, shown.notice, page=shown, tabs=_tabs(shown), zone=viewer.zone().key,
        groups=[(group, [_row(row, words) for row in group.rows]) for group in shown.groups],
        address=_address, fingerprint=_fingerprint(shown), tab_title=TITLES[shown.filters.tab],
    )  # fmt: skip


def _tabs(shown: QueuePage) -> list[TabView]:
    tabs = []
    for name, title in TITLES.items():
        count = shown.counts[name]  # type: ignore[index]
        text = wording.number(count) if count <= COUNT_LIMIT else f"{wording.number(COUNT_LIMIT)}+"
        css = COLOURS.get(name, "") if count else ""
        tabs.append(TabView(title, _address(shown.filters, tab=name), text, css, name == shown.filters.tab))
    return tabs


def _address(filters: Filters, *, tab: str | None = None, query: str | None = None, closed: bool = False,
             after: str | None = None) -> str:  # fmt: skip
    """The address of the queue with some filters changed; what is at its default is left out."""
    tab = filters.tab if tab is None else tab
    query = filters.query if query is None else query
    return url_for(
        "slaplugin.queue", tab=None if tab == "all" else tab, q=query or None, closed="1" if closed else None,
        after=after,
    )  # fmt: skip


def _row(row: Row, words: Words) -> RowView:
    address = f"{row.source}:{row.ticket.ticket}"
    status = row.ticket.status_name
    shown = [
        chips.view(chip, words, f"{address}:{chip.metric}:{chip.cycle}", status)
        for chip in ((row.chip, *row.others) if row.chip is not None else ())
    ]
    return RowView(
        key=address, row=row, href=url_for("slaplugin.ticket", source=row.source, ticket=row.ticket.ticket),
        helpdesk=words.kind(row.kind), helpdesk_url=links.outside(row.ticket.url),
        chip=shown[0] if shown else None, others=tuple(shown[1:]),
    )  # fmt: skip

"""How views answer: pages in the common frame, and nothing at all to those who have the newest already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, render_template, request

from slaplugin.domain.instants import Instant
from slaplugin.services.health import Notice, SourceHealth
from slaplugin.web import assets, notices, state, viewer
from slaplugin.web.words import Words


def page(
    template: str, now: Instant, sources: Sequence[SourceHealth], notice: Notice | None = None, **context: Any
) -> str:
    """Render a page, or the part of one, with what its frame shows: data ages, notice, navigation."""  # fmt: skip
    words = Words(now, viewer.zone())
    return render_template(
        f"slaplugin/{template}", w=words, asset=assets.address, server_time=state.current().clock.now_ms(),
        ages=[notices.age(source, now) for source in sources],
        notice=None if notice is None else notices.worded(notice, words),
        is_demo=state.current().config.demo, **context,
    )  # fmt: skip


def tagged(body: str, fingerprint: str, sources: Sequence[SourceHealth]) -> Response:
    """An answer with an ETag; `X-Sources` says when each source was last read, on 304 too."""
    return _with_sources(_tag(make_response(body), fingerprint), sources)


def unchanged(fingerprint: str, sources: Sequence[SourceHealth]) -> Response | None:
    """A 304 when the asker has what this fingerprint stands for; None when it needs the body."""
    if not request.if_none_match.contains_weak(fingerprint):
        return None
    return _with_sources(_tag(make_response(b"", 304), fingerprint), sources)


def _tag(response: Response, fingerprint: str) -> Response:
    response.set_etag(fingerprint, weak=True)
    return response


def _with_sources(response: Response, sources: Sequence[SourceHealth]) -> Response:
    response.headers["X-Sources"] = ", ".join(f"{one.name}={one.read_at or ''}" for one in sources)
    return response

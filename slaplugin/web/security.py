"""Headers of every answer of ours, and the proof that an unsafe request came from one of our pages.

Nothing here touches a host application's own routes: headers are set on our blueprint's answers, and a CSRFProtect
that we have to bring along checks nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Flask, Response, current_app, request
from flask_wtf.csrf import CSRFProtect

from slaplugin.web import state

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
"""`data:` images because Bootstrap's stylesheet draws its arrows and ticks so."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TRANSPORT = "max-age=31536000"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
_MARK = "is_for_machines"
View = TypeVar("View", bound=Callable[..., Any])


def protect(app: Flask) -> None:
    """Have a CSRFProtect in the app: the host's, else one of ours that leaves the host's own routes alone."""
    if "csrf" in app.extensions:
        return
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # a queue stays open for a working day
    CSRFProtect(app)


def for_machines(view: View) -> View:
    """Mark a view that no browser session reaches: its own signature check decides, not a token of a form."""
    setattr(view, _MARK, True)
    return view


def register(blueprint: Blueprint) -> None:
    """Check tokens before, and set headers after, every view of the blueprint."""
    blueprint.url_value_preprocessor(_spare_machines)
    blueprint.before_request(_check_token)
    blueprint.after_request(_set_headers)


def _spare_machines(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Tell whichever CSRFProtect the app has, before it looks: a host may have added its own after us."""
    view = current_app.view_functions.get(endpoint or "")
    if view is not None and getattr(view, _MARK, False):
        current_app.extensions["csrf"].exempt(view)


def _check_token() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in UNSAFE and not getattr(view, _MARK, False):
        current_app.extensions["csrf"].protect()


def _set_headers(response: Response) -> Response:
    mine = state.current()
    response.headers.update(HEADERS)
    if request.is_secure or (mine.config.public_url or "").startswith("https:"):
        response.headers["Strict-Transport-Security"] = TRANSPORT
    response.headers["X-Server-Time"] = str(mine.clock.now_ms())
    if not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "private, no-cache"
    return response

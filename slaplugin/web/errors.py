"""What people and programs get when something is not there, not allowed or broken: words, never a traceback."""

from __future__ import annotations

import secrets

import structlog
from flask import Blueprint, Response, abort, current_app, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from slaplugin import errors
from slaplugin.services import health
from slaplugin.web import assets, security, state

log = structlog.get_logger(__name__)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
TITLES = {
    400: "This request makes no sense.",
    403: "You may not do that.",
    404: "There is nothing here.",
    405: "This page cannot do that.",
    409: "Somebody was faster.",
    413: "That is too large.",
    500: "Something went wrong on our side.",
    503: "The database does not answer.",
}
WORDS = {
    400: "Go back, reload the page and try again. What you entered was not stored.",
    403: "It needs a role that you do not have. An admin can give it to you.",
    404: "The address may be mistyped, or what it named was removed.",
    405: "The address is right, but not for this kind of request.",
    413: "Send less at once.",
    503: "It may be starting, locked or older than this version. Nothing is lost; try again in a minute.",
}


def register(blueprint: Blueprint) -> None:
    """Answer errors of our views, and addresses under our prefix that lead nowhere, in our own way."""
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(errors.SLAPluginError, _ours)
    blueprint.register_error_handler(Exception, _unexpected)
    security.for_machines(_nowhere)  # nothing is there that a token could protect
    blueprint.add_url_rule("/<path:address>", "nowhere", _nowhere, methods=METHODS, provide_automatic_options=False)


def _nowhere(address: str) -> Response:
    """Catch what no other rule takes, so that a host's own 404 stays the host's; 405 where only the method is wrong."""
    adapter = current_app.create_url_adapter(request)
    allowed = []
    for method in METHODS:
        try:
            endpoint, _ = adapter.match(method=method) if adapter is not None else ("", {})
        except (NotFound, MethodNotAllowed, RequestRedirect):
            continue
        if endpoint != request.endpoint:
            allowed.append(method)
    if allowed and request.method not in allowed:
        raise MethodNotAllowed(valid_methods=allowed)
    abort(404)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if isinstance(error, CSRFError):
        return _answer(400, "This page is too old to act from.", "Reload it and try again. Nothing was changed.")
    if code < 400:
        return make_response(error.get_response())
    response = _answer(code, TITLES.get(code, error.name), WORDS.get(code, ""))
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers.setdefault(name, value)
    return response


def _ours(error: errors.SLAPluginError) -> Response:
    if health.is_outage(error):
        return _unavailable(error)
    if isinstance(error, errors.NotFound):
        return _answer(404, _sentence(str(error)), WORDS[404])
    if isinstance(error, errors.Conflict):
        return _answer(409, _sentence(str(error)), "")
    if isinstance(error, errors.DocumentError):
        return _answer(400, TITLES[400], " ".join(_sentence(str(problem)) for problem in error.problems))
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    if health.is_outage(error):
        return _unavailable(error)
    number = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
    log.exception("page_failed", number=number, endpoint=request.endpoint, exc_info=error)
    return _answer(500, TITLES[500], "Nothing you entered is lost. Tell your admin this number:", number)


def _unavailable(error: BaseException) -> Response:
    log.error("database_unavailable", error=type(error).__name__, endpoint=request.endpoint)
    response = _answer(503, TITLES[503], WORDS[503])
    response.headers["Retry-After"] = "60"
    return response


def _answer(code: int, title: str, text: str, number: str | None = None) -> Response:
    if _wants_json():
        detail = " ".join(part for part in (text, number) if part)
        response = jsonify(type="about:blank", title=title, status=code, detail=detail)
        response.mimetype = "application/problem+json"
    else:
        mine = state.current()
        response = make_response(
            render_template(
                "slaplugin/error.html", asset=assets.address, title=title, text=text, number=number, ages=(), w=None,
                server_time=mine.clock.now_ms(), is_demo=mine.config.demo,
            )
        )  # fmt: skip
    response.status_code = code
    response.headers["Cache-Control"] = "no-store"
    return response


def _wants_json() -> bool:
    """Programs: everything under /api, and whoever likes JSON better than a page."""
    path = request.path.removeprefix(state.current().config.url_prefix)
    accept = request.accept_mimetypes
    return path.startswith("/api/") or accept.quality("application/json") > accept.quality("text/html")


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")

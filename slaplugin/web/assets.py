"""Stylesheets and scripts under an address that changes with their content, so that browsers may keep them for good.

Bootstrap's stylesheet comes from the package Bootstrap-Flask; everything else is our own. Nothing is fetched from
another host.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath

from flask import Blueprint, Response, abort, request, url_for

STATIC = Path(__file__).parent / "static"
BOOTSTRAP = "bootstrap.min.css"
YEAR_SECONDS = 31_536_000
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""Named here because some machines have other ideas, and a script of another type is not run."""


def register(blueprint: Blueprint) -> None:
    """Serve the files."""
    blueprint.add_url_rule("/assets/<version>/<path:name>", "asset", _asset, methods=["GET"])


def address(name: str) -> str:
    """Where a file is served: `js/queue.js`, `app.css`."""
    return url_for("slaplugin.asset", version=version(), name=name)


@cache
def version() -> str:
    """A digest of all files."""
    digest = hashlib.sha256()
    for name, content in sorted(_files().items()):
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:12]


@cache
def _files() -> dict[str, bytes]:
    """Every file by name, in memory: all together they are smaller than one photograph."""
    own = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.suffix in TYPES}
    bootstrap = resources.files("flask_bootstrap") / "static" / "bootstrap5" / "css" / BOOTSTRAP
    return {name: path.read_bytes() for name, path in own.items()} | {BOOTSTRAP: bootstrap.read_bytes()}


def _asset(version: str, name: str) -> Response:
    content = _files().get(name)
    if content is None:
        abort(404)
    response = Response(content, mimetype=TYPES[PurePosixPath(name).suffix])
    if version == _version():
        response.cache_control.public = True
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.immutable = True
    else:  # an old page asks for what it knew: it gets today's file and keeps nothing
        response.cache_control.no_store = True
    response.add_etag()
    response.make_conditional(request)
    return response


_version = version

"""Stylesheets and scripts under an address that changes with their content, so that browsers may keep them for good.

Bootstrap's stylesheet comes from the package Bootstrap-Flask; everything else is our own. Nothing is fetched from
another host.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path

from flask import Blueprint, Response, abort, send_file, url_for

STATIC = Path(__file__).parent / "static"
BOOTSTRAP = "bootstrap.min.css"
YEAR_SECONDS = 31_536_000


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
    for name, path in sorted(_files().items()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@cache
def _files() -> dict[str, Path]:
    own = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
    bootstrap = resources.files("flask_bootstrap") / "static" / "bootstrap5" / "css" / BOOTSTRAP
    return own | {BOOTSTRAP: Path(str(bootstrap))}


def _asset(version: str, name: str) -> Response:
    path = _files().get(name)
    if path is None:
        abort(404)
    response = send_file(path, conditional=True)
    if version == _version():
        response.cache_control.public = True
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.immutable = True
        response.cache_control.no_cache = None
    else:  # an old page asks for what it knew: it gets today's file and keeps nothing
        response.cache_control.no_store = True
    return response


_version = version

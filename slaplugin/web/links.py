"""Addresses that came from outside, before they become links or redirects."""

from __future__ import annotations

from urllib.parse import urlsplit


def outside(url: str | None) -> str | None:
    """A ticket's address at its helpdesk, if it is one that a browser may open; a script is not."""
    if url is None or urlsplit(url).scheme not in ("http", "https"):
        return None
    return url


def inside(path: str | None, otherwise: str) -> str:
    """Where to go back to after a form: a path of this server, nowhere else."""
    is_ours = path is not None and path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path
    return path if path is not None and is_ours else otherwise

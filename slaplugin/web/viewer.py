"""Who looks at a page, and in which time zone."""

from __future__ import annotations

from urllib.parse import unquote
from zoneinfo import ZoneInfo

from flask import request

from slaplugin.web import state

ZONE_COOKIE = "slaplugin_zone"


def zone() -> ZoneInfo:
    """The zone that the browser named in its cookie, else the one of the configuration."""
    try:
        return ZoneInfo(unquote(request.cookies.get(ZONE_COOKIE, "")))
    except (KeyError, ValueError, OSError):  # not a zone, or not one of this machine
        return ZoneInfo(state.current().config.time_zone)


def name() -> str:
    """Who acts. Until there are accounts, everybody who can reach the server is the person at this machine."""
    return "the person at this machine"

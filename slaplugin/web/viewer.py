"""Who looks at a page, and in which time zone."""

from __future__ import annotations

import re
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from flask import request

from slaplugin.web import state

ZONE_COOKIE = "slaplugin_zone"
_ZONE = re.compile(r"[A-Za-z0-9_+/-]{1,64}", re.ASCII)


def zone() -> ZoneInfo:
    """The zone that the browser named in its cookie, else the one of the configuration."""
    named = unquote(request.cookies.get(ZONE_COOKIE, ""))
    if _ZONE.fullmatch(named):
        try:
            return ZoneInfo(named)
        except (KeyError, ValueError, OSError):  # not a zone, or not one of this machine
            pass
    return ZoneInfo(state.current().config.time_zone)


def name() -> str:
    """Who acts. Until there are accounts, everybody who can reach the server is the person at this machine."""
    return "the person at this machine"

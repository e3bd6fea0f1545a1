"""The policy document that a new installation starts with."""

from __future__ import annotations

from importlib import resources

from slaplugin.documents import calendars

DEFAULT_POLICY = "default-policy.yaml"

_ZONE = "time_zone: UTC"


def default_policy(time_zone: str = "UTC") -> str:
    """Its text, comments included, with office hours in this time zone; raises ValueError for no zone."""
    text = resources.files("slaplugin.data").joinpath(DEFAULT_POLICY).read_text(encoding="utf-8")
    return text.replace(_ZONE, f"time_zone: {calendars.time_zone(time_zone)}", 1)

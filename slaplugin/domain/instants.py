"""Instants as integer UTC epoch seconds: the one form between columns, engine and border."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TypeAlias

Instant: TypeAlias = int

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))",
    re.ASCII,
)


def parse(text: str) -> Instant:
    """Read an RFC 3339 instant with offset; fractions of a second are cut off.

    Raises ValueError for anything else, a local time without offset and an impossible date included.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an instant; write it as 2026-01-30T15:00:00Z or with an offset")
    year, month, day, hour, minute, second, sign, offset_hours, offset_minutes = match.groups()
    local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    instant = int(local.timestamp())
    if sign is None:
        return instant
    if int(offset_hours) > 23 or int(offset_minutes) > 59:
        raise ValueError(f"{text!r} has an impossible offset")
    offset = int(offset_hours) * 3600 + int(offset_minutes) * 60
    return instant - offset if sign == "+" else instant + offset


def text(instant: Instant) -> str:
    """Write an instant as RFC 3339 in UTC: 2026-01-30T15:00:00Z."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_datetime(instant: Instant) -> datetime:
    """The same instant as an aware datetime in UTC, for display and time zones."""
    return datetime.fromtimestamp(instant, UTC)

"""Durations as people write them: 45s, 15m, 4h, 1h30m, 2d."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slaplugin.documents.paths import shown

_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)
_UNITS = (("h", 3_600), ("m", 60), ("s", 1))

MEND = "write it in whole units, largest first: 45s, 15m, 4h, 1h30m"


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds, always above zero. `has_days` remembers a `d`: 24 hours, legal only where the calendar never closes."""

    seconds: int
    has_days: bool = False


def parse(text: str) -> Duration:
    """Read a duration; raises ValueError with the mend for anything else, zero included."""
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{shown(text)} is not a duration; {MEND}")
    days, hours, minutes, seconds = (int(number or 0) for number in match.groups())
    total = days * 86_400 + hours * 3_600 + minutes * 60 + seconds
    if total == 0:
        raise ValueError(f"{shown(text)} is no time at all; a duration is at least 1s")
    return Duration(total, match.group(1) is not None)


def text(seconds: int) -> str:
    """Write seconds in the form that `parse` reads, without days: 5400 is 1h30m."""
    parts = []
    for unit, length in _UNITS:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"

"""Times and states as words, the same on every page. `static/js/words.js` says them again while the browser counts;
tests/wording.json is the table that both are held to.

Numbers and their units are tied by no-break spaces, so that a time never wraps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from slaplugin.domain import instants
from slaplugin.domain.instants import Instant

NBSP = "\u00a0"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_REASONS = {"pending": "waiting for requester", "on_hold": "on hold"}


def remaining(seconds: int, *, in_days: bool = False, is_over: bool = False) -> str:
    """Counted time left or over, cut towards zero: `27 m left`, `12 m over`, for one second `due now`.

    `in_days` is for calendars that never close: elsewhere a day is not 24 h. `is_over` tells a target that ran out
    exactly at closing time, and is past due with nothing counted since, from one that is due now.
    """
    if seconds > 0:
        return f"{amount(seconds, in_days=in_days)} left"
    if seconds == 0 and not is_over:
        return "due now"
    return f"{amount(-seconds, in_days=in_days)} over"


def amount(seconds: int, *, in_days: bool = False) -> str:
    """At most two units, cut off: `42 s`, `9 m 12 s`, `27 m`, `1 h 12 m`, `31 h`, and `3 d 4 h` from 48 h `in_days`."""
    if seconds < MINUTE:
        return _units((seconds, "s"))
    if seconds < 10 * MINUTE:
        return _units((seconds // MINUTE, "m"), (seconds % MINUTE, "s"))
    if seconds < HOUR:
        return _units((seconds // MINUTE, "m"))
    if seconds < 10 * HOUR:
        return _units((seconds // HOUR, "h"), (seconds % HOUR // MINUTE, "m"))
    if in_days and seconds >= 2 * DAY:
        return f"{number(seconds // DAY)}{NBSP}d{NBSP}{seconds % DAY // HOUR}{NBSP}h"
    return _units((seconds // HOUR, "h"))


def spoken(seconds: int) -> str:
    """The same amount with full words, for titles and for those who listen: `27 minutes left`."""
    if seconds == 0:
        return "due now"
    full = {"s": "second", "m": "minute", "h": "hour"}
    words = amount(abs(seconds)).split(NBSP)
    pairs = [(int(value.replace(",", "")), full[unit]) for value, unit in zip(words[::2], words[1::2], strict=True)]
    text = " ".join(f"{number(value)} {unit}{'' if value == 1 else 's'}" for value, unit in pairs)
    return f"{text} {'left' if seconds > 0 else 'over'}"


def exact(seconds: int) -> str:
    """A duration to the second without empty units: `8 h`, `1 h 45 m`, `50 m`, `1 h 45 m 12 s`."""
    parts = [(seconds // HOUR, "h"), (seconds % HOUR // MINUTE, "m"), (seconds % MINUTE, "s")]
    first = next((index for index, part in enumerate(parts) if part[0]), 2)
    last = max((index for index, part in enumerate(parts) if part[0]), default=2)
    return _units(*parts[first : last + 1])


def column(seconds: int, *, with_seconds: bool) -> str:
    """A duration for a column that adds up: `4 h 00 m`, `50 m`; with seconds `4 h 00 m 00 s`, `50 m 07 s`, `7 s`."""
    parts = [(seconds // HOUR, "h"), (seconds % HOUR // MINUTE, "m"), (seconds % MINUTE, "s")]
    if not with_seconds:
        parts.pop()
    first = next((index for index, part in enumerate(parts) if part[0]), len(parts) - 1)
    return _units(*parts[first:])


def ago(seconds: int) -> str:
    """How old something is: `40 s`, `14 m`, `3 h`, `5 d`."""
    for unit, size, below in (("s", 1, MINUTE), ("m", MINUTE, HOUR), ("h", HOUR, 2 * DAY)):
        if seconds < below:
            return f"{max(0, seconds) // size}{NBSP}{unit}"
    return f"{number(seconds // DAY)}{NBSP}d"


def moment(at: Instant, now: Instant, zone: tzinfo) -> str:
    """An instant in the viewer's zone: `15:51`, within six days `Mon 09:00`, else `22 May 09:00` or `22 May 2027`."""
    local, today = _local(at, zone), _local(now, zone)
    days = (local.date() - today.date()).days
    time = f"{local.hour:02}:{local.minute:02}"
    if days == 0:
        return time
    if abs(days) <= 6:
        return f"{_WEEKDAYS[local.weekday()][:3]}{NBSP}{time}"
    date = f"{local.day}{NBSP}{_MONTHS[local.month - 1][:3]}"
    return f"{date}{NBSP}{time}" if local.year == today.year else f"{date}{NBSP}{local.year}"


def dated(at: Instant, now: Instant, zone: tzinfo) -> str:
    """An instant in a sentence: `today 15:51`, else with its date, `Wed 13 May 15:40`."""
    local, today = _local(at, zone), _local(now, zone)
    time = f"{local.hour:02}:{local.minute:02}"
    if local.date() == today.date():
        return f"today{NBSP}{time}"
    date = f"{_WEEKDAYS[local.weekday()][:3]}{NBSP}{local.day}{NBSP}{_MONTHS[local.month - 1][:3]}"
    return f"{date}{NBSP}{time}" if local.year == today.year else f"{date}{NBSP}{local.year}{NBSP}{time}"


def full(at: Instant, zone: tzinfo) -> str:
    """The whole instant with the zone's name, for titles: `Fri 15 May 2026 15:51:00 Europe/Berlin`."""
    local = _local(at, zone)
    date = f"{_WEEKDAYS[local.weekday()][:3]} {local.day} {_MONTHS[local.month - 1][:3]} {local.year}"
    return f"{date} {local.hour:02}:{local.minute:02}:{local.second:02} {zone}"


def clock_time(at: Instant, zone: tzinfo) -> str:
    """The time of day to the second: `15:24:10`."""
    local = _local(at, zone)
    return f"{local.hour:02}:{local.minute:02}:{local.second:02}"


def day(at: Instant, now: Instant, zone: tzinfo) -> str:
    """A day as a heading: `Monday 18 May`, with the year when it is not this one."""
    local = _local(at, zone)
    text = f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
    return text if local.year == _local(now, zone).year else f"{text} {local.year}"


def reason(labels: Sequence[str], status_name: str | None = None) -> str:
    """Why a timer is paused: the first reason and how many more hold. Other states are called as the helpdesk does."""
    if not labels:
        return "on hold"
    first = _REASONS.get(labels[0]) or status_name or labels[0].replace("_", " ")
    return first if len(labels) == 1 else f"{first} +{len(labels) - 1}"


def metric(name: str) -> str:
    """`first_response` as `First response`."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def step(at: str) -> tuple[str, str]:
    """A rule's name as people say it, the amount and the rest: (`75 %`, ` of the target`), (`30 m`, ` before due`)."""
    if at.endswith("%"):
        return f"{at[:-1]}{NBSP}%", ", due" if at == "100%" else " of the target"
    spaced = "".join(f"{NBSP}{char}{NBSP}" if char.isalpha() else char for char in at[1:]).rstrip(NBSP)
    return spaced, " before due" if at.startswith("-") else " over"


def number(value: int) -> str:
    """A whole number in groups of three."""
    return f"{value:,}"


def _units(*parts: tuple[int, str]) -> str:
    first, *rest = parts
    words = [f"{number(first[0])}{NBSP}{first[1]}", *(f"{value:02}{NBSP}{unit}" for value, unit in rest)]
    return NBSP.join(words)


def _local(at: Instant, zone: tzinfo) -> datetime:
    return instants.as_datetime(at).astimezone(zone)

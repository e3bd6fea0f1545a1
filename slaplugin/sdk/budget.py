"""What a helpdesk lets us ask: read from its answers, shared by all calls of one source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.sdk.errors import RateLimited

FIRST_WAIT_SECONDS = 60
_DIGITS = re.compile(r"\d{1,15}", re.ASCII)
_MILLISECONDS_FROM = 100_000_000_000
_EPOCH_FROM = 1_000_000_000


class Budget:
    """How many calls are left until when, and how often in a row we were told to wait without being told how long.

    Understands `x-ratelimit-*` (GitHub, Jira) and `x-rate-limit*` (Zendesk), reset given as epoch seconds, epoch
    milliseconds, seconds from now or RFC 3339. None stands for what the helpdesk does not tell.
    """

    def __init__(self) -> None:
        self.limit: int | None = None
        self.remaining: int | None = None
        self.reset_at: Instant | None = None
        self._not_before: Instant | None = None
        self._hits = 0

    def read(self, headers: Mapping[str, str], now: Instant) -> None:
        """Take over what an answer says."""
        limit = _number(headers, "x-ratelimit-limit", "x-rate-limit")
        remaining = _number(headers, "x-ratelimit-remaining", "x-rate-limit-remaining")
        if limit is not None:
            self.limit = limit
        if remaining is not None:
            self.remaining = remaining
            self.reset_at = reset_instant(headers, now)

    def require(self, now: Instant) -> None:
        """Raise RateLimited, without asking, while the helpdesk is known to refuse."""
        if self._not_before is not None and now < self._not_before:
            raise RateLimited("the helpdesk asked us to wait; the pull goes on by itself", self._not_before - now)
        if self.remaining == 0 and self.reset_at is not None and now < self.reset_at:
            raise RateLimited("the helpdesk's call limit is used up; the pull goes on by itself", self.reset_at - now)

    def refused(self, now: Instant, wait_seconds: int | None, what: str) -> RateLimited:
        """The error for a refused call. Without a wait from the helpdesk: a minute, doubled at each one in a row."""
        if wait_seconds is None:
            wait_seconds = FIRST_WAIT_SECONDS * 2 ** min(self._hits, 6)
            self._hits += 1
        error = RateLimited(f"{what}: the helpdesk's call limit is reached; the pull goes on by itself", wait_seconds)
        self._not_before = now + error.retry_after
        return error

    def accepted(self) -> None:
        """A call went through: the next refusal starts with the short wait again."""
        self._hits = 0
        self._not_before = None


def retry_after_seconds(headers: Mapping[str, str], now: Instant) -> int | None:
    """The Retry-After of an answer in seconds from now, given as seconds or HTTP-date (RFC 9110 10.2.3); else None."""
    value = headers.get("retry-after", "").strip()
    if _DIGITS.fullmatch(value):
        return int(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max(0, int(aware.timestamp()) - now)


def reset_instant(headers: Mapping[str, str], now: Instant) -> Instant | None:
    """When the limit is renewed; None where the answer does not say or cannot be understood."""
    value = (headers.get("x-ratelimit-reset") or headers.get("x-rate-limit-reset") or "").strip()
    if not _DIGITS.fullmatch(value):
        try:
            return instants.parse(value)
        except ValueError:
            return None
    number = int(value)
    if number >= _MILLISECONDS_FROM:
        return number // 1000
    return number if number >= _EPOCH_FROM else now + number


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        value = headers.get(name, "").strip()
        if _DIGITS.fullmatch(value):
            return int(value)
    return None

"""Who calls, and how often they may: tokens, the primary limit, and the secondary limits.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Literal

from slaplugin.domain.instants import Instant
from slaplugin.simulator.github_model import JSON

WINDOW_SECONDS = 3600
LIMITS_PAGE = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
SECONDARY_MESSAGE = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@dataclass(slots=True, eq=False)
class Account:
    """A caller: a token, or everybody without one. `used` counts within the window that ends at `resets_at`."""

    token: str | None
    login: str | None
    limit: int
    sees_members: bool = False
    expires_at: Instant | None = None
    used: int = 0
    resets_at: Instant = 0
    calls: deque[tuple[Instant, int]] = field(default_factory=deque)
    writes: deque[Instant] = field(default_factory=deque)

    def is_expired(self, now: Instant) -> bool:
        """Whether the token stopped working."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call turned down for a limit."""

    status: int
    body: JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class SecondaryLimit:
    """Refusals asked for by a test: the next `times` calls, in one of the forms seen in the field."""

    status: Literal[403, 429] = 403
    retry_after: Literal["seconds", "http-date"] | None = "seconds"
    seconds: int = 60
    times: int = 1
    limited_by: str | None = None


class Limits:
    """Counts calls. Settings may be changed at any time; None switches a limit off.

    `primary_status` is what an exhausted primary limit answers. `points_per_minute` counts 1 for a read and 5 for a
    write, `writes_per_minute` counts calls that create content. `is_reset_in_ms` gives the reset header the
    milliseconds that some recorded answers have.
    """

    def __init__(self) -> None:
        self.primary_status: Literal[403, 429] = 403
        self.points_per_minute: int | None = None
        self.writes_per_minute: int | None = 80
        self.is_reset_in_ms = False
        self._secondary: deque[SecondaryLimit] = deque()

    def refuse_next(self, limit: SecondaryLimit) -> None:
        """Answer the next calls with a secondary limit."""
        self._secondary.append(limit)

    def charge(self, account: Account, method: str, now: Instant) -> Refusal | None:
        """Count a call, or say why it is turned down; calls turned down are not counted."""
        self.roll(account, now)
        if account.used >= account.limit:
            return self._primary(account)
        forced = self._forced(now)
        if forced is not None:
            return forced
        minute = self._minute(account, method, now)
        if minute is not None:
            return minute
        account.used += 1
        return None

    def refund(self, account: Account) -> None:
        """Take back the count of a call that was answered 304."""
        account.used = max(0, account.used - 1)

    def roll(self, account: Account, now: Instant) -> None:
        """Begin a new window when the old one is over."""
        if now >= account.resets_at:
            account.used, account.resets_at = 0, now + WINDOW_SECONDS

    def headers(self, account: Account) -> dict[str, str]:
        """The five headers of the primary limit."""
        return {
            "X-RateLimit-Limit": str(account.limit),
            "X-RateLimit-Remaining": str(max(0, account.limit - account.used)),
            "X-RateLimit-Used": str(account.used),
            "X-RateLimit-Reset": str(account.resets_at * (1000 if self.is_reset_in_ms else 1)),
            "X-RateLimit-Resource": "core",
        }

    def overview(self, account: Account) -> JSON:
        """The `core` resource of `/rate_limit`."""
        return {
            "limit": account.limit,
            "remaining": max(0, account.limit - account.used),
            "reset": account.resets_at,
            "used": account.used,
        }

    def _primary(self, account: Account) -> Refusal:
        who = "for 127.0.0.1" if account.login is None else f"for user {account.login}"
        message = f"API rate limit exceeded {who}."
        return Refusal(self.primary_status, {"message": message, "documentation_url": LIMITS_PAGE})

    def _forced(self, now: Instant) -> Refusal | None:
        if not self._secondary:
            return None
        limit = self._secondary[0]
        limit.times -= 1
        if limit.times <= 0:
            self._secondary.popleft()
        refusal = _secondary_refusal(limit.status)
        if limit.retry_after == "seconds":
            refusal.headers["Retry-After"] = str(limit.seconds)
        elif limit.retry_after == "http-date":
            refusal.headers["Retry-After"] = formatdate(now + limit.seconds, usegmt=True)
        if limit.limited_by is not None:
            refusal.headers["gh-limited-by"] = limit.limited_by
        return refusal

    def _minute(self, account: Account, method: str, now: Instant) -> Refusal | None:
        is_write = method != "GET"
        points = 5 if is_write else 1
        while account.calls and account.calls[0][0] <= now - 60:
            account.calls.popleft()
        while account.writes and account.writes[0] <= now - 60:
            account.writes.popleft()
        spent = sum(cost for _, cost in account.calls) if self.points_per_minute is not None else 0
        over_points = self.points_per_minute is not None and spent + points > self.points_per_minute
        over_writes = is_write and self.writes_per_minute is not None and len(account.writes) >= self.writes_per_minute
        if over_points or over_writes:
            refusal = _secondary_refusal(HTTPStatus.FORBIDDEN)
            refusal.headers["Retry-After"] = "60"
            return refusal
        if self.points_per_minute is not None:
            account.calls.append((now, points))
        if is_write:
            account.writes.append(now)
        return None


def _secondary_refusal(status: int) -> Refusal:
    return Refusal(status, {"message": SECONDARY_MESSAGE, "documentation_url": f"{LIMITS_PAGE}#secondary"})

"""GitHub's rule for telling a limit from a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from slaplugin.connectors.github_api import limited

from slaplugin.sdk.budget import Budget
from slaplugin.sdk.http import Reply, Wait

NOW = 1_778_677_200
SECONDARY = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"


def judged(status: int, body: Any = None, **headers: str) -> Wait | None:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return limited(Reply(status, given, body, "http://x/"), Budget(), NOW)


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"retry_after": "30"}, None, 30),
        ({"retry_after": "30", "x_ratelimit_remaining": "0", "x_ratelimit_reset": str(NOW + 900)}, None, 30),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(NOW + 900)}, None, 900),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str((NOW + 900) * 1000)}, None, 900),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(NOW - 5)}, None, 1),
        ({"x_ratelimit_remaining": "0"}, None, None),
        ({"x_ratelimit_remaining": "0"}, {"message": "Must have push access to repository"}, None),
        ({"x_ratelimit_remaining": "50"}, {"message": "You have exceeded a secondary rate limit"}, None),
        ({"x_ratelimit_remaining": "50"}, {"message": "", "documentation_url": SECONDARY}, None),
        ({"x_ratelimit_remaining": "50"}, {"message": "You have triggered an abuse detection mechanism"}, None),
        ({"gh_limited_by": "search-elapsed-time-shared-grouped"}, {"message": "Must have push access"}, None),
    ],
)
def test_a_limit_by_whatever_shows_it(status: int, headers: dict[str, str], body: Any, wait: int | None) -> None:
    assert judged(status, body, **headers) == Wait(wait)


@pytest.mark.parametrize("body", [None, [], "secondary", {}, {"message": None}])
def test_429_is_a_limit_without_any_sign(body: Any) -> None:
    assert judged(429, body) == Wait(None)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"message": "Resource not accessible by personal access token"}, {"message": None}]
)
def test_403_with_calls_left_is_a_refusal(body: Any) -> None:
    assert judged(403, body, x_ratelimit_remaining="4000") is None

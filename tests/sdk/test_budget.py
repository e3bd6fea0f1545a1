"""What a helpdesk lets us ask, as its headers say it."""

from __future__ import annotations

import pytest

from slaplugin.sdk.budget import Budget, reset_instant, retry_after_seconds
from slaplugin.sdk.errors import RateLimited

NOW = 1_778_677_200  # 2026-05-13T13:00:00Z


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        (" 0 ", 0),
        ("Wed, 13 May 2026 13:01:00 GMT", 60),
        ("Wed, 13 May 2026 12:59:00 GMT", 0),
        ("Wed, 13 May 2026 13:01:00", 60),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("1.5", None),
        ("٣٠", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: int | None) -> None:
    assert retry_after_seconds({"retry-after": value}, NOW) == seconds


def test_a_missing_retry_after_is_unknown() -> None:
    assert retry_after_seconds({}, NOW) is None


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (str(NOW + 90), NOW + 90),
        (str((NOW + 90) * 1000), NOW + 90),
        ("90", NOW + 90),
        ("2026-05-13T13:01:30Z", NOW + 90),
        ("whenever", None),
        ("", None),
    ],
)
def test_a_reset_is_understood_in_every_form(value: str, instant: int | None) -> None:
    assert reset_instant({"x-ratelimit-reset": value}, NOW) == instant


def test_an_empty_budget_refuses_until_its_reset() -> None:
    budget = Budget()
    budget.read({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 40)}, NOW)
    with pytest.raises(RateLimited) as error:
        budget.require(NOW)
    assert error.value.retry_after == 40


def test_an_empty_budget_is_forgotten_after_its_reset() -> None:
    budget = Budget()
    budget.read({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 40)}, NOW)
    budget.require(NOW + 40)


def test_a_budget_without_a_reset_does_not_block_for_ever() -> None:
    budget = Budget()
    budget.read({"x-ratelimit-remaining": "0"}, NOW)
    budget.require(NOW)


@pytest.mark.parametrize("prefix", ["x-ratelimit", "x-rate-limit"])
def test_both_spellings_are_read(prefix: str) -> None:
    budget = Budget()
    budget.read({f"{prefix}-remaining": "12"}, NOW)
    assert budget.remaining == 12


def test_waits_that_are_not_told_double_and_end_at_an_hour() -> None:
    budget = Budget()
    waits = [budget.refused(NOW, None, "GET /x").retry_after for _ in range(8)]
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_after_a_call_that_worked_the_wait_is_short_again() -> None:
    budget = Budget()
    budget.refused(NOW, None, "GET /x")
    budget.accepted()
    assert budget.refused(NOW, None, "GET /x").retry_after == 60


def test_nothing_is_asked_while_we_were_told_to_wait() -> None:
    budget = Budget()
    budget.refused(NOW, 30, "GET /x")
    with pytest.raises(RateLimited) as error:
        budget.require(NOW + 10)
    assert error.value.retry_after == 20


def test_a_wait_of_nothing_is_a_second() -> None:
    assert Budget().refused(NOW, 0, "GET /x").retry_after == 1

"""The schedule of tries, as it is published."""

from __future__ import annotations

import random

import pytest

from slaplugin.services import results

MINUTE, HOUR = 60, 3600
SCHEDULE = [5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 30 * HOUR]


def waits(attempt: int, retry_after_seconds: int = 0) -> list[int]:
    """The wait after this try, for 500 throws of the dice."""
    ends = [results.next_try_at(attempt, 1_000, retry_after_seconds, random.Random(seed)) for seed in range(500)]
    return [end - 1_000 for end in ends if end is not None]


def test_eleven_tries_take_seventy_four_hours_forty_two_minutes_and_thirty_five_seconds() -> None:
    assert list(results.WAITS_SECONDS) == SCHEDULE
    assert sum(results.WAITS_SECONDS) == 74 * HOUR + 42 * MINUTE + 35


@pytest.mark.parametrize(("attempt", "due"), list(enumerate(SCHEDULE, start=1)))
def test_waits_are_spread_from_four_to_six_fifths(attempt: int, due: int) -> None:
    spread = waits(attempt)
    assert len(spread) == 500
    assert 0.8 * due - 1 < min(spread) <= 0.85 * due
    assert 1.15 * due - 1 < max(spread) <= 1.2 * due


def test_the_eleventh_try_is_the_last() -> None:
    assert waits(11) == []
    assert waits(12) == []


def test_a_longer_wait_that_the_receiver_asks_for_holds_up_to_six_hours() -> None:
    assert set(waits(1, 60)) == {60}
    assert set(waits(1, 100_000)) == {6 * HOUR}


def test_a_shorter_wait_that_the_receiver_asks_for_changes_nothing() -> None:
    assert waits(5, 60) == waits(5)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaplugin.documents import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45s", 45),
        ("15m", 900),
        ("4h", 14_400),
        ("1h30m", 5_400),
        ("2d", 172_800),
        ("1d1h1m1s", 90_061),
        ("90m", 5_400),
    ],
)
def test_units_add_up(text: str, seconds: int) -> None:
    assert durations.parse(text).seconds == seconds


def test_days_are_remembered() -> None:
    assert [durations.parse(text).has_days for text in ("1d", "24h")] == [True, False]


@pytest.mark.parametrize("text", ["", "15", "1.5h", "30m1h", "1h 30m", "-1h", "1H", "h", "1w", "٣h", "1h\n"])
def test_anything_else_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError, match="1h30m"):
        durations.parse(text)


@pytest.mark.parametrize("text", ["0s", "0h0m"])
def test_no_time_at_all_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at least 1s"):
        durations.parse(text)


@given(st.integers(min_value=1, max_value=10**9))
def test_written_seconds_read_back(seconds: int) -> None:
    assert durations.parse(durations.text(seconds)).seconds == seconds


def test_the_shortest_form_is_written() -> None:
    assert durations.text(5_400) == "1h30m"

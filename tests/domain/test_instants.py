from __future__ import annotations

import pytest

from slaplugin.domain import instants


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-03-02T09:00:00Z", 1_772_442_000),
        ("2026-03-02T10:00:00+01:00", 1_772_442_000),
        ("2026-03-02T03:30:00-05:30", 1_772_442_000),
        ("2026-03-02t09:00:00.999z", 1_772_442_000),
        ("2026-03-02 09:00:00Z", 1_772_442_000),
    ],
)
def test_an_instant_is_read(text: str, instant: int) -> None:
    assert instants.parse(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T09:00:00",
        "2026-03-02",
        "2026-02-30T09:00:00Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T09:00:00+24:00",
        "2026-03-02T09:00:00+01:60",
        "now",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence differs
        instants.parse(text)


def test_an_instant_is_written_in_utc() -> None:
    assert instants.text(1_772_442_000) == "2026-03-02T09:00:00Z"


def test_an_instant_becomes_an_aware_datetime() -> None:
    assert instants.as_datetime(0).isoformat() == "1970-01-01T00:00:00+00:00"

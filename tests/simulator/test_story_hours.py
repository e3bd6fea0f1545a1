from __future__ import annotations

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from slaplugin.domain import instants
from slaplugin.simulator.story_hours import Hours


@pytest.mark.parametrize(
    ("start", "seconds", "expected", "why"),
    [
        ("2026-11-16T10:00:00Z", 3600, "2026-11-16T11:00:00Z", "within a Monday"),
        ("2026-11-16T16:00:00Z", 3600, "2026-11-16T17:00:00Z", "used up exactly at closing"),
        ("2026-11-16T16:00:00Z", 3601, "2026-11-17T09:00:01Z", "over night"),
        ("2026-11-20T16:30:00Z", 3600, "2026-11-23T09:30:00Z", "over the weekend"),
        ("2026-11-21T12:00:00Z", 60, "2026-11-23T09:01:00Z", "begun on a Saturday"),
        ("2026-11-16T06:00:00Z", 8 * 3600, "2026-11-16T17:00:00Z", "a whole day, begun before opening"),
    ],
)
def test_working_time_is_counted_from_nine_to_five(start: str, seconds: int, expected: str, why: str) -> None:
    assert instants.text(Hours().after(instants.parse(start), seconds)) == expected, why


def test_working_time_follows_the_zone_through_the_change_of_the_clocks() -> None:
    hours = Hours(ZoneInfo("Europe/Berlin"))
    friday = instants.parse("2026-10-23T14:00:00Z")  # 16:00 in summer time
    assert instants.text(hours.after(friday, 2 * 3600)) == "2026-10-26T09:00:00Z"  # 10:00 in winter time


def test_people_write_mostly_on_working_days_in_the_daytime() -> None:
    first, last = instants.parse("2026-11-02T00:00:00Z"), instants.parse("2026-11-30T00:00:00Z")
    rng, hours = Random(1), Hours()
    drawn = [instants.as_datetime(hours.arrival(rng, first, last)) for _ in range(600)]

    def share(fits: list[datetime]) -> int:
        return len(fits) * 100 // len(drawn)

    assert share([at for at in drawn if at.weekday() < 5]) > 80
    assert share([at for at in drawn if 8 <= at.hour < 18]) > 70
    assert all(first <= at.timestamp() <= last for at in drawn)

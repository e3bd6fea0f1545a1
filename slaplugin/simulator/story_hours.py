"""When the people of the demo work, write and sleep."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from random import Random

from slaplugin.domain.instants import Instant

OPENS, CLOSES = time(9), time(17)
_SATURDAY = 5
_ARRIVALS_BY_HOUR = (1, 1, 1, 1, 1, 2, 4, 9, 16, 20, 20, 18, 12, 15, 18, 17, 14, 9, 6, 4, 3, 3, 2, 1)


class Hours:
    """Monday to Friday, nine to five, in one time zone."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.zone = zone

    def after(self, start: Instant, working_seconds: int) -> Instant:
        """The instant at which so many seconds of working time have gone by."""
        day = datetime.fromtimestamp(start, UTC).astimezone(self.zone).date()
        left = working_seconds
        while True:
            if day.weekday() < _SATURDAY:
                opens = self._instant(datetime.combine(day, OPENS))
                closes = self._instant(datetime.combine(day, CLOSES))
                begin = max(start, opens)
                if begin < closes:
                    if left <= closes - begin:
                        return begin + left
                    left -= closes - begin
            day += timedelta(days=1)

    def arrival(self, rng: Random, first: Instant, last: Instant) -> Instant:
        """Draw an instant at which somebody writes: mostly in the daytime, seldom at weekends."""
        while True:
            instant = rng.randint(first, last)
            local = datetime.fromtimestamp(instant, UTC).astimezone(self.zone)
            weight = _ARRIVALS_BY_HOUR[local.hour] * (1 if local.weekday() < _SATURDAY else 0.25)
            if rng.random() * max(_ARRIVALS_BY_HOUR) < weight:
                return instant

    def _instant(self, local: datetime) -> Instant:
        return int(local.replace(tzinfo=self.zone).timestamp())

"""The only module that reads the time; everything else is given an instant or a Clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Wall time for facts and due times, monotonic time for intervals and deadlines of calls."""

    def now(self) -> int:
        """UTC epoch seconds, cut off to the whole second."""
        ...

    def now_ms(self) -> int:
        """UTC epoch milliseconds, for the browser's clock offset."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000_000

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

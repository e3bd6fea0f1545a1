"""Faults on demand: what goes wrong, on which calls, how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

FaultKind: TypeAlias = Literal[
    "reset_on_accept",
    "reset_after_request",
    "hang",
    "truncated_body",
    "garbage",
    "html",
    "drip",
    "status",
]

CONNECTION_FAULTS: frozenset[FaultKind] = frozenset({"reset_on_accept"})
REFUSING_FAULTS: frozenset[FaultKind] = frozenset({"hang", "garbage", "html", "status"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure and the calls it hits.

    `reset_on_accept` cuts a new connection before anything is read and knows no path. `hang`, `garbage`, `html` and
    `status` answer without carrying the call out. `reset_after_request`, `truncated_body` and `drip` carry it out
    first, which is what makes a retry of a write dangerous.

    `path` is a shell pattern over the path without its query. The first `skip` matching calls go through, the next
    `times` fail (None: all of them). `retry_after` is the literal header value of a `status` fault. `drip` sends one
    byte each `pause_ms` milliseconds.
    """

    kind: FaultKind
    path: str = "*"
    method: str = "*"
    times: int | None = 1
    skip: int = 0
    status: int = 502
    retry_after: str | None = None
    pause_ms: int = 50


_Fits: TypeAlias = Callable[[Fault], bool]


class FaultPlan:
    """The faults still to happen, asked once per connection and once per call. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[_Pending] = []

    def add(self, fault: Fault) -> None:
        """Let a fault happen from now on; of several that fit one call the oldest goes first."""
        with self._lock:
            self._pending.append(_Pending(fault, fault.skip, fault.times))

    def clear(self) -> None:
        """Forget every fault; calls already hanging stay so."""
        with self._lock:
            self._pending.clear()

    @property
    def pending(self) -> int:
        """How many planned faults have not been used up."""
        with self._lock:
            return len(self._pending)

    def on_accept(self) -> Fault | None:
        """Take the fault for a connection that was just accepted."""
        return self._take(lambda fault: fault.kind in CONNECTION_FAULTS)

    def on_call(self, method: str, path: str) -> Fault | None:
        """Take the fault for a call that was read in full."""
        return self._take(
            lambda fault: (
                fault.kind not in CONNECTION_FAULTS and fault.method in ("*", method) and fnmatchcase(path, fault.path)
            )
        )

    def _take(self, fits: _Fits) -> Fault | None:
        with self._lock:
            for pending in self._pending:
                if not fits(pending.fault):
                    continue
                if pending.skip > 0:
                    pending.skip -= 1
                    continue
                if pending.left is not None:
                    pending.left -= 1
                    if pending.left <= 0:
                        self._pending.remove(pending)
                return pending.fault
        return None


@dataclass(slots=True, eq=False)
class _Pending:
    fault: Fault
    skip: int
    left: int | None

"""What makes everything tick: one job a second, a leader among several processes, and a watchdog over both."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from slaplugin.clock import Clock
from slaplugin.domain import instants
from slaplugin.store import leases

log = structlog.get_logger(__name__)

TICK = "tick"
LEASE = "plan"
JUMP_SECONDS = 60
SIGN_SECONDS = 5

Stopping = Callable[[], bool]
"""True from the moment on at which long work should end after its current step."""


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do; each gets a fresh session on which it opens its own transactions, unless told otherwise.

    `sweep` decides what is due in one batch and says whether more is; `deliver` starts what is to be sent and does not
    wait for it. `due_sources` (the ids of sources to pull) and `housekeep` run inside a transaction that only the
    leader gets to commit. `pull` reads one source and may take long; `inbox` works off inbound webhooks. `stop` ends
    deliveries within so many seconds and says whether it could.
    """

    sweep: Callable[[Session], bool]
    deliver: Callable[[], object]
    due_sources: Callable[[Session], Sequence[int]]
    pull: Callable[[Session, int, Stopping], object]
    inbox: Callable[[Session], object]
    housekeep: Callable[[Session], object]
    stop: Callable[[float], bool]


class Leadership:
    """One process plans at a time. Whether the holder still lives is judged by our own monotonic clock alone.

    A holder that was stopped and wakes up again cannot commit: its fence no longer fits.
    """

    def __init__(self, holder: str, ttl_seconds: float, clock: Clock, name: str = LEASE) -> None:
        self._holder = holder
        self._ttl = ttl_seconds
        self._clock = clock
        self._name = name
        self._fence: int | None = None
        self._seen: leases.Seen | None = None
        self._seen_at = 0.0

    def lead(self, session: Session) -> bool:
        """Beat, or take over from nobody or from the dead; the first statement of every transaction of the leader.

        False: another process plans, and this transaction must change nothing.
        """
        if self._fence is not None:
            if leases.beat(session, self._name, self._holder, self._fence):
                return True
            log.warning("leadership_lost", fence=self._fence)
            self._fence = None
        seen = leases.look(session, self._name)
        now = self._clock.monotonic()
        if seen is not None and seen.holder != leases.NOBODY:
            if seen != self._seen:
                self._seen, self._seen_at = seen, now
                return False
            if now - self._seen_at < self._ttl:
                return False
        self._fence = leases.claim(session, self._name, self._holder, seen)
        if self._fence is not None:
            log.info("leadership_taken", fence=self._fence)
        return self._fence is not None

    def release(self, session: Session) -> None:
        """Let the next candidate take over at once."""
        if self._fence is not None:
            leases.release(session, self._name, self._holder, self._fence)
            self._fence = None


class Scheduler:
    """Ticks on whole seconds until it is stopped.

    A tick sweeps, starts deliveries, and as the leader starts pulls and housekeeping; what talks to helpdesks runs in
    threads beside it, so that a slow one delays nothing else. A step that raises is logged and tried at the next tick.
    """

    def __init__(
        self,
        work: Work,
        sessions: Callable[[], Session],
        clock: Clock,
        *,
        interval: timedelta = timedelta(seconds=1),
        leader_ttl_seconds: float = 10,
        pulls_at_once: int = 4,
        housekeep_every_seconds: float = 3600,
    ) -> None:
        self._work = work
        self._sessions = sessions
        self._clock = clock
        self._interval = interval
        self._pulls_at_once = pulls_at_once
        self._housekeep_every = housekeep_every_seconds
        self._leadership = Leadership(f"{os.getpid()}-{secrets.token_hex(8)}", leader_ttl_seconds, clock)
        self._stopping = Event()
        self._ticking = Lock()
        self._beside: dict[str, Thread] = {}
        self._ticked_at = clock.monotonic()
        self._wall: tuple[int, float] | None = None
        self._signed_at: float | None = None
        self._housekept_at: float | None = None
        self._jobs = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})

    def start(self) -> None:
        """Begin to tick, in threads of our own."""
        self._ticked_at = self._clock.monotonic()
        # A late run is never dropped and several late ones are one: what is due stands in the database.
        self._jobs.add_job(
            self.tick, WholeSteps(self._interval), id=TICK, coalesce=True, max_instances=1, misfire_grace_time=None
        )
        self._jobs.start()
        Thread(target=self._watch, name="slaplugin-watchdog", daemon=True).start()

    def stop(self, timeout_seconds: float = 25) -> bool:
        """End gracefully: claim nothing more, let running work finish its step, give up the leadership.

        False when something was still running after `timeout_seconds`: what it holds lapses by itself.
        """
        ends_at = self._clock.monotonic() + timeout_seconds
        self._stopping.set()
        ended = self._ticking.acquire(timeout=max(0, timeout_seconds))
        if ended:
            self._ticking.release()
        if self._jobs.running:
            self._jobs.shutdown(wait=False)
        ended &= self._work.stop(max(0, ends_at - self._clock.monotonic()))
        for thread in list(self._beside.values()):
            thread.join(max(0, ends_at - self._clock.monotonic()))
            ended &= not thread.is_alive()
        self._guarded("release", self._release)
        return ended

    def tick(self) -> None:
        """Do once what is to be done each second."""
        with self._ticking:
            self._ticked_at = self._clock.monotonic()
            self._compare_clocks()
            for name, step in (
                ("sweep", self._sweep),
                ("deliver", self._work.deliver),
                ("plan", self._plan),
                ("inbox", self._start_inbox),
                ("housekeep", self._housekeep),
                ("sign", self._sign),
            ):
                if self._stopping.is_set():
                    return
                self._guarded(name, step)
            self._ticked_at = self._clock.monotonic()

    def revive(self) -> None:
        """Have the next tick now. The scheduler waits for the old time to return when the clock was set back."""
        self._jobs.modify_job(TICK, next_run_time=instants.as_datetime(self._clock.now()))

    def _sweep(self) -> None:
        ends_at = self._clock.monotonic() + 0.8 * self._interval.total_seconds()
        with self._sessions() as session:
            while self._work.sweep(session) and self._clock.monotonic() < ends_at and not self._stopping.is_set():
                pass

    def _plan(self) -> None:
        with self._sessions() as session, session.begin():
            due = self._work.due_sources(session) if self._leadership.lead(session) else ()
        for source_id in due:
            if sum(name.startswith("pull:") for name in self._running()) >= self._pulls_at_once:
                return
            self._start_beside(f"pull:{source_id}", partial(self._pull, source_id))

    def _pull(self, source_id: int, session: Session) -> None:
        self._work.pull(session, source_id, self._stopping.is_set)

    def _start_inbox(self) -> None:
        self._start_beside("inbox", self._work.inbox)

    def _housekeep(self) -> None:
        now = self._clock.monotonic()
        if self._housekept_at is not None and now - self._housekept_at < self._housekeep_every:
            return
        self._housekept_at = now
        with self._sessions() as session, session.begin():
            if self._leadership.lead(session):
                self._work.housekeep(session)

    def _sign(self) -> None:
        now = self._clock.monotonic()
        if self._signed_at is not None and now - self._signed_at < SIGN_SECONDS:
            return
        with self._sessions() as session, session.begin():
            leases.sign(session, TICK, self._clock.now())
        self._signed_at = now

    def _release(self) -> None:
        with self._sessions() as session, session.begin():
            self._leadership.release(session)

    def _compare_clocks(self) -> None:
        wall, steady = self._clock.now(), self._clock.monotonic()
        if self._wall is not None:
            jump = (wall - self._wall[0]) - round(steady - self._wall[1])
            if abs(jump) > JUMP_SECONDS:
                log.warning("clock_jumped", seconds=jump)
        self._wall = (wall, steady)

    def _watch(self) -> None:
        seconds = self._interval.total_seconds()
        while not self._stopping.wait(seconds):
            if self._clock.monotonic() - self._ticked_at > 2 * seconds:
                self._guarded("watchdog", self.revive)

    def _running(self) -> Sequence[str]:
        self._beside = {name: thread for name, thread in self._beside.items() if thread.is_alive()}
        return list(self._beside)

    def _start_beside(self, name: str, work: Callable[[Session], object]) -> None:
        if name in self._running():
            return

        def run() -> None:
            with self._sessions() as session:
                work(session)

        thread = Thread(target=self._guarded, args=(name, run), name=f"slaplugin-{name}", daemon=True)
        self._beside[name] = thread
        thread.start()

    def _guarded(self, name: str, step: Callable[[], Any]) -> None:
        try:
            step()
        except (DBAPIError, NoConnection) as error:
            # The database is away or busy. Its own words may hold values of the statement, so only their kind is told.
            log.warning("job_failed", job=name, error=type(error).__name__)
        except Exception:
            log.exception("job_failed", job=name)


class WholeSteps(BaseTrigger):  # type: ignore[misc]
    """Fires at whole multiples of its interval, and once, however many were missed.

    APScheduler's own interval trigger lists every missed run: after a clock set right from 1970, that is a billion.
    """

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """The first multiple after `now`."""
        return EPOCH + ((now - EPOCH) // self._interval + 1) * self._interval


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

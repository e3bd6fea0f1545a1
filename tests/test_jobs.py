"""One tick a second whatever happens, one leader among several processes, and nothing lost at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from slaplugin import database
from slaplugin.clock import Clock, SystemClock
from slaplugin.jobs import Scheduler, WholeSteps, Work
from slaplugin.sdk.testing import FakeClock
from slaplugin.store import leases
from tests.waiting import wait_until

STEP = timedelta(milliseconds=50)


def test_ticks_fall_on_whole_steps() -> None:
    steps = WholeSteps(timedelta(seconds=1))
    now = datetime(2026, 5, 13, 12, 0, 0, 400_000, tzinfo=UTC)
    assert steps.get_next_fire_time(None, now) == datetime(2026, 5, 13, 12, 0, 1, tzinfo=UTC)
    assert steps.get_next_fire_time(now, now.replace(microsecond=0)) == datetime(2026, 5, 13, 12, 0, 1, tzinfo=UTC)


def test_after_a_clock_was_set_right_from_1970_one_tick_is_made_up() -> None:
    now = datetime(2026, 5, 13, 12, tzinfo=UTC)
    next_time = WholeSteps(timedelta(seconds=1)).get_next_fire_time(datetime(1970, 1, 1, tzinfo=UTC), now)
    assert next_time == now + timedelta(seconds=1)


class Day:
    """What a scheduler was asked to do, and ways to make its parts misbehave."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self.did: list[str] = []
        self.swept = threading.Semaphore(0)
        self.more_due: Callable[[], bool] = lambda: False
        self.deliver: Callable[[], object] = lambda: None
        self.sources: list[int] = []
        self.pull: Callable[[int, Callable[[], bool]], object] = lambda source_id, stopping: None
        self.housekeep: Callable[[], object] = lambda: None
        self.away: Exception | None = None
        self.stops = True

    def sessions(self) -> Session:
        if self.away is not None:
            raise self.away
        return database.new_session(self.engine)

    def scheduler(self, **settings: Any) -> Scheduler:
        def sweep(_: Session) -> bool:
            self.did.append("sweep")
            self.swept.release()
            return self.more_due()

        def deliver() -> object:
            self.did.append("deliver")
            return self.deliver()

        def due_sources(_: Session) -> list[int]:
            self.did.append("plan")
            return self.sources

        def pull(_: Session, source_id: int, stopping: Callable[[], bool]) -> object:
            self.did.append(f"pull {source_id}")
            return self.pull(source_id, stopping)

        def housekeep(_: Session) -> object:
            self.did.append("housekeep")
            return self.housekeep()

        def stop(_: float) -> bool:
            self.did.append("stop")
            return self.stops

        work = Work(sweep, deliver, due_sources, pull, lambda _: self.did.append("inbox"), housekeep, stop)
        return Scheduler(work, self.sessions, self.clock, **{"interval": STEP} | settings)

    def times(self, what: str) -> int:
        return self.did.count(what)


@pytest.fixture
def day(sqlite_engine: Engine, clock: FakeClock) -> Day:
    return Day(sqlite_engine, clock)


@pytest.fixture
def live(sqlite_engine: Engine) -> Day:
    return Day(sqlite_engine, SystemClock())


def test_a_tick_decides_before_it_delivers_and_plans(day: Day) -> None:
    day.scheduler().tick()
    wait_until(lambda: "inbox" in day.did)
    assert [what for what in day.did if what != "inbox"] == ["sweep", "deliver", "plan", "housekeep"]


def test_a_sweep_goes_on_while_more_is_due(day: Day) -> None:
    left = [True, True, True, False]
    day.more_due = lambda: left.pop(0)
    day.scheduler().tick()
    assert day.times("sweep") == 4


def test_a_sweep_leaves_the_rest_to_the_next_tick_after_most_of_the_interval(day: Day, clock: FakeClock) -> None:
    def more_due() -> bool:
        clock.advance(3)
        return True

    day.more_due = more_due
    day.scheduler(interval=timedelta(seconds=10)).tick()
    assert day.times("sweep") == 3


def raise_value_error() -> bool:
    raise ValueError("no")


def test_a_step_that_raises_is_named_and_harms_no_other(day: Day) -> None:
    day.more_due = raise_value_error
    with capture_logs() as logged:
        day.scheduler().tick()
    assert [(one["event"], one["job"]) for one in logged if one["log_level"] == "error"] == [("job_failed", "sweep")]
    assert "deliver" in day.did


def test_a_database_that_is_away_is_told_without_the_statements_values(day: Day) -> None:
    day.away = OperationalError("SELECT 1", {"token": "t0ps3cret"}, ConnectionError("t0ps3cret"))
    with capture_logs() as logged:
        day.scheduler().tick()
    failed = {one["job"] for one in logged if one["event"] == "job_failed"}
    assert {"sweep", "plan", "housekeep", "sign"} <= failed
    assert "t0ps3cret" not in repr(logged)
    assert day.did == ["deliver"]


def test_work_goes_on_when_the_database_is_back(day: Day) -> None:
    scheduler = day.scheduler()
    day.away = OperationalError("", {}, ConnectionError())
    scheduler.tick()
    day.away = None
    scheduler.tick()
    assert day.times("sweep") == 1


def test_one_of_two_schedulers_plans_and_housekeeps_and_both_sweep(day: Day) -> None:
    one, other = day.scheduler(), day.scheduler()
    for _ in range(3):
        one.tick()
        other.tick()
    assert (day.times("plan"), day.times("housekeep"), day.times("sweep")) == (3, 1, 6)


def test_housekeeping_is_done_once_an_hour(day: Day, clock: FakeClock) -> None:
    scheduler = day.scheduler()
    for _ in range(9):
        scheduler.tick()
        clock.advance(900)
    assert day.times("housekeep") == 3


def test_housekeeping_that_fails_costs_no_leadership(day: Day, clock: FakeClock) -> None:
    day.housekeep = raise_value_error
    one, other = day.scheduler(), day.scheduler()
    for _ in range(30):
        with capture_logs():
            one.tick()
        other.tick()
        clock.advance(1)
    assert day.times("plan") == 30


def test_a_slow_source_delays_neither_the_tick_nor_another_source(day: Day) -> None:
    slow = threading.Event()
    day.sources = [1, 2]
    day.pull = lambda source_id, stopping: slow.wait(20) if source_id == 1 else None
    scheduler = day.scheduler()
    for _ in range(3):
        scheduler.tick()
        wait_until(lambda: len(scheduler._running()) <= 1)
    assert (day.times("sweep"), day.times("pull 1"), day.times("pull 2")) == (3, 1, 3)
    slow.set()
    wait_until(lambda: not scheduler._running())


def test_only_so_many_sources_are_pulled_at_once(day: Day) -> None:
    slow = threading.Event()
    day.sources = [1, 2, 3]
    day.pull = lambda source_id, stopping: slow.wait(20)
    scheduler = day.scheduler(pulls_at_once=2)
    scheduler.tick()
    wait_until(lambda: day.times("pull 1") == day.times("pull 2") == 1)
    assert day.times("pull 3") == 0
    slow.set()
    wait_until(lambda: not scheduler._running())
    scheduler.tick()
    wait_until(lambda: not scheduler._running())
    assert day.times("pull 1") == 2


def test_a_pull_that_raises_is_named_and_pulled_again(day: Day) -> None:
    day.sources = [7]
    day.pull = lambda source_id, stopping: raise_value_error()
    scheduler = day.scheduler()
    with capture_logs() as logged:
        for _ in range(2):
            scheduler.tick()
            wait_until(lambda: not scheduler._running())
    assert [one["job"] for one in logged if one["event"] == "job_failed"] == ["pull:7", "pull:7"]


def last_sign(engine: Engine) -> int | None:
    with database.reading(engine) as session:
        return leases.last_sign(session, "tick")


def test_the_tick_leaves_a_sign_of_life_every_five_seconds(day: Day, clock: FakeClock) -> None:
    scheduler = day.scheduler()
    start = clock.now()
    signs = []
    for _ in range(7):
        scheduler.tick()
        signs.append((last_sign(day.engine) or 0) - start)
        clock.advance(1)
    assert signs == [0, 0, 0, 0, 0, 5, 5]


@pytest.mark.parametrize(("jump", "told"), [(7_200, [7_200]), (-7_200, [-7_200]), (60, []), (-60, []), (0, [])])
def test_a_wall_clock_that_jumps_by_more_than_a_minute_is_logged(
    day: Day, clock: FakeClock, jump: int, told: list[int]
) -> None:
    scheduler = day.scheduler()
    with capture_logs() as logged:
        scheduler.tick()
        clock.advance(100)
        clock.jump(jump)
        scheduler.tick()
        clock.advance(1)
        scheduler.tick()
    assert [one["seconds"] for one in logged if one["event"] == "clock_jumped"] == told


def ticked(day: Day, times: int) -> bool:
    return all(day.swept.acquire(timeout=10) for _ in range(times))


def test_a_started_scheduler_ticks_until_it_is_stopped(live: Day) -> None:
    scheduler = live.scheduler()
    scheduler.start()
    assert ticked(live, 3)
    assert scheduler.stop()
    while live.swept.acquire(blocking=False):
        pass
    assert not live.swept.acquire(timeout=0.2)
    assert live.did[-1] == "stop"


@pytest.mark.parametrize("hours", [-2, 2])
def test_ticks_go_on_after_the_clock_was_set_by_two_hours(live: Day, hours: int) -> None:
    scheduler = live.scheduler()
    scheduler.start()
    assert ticked(live, 2)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
        before = live.times("sweep")
        wait_until(lambda: live.times("sweep") >= before + 5)
    assert scheduler.stop()


def test_one_tick_at_a_time_and_none_is_dropped_for_being_late(live: Day) -> None:
    held = threading.Event()
    live.deliver = lambda: held.wait(20)
    scheduler = live.scheduler()
    scheduler.start()
    assert ticked(live, 1)
    assert not live.swept.acquire(timeout=0.3)
    held.set()
    assert ticked(live, 3)
    assert scheduler.stop()


def test_stop_lets_a_running_pull_end_after_its_page(live: Day) -> None:
    ended = []

    def pull(source_id: int, stopping: Callable[[], bool]) -> None:
        wait_until(stopping)
        ended.append(source_id)

    live.sources = [1]
    live.pull = pull
    scheduler = live.scheduler()
    scheduler.start()
    wait_until(lambda: "pull 1" in live.did)
    assert scheduler.stop()
    assert ended == [1]


def test_stop_says_when_something_is_still_running(live: Day) -> None:
    held = threading.Event()
    live.sources = [1]
    live.pull = lambda source_id, stopping: held.wait(20)
    scheduler = live.scheduler()
    scheduler.start()
    wait_until(lambda: "pull 1" in live.did)
    assert scheduler.stop(0.2) is False
    held.set()
    wait_until(lambda: not scheduler._running())


def test_stop_says_when_deliveries_are_still_under_way(day: Day) -> None:
    day.stops = False
    assert day.scheduler().stop(0.2) is False


def test_stop_hands_the_leadership_over(day: Day) -> None:
    one, other = day.scheduler(), day.scheduler()
    one.tick()
    other.tick()
    assert one.stop()
    other.tick()
    assert day.times("plan") == 2


def test_a_stopped_scheduler_starts_nothing(day: Day) -> None:
    scheduler = day.scheduler()
    scheduler.stop()
    scheduler.tick()
    assert day.did == ["stop"]

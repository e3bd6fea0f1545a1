"""One process plans at a time, and whoever was replaced can commit nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine

from slaplugin import database
from slaplugin.clock import SystemClock
from slaplugin.jobs import Leadership
from slaplugin.sdk.testing import FakeClock
from slaplugin.store import leases
from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[1]


def leads(engine: Engine, candidate: Leadership) -> bool:
    with database.new_session(engine) as session, session.begin():
        return candidate.lead(session)


def test_the_first_candidate_leads_at_once(sqlite_engine: Engine, clock: FakeClock) -> None:
    one, other = Leadership("one", 10, clock), Leadership("other", 10, clock)
    assert leads(sqlite_engine, one)
    assert not leads(sqlite_engine, other)


def test_while_the_leader_beats_nobody_takes_over(sqlite_engine: Engine, clock: FakeClock) -> None:
    one, other = Leadership("one", 10, clock), Leadership("other", 10, clock)
    for _ in range(30):
        assert leads(sqlite_engine, one)
        assert not leads(sqlite_engine, other)
        clock.advance(1)


def test_a_leader_that_stands_still_is_replaced_after_ten_seconds(engine: Engine, clock: FakeClock) -> None:
    one, other = Leadership("one", 10, clock), Leadership("other", 10, clock)
    assert leads(engine, one)
    tried = []
    for _ in range(12):
        tried.append(leads(engine, other))
        clock.advance(1)
    assert tried == [False] * 10 + [True] * 2


def test_a_change_of_the_wall_clock_makes_no_leader(sqlite_engine: Engine, clock: FakeClock) -> None:
    one, other = Leadership("one", 10, clock), Leadership("other", 10, clock)
    assert leads(sqlite_engine, one)
    assert not leads(sqlite_engine, other)
    for jump in (7_200, -14_400):
        clock.jump(jump)
        assert not leads(sqlite_engine, other)
        assert leads(sqlite_engine, one)


def replaced(engine: Engine, clock: FakeClock) -> tuple[Leadership, Leadership]:
    one, other = Leadership("one", 10, clock), Leadership("other", 10, clock)
    assert leads(engine, one)
    assert not leads(engine, other)
    clock.advance(10)
    assert leads(engine, other)
    return one, other


def test_a_leader_that_was_replaced_knows_it_before_it_changes_anything(engine: Engine, clock: FakeClock) -> None:
    one, other = replaced(engine, clock)
    assert not leads(engine, one)
    assert leads(engine, other)


def test_a_replaced_leader_waits_its_turn_again(sqlite_engine: Engine, clock: FakeClock) -> None:
    one, _ = replaced(sqlite_engine, clock)
    assert not leads(sqlite_engine, one)
    clock.advance(10)
    assert leads(sqlite_engine, one)


def test_fences_only_rise(sqlite_engine: Engine, clock: FakeClock) -> None:
    fences = []
    candidates = [Leadership(name, 10, clock) for name in ("one", "other")]
    for turn in range(6):
        candidate = candidates[turn % 2]
        leads(sqlite_engine, candidate)
        clock.advance(10)
        assert leads(sqlite_engine, candidate)
        with database.reading(sqlite_engine) as session:
            seen = leases.look(session, "plan")
        assert seen is not None
        fences.append(seen.fence)
    assert fences == [1, 2, 3, 4, 5, 6]


def test_a_released_leadership_is_taken_at_once(sqlite_engine: Engine, clock: FakeClock) -> None:
    one, other = Leadership("one", 10, clock), Leadership("other", 10, clock)
    assert leads(sqlite_engine, one)
    with database.new_session(sqlite_engine) as session, session.begin():
        one.release(session)
    assert leads(sqlite_engine, other)
    assert not leads(sqlite_engine, one)


def test_a_takeover_that_was_rolled_back_did_not_happen(engine: Engine, clock: FakeClock) -> None:
    one, other = Leadership("one", 10, clock), Leadership("other", 10, clock)
    with database.new_session(engine) as session:
        session.begin()
        assert one.lead(session)
        session.rollback()
    assert leads(engine, other)
    assert not leads(engine, one)


LEADER = """
import sys
from sqlalchemy import create_engine
from slaplugin import database
from slaplugin.clock import SystemClock
from slaplugin.jobs import Leadership
engine = create_engine(sys.argv[1])
database.guard(engine, "NORMAL")
one = Leadership("one", 30, SystemClock())
for _ in sys.stdin:
    with database.new_session(engine) as session, session.begin():
        leads = one.lead(session)
    print("leads" if leads else "follows", flush=True)
"""


def test_a_leader_that_was_stopped_and_wakes_up_can_commit_nothing(engine: Engine) -> None:
    command = [sys.executable, "-c", LEADER, engine.url.render_as_string(hide_password=False)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, text=True) as leader:
        assert leader.stdin is not None
        assert leader.stdout is not None
        said = (line.strip() for line in leader.stdout if line.strip() in ("leads", "follows"))
        try:
            print("go", file=leader.stdin, flush=True)
            assert next(said) == "leads"
            os.kill(leader.pid, signal.SIGSTOP)
            other = Leadership("other", 0.3, SystemClock())
            wait_until(lambda: leads(engine, other))
            print("go", file=leader.stdin, flush=True)
            os.kill(leader.pid, signal.SIGCONT)
            assert next(said) == "follows"
            assert leads(engine, other)
            leader.stdin.close()
            assert leader.wait(20) == 0
        finally:
            leader.kill()

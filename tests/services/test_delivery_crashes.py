"""Workers that are killed, stopped or overtaken, and databases that go away: nothing lost, repeats under one id."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from slaplugin import database
from slaplugin.clock import SystemClock
from slaplugin.sdk.testing import FakeClock
from slaplugin.services.delivery import Counts
from tests.channels.receiver import HANG, Receiver
from tests.services.post import KEY, Post

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def post(engine: Engine, clock: FakeClock) -> Iterator[Post]:
    post = Post(engine, clock)
    yield post
    assert post.deliverer.settle(20)
    post.http.close()


def test_a_result_that_comes_after_a_takeover_is_dropped(post: Post) -> None:
    slow = post.make_deliverer(deadline_seconds=20)
    with Receiver([HANG]) as receiver:
        post.add(receiver)
        post.put("msg_1")
        slow.start_due()
        assert receiver.arrived.acquire(timeout=10)
        post.clock.advance(31)
        assert post.deliverer.deliver_due().delivered == 1
    assert slow.settle(20)
    assert slow.counts == Counts(leased=1, overtaken=1)
    assert [(one.attempt, one.status) for one in post.attempts()] == [(2, 204)]
    assert post.channel().failures == 0


class Stalled:
    """A process that stood still for a while right after it had leased something."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._looks = 0

    def now(self) -> int:
        return self._clock.now()

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def monotonic(self) -> float:
        self._looks += 1
        return 100.0 if self._looks == 1 else 129.6


def test_a_process_that_stood_still_gives_its_lease_back_unsent(post: Post) -> None:
    with Receiver() as receiver:
        post.add(receiver)
        post.put("msg_1")
        stalled = post.make_deliverer(clock=Stalled(post.clock))
        stalled.start_due()
        assert stalled.settle(20)
        assert (stalled.counts, receiver.calls) == (Counts(leased=1, given_back=1), [])
        assert post.deliverer.deliver_due().delivered == 1
    assert [one.attempt for one in post.attempts()] == [1]


class Away:
    """Sessions of a database that is away at some of the times it is asked for."""

    def __init__(self, engine: Engine, *away: int) -> None:
        self._engine = engine
        self._away = away
        self._asked = 0

    def __call__(self) -> Session:
        self._asked += 1
        if self._asked in self._away:
            raise OperationalError("", {}, ConnectionError("away"))
        return database.new_session(self._engine)


def test_a_result_is_written_when_the_database_comes_back(post: Post) -> None:
    with Receiver() as receiver:
        post.add(receiver)
        post.put("msg_1")
        deliverer = post.make_deliverer(sessions=Away(post.engine, 2, 3))
        assert deliverer.deliver_due().delivered == 1
        assert receiver.ids == ["msg_1"]


def test_a_result_that_was_never_written_means_one_repeat_under_the_same_id(post: Post) -> None:
    with Receiver() as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.make_deliverer(sessions=Away(post.engine, 2, 3, 4)).deliver_due()
        post.clock.advance(31)
        assert post.deliverer.deliver_due().delivered == 1
        assert receiver.ids == ["msg_1", "msg_1"]


WORKER = """
import os, signal, sys
from sqlalchemy import create_engine
from slaplugin import database
from slaplugin.channels.webhook import Sender
from slaplugin.clock import SystemClock
from slaplugin.outbound import Outbound
from slaplugin.secrets import SecretBox
from slaplugin.services.delivery import Deliverer

class Mortal(Sender):
    def send(self, *args):
        result = super().send(*args)
        if "die-after-send" in sys.argv:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

url, key = sys.argv[1:3]
engine = create_engine(url)
database.guard(engine, "NORMAL")
sender = Mortal(Outbound(["127.0.0.0/8"]), allow=["127.0.0.0/8"])
deliverer = Deliverer(lambda: database.new_session(engine), SystemClock(), sender, SecretBox([key]))
print(deliverer.deliver_due().delivered)
"""


def start_worker(engine: Engine, *wish: str) -> subprocess.Popen[bytes]:
    url = engine.url.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, "-c", WORKER, url, KEY, *wish], cwd=PROJECT, stdout=subprocess.PIPE)


class Later(SystemClock):
    """The machine's clock, so much later."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def now(self) -> int:
        return super().now() + self._seconds


def test_a_worker_killed_between_lease_and_answer_loses_nothing(engine: Engine) -> None:
    post = Post(engine, Later(0))  # type: ignore[arg-type]
    with Receiver([HANG]) as receiver:
        post.add(receiver)
        post.put("msg_1")
        with start_worker(engine) as worker:
            assert receiver.arrived.acquire(timeout=30)
            worker.kill()
        assert post.deliverer.deliver_due() == Counts()
        assert post.make_deliverer(clock=Later(32)).deliver_due().delivered == 1
        assert receiver.ids == ["msg_1", "msg_1"]
    assert [(one.state, one.attempt) for one in post.shown()] == [("delivered", 2)]
    post.http.close()


def test_a_worker_killed_between_effect_and_commit_repeats_under_the_same_id(engine: Engine) -> None:
    post = Post(engine, Later(0))  # type: ignore[arg-type]
    with Receiver() as receiver:
        post.add(receiver)
        post.put("msg_1")
        with start_worker(engine, "die-after-send") as worker:
            assert worker.wait(30) == -signal.SIGKILL
        assert post.make_deliverer(clock=Later(32)).deliver_due().delivered == 1
        assert receiver.ids == ["msg_1", "msg_1"]
    assert [one.state for one in post.shown()] == ["delivered"]
    post.http.close()


def test_two_processes_send_each_message_once(engine: Engine) -> None:
    post = Post(engine, SystemClock())  # type: ignore[arg-type]
    names = [f"{channel}_{n}" for channel in "abc" for n in range(30)]
    with Receiver() as receiver:
        for channel in "abc":
            post.add(receiver, f"channel-{channel}")
            post.put(*(name for name in names if name[0] == channel), to=f"channel-{channel}")
        workers = [start_worker(engine) for _ in range(2)]
        sent = [int(worker.communicate(timeout=60)[0]) for worker in workers]
        assert Counter(receiver.ids) == dict.fromkeys(names, 1)
    assert sum(sent) == len(names)
    post.http.close()

"""From the outbox to real receivers on loopback: the schedule, one message id, and no receiver in another's way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from slaplugin.channels.webhook import Sender
from slaplugin.clock import SystemClock
from slaplugin.errors import ConfigurationError, Conflict, NotFound
from slaplugin.sdk.testing import FakeClock
from slaplugin.secrets import SecretBox, generate_key
from slaplugin.services import channels, delivery
from slaplugin.services.delivery import Counts, Deliverer
from tests.channels.receiver import HANG, RESET, Receiver, Reply, verify
from tests.services.post import LOOPBACK, Post

MINUTE, HOUR, DAY = 60, 3600, 86_400
# As the delivery schedule is published: between one try and the next.
SCHEDULE = [5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 30 * HOUR]
FAILING = Reply(500)


@pytest.fixture
def post_on_both(engine: Engine, clock: FakeClock) -> Iterator[Post]:
    post = Post(engine, clock)
    yield post
    assert post.deliverer.settle(20)
    post.http.close()


@pytest.fixture
def post(sqlite_engine: Engine, clock: FakeClock) -> Iterator[Post]:
    post = Post(sqlite_engine, clock)
    yield post
    assert post.deliverer.settle(20)
    post.http.close()


def test_a_message_arrives_and_verifies_with_the_published_library(engine: Engine) -> None:
    post = Post(engine, SystemClock())  # type: ignore[arg-type]
    with Receiver() as receiver:
        secret = post.add(receiver)
        post.put("msg_1")
        assert post.deliverer.deliver_due() == Counts(leased=1, delivered=1)
        assert verify(secret, receiver.calls[0])["data"] == {"timer": "msg_1"}
    [shown] = post.shown()
    assert (shown.state, shown.attempt, shown.status, shown.next_attempt_at) == ("delivered", 1, 204, None)
    post.http.close()


def test_what_is_delivered_is_not_sent_again(post: Post) -> None:
    with Receiver() as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.deliverer.deliver_due()
        post.clock.advance(DAY)
        assert post.deliverer.deliver_due() == Counts()
        assert receiver.ids == ["msg_1"]


def test_a_failing_receiver_is_tried_eleven_times_by_the_schedule(post_on_both: Post) -> None:
    post = post_on_both
    script = [FAILING, Reply(302, {"Location": "/elsewhere"}), Reply(404), Reply(429), RESET, HANG, Reply(503)]
    waits = []
    with Receiver(script, then=FAILING) as receiver:
        post.add(receiver)
        post.put("msg_1")
        assert post.deliverer.deliver_due() == Counts(leased=1, retried=1)
        for _ in SCHEDULE:
            waits.append(post.go_to_next_try())
            post.deliverer.deliver_due()
        assert receiver.ids == ["msg_1"] * 11
    assert all(0.8 * due - 1 < wait <= 1.2 * due for wait, due in zip(waits, SCHEDULE, strict=True)), waits
    [shown] = post.shown()
    assert (shown.state, shown.attempt, shown.next_attempt_at) == ("dead", 11, None)


def test_nothing_is_sent_before_its_time(post: Post) -> None:
    with Receiver(then=FAILING) as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.deliverer.deliver_due()
        [shown] = post.shown()
        assert shown.next_attempt_at is not None
        post.clock.advance(shown.next_attempt_at - post.clock.now() - 1)
        assert post.deliverer.deliver_due() == Counts()
        post.clock.advance(1)
        assert post.deliverer.deliver_due() == Counts(leased=1, retried=1)


def test_each_try_has_its_own_time_under_one_id(post: Post) -> None:
    with Receiver([FAILING]) as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.deliverer.deliver_due()
        wait = post.go_to_next_try()
        post.deliverer.deliver_due()
        first, second = receiver.calls
    assert first.id == second.id == "msg_1"
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == wait
    assert first.body == second.body


def test_tries_are_written_down_in_words(post: Post) -> None:
    with Receiver([Reply(500, body=b"maintenance")]) as receiver:
        post.add(receiver)
        post.put("msg_1")
        started = post.clock.now()
        post.deliverer.deliver_due()
        wait = post.go_to_next_try()
        post.deliverer.deliver_due()
    assert [(one.attempt, one.at - started, one.status, one.outcome) for one in post.attempts()] == [
        (1, 0, 500, "answered 500: maintenance"),
        (2, wait, 204, "answered 204"),
    ]


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        ("60", 60, 60),
        ("1", 4, 6),
        ("100000", 6 * HOUR, 6 * HOUR),
        ("Wed, 13 May 2026 13:01:30 GMT", 90, 90),
    ],
)
def test_retry_after_replaces_a_shorter_wait_up_to_six_hours(post: Post, asked: str, low: int, high: int) -> None:
    with Receiver([Reply(429, {"Retry-After": asked})]) as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.deliverer.deliver_due()
        assert low <= post.go_to_next_try() <= high


def test_410_ends_the_delivery_and_disables_the_channel(post_on_both: Post) -> None:
    post = post_on_both
    with Receiver(then=Reply(410)) as receiver:
        post.add(receiver)
        post.put("msg_1")
        assert post.deliverer.deliver_due() == Counts(leased=1, dead=1)
        post.put("msg_2")
        assert post.deliverer.deliver_due() == Counts()
        assert receiver.ids == ["msg_1"]
    channel = post.channel()
    assert (channel.state, channel.reason) == ("disabled", "the receiver answered 410: it wants nothing more")


def test_what_waits_for_a_disabled_channel_goes_out_when_it_is_enabled(post: Post) -> None:
    with Receiver([Reply(410)]) as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.deliverer.deliver_due()
        post.put("msg_2")
        with post.session() as session:
            channels.enable(session, "ops")
        post.deliverer.deliver_due()
        assert receiver.ids == ["msg_1", "msg_2"]


def test_the_owner_is_told_through_the_default_channel_that_another_is_off(post: Post) -> None:
    with Receiver(then=Reply(410)) as gone, Receiver() as office, Receiver() as other:
        post.add(gone)
        post.add(office, "default")
        post.add(other, "other")
        post.put("msg_1")
        post.deliverer.deliver_due()
        [call] = office.calls
        assert other.calls == []
    assert b'"type":"channel.disabled"' in call.body
    assert b'"channel":"ops"' in call.body


def test_without_a_default_channel_any_other_tells_the_owner(post: Post) -> None:
    with Receiver(then=Reply(410)) as gone, Receiver() as other:
        post.add(gone)
        post.add(other, "other")
        post.put("msg_1")
        post.deliverer.deliver_due()
        assert len(other.calls) == 1


def test_the_owner_is_told_once_a_day(post: Post) -> None:
    with Receiver(then=Reply(410)) as gone, Receiver() as office:
        post.add(gone)
        post.add(office, "default")
        told = []
        for n, hours in enumerate((0, 1, 24)):
            post.clock.advance(hours * HOUR)
            with post.session() as session:
                channels.enable(session, "ops")
            post.put(f"msg_{n}")
            post.deliverer.deliver_due()
            told.append(len(office.calls))
    assert told == [1, 1, 2]


def fail_daily(post: Post, days: int, *, receiver: Receiver) -> None:
    post.add(receiver)
    for day in range(days):
        post.put(f"day_{day}")
        post.deliverer.deliver_due()
        post.clock.advance(DAY)


def test_a_channel_without_a_success_for_five_days_is_switched_off(post: Post) -> None:
    with Receiver(then=FAILING) as receiver:
        fail_daily(post, 5, receiver=receiver)
        assert post.channel().state == "active"
        post.deliverer.deliver_due()
    channel = post.channel()
    assert (channel.state, channel.reason) == ("disabled", "nothing was delivered for five days")


def test_one_success_in_five_days_keeps_a_channel_on(post: Post) -> None:
    with Receiver([FAILING] * 4 + [Reply()], then=FAILING) as receiver:
        fail_daily(post, 7, receiver=receiver)
    assert post.channel().state == "active"


def test_after_five_failures_in_a_row_calls_are_held_back_but_for_a_probe(post_on_both: Post) -> None:
    post = post_on_both
    names = [f"msg_{n}" for n in range(8)]
    with Receiver([FAILING] * 6) as receiver:
        post.add(receiver)
        post.put(*names)
        post.deliverer.deliver_due()
        failed_first = len(receiver.calls)
        post.clock.advance(29)
        assert post.deliverer.deliver_due() == Counts()
        post.clock.advance(1)
        while len(receiver.calls) < 6:
            assert post.deliverer.deliver_due().leased == 1
            post.clock.advance(30)
        post.clock.advance(HOUR)
        # the receiver is well again: the probe closes the circuit, and everything else follows at once
        post.deliverer.deliver_due()
        assert set(receiver.ids) == set(names)
    # two calls are in flight at once, so the sixth may be under way when the fifth fails
    assert failed_first in (5, 6)
    assert {one.state for one in post.shown()} == {"delivered"}


def test_a_channel_gets_two_calls_at_once_and_no_more(post_on_both: Post) -> None:
    post = post_on_both
    deliverer = post.make_deliverer(deadline_seconds=20)
    with Receiver(then=HANG) as receiver:
        post.add(receiver)
        post.put("msg_1", "msg_2", "msg_3")
        assert deliverer.start_due() == 2
        assert deliverer.start_due() == 0
        assert all(receiver.arrived.acquire(timeout=10) for _ in range(2))
        assert len(receiver.calls) == 2
    assert deliverer.settle(20)


def test_a_dead_endpoint_delays_no_other(post_on_both: Post) -> None:
    post = post_on_both
    deliverer = post.make_deliverer(deadline_seconds=20)
    names = [f"good_{n}" for n in range(100)]
    with Receiver() as good:
        with Receiver(then=HANG) as dead:
            post.add(dead, "dead")
            post.put(*(f"dead_{n}" for n in range(20)), to="dead")
            post.add(good, "good")
            post.put(*names, to="good")
            deliverer.start_due()
            # every good message is there while the first two calls of the dead endpoint still hang
            assert all(good.arrived.acquire(timeout=20) for _ in names)
            assert len(dead.calls) == 2
            assert deliverer.stop(0.1) is False
        assert deliverer.settle(20)
        assert Counter(good.ids) == dict.fromkeys(names, 1)


def test_after_stop_nothing_is_claimed_and_calls_under_way_end(post: Post) -> None:
    with Receiver(then=HANG) as receiver:
        post.add(receiver)
        post.put("msg_1", "msg_2", "msg_3")
        assert post.deliverer.start_due() == 2
        assert post.deliverer.stop(20)
        assert post.deliverer.start_due() == 0
        assert len(receiver.calls) == 2
    assert Counter(one.state for one in post.shown()) == {"pending": 3}


def test_a_message_that_is_too_large_is_dead_and_no_fault_of_the_channel(post: Post) -> None:
    with Receiver() as receiver:
        post.add(receiver)
        post.put("x" * 60)
        with post.session() as session, session.begin():
            body = '{"type":"t","timestamp":"t","data":"' + "x" * 20_000 + '"}'
            session.execute(text("UPDATE sla_outbox SET body = :body"), {"body": body})
        assert post.deliverer.deliver_due() == Counts(leased=1, dead=1)
        assert receiver.calls == []
    assert post.channel().failures == 0


def test_a_channel_whose_secret_cannot_be_read_waits_and_says_so(post: Post) -> None:
    sender = Sender(post.http, allow=[LOOPBACK], deadline_seconds=0.5)
    other = Deliverer(post.session, post.clock, sender, SecretBox([generate_key()]))
    with Receiver() as receiver:
        post.add(receiver)
        post.put("msg_1")
        assert other.deliver_due() == Counts(leased=1, retried=1)
    assert "SLAPLUGIN_SECRET_KEYS" in post.attempts()[0].outcome


def test_an_error_of_ours_is_a_failed_try_and_harms_no_other_message(post: Post) -> None:
    with Receiver() as receiver:
        post.add(receiver)
        post.put("broken", "good")
        with post.session() as session, session.begin():
            session.execute(text("UPDATE sla_outbox SET body = '{}' WHERE id = 'broken'"))
        assert post.deliverer.deliver_due() == Counts(leased=2, delivered=1, retried=1)
        assert receiver.ids == ["good"]


def test_a_lease_must_outlast_a_call(post: Post) -> None:
    with pytest.raises(ConfigurationError, match="SLAPLUGIN_DELIVERY_LEASE"):
        post.make_deliverer(deadline_seconds=30)


def test_a_dead_delivery_is_replayed_under_its_id(post: Post) -> None:
    with Receiver([FAILING] * 11) as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.deliverer.deliver_due()
        for _ in SCHEDULE:
            post.go_to_next_try()
            post.deliverer.deliver_due()
        [dead] = post.shown()
        post.replay(dead.id)
        post.deliverer.deliver_due()
        assert receiver.ids == ["msg_1"] * 12
    assert [one.state for one in post.shown()] == ["delivered"]


def test_a_test_message_need_not_wait_for_an_open_circuit(post: Post) -> None:
    with Receiver([FAILING] * 5) as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.deliverer.deliver_due()
        for _ in range(4):
            post.go_to_next_try()
            post.deliverer.deliver_due()
        with post.session() as session:
            message_id = channels.test(session, post.clock, "ops")
        post.deliverer.deliver_due()
        assert receiver.ids[-1] == message_id


def test_a_replay_through_a_channel_that_is_off_is_refused(post: Post) -> None:
    with Receiver([Reply(410)]) as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.deliverer.deliver_due()
        [dead] = post.shown()
        with pytest.raises(Conflict, match="'ops' is off"):
            post.replay(dead.id)


def test_a_replay_of_what_is_being_sent_is_refused(post: Post) -> None:
    with Receiver(then=HANG) as receiver:
        post.add(receiver)
        post.put("msg_1")
        post.deliverer.start_due()
        [leased] = post.shown()
        with pytest.raises(Conflict, match="being sent"):
            post.replay(leased.id)


def test_an_unknown_delivery_is_named(post: Post) -> None:
    with pytest.raises(NotFound, match="delivery 99"):
        post.replay(99)
    with post.session() as session, pytest.raises(NotFound, match="delivery 99"):
        delivery.attempts(session, 99)

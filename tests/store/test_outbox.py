"""Messages are queued once, leased by one worker at a time, and never held back by another channel's trouble."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from slaplugin import database
from slaplugin.models import Channel, DeliveryRow
from slaplugin.models import Message as MessageRow
from slaplugin.store import channels, deliveries, outbox
from tests.store.outbox_parts import NOON, Queries, make_channel, make_message, queue

PROJECT = Path(__file__).resolve().parents[2]


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def leased_messages(session: Session, now: int, limit: int = 10) -> list[str]:
    return [leased.message.id for leased in outbox.lease_due(session, now, limit)]


def test_a_message_put_twice_is_stored_and_queued_once(session: Session) -> None:
    ops = make_channel(session)
    outbox.put(session, make_message(), [ops])
    outbox.put(session, make_message(), [ops])
    assert (count(session, MessageRow), count(session, DeliveryRow)) == (1, 1)


def test_putting_again_does_not_revive_what_was_delivered(session: Session) -> None:
    ops = make_channel(session)
    outbox.put(session, make_message(), [ops])
    [leased] = outbox.lease_due(session, NOON, 1)
    outbox.finish(session, leased.id, leased.attempt, NOON)
    outbox.put(session, make_message(), [ops])
    assert leased_messages(session, NOON + 60) == []


def test_putting_again_adds_the_channels_that_were_missing(session: Session) -> None:
    ops, boss = make_channel(session), make_channel(session, "boss")
    outbox.put(session, make_message(), [ops])
    outbox.put(session, make_message(), [ops, boss])
    assert sorted(session.scalars(select(DeliveryRow.channel_id))) == sorted([ops, boss])


def test_a_message_for_nobody_is_stored(session: Session) -> None:
    outbox.put(session, make_message(), [])
    assert (count(session, MessageRow), count(session, DeliveryRow)) == (1, 0)


def test_a_leased_delivery_carries_its_message_and_channel(session: Session) -> None:
    ops = make_channel(session)
    message = make_message()
    outbox.put(session, message, [ops])
    [leased] = outbox.lease_due(session, NOON, 1)
    assert (leased.attempt, leased.message, leased.channel.name) == (1, message, "ops")


def test_the_oldest_due_come_first_over_all_channels(session: Session) -> None:
    ops, boss = make_channel(session), make_channel(session, "boss")
    outbox.put(session, make_message("third", at=NOON - 1), [ops])
    outbox.put(session, make_message("first", at=NOON - 9), [ops])
    outbox.put(session, make_message("second", at=NOON - 5), [boss])
    assert leased_messages(session, NOON, limit=2) == ["first", "second"]


def test_a_channels_oldest_are_chosen_whatever_their_order_of_writing(session: Session) -> None:
    ops = make_channel(session)
    for name, age in (("third", 1), ("first", 9), ("second", 5)):
        outbox.put(session, make_message(name, at=NOON - age), [ops])
    assert leased_messages(session, NOON) == ["first", "second"]


def test_what_is_due_later_is_left(session: Session) -> None:
    outbox.put(session, make_message(at=NOON), [make_channel(session)])
    assert leased_messages(session, NOON - 1) == []


def test_a_lease_holds_to_its_last_second(session: Session) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    assert leased_messages(session, NOON) == ["msg_1"]
    assert leased_messages(session, NOON + 30) == []


def test_a_lapsed_lease_is_taken_over_as_the_next_attempt(session: Session) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    outbox.lease_due(session, NOON, 1)
    [leased] = outbox.lease_due(session, NOON + 31, 1)
    assert (leased.message.id, leased.attempt) == ("msg_1", 2)


def test_a_lease_is_taken_over_after_the_clock_was_set_back(session: Session) -> None:
    outbox.put(session, make_message(at=NOON - 7_200), [make_channel(session)])
    outbox.lease_due(session, NOON, 1)
    assert leased_messages(session, NOON - 20) == []
    assert leased_messages(session, NOON - 7_200) == ["msg_1"]


@pytest.mark.parametrize("leave", [outbox.finish, outbox.retry, outbox.dead, outbox.give_back])
def test_a_worker_that_was_overtaken_changes_nothing(session: Session, leave: object) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    [slow] = outbox.lease_due(session, NOON, 1)
    [fast] = outbox.lease_due(session, NOON + 31, 1)
    assert not leave(session, slow.id, slow.attempt, NOON + 32)  # type: ignore[operator]
    assert outbox.finish(session, fast.id, fast.attempt, NOON + 33)


@pytest.mark.parametrize(
    ("leave", "state", "next_attempt_at"),
    [
        (outbox.finish, "delivered", None),
        (outbox.retry, "pending", NOON + 5),
        (outbox.dead, "dead", None),
        (outbox.give_back, "pending", NOON + 5),
    ],
)
def test_a_lease_is_left_for_good(session: Session, leave: object, state: str, next_attempt_at: int | None) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    [leased] = outbox.lease_due(session, NOON, 1)
    assert leave(session, leased.id, leased.attempt, NOON + 5)  # type: ignore[operator]
    row = session.execute(select(DeliveryRow.state, DeliveryRow.next_attempt_at, DeliveryRow.leased_until)).one()
    assert row == (state, next_attempt_at, None)


def test_a_lease_given_back_does_not_count_as_a_try(session: Session) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    [leased] = outbox.lease_due(session, NOON, 1)
    outbox.give_back(session, leased.id, leased.attempt, NOON)
    [again] = outbox.lease_due(session, NOON, 1)
    assert again.attempt == 1


def test_a_channel_has_two_calls_in_flight_at_most(session: Session) -> None:
    ops = make_channel(session)
    queue(session, ops, 5)
    first = outbox.lease_due(session, NOON + 5, 10)
    assert leased_messages(session, NOON + 5) == []
    outbox.finish(session, first[0].id, first[0].attempt, NOON + 5)
    assert (len(first), leased_messages(session, NOON + 5)) == (2, ["msg_2"])


def test_a_long_queue_of_one_channel_leaves_room_for_another(session: Session) -> None:
    queue(session, make_channel(session), 50)
    queue(session, make_channel(session, "boss"), 1, at=NOON + 60, prefix="boss")
    assert "boss_0" in leased_messages(session, NOON + 60)


def test_nothing_is_sent_through_a_disabled_channel_until_it_is_enabled(session: Session) -> None:
    ops = make_channel(session)
    outbox.put(session, make_message(), [ops])
    channels.disable(session, ops, "gone")
    assert leased_messages(session, NOON) == []
    channels.enable(session, ops)
    assert leased_messages(session, NOON) == ["msg_1"]


def open_circuit(session: Session, at: int) -> int:
    ops = make_channel(session)
    queue(session, ops, 5, at=NOON - 60)
    for _ in range(5):
        channels.failed(session, ops, at, 5)
    return ops


def test_an_open_circuit_holds_everything_back_for_thirty_seconds(session: Session) -> None:
    open_circuit(session, NOON)
    assert leased_messages(session, NOON + 29) == []


def test_an_open_circuit_lets_one_probe_through_every_thirty_seconds(session: Session) -> None:
    open_circuit(session, NOON)
    probes = [leased_messages(session, NOON + after) for after in (30, 31, 59, 61)]
    # the first probe's lease has lapsed in second 61, and it is the oldest
    assert probes == [["msg_0"], [], [], ["msg_0"]]


def test_a_circuit_does_not_wait_for_the_old_time_after_the_clock_was_set_back(session: Session) -> None:
    open_circuit(session, NOON + 7_200)
    assert leased_messages(session, NOON) == ["msg_0"]


def test_a_closed_circuit_lets_two_through_again(session: Session) -> None:
    ops = open_circuit(session, NOON)
    channels.succeeded(session, ops)
    assert leased_messages(session, NOON) == ["msg_0", "msg_1"]


def test_looking_for_due_deliveries_is_one_query_when_there_are_none(engine: Engine, session: Session) -> None:
    queue(session, make_channel(session), 3)
    with Queries(engine) as queries:
        outbox.lease_due(session, NOON - 1, 10)
    assert len(queries.seen) == 1


def test_due_deliveries_are_found_by_the_due_index_on_sqlite(sqlite_engine: Engine) -> None:
    query = outbox.due_query(1, NOON, 30, 2).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with sqlite_engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
    assert any("sla_delivery USING INDEX ix_sla_delivery_due" in str(row) for row in plan)


def test_due_deliveries_are_found_by_the_due_index_on_postgresql(postgres_engine: Engine) -> None:
    with database.new_session(postgres_engine) as session, session.begin():
        ops = make_channel(session)
        queue(session, ops, 2_000)
        session.execute(update(DeliveryRow).where(DeliveryRow.id % 100 != 0).values(next_attempt_at=None))
        session.execute(text("ANALYZE sla_delivery"))
    query = outbox.due_query(ops, NOON, 30, 2).compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    with postgres_engine.connect() as connection:
        plan = connection.execute(text(f"EXPLAIN {query}".replace(":", "\\:"))).scalars().all()
    assert any("ix_sla_delivery_due" in line for line in plan)


def test_a_channel_that_another_worker_is_choosing_from_is_skipped(postgres_engine: Engine) -> None:
    with database.new_session(postgres_engine) as one, database.new_session(postgres_engine) as other:
        with one.begin():
            queue(one, make_channel(one), 4)
            queue(one, make_channel(one, "boss"), 1, prefix="boss")
        with one.begin(), other.begin():
            one.execute(select(Channel.id).where(Channel.name == "ops").with_for_update(key_share=True))
            assert leased_messages(other, NOON + 60) == ["boss_0"]


def test_a_message_can_be_queued_while_a_worker_leases_from_its_channel(postgres_engine: Engine) -> None:
    with database.new_session(postgres_engine) as one, database.new_session(postgres_engine) as other:
        with one.begin():
            ops = make_channel(one)
            queue(one, ops, 1)
        with one.begin(), other.begin():
            outbox.lease_due(one, NOON, 1)
            other.execute(text("SET LOCAL lock_timeout = '2s'"))
            outbox.put(other, make_message("second"), [ops])


WORKER = """
import json, sys, time
from sqlalchemy import create_engine
from slaplugin import database
from slaplugin.store import outbox
engine = create_engine(sys.argv[1])
database.guard(engine, "NORMAL")
now, idle = int(sys.argv[2]), 0
done = []
with database.new_session(engine) as session:
    while idle < 20:
        with session.begin():
            taken = outbox.lease_due(session, now, 4, per_channel=2)
        idle = 0 if taken else idle + 1
        if not taken:
            time.sleep(0.005)
        for leased in taken:
            with session.begin():
                assert outbox.finish(session, leased.id, leased.attempt, now)
            done.append([leased.message.id, leased.attempt])
print(json.dumps(done))
"""


def test_two_processes_never_lease_one_delivery_twice(engine: Engine) -> None:
    with database.new_session(engine) as session, session.begin():
        for name in ("a", "b", "c"):
            queue(session, make_channel(session, name), 40, prefix=name)
    command = [sys.executable, "-c", WORKER, engine.url.render_as_string(hide_password=False), str(NOON + 60)]
    workers = [subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) for _ in range(2)]
    done = [one for worker in workers for one in json.loads(worker.communicate(timeout=60)[0])]
    assert Counter(message for message, _ in done) == {f"{name}_{n}": 1 for name in "abc" for n in range(40)}
    assert {attempt for _, attempt in done} == {1}
    with database.reading(engine) as session:
        assert {one.state for one in deliveries.page(session, limit=200)} == {"delivered"}

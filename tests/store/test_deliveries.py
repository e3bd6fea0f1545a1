"""Pages see what went where and how each try ended; a replay sends the same message again."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from slaplugin.store import deliveries, outbox
from slaplugin.store.deliveries import Attempt
from tests.store.outbox_parts import NOON, Queries, make_channel, make_message, queue


def fail_once(session: Session, at: int = NOON + 10, words: str = "answered 500") -> int:
    [leased] = outbox.lease_due(session, at, 1)
    outbox.retry(session, leased.id, leased.attempt, at + 5)
    deliveries.record(session, Attempt(leased.id, leased.attempt, at, 500, words))
    return leased.id


def test_pages_list_the_newest_first_and_go_on_where_the_last_one_ended(session: Session) -> None:
    queue(session, make_channel(session), 5)
    first = deliveries.page(session, limit=2)
    second = deliveries.page(session, before=first[-1].id, limit=2)
    assert [one.message_id for one in (*first, *second)] == ["msg_4", "msg_3", "msg_2", "msg_1"]


def test_pages_can_be_narrowed_to_a_state(session: Session) -> None:
    queue(session, make_channel(session), 3)
    [leased] = outbox.lease_due(session, NOON + 10, 1)
    outbox.dead(session, leased.id, leased.attempt, NOON)
    assert [one.id for one in deliveries.page(session, state="dead")] == [leased.id]


def test_pages_can_be_narrowed_to_a_channel(session: Session) -> None:
    ops, boss = make_channel(session), make_channel(session, "boss")
    outbox.put(session, make_message(), [ops, boss])
    assert [one.channel for one in deliveries.page(session, channel_id=boss)] == ["boss"]


def test_a_page_shows_the_last_try(session: Session) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    fail_once(session)
    fail_once(session, NOON + 20, "answered 503")
    [shown] = deliveries.page(session)
    assert (shown.attempt, shown.status, shown.outcome, shown.next_attempt_at) == (2, 500, "answered 503", NOON + 25)


def test_while_a_try_is_under_way_the_one_before_is_shown(session: Session) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    fail_once(session)
    outbox.lease_due(session, NOON + 20, 1)
    [shown] = deliveries.page(session)
    assert (shown.state, shown.outcome, shown.next_attempt_at) == ("leased", "answered 500", None)


@pytest.mark.parametrize("rows", [3, 30])
def test_a_page_is_one_query_however_long_it_is(engine: Engine, session: Session, rows: int) -> None:
    queue(session, make_channel(session), rows)
    with Queries(engine) as queries:
        assert len(deliveries.page(session, limit=50)) == rows
    assert len(queries.seen) == 1


def test_deliveries_of_messages_are_grouped_by_message(session: Session) -> None:
    ops, boss = make_channel(session), make_channel(session, "boss")
    outbox.put(session, make_message("one"), [ops, boss])
    outbox.put(session, make_message("two"), [])
    found = deliveries.of_messages(session, ["one", "two"])
    assert {name: [one.channel for one in group] for name, group in found.items()} == {
        "one": ["boss", "ops"],
        "two": [],
    }


def test_tries_are_kept_in_order(session: Session) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    delivery_id = fail_once(session)
    fail_once(session, NOON + 20, "answered 503")
    assert [(one.attempt, one.at, one.outcome) for one in deliveries.attempts(session, delivery_id)] == [
        (1, NOON + 10, "answered 500"),
        (2, NOON + 20, "answered 503"),
    ]


@pytest.mark.parametrize("leave", [outbox.finish, outbox.dead, outbox.retry])
def test_a_replayed_delivery_is_due_at_once_under_the_same_message_id(session: Session, leave: object) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    [first] = outbox.lease_due(session, NOON, 1)
    leave(session, first.id, first.attempt, NOON + 900)  # type: ignore[operator]
    assert deliveries.replay(session, first.id, NOON + 60)
    [again] = outbox.lease_due(session, NOON + 60, 1)
    assert (again.id, again.message.id, again.attempt) == (first.id, "msg_1", 2)


def test_what_is_being_sent_is_not_replayed(session: Session) -> None:
    outbox.put(session, make_message(), [make_channel(session)])
    [leased] = outbox.lease_due(session, NOON, 1)
    assert not deliveries.replay(session, leased.id, NOON)
    assert outbox.finish(session, leased.id, leased.attempt, NOON)


def test_an_unknown_delivery_is_not_found(session: Session) -> None:
    assert deliveries.get(session, 99) is None
    assert not deliveries.replay(session, 99, NOON)

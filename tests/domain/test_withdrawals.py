"""Deleted replies, found by their absence."""

from __future__ import annotations

from slaplugin.domain.events import SourceEvent
from slaplugin.domain.withdrawals import of_deleted_replies

CREATED = SourceEvent("c", "T", 0, "created")
REPLY = SourceEvent("r1", "T", 10, "replied", seq=7)
OTHER = SourceEvent("r2", "T", 20, "replied")


def test_a_reply_that_is_not_there_any_more_is_withdrawn() -> None:
    (found,) = of_deleted_replies([CREATED, REPLY, OTHER], [CREATED, OTHER], 99)
    assert (found.kind, found.of, found.ticket, found.at) == ("withdrawn", "r1", "T", 99)


def test_the_withdrawal_says_that_it_was_only_observed() -> None:
    (found,) = of_deleted_replies([REPLY], [], 99)
    assert found.raw["observed"] is True


def test_a_whole_ticket_withdraws_nothing() -> None:
    assert of_deleted_replies([CREATED, REPLY], [CREATED, REPLY, OTHER], 99) == []


def test_other_events_are_never_withdrawn() -> None:
    assert of_deleted_replies([CREATED, SourceEvent("x", "T", 5, "changed")], [], 99) == []


def test_a_reply_is_withdrawn_once() -> None:
    (found,) = of_deleted_replies([REPLY], [], 99)
    assert of_deleted_replies([REPLY, found], [], 120) == []


def test_the_same_withdrawal_has_the_same_id() -> None:
    assert of_deleted_replies([REPLY], [], 99)[0].id == of_deleted_replies([REPLY], [], 120)[0].id


def test_a_withdrawal_never_lies_before_its_reply() -> None:
    assert of_deleted_replies([REPLY], [], 3)[0].at == 10

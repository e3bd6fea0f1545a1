"""A lease goes to one holder at a time, and whoever lost it can change nothing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from slaplugin.store import leases
from slaplugin.store.leases import Seen
from tests.store.outbox_parts import NOON


def test_a_lease_that_nobody_held_is_taken_once(session: Session) -> None:
    assert leases.look(session, "plan") is None
    assert leases.claim(session, "plan", "one", None) == 1
    assert leases.claim(session, "plan", "other", None) is None


def test_a_beat_shows_that_the_holder_lives(session: Session) -> None:
    leases.claim(session, "plan", "one", None)
    assert leases.beat(session, "plan", "one", 1)
    assert leases.look(session, "plan") == Seen("one", 1, 1)


def test_a_lease_that_moved_since_it_was_seen_is_not_taken(session: Session) -> None:
    leases.claim(session, "plan", "one", None)
    seen = leases.look(session, "plan")
    leases.beat(session, "plan", "one", 1)
    assert leases.claim(session, "plan", "other", seen) is None


def test_of_two_who_saw_the_same_one_takes_over(session: Session) -> None:
    leases.claim(session, "plan", "one", None)
    seen = leases.look(session, "plan")
    assert leases.claim(session, "plan", "second", seen) == 2
    assert leases.claim(session, "plan", "third", seen) is None


def test_a_holder_that_was_replaced_cannot_beat(session: Session) -> None:
    leases.claim(session, "plan", "one", None)
    leases.claim(session, "plan", "other", leases.look(session, "plan"))
    assert not leases.beat(session, "plan", "one", 1)


def test_an_old_fence_of_the_same_holder_cannot_beat(session: Session) -> None:
    leases.claim(session, "plan", "one", None)
    leases.claim(session, "plan", "one", leases.look(session, "plan"))
    assert not leases.beat(session, "plan", "one", 1)
    assert leases.beat(session, "plan", "one", 2)


def test_a_released_lease_belongs_to_nobody(session: Session) -> None:
    leases.claim(session, "plan", "one", None)
    assert leases.release(session, "plan", "one", 1)
    seen = leases.look(session, "plan")
    assert seen is not None
    assert seen.holder == leases.NOBODY
    assert not leases.release(session, "plan", "one", 1)
    assert leases.claim(session, "plan", "other", seen) == 2


def test_leases_of_other_names_are_independent(session: Session) -> None:
    leases.claim(session, "plan", "one", None)
    assert leases.claim(session, "audit", "other", None) == 1


def test_the_last_sign_of_life_is_kept(session: Session) -> None:
    assert leases.last_sign(session, "tick") is None
    leases.sign(session, "tick", NOON)
    leases.sign(session, "tick", NOON + 5)
    assert leases.last_sign(session, "tick") == NOON + 5

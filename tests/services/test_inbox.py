"""Inbound webhooks: stored once, worked off later, lost by no crash."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from slaplugin.sdk.errors import RateLimited, SignatureError, TemporaryError
from slaplugin.sdk.testing import FakeClock
from slaplugin.services import inbox
from slaplugin.services.policies import Documents
from slaplugin.store import sources, timers
from tests.services.parts import Scripted, created, new_source, page, published


@pytest.fixture
def documents(session: Session, clock: FakeClock) -> Documents:
    return published(session, clock)


def accept(session: Session, clock: FakeClock, helpdesk: Scripted, delivery: str = "d-1", source: str = "desk") -> bool:
    return inbox.accept(session, clock, lambda _: helpdesk, source, {"X-Delivery": delivery}, b"T-1#7")


def test_a_delivery_is_accepted_once(session: Session, clock: FakeClock, documents: Documents) -> None:
    new_source(session, clock)
    assert accept(session, clock, Scripted())
    assert not accept(session, clock, Scripted())
    assert accept(session, clock, Scripted(), "d-2")


def test_the_named_ticket_is_read_afterwards(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    helpdesk = Scripted(page(created("T-1", "2026-05-13T12:00Z")))
    accept(session, clock, helpdesk)
    assert inbox.work(session, clock, documents, lambda _: helpdesk) == 1
    with session.begin():
        assert timers.of_tickets(session, source_id, ["T-1"])["T-1"]
    assert inbox.work(session, clock, documents, lambda _: helpdesk) == 0


def test_unknown_and_switched_off_sources_are_refused_alike(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    with pytest.raises(SignatureError) as unknown:
        accept(session, clock, Scripted(), source="nobody")
    with session.begin():
        sources.change(session, source_id, state="off")
    with pytest.raises(SignatureError) as off:
        accept(session, clock, Scripted())
    assert str(unknown.value) == str(off.value)


def test_a_helpdesk_that_is_away_is_asked_again(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    away = Scripted(failure=TemporaryError("GET /issues/7: 502"))
    accept(session, clock, away)
    inbox.work(session, clock, documents, lambda _: away)
    back = Scripted(page(created("T-1", "2026-05-13T12:00Z")))
    assert inbox.work(session, clock, documents, lambda _: back) == 0
    clock.advance(10)
    assert inbox.work(session, clock, documents, lambda _: back) == 1
    with session.begin():
        assert timers.of_tickets(session, source_id, ["T-1"])["T-1"]


def test_a_rate_limit_sets_the_next_try(session: Session, clock: FakeClock, documents: Documents) -> None:
    new_source(session, clock)
    limited = Scripted(failure=RateLimited("limited", 300))
    accept(session, clock, limited)
    inbox.work(session, clock, documents, lambda _: limited)
    clock.advance(299)
    assert inbox.work(session, clock, documents, lambda _: limited) == 0
    clock.advance(1)
    assert inbox.work(session, clock, documents, lambda _: limited) == 1


def test_a_delivery_taken_by_a_process_that_died_comes_back(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    new_source(session, clock)
    accept(session, clock, Scripted())

    class Dies(Scripted):
        def fetch(self, ticket, known=None):
            raise SystemExit

    with pytest.raises(SystemExit):
        inbox.work(session, clock, documents, lambda _: Dies())
    clock.advance(inbox.HOLD_SECONDS)
    helpdesk = Scripted(page(created("T-1", "2026-05-13T12:00Z")))
    assert inbox.work(session, clock, documents, lambda _: helpdesk) == 1


def test_it_gives_up_after_six_tries_because_the_next_pull_reads_the_ticket(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    new_source(session, clock)
    away = Scripted(failure=TemporaryError("away"))
    accept(session, clock, away)
    tries = 0
    for _ in range(20):
        tries += inbox.work(session, clock, documents, lambda _: away)
        clock.advance(1_000)
    assert tries == inbox.TRIES


def test_worked_off_deliveries_are_forgotten_after_a_month(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    new_source(session, clock)
    helpdesk = Scripted(page(created("T-1", "2026-05-13T12:00Z")))
    accept(session, clock, helpdesk)
    inbox.work(session, clock, documents, lambda _: helpdesk)
    clock.advance(inbox.KEPT_SECONDS + 1)
    with session.begin():
        inbox.forget(session, clock)
    assert accept(session, clock, helpdesk)

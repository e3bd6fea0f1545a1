"""Pulling a source: pages are stored whole, the cursor never passes unread data, failures become sentences."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from slaplugin.sdk.errors import AuthenticationError, BadTicket, RateLimited, TemporaryError
from slaplugin.sdk.testing import FakeClock
from slaplugin.services import ingest
from slaplugin.services.policies import Documents
from slaplugin.store import events, sources, tickets, timers
from tests.conftest import at
from tests.services.parts import Scripted, changed, created, new_source, page, published, replied


@pytest.fixture
def documents(session: Session, clock: FakeClock) -> Documents:
    return published(session, clock)


def pull(session: Session, clock: FakeClock, documents: Documents, source_id: int, connector: Scripted):
    return ingest.pull(session, clock, documents, source_id, connector)


def source_of(session: Session, source_id: int):
    with session.begin():
        return sources.get(session, source_id)


def timers_of(session: Session, source_id: int, ticket: str):
    with session.begin():
        return {timer.metric: timer for timer in timers.of_tickets(session, source_id, [ticket])[ticket]}


def test_a_pulled_ticket_has_its_timers(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, Scripted(page(created("T-1", "2026-05-13T12:00Z", priority="high"))))
    found = timers_of(session, source_id, "T-1")
    assert found["first_response"].due_at == at("2026-05-13T12:30Z")
    assert found["resolution"].due_at == at("2026-05-13T16:00Z")


def test_the_ticket_row_shows_its_nearest_due_and_breach(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, Scripted(page(created("T-1", "2026-05-13T12:00Z", priority="high"))))
    with session.begin():
        row = tickets.get(session, source_id, "T-1")
    assert row is not None
    assert (row.next_due_at, row.breach_at) == (at("2026-05-13T12:30Z"), at("2026-05-13T12:30Z"))
    assert row.risk_at == at("2026-05-13T12:22Z") + 30
    assert (row.key, row.subject, row.priority, row.status) == ("t-1", "About T-1", "p1", "open")


def test_pulling_a_page_twice_adds_nothing(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    feed = page(created("T-1", "2026-05-13T12:00Z"), replied("T-1", "2026-05-13T12:10Z"))
    pull(session, clock, documents, source_id, Scripted(feed))
    before = timers_of(session, source_id, "T-1")
    done = pull(session, clock, documents, source_id, Scripted(feed))
    assert done.tickets == 0
    assert timers_of(session, source_id, "T-1") == before


def test_the_cursor_stands_behind_the_last_stored_page_when_the_helpdesk_goes_away(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    broken = Scripted(page(created("T-1", "2026-05-13T12:00Z"), cursor={"seen": "first"}),
                      failure=TemporaryError("GET /issues: 502; it is tried again later"))  # fmt: skip
    done = pull(session, clock, documents, source_id, broken)
    assert source_of(session, source_id).cursor == {"seen": "first"}
    assert done.error == "source 'desk': GET /issues: 502; it is tried again later"
    whole = Scripted(page(created("T-2", "2026-05-13T12:05Z"), cursor={"seen": "second"}))
    pull(session, clock, documents, source_id, whole)
    assert whole.asked == [{"seen": "first"}]
    assert set(timers_of(session, source_id, "T-1")) == {"first_response", "resolution"}


def test_a_page_whose_cursor_somebody_else_moved_is_not_stored(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)

    class Overtaken(Scripted):
        def pull(self, cursor):
            with session.begin():
                sources.advance(session, source_id, 0, {"seen": "other"})
            yield page(created("T-1", "2026-05-13T12:00Z"), cursor={"seen": "mine"})

    done = pull(session, clock, documents, source_id, Overtaken())
    assert "pulled by somebody else" in (done.error or "")
    assert source_of(session, source_id).cursor == {"seen": "other"}
    with session.begin():
        assert events.tickets(session, source_id) == []


def test_a_rate_limit_sets_the_next_pull(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    done = pull(session, clock, documents, source_id, Scripted(failure=RateLimited("limited until 13:10", 600)))
    assert done.retry_at == clock.now() + 600
    assert source_of(session, source_id).state == "active"


def test_refused_credentials_stop_the_source_until_somebody_mends_them(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, Scripted(failure=AuthenticationError("login refused (401)")))
    stopped = source_of(session, source_id)
    assert (stopped.state, stopped.next_pull_at) == ("stopped", None)
    assert stopped.error == "source 'desk': login refused (401)"


def test_waits_grow_with_each_failure_and_end_with_a_success(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    away = Scripted(failure=TemporaryError("unreachable"))
    waits = [pull(session, clock, documents, source_id, away).retry_at - clock.now() for _ in range(8)]
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]
    pull(session, clock, documents, source_id, Scripted())
    healthy = source_of(session, source_id)
    assert (healthy.failures, healthy.error, healthy.next_pull_at) == (0, None, clock.now() + 300)


def test_the_source_is_live_from_the_end_of_its_first_import(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock, live=False)
    broken = Scripted(page(created("T-1", "2026-05-13T12:59Z", priority="high")), failure=TemporaryError("away"))
    pull(session, clock, documents, source_id, broken)
    assert source_of(session, source_id).live_from is None
    assert timers_of(session, source_id, "T-1")["resolution"].next_check_at is None
    clock.advance(20)
    pull(session, clock, documents, source_id, Scripted())
    assert source_of(session, source_id).live_from == clock.now()
    assert timers_of(session, source_id, "T-1")["resolution"].next_check_at == clock.now()


def test_a_ticket_that_cannot_be_read_is_named_and_the_others_go_on(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    from slaplugin.sdk.contract import TicketProblem

    feed = page(created("T-2", "2026-05-13T12:00Z"), problems=[TicketProblem("T-1", "GET /issues/1: no created_at")])
    pull(session, clock, documents, source_id, Scripted(feed))
    with session.begin():
        aside = sources.set_aside_tickets(session)
    assert [(one.ticket, one.stage, one.message) for one in aside] == [("T-1", "read", "GET /issues/1: no created_at")]
    assert timers_of(session, source_id, "T-2")


def test_a_ticket_whose_replay_raises_is_set_aside_and_the_others_go_on(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    feed = page(created("T-1", "2026-05-13T12:00Z", tags=[["not", "a", "label"]]), created("T-2", "2026-05-13T12:00Z"))
    pull(session, clock, documents, source_id, Scripted(feed))
    with session.begin():
        aside = sources.set_aside_tickets(session)
    assert [(one.ticket, one.stage) for one in aside] == [("T-1", "replay")]
    assert timers_of(session, source_id, "T-2")


def test_a_deleted_reply_is_withdrawn_from_then_on(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    opened = created("T-1", "2026-05-13T12:00Z", priority="high")
    pull(session, clock, documents, source_id, Scripted(page(opened, replied("T-1", "2026-05-13T12:10Z"))))
    assert timers_of(session, source_id, "T-1")["first_response"].state == "fulfilled"
    pull(session, clock, documents, source_id, Scripted(page(opened, whole=["T-1"])))
    again = timers_of(session, source_id, "T-1")["first_response"]
    assert (again.state, again.breached_at) == ("active", at("2026-05-13T12:30Z"))


def test_a_fetched_ticket_is_told_its_key(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    helpdesk = Scripted(page(created("T-1", "2026-05-13T12:00Z")))
    pull(session, clock, documents, source_id, helpdesk)
    ingest.fetch(session, clock, documents, source_id, helpdesk, ["T-1#7"])
    assert helpdesk.known[0] is not None
    assert helpdesk.known[0].key == "t-1"


def test_a_bad_ticket_after_a_webhook_is_set_aside(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    ingest.fetch(
        session, clock, documents, source_id, Scripted(failure=BadTicket("T-9", "its history is cut")), ["T-9"]
    )
    with session.begin():
        assert [one.ticket for one in sources.set_aside_tickets(session, source_id)] == ["T-9"]


def test_a_pause_and_a_reopening_move_the_due_time(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    feed = page(
        created("T-1", "2026-05-13T08:00Z", priority="high"),
        replied("T-1", "2026-05-13T08:05Z"),
        changed("T-1", "2026-05-13T09:00Z", status="waiting"),
        changed("T-1", "2026-05-13T10:00Z", status="open"),
        changed("T-1", "2026-05-13T11:00Z", status="done"),
        changed("T-1", "2026-05-13T12:00Z", status="open"),
    )
    pull(session, clock, documents, source_id, Scripted(feed))
    assert timers_of(session, source_id, "T-1")["resolution"].due_at == at("2026-05-13T14:00Z")


def test_the_count_of_the_first_import_stays(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock, live=False)
    pull(session, clock, documents, source_id, Scripted(page(created("T-1", "2026-05-13T12:00Z"), done=250)))
    pull(session, clock, documents, source_id, Scripted(page(created("T-2", "2026-05-13T13:00Z"), done=1)))
    assert source_of(session, source_id).import_done == 250

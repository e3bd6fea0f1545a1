"""The sweep: each step once, the highest told, lateness recorded, history never news."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from slaplugin.models import Base
from slaplugin.sdk.testing import FakeClock
from slaplugin.services import acknowledgements, deadlines, ingest, rebuild
from slaplugin.services.ladders import MARKS
from slaplugin.services.policies import Documents
from slaplugin.store import channels, escalations, timers
from tests.conftest import at, move
from tests.services.parts import Scripted, changed, created, new_source, page, published, replied


@pytest.fixture
def documents(session: Session, clock: FakeClock) -> Documents:
    return published(session, clock)


def pull(session: Session, clock: FakeClock, documents: Documents, source_id: int, *events) -> None:
    ingest.pull(session, clock, documents, source_id, Scripted(page(*events)))


def steps(session: Session, source_id: int, ticket: str, metric: str):
    with session.begin():
        found = escalations.of_tickets(session, [(source_id, ticket)])[(source_id, ticket)]
    mine = sorted((one for one in found if one.metric == metric), key=lambda one: (one.instant, one.rule in MARKS))
    return [(one.rule, one.repeat, one.outcome) for one in mine]


def messages(session: Session, kind: str = "") -> list[str]:
    with session.begin():
        rows = session.execute(text("SELECT type FROM sla_outbox ORDER BY created_at, id")).scalars()
        return [row for row in rows if row.startswith(kind)]


def sweep_at(session: Session, clock: FakeClock, documents: Documents, when: str) -> deadlines.Swept:
    move(clock, when)
    return deadlines.sweep(session, clock, documents)


def test_a_step_fires_in_the_second_of_its_instant_and_never_again(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T12:59:59Z", priority="high"))
    assert sweep_at(session, clock, documents, "2026-05-13T13:22:28Z").recorded == 0
    swept = sweep_at(session, clock, documents, "2026-05-13T13:22:29Z")
    assert (swept.sent, swept.worst_late_by_seconds) == (2, 0)
    assert steps(session, source_id, "T-1", "first_response") == [("75%", 0, "sent"), ("at_risk", 0, "sent")]
    assert sweep_at(session, clock, documents, "2026-05-13T13:22:30Z").claimed == 0


def test_a_breach_is_told_the_second_after_due_with_its_true_instant(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T13:00Z", priority="high"))
    sweep_at(session, clock, documents, "2026-05-13T13:22:30Z")
    sweep_at(session, clock, documents, "2026-05-13T13:30:00Z")
    assert messages(session, "timer.breached") == []
    swept = sweep_at(session, clock, documents, "2026-05-13T13:30:01Z")
    assert messages(session, "timer.breached") == ["timer.breached"]
    assert swept.worst_late_by_seconds == 0
    with session.begin():
        found = escalations.of_tickets(session, [(source_id, "T-1")])[(source_id, "T-1")]
    assert [one.instant for one in found if one.rule == "breached"] == [at("2026-05-13T13:30Z")]


def test_an_answer_in_the_due_second_is_in_time(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    opened = created("T-1", "2026-05-13T13:00Z", priority="high")
    pull(session, clock, documents, source_id, opened)
    sweep_at(session, clock, documents, "2026-05-13T13:30:00Z")
    pull(session, clock, documents, source_id, opened, replied("T-1", "2026-05-13T13:30Z"))
    sweep_at(session, clock, documents, "2026-05-13T13:30:01Z")
    assert messages(session, "timer.breached") == []


def test_after_an_outage_every_step_is_recorded_and_only_the_highest_is_sent(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T13:00Z", priority="high"))
    swept = sweep_at(session, clock, documents, "2026-05-13T16:45:00Z")
    assert steps(session, source_id, "T-1", "first_response") == [
        ("75%", 0, "passed"), ("at_risk", 0, "sent"), ("100%", 0, "passed"), ("breached", 0, "sent"),
        ("+1h", 0, "passed"), ("+1h", 1, "passed"), ("+1h", 2, "sent"),
    ]  # fmt: skip
    assert swept.worst_late_by_seconds == at("2026-05-13T16:45Z") - at("2026-05-13T13:22Z") - 30
    assert messages(session, "escalation.raised") == ["escalation.raised"] * 2  # one for each of the two timers


def test_a_repeated_step_goes_on_until_somebody_acknowledges(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T13:00Z", priority="high"))
    sweep_at(session, clock, documents, "2026-05-13T14:30:00Z")
    sweep_at(session, clock, documents, "2026-05-13T15:30:00Z")
    assert steps(session, source_id, "T-1", "first_response")[-1] == ("+1h", 1, "sent")
    assert acknowledgements.acknowledge(session, clock, "desk", "T-1", "first_response", 1, "Ada")
    sweep_at(session, clock, documents, "2026-05-13T19:30:00Z")
    assert steps(session, source_id, "T-1", "first_response")[-1] == ("+1h", 1, "sent")


def test_an_acknowledgement_is_given_once(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T13:00Z", priority="high"))
    assert acknowledgements.acknowledge(session, clock, "desk", "T-1", "first_response", 1, "Ada")
    assert not acknowledgements.acknowledge(session, clock, "desk", "T-1", "first_response", 1, "Ben")
    assert messages(session, "escalation.acknowledged") == ["escalation.acknowledged"]


def test_a_withdrawn_acknowledgement_lets_the_ladder_go_on(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T13:00Z", priority="high"))
    acknowledgements.acknowledge(session, clock, "desk", "T-1", "first_response", 1, "Ada")
    sweep_at(session, clock, documents, "2026-05-13T14:00:00Z")
    assert acknowledgements.withdraw(session, clock, "desk", "T-1", "first_response", 1)
    sweep_at(session, clock, documents, "2026-05-13T14:30:00Z")
    assert steps(session, source_id, "T-1", "first_response")[-1] == ("+1h", 0, "sent")


def test_history_is_not_news(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock, live=False)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-11T13:20Z", priority="high"))
    swept = deadlines.sweep(session, clock, documents)
    assert swept.sent == 0
    assert messages(session) == []
    assert {outcome for _, _, outcome in steps(session, source_id, "T-1", "first_response")} == {"historical"}


def test_a_step_after_going_live_is_news_also_on_an_old_ticket(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    move(clock, "2026-05-13T13:10:00Z")
    source_id = new_source(session, clock, live=False)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-11T13:00Z", priority="high"))
    deadlines.sweep(session, clock, documents)
    sweep_at(session, clock, documents, "2026-05-13T13:29:59Z")
    assert messages(session) == []
    sweep_at(session, clock, documents, "2026-05-13T13:30:00Z")
    assert messages(session, "escalation.raised") == ["escalation.raised"]


def test_a_repull_of_everything_sends_nothing_again(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    feed = [created("T-1", "2026-05-13T13:00Z", priority="high"), replied("T-1", "2026-05-13T13:25Z")]
    pull(session, clock, documents, source_id, *feed[:1])
    sweep_at(session, clock, documents, "2026-05-13T13:25:00Z")
    pull(session, clock, documents, source_id, *feed)
    before = messages(session)
    pull(session, clock, documents, source_id, *feed)
    rebuild.rebuild(session, clock, documents)
    deadlines.sweep(session, clock, documents)
    assert messages(session) == before


def test_steps_that_passed_unseen_before_a_pause_are_recorded_with_their_instants(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T08:00Z", priority="high"))
    move(clock, "2026-05-13T12:30:00Z")
    pull(session, clock, documents, source_id, changed("T-1", "2026-05-13T11:30Z", status="waiting"))
    deadlines.sweep(session, clock, documents)
    with session.begin():
        found = escalations.of_tickets(session, [(source_id, "T-1")])[(source_id, "T-1")]
    assert sorted((one.rule, one.instant) for one in found if one.metric == "resolution") == [
        ("75%", at("2026-05-13T11:00Z")),
        ("at_risk", at("2026-05-13T11:00Z")),
    ]


def test_subscribers_hear_of_starts_pauses_and_ends(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T12:59Z", priority="high"))
    pull(session, clock, documents, source_id, replied("T-1", "2026-05-13T13:00Z"))
    pull(session, clock, documents, source_id, changed("T-1", "2026-05-13T13:01Z", status="waiting"))
    pull(session, clock, documents, source_id, changed("T-1", "2026-05-13T13:02Z", status="open"))
    pull(session, clock, documents, source_id, changed("T-1", "2026-05-13T13:03Z", status="done"))
    assert sorted(messages(session)) == [
        "timer.fulfilled", "timer.fulfilled", "timer.paused", "timer.resumed", "timer.started", "timer.started",
    ]  # fmt: skip


def test_a_channel_gets_what_it_is_named_for(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    with session.begin():
        channels.add(session, "default", "webhook", {"events": []}, None, clock.now())
        channels.add(session, "all", "webhook", {"events": None}, None, clock.now())
        channels.add(session, "other", "webhook", {"events": []}, None, clock.now())
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T13:00Z", priority="high"))
    sweep_at(session, clock, documents, "2026-05-13T13:22:30Z")
    with session.begin():
        rows = session.execute(text(
            "SELECT c.name, m.type FROM sla_delivery d JOIN sla_channel c ON c.id = d.channel_id "
            "JOIN sla_outbox m ON m.id = d.message_id WHERE m.type IN ('escalation.raised', 'timer.at_risk')"
        )).all()  # fmt: skip
    assert sorted(tuple(row) for row in rows) == [
        ("all", "escalation.raised"), ("all", "timer.at_risk"), ("default", "escalation.raised"),
    ]  # fmt: skip


def test_a_timer_that_cannot_be_swept_is_pushed_ahead_and_the_others_go_on(
    session: Session, clock: FakeClock, documents: Documents
) -> None:
    source_id = new_source(session, clock)
    pull(session, clock, documents, source_id, created("T-1", "2026-05-13T13:00Z", priority="high"),
         created("T-2", "2026-05-13T13:00Z", priority="high"))  # fmt: skip
    with session.begin():
        session.execute(text("UPDATE sla_timer SET calendar = 'gone' WHERE ticket = 'T-1'"))
    swept = sweep_at(session, clock, documents, "2026-05-13T13:22:30Z")
    assert swept.failed == ["desk:T-1"]
    assert steps(session, source_id, "T-2", "first_response")
    with session.begin():
        stuck = timers.of_tickets(session, source_id, ["T-1"])["T-1"]
    assert clock.now() + 3600 in [timer.next_check_at for timer in stuck]


def test_rebuild_recreates_every_timer_identically(session: Session, clock: FakeClock, documents: Documents) -> None:
    source_id = new_source(session, clock)
    pull(
        session, clock, documents, source_id,
        created("T-1", "2026-05-13T08:00Z", priority="high"), replied("T-1", "2026-05-13T08:05Z"),
        changed("T-1", "2026-05-13T09:00Z", status="waiting"), created("T-2", "2026-05-12T16:00Z"),
        created("T-3", "2026-05-13T12:00Z", priority="high"), changed("T-3", "2026-05-13T12:20Z", status="done"),
    )  # fmt: skip
    deadlines.sweep(session, clock, documents)
    before = rows(session)
    with session.begin():
        session.execute(text("DELETE FROM sla_timer"))
        session.execute(text("DELETE FROM sla_ticket"))
    assert rebuild.rebuild(session, clock, documents) == 3
    assert rows(session) == before


def test_the_due_query_uses_its_index(sqlite_engine) -> None:
    with sqlite_engine.connect() as connection:
        query = timers.due_query(0, 10).compile(sqlite_engine, compile_kwargs={"literal_binds": True})
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    assert any("ix_sla_timer_next_check" in detail for detail in plan), plan
    assert not any(detail.startswith("SCAN sla_timer") and "INDEX" not in detail for detail in plan)


def rows(session: Session):
    with session.begin():
        return {
            name: session.execute(Base.metadata.tables[name].select().order_by(text("1, 2, 3"))).all()
            for name in ("sla_timer", "sla_ticket")
        }

"""What the queue's page says: groups, chips, who waits, and the same number of queries for any number of tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from slaplugin.errors import DocumentError
from slaplugin.sdk.testing import FakeClock
from slaplugin.services import acknowledgements, deadlines, ingest, queue
from slaplugin.services.chips import FOREVER
from slaplugin.services.policies import Documents
from slaplugin.services.queue import Filters, QueuePage
from slaplugin.store import leases, sources
from tests.conftest import at, move
from tests.services.parts import POLICY, Scripted, changed, created, new_source, page, published, replied

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")


@pytest.fixture
def documents(session: Session, clock: FakeClock) -> Documents:
    return published(session, clock)


@pytest.fixture
def source_id(session: Session, clock: FakeClock) -> int:
    return new_source(session, clock)


Tell = Callable[..., None]


@pytest.fixture
def tell(session: Session, clock: FakeClock, documents: Documents, source_id: int) -> Tell:
    def tell(*events: object) -> None:
        ingest.pull(session, clock, documents, source_id, Scripted(page(*events)))  # type: ignore[arg-type]

    return tell


def look(session: Session, documents: Documents, clock: FakeClock, tab: str = "all", zone: ZoneInfo = UTC,
         after: str | None = None, size: int = 100, query: str = "") -> QueuePage:  # fmt: skip
    with session.begin():
        return queue.page(session, documents, clock.now(), zone, queue.filters(tab, query, False), after, size)


def groups(shown: QueuePage) -> dict[str, list[str]]:
    return {group.title: [row.ticket.ticket for row in group.rows] for group in shown.groups}


def test_tickets_are_grouped_by_when_they_come_due(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    """It is Wednesday 13:00; p1 has half an hour, p2 an office hour."""
    tell(
        created("over", "2026-05-13T12:00Z", priority="high"), created("soon", "2026-05-13T12:45Z", priority="high"),
        created("later", "2026-05-13T12:00Z", priority="high"), replied("later", "2026-05-13T12:01Z"),
        created("tomorrow", "2026-05-13T16:30Z"),
    )  # fmt: skip
    move(clock, "2026-05-13T13:00:00Z")
    tell(created("morning", "2026-05-13T17:30Z"))
    assert groups(look(session, documents, clock)) == {
        "Past due": ["over"], "Within the hour": ["soon"], "Later today": ["later"],
        "Thursday 14 May": ["tomorrow", "morning"],
    }  # fmt: skip


def test_the_day_is_that_of_the_viewer(session: Session, clock: FakeClock, documents: Documents, tell: Tell) -> None:
    tell(created("night", "2026-05-13T18:30Z", priority="high"), replied("night", "2026-05-13T18:31Z"))
    assert list(groups(look(session, documents, clock, zone=UTC))) == ["Later today"]
    assert list(groups(look(session, documents, clock, zone=BERLIN))) == ["Thursday 14 May"]


def test_paused_and_just_met_tickets_have_groups_of_their_own(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(
        created("waits", "2026-05-13T09:00Z"), replied("waits", "2026-05-13T09:10Z"),
        changed("waits", "2026-05-13T09:10Z", status="waiting"),
        created("done", "2026-05-13T09:00Z"), replied("done", "2026-05-13T09:10Z"),
        changed("done", "2026-05-13T12:30Z", status="done"),
    )  # fmt: skip
    shown = look(session, documents, clock)
    assert groups(shown) == {"Paused": ["waits"], "Met in the last hour": ["done"]}
    paused, met = (group.rows[0].chip for group in shown.groups)
    assert paused is not None
    assert (paused.metric, paused.state, paused.reasons) == ("resolution", "paused", ("pending",))
    assert met is not None
    assert (met.metric, met.state, met.fulfilled_at) == ("resolution", "fulfilled", at("2026-05-13T12:30Z"))


def test_an_hour_later_a_met_ticket_has_left(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("done", "2026-05-13T09:00Z"), changed("done", "2026-05-13T12:30Z", status="done"))
    assert groups(look(session, documents, clock)) == {"Met in the last hour": ["done"]}
    move(clock, "2026-05-13T13:30:01Z")
    assert groups(look(session, documents, clock)) == {}


def test_a_chip_counts_inside_its_window(session: Session, clock: FakeClock, documents: Documents, tell: Tell) -> None:
    tell(created("T", "2026-05-13T12:30Z"))
    row = look(session, documents, clock).groups[0].rows[0]
    assert row.chip is not None
    assert (row.chip.metric, row.chip.remaining_seconds, row.chip.at) == ("first_response", 1_800, clock.now())
    assert (row.chip.counting_until, row.chip.resumes_at) == (at("2026-05-13T17:00Z"), at("2026-05-14T09:00Z"))
    assert [chip.metric for chip in row.others] == ["resolution"]


def test_a_chip_stands_still_outside_its_window(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T16:30Z"))
    move(clock, "2026-05-13T20:00:00Z")
    row = look(session, documents, clock).groups[0].rows[0]
    assert row.chip is not None
    assert (row.chip.remaining_seconds, row.chip.counting_until) == (1_800, None)
    assert row.chip.resumes_at == at("2026-05-14T09:00Z")


def test_a_calendar_that_never_closes_counts_for_ever(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:45Z", priority="high"))
    chip = look(session, documents, clock).groups[0].rows[0].chip
    assert chip is not None
    assert (chip.counting_until, chip.resumes_at, chip.in_days) == (FOREVER, None, True)


def test_time_over_counts_in_the_calendar_too(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T15:50Z"))
    move(clock, "2026-05-14T09:20:00Z")
    chip = look(session, documents, clock).groups[0].rows[0].chip
    assert chip is not None
    assert (chip.remaining_seconds, chip.is_breached) == (-1_800, True)


def test_in_the_due_second_a_timer_is_due_now_and_after_it_breached(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:30Z", priority="high"))
    chips = []
    for _ in range(2):
        chips.append(look(session, documents, clock).groups[0].rows[0].chip)
        clock.advance(1)
    assert [(chip.remaining_seconds, chip.is_breached) for chip in chips if chip is not None] == [
        (0, False),
        (-1, True),
    ]


def test_at_risk_begins_at_the_first_threshold(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:15:01Z"))
    assert look(session, documents, clock, "risk").groups == ()
    clock.advance(1)
    shown = look(session, documents, clock, "risk")
    assert groups(shown) == {"Within the hour": ["T"]}
    assert shown.counts["risk"] == 1


def test_a_ticket_waits_for_somebody_once_an_escalation_was_sent(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:45Z", priority="high"))
    assert not look(session, documents, clock).groups[0].rows[0].waits
    move(clock, "2026-05-13T13:10:00Z")
    deadlines.sweep(session, clock, documents)
    assert look(session, documents, clock).groups[0].rows[0].waits
    acknowledgements.acknowledge(session, clock, "desk", "T", "first_response", 1, "Ada")
    row = look(session, documents, clock).groups[0].rows[0]
    assert (row.waits, row.acknowledged_by) == (False, "Ada")


def test_what_only_subscribers_are_told_waits_for_nobody(session: Session, clock: FakeClock, source_id: int) -> None:
    """A policy without steps still marks its breaches."""
    documents = published(session, clock, POLICY.partition("    escalations:")[0])
    told = created("T", "2026-05-13T12:30Z", priority="high")
    ingest.pull(session, clock, documents, source_id, Scripted(page(told)))
    move(clock, "2026-05-13T13:10:00Z")
    assert deadlines.sweep(session, clock, documents).recorded == 1
    assert not look(session, documents, clock).groups[0].rows[0].waits


def test_the_fingerprint_holds_while_only_time_passes(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:45Z", priority="high"), created("office", "2026-05-13T12:45Z"))
    before = look(session, documents, clock).fingerprint
    clock.advance(60)
    assert look(session, documents, clock).fingerprint == before


@pytest.mark.parametrize("seconds", [450, 1_800 - 900 + 1, 4 * 3_600])
def test_the_fingerprint_changes_with_every_state(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell, seconds: int
) -> None:
    """At risk after 450 s, past due after 901 s, closed after four hours."""
    tell(created("T", "2026-05-13T12:45Z", priority="high"), created("office", "2026-05-13T12:45Z"))
    clock.advance(seconds - 1)
    before = look(session, documents, clock).fingerprint
    clock.advance(1)
    assert look(session, documents, clock).fingerprint != before


def test_pages_go_on_where_the_one_before_ended(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(*(created(f"T{number}", f"2026-05-13T12:{50 + number}Z", priority="high") for number in range(5)))
    first = look(session, documents, clock, size=3)
    second = look(session, documents, clock, size=3, after=first.next)
    assert [row.ticket.ticket for group in (*first.groups, *second.groups) for row in group.rows] == [
        "T0",
        "T1",
        "T2",
        "T3",
        "T4",
    ]
    assert (first.is_first, second.is_first, second.next) == (True, False, None)
    assert [group.is_whole for group in (*first.groups, *second.groups)] == [False, False]


@pytest.mark.parametrize(
    "cursor", ["", "x", "W10", "WyJkdWUiLDEsMSwxXQ", "WyJhbGwiLDEsMSwiNyJd", "WyJkdWUiLDFlMzAsMSwiNyJd", "é"]
)
def test_a_made_up_cursor_is_refused(session: Session, clock: FakeClock, documents: Documents, cursor: str) -> None:
    with pytest.raises(DocumentError, match="after"):
        look(session, documents, clock, after=cursor)


def test_an_address_that_makes_no_sense_is_refused_whole() -> None:
    with pytest.raises(DocumentError) as refused:
        queue.filters("everything", "x" * 201, False)
    assert [problem.path for problem in refused.value.problems] == ["tab", "q"]
    assert queue.filters(None, None, False) == Filters()


def test_the_scheduler_that_stands_still_is_the_worst_news(
    session: Session, clock: FakeClock, documents: Documents, source_id: int
) -> None:
    with session.begin():
        sources.change(session, source_id, last_pull_at=clock.now() - 10_000)
        leases.sign(session, "tick", clock.now() - 121)
    notice = look(session, documents, clock).notice
    assert notice is not None
    assert (notice.kind, notice.since) == ("scheduler", clock.now() - 121)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"last_pull_at": -900}, None), ({"last_pull_at": -901}, "stale"),
     ({"last_pull_at": -5, "state": "stopped"}, "stopped"), ({"last_pull_at": -5, "live_from": None}, "importing"),
     ({"last_pull_at": -10_000, "state": "off"}, None)],
)  # fmt: skip
def test_a_source_is_said_to_be_stale_after_three_intervals(
    session: Session,
    clock: FakeClock,
    documents: Documents,
    source_id: int,
    changes: dict[str, object],
    kind: str | None,
) -> None:
    given = {name: clock.now() + value if isinstance(value, int) else value for name, value in changes.items()}
    with session.begin():
        sources.change(session, source_id, **given)
        leases.sign(session, "tick", clock.now())
    notice = look(session, documents, clock).notice
    assert (None if notice is None else notice.kind) == kind


def test_nothing_is_said_where_nothing_is_connected(session: Session, clock: FakeClock, documents: Documents) -> None:
    assert look(session, documents, clock).notice is None


@pytest.fixture
def counted(engine: Engine) -> Iterator[list[str]]:
    """Every SELECT that is sent."""
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_ten_tickets_and_a_thousand_cost_the_same_queries(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell, counted: list[str]
) -> None:
    numbers = []
    for first, last in ((0, 10), (10, 1_000)):
        tell(*(created(f"T{number}", "2026-05-13T12:50Z", priority="high") for number in range(first, last)))
        look(session, documents, clock)
        counted.clear()
        look(session, documents, clock)
        numbers.append(len(counted))
    assert numbers == [6, 6]

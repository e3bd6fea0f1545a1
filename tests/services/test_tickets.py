"""What a ticket's page is made of: timers with their reasons, steps of ladders, and saying "mine"."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from slaplugin.errors import NotFound
from slaplugin.sdk.testing import FakeClock
from slaplugin.services import deadlines, ingest, tickets
from slaplugin.services.policies import Documents
from slaplugin.services.tickets import TicketPage
from slaplugin.store import channels, escalations, sources
from tests.conftest import at, move
from tests.services.parts import Scripted, changed, created, new_source, page, published, replied

Tell = Callable[..., None]


@pytest.fixture
def documents(session: Session, clock: FakeClock) -> Documents:
    return published(session, clock)


@pytest.fixture
def tell(session: Session, clock: FakeClock, documents: Documents) -> Tell:
    source_id = new_source(session, clock)

    def tell(*events: object) -> None:
        ingest.pull(session, clock, documents, source_id, Scripted(page(*events)))  # type: ignore[arg-type]

    return tell


def look(session: Session, documents: Documents, clock: FakeClock, ticket: str = "T") -> TicketPage:
    with session.begin():
        return tickets.page(session, documents, clock.now(), "desk", ticket)


def sweep(session: Session, clock: FakeClock, documents: Documents, when: str) -> None:
    move(clock, when)
    deadlines.sweep(session, clock, documents)


def test_segments_of_every_timer_add_up_to_what_it_counted(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(
        created("T", "2026-05-12T15:00Z"), replied("T", "2026-05-12T15:20Z"),
        changed("T", "2026-05-13T09:30Z", status="waiting"), changed("T", "2026-05-13T11:00Z", status="open"),
    )  # fmt: skip
    shown = look(session, documents, clock)
    resolution = next(view for view in shown.timers if view.chip.metric == "resolution")
    kinds = [(one.kind, one.seconds) for one in resolution.segments]
    assert kinds == [("counted", 7_200), ("closed", 57_600), ("counted", 1_800), ("paused", 5_400), ("counted", 7_200)]
    assert resolution.counted_seconds == resolution.chip.target_seconds - resolution.chip.remaining_seconds


def test_open_timers_come_first_by_due(session: Session, clock: FakeClock, documents: Documents, tell: Tell) -> None:
    tell(created("T", "2026-05-13T12:45Z", priority="high"))
    assert [view.chip.metric for view in look(session, documents, clock).timers] == ["first_response", "resolution"]
    tell(replied("T", "2026-05-13T12:50Z"))
    assert [view.chip.metric for view in look(session, documents, clock).timers] == ["resolution", "first_response"]


def test_what_happened_carries_the_names_of_those_who_did_it(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:00Z"), replied("T", "2026-05-13T12:10Z"))
    marks = look(session, documents, clock).marks
    assert [(mark.kind, mark.actor, mark.name) for mark in marks] == [
        ("created", "requester", "Una"), ("replied", "agent", "Ada"),
    ]  # fmt: skip


def test_steps_that_come_are_listed_with_their_instants(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:59:30Z", priority="high"))
    steps = [step for step in look(session, documents, clock).steps if step.metric == "first_response"]
    assert [(step.rule, step.recorded_at, step.instant) for step in steps] == [
        ("75%", None, at("2026-05-13T13:22:00Z")), ("100%", None, at("2026-05-13T13:29:30Z")),
        ("+1h", None, at("2026-05-13T14:29:30Z")),
    ]  # fmt: skip
    assert (steps[2].every_seconds, steps[2].until) == (3_600, "acknowledged")


def test_a_step_that_happened_says_whom_it_was_told_and_how_late(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    with session.begin():
        channels.add(session, "default", "webhook", {"host": "x", "events": []}, None, clock.now())
    tell(created("T", "2026-05-13T12:59:30Z", priority="high"))
    sweep(session, clock, documents, "2026-05-13T13:22:04Z")
    done = [step for step in look(session, documents, clock).steps if step.recorded_at is not None]
    assert [(step.rule, step.outcome, step.late_by_seconds) for step in done] == [("75%", "sent", 4)]
    assert [(one.channel, one.state) for one in done[0].told] == [("default", "pending")]


def test_a_repeat_says_when_the_next_one_comes(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:59:30Z", priority="high"))
    sweep(session, clock, documents, "2026-05-13T14:30:00Z")
    coming = [step for step in look(session, documents, clock).steps if step.recorded_at is None and step.rule == "+1h"]
    assert [(step.metric, step.repeat, step.instant) for step in coming] == [
        ("first_response", 1, at("2026-05-13T15:29:30Z")), ("resolution", 0, at("2026-05-13T17:59:30Z")),
    ]  # fmt: skip


def test_while_paused_no_step_has_an_instant(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(
        created("T", "2026-05-13T12:00Z"),
        replied("T", "2026-05-13T12:10Z"),
        changed("T", "2026-05-13T12:20Z", status="waiting"),
    )
    assert {step.instant for step in look(session, documents, clock).steps} == {None}


def test_acknowledging_takes_every_timer_that_waits(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T09:30Z", priority="high"))
    sweep(session, clock, documents, "2026-05-13T13:00:00Z")
    assert look(session, documents, clock).waits
    assert tickets.acknowledge(session, clock, "desk", "T", "Ada", "on it") == "t"
    shown = look(session, documents, clock)
    assert not shown.waits
    assert [(one.metric, one.by, one.note) for one in shown.acknowledged] == [
        ("first_response", "Ada", "on it"), ("resolution", "Ada", "on it"),
    ]  # fmt: skip


def test_what_repeats_until_acknowledged_is_not_announced_any_more(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:30Z", priority="high"))
    sweep(session, clock, documents, "2026-05-13T13:00:01Z")
    tickets.acknowledge(session, clock, "desk", "T", "Ada")
    steps = look(session, documents, clock).steps
    assert [step.metric for step in steps if step.recorded_at is None and step.rule == "+1h"] == ["resolution"]


def test_undo_takes_back_only_ones_own(session: Session, clock: FakeClock, documents: Documents, tell: Tell) -> None:
    tell(created("T", "2026-05-13T12:30Z", priority="high"))
    sweep(session, clock, documents, "2026-05-13T13:00:00Z")
    tickets.acknowledge(session, clock, "desk", "T", "Ada")
    tickets.withdraw(session, clock, "desk", "T", "Ben")
    assert not look(session, documents, clock).waits
    tickets.withdraw(session, clock, "desk", "T", "Ada")
    assert look(session, documents, clock).waits


def test_nothing_waits_where_nothing_was_sent(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:59Z", priority="high"))
    tickets.acknowledge(session, clock, "desk", "T", "Ada")
    with session.begin():
        assert escalations.acknowledgements(session, [(1, "T")]) == {(1, "T"): []}


@pytest.mark.parametrize(
    ("source", "ticket"), [("desk", "T"), ("desk", "acme/web#7"), ("acme", "web#7"), ("acme/web#7", "")]
)
def test_a_ticket_is_found_by_id_and_by_what_people_call_it(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell, source: str, ticket: str
) -> None:
    tell(created("T", "2026-05-13T12:59Z", key="acme/web#7"))
    with session.begin():
        owner, found = tickets.find(session, source, ticket)
    assert (owner, found.ticket) == ("desk", "T")


def test_an_unknown_ticket_is_said_to_be_unknown(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    with session.begin(), pytest.raises(NotFound, match="there is no ticket 'desk:nix'"):
        tickets.find(session, "desk", "nix")
    with pytest.raises(NotFound, match="may have been removed"):
        tickets.acknowledge(session, clock, "desk", "nix", "Ada")


def test_a_ticket_that_was_set_aside_shows_its_rows_and_the_trouble(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    tell(created("T", "2026-05-13T12:59Z", priority="high"))
    with session.begin():
        sources.set_aside(session, 1, "T", "replay", "ValueError: no such tier", clock.now())
    shown = look(session, documents, clock)
    assert shown.trouble == "ValueError: no such tier"
    assert [len(view.segments) for view in shown.timers] == [0, 0]


def test_the_fingerprint_changes_within_a_minute_of_nothing(
    session: Session, clock: FakeClock, documents: Documents, tell: Tell
) -> None:
    """The picture is drawn anew each minute; in between only news change it."""
    tell(created("T", "2026-05-13T12:59Z", priority="high"))
    first = look(session, documents, clock).fingerprint
    clock.advance(59)
    assert look(session, documents, clock).fingerprint == first
    clock.advance(1)
    assert look(session, documents, clock).fingerprint != first

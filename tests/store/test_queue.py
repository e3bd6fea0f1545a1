"""The listings of the queue: order, pages, tabs, search, and the indexes behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from slaplugin.store import leases, policies, queue, sources, tickets, timers
from slaplugin.store.queue import COUNT_LIMIT, Listing, Position, Tab
from slaplugin.store.tickets import StoredTicket
from slaplugin.store.timers import StoredTimer

NOW = 1_000_000
HOUR = 3_600


@pytest.fixture
def source_id(session: Session) -> int:
    with session.begin():
        policies.publish(session, 0, "new_tickets", "{}", "x", "", "test", NOW)
        return sources.add(session, "desk", "github", {}, None, 300, NOW)


def ticket(source_id: int, name: str, **changes: Any) -> StoredTicket:
    return replace(
        StoredTicket(
            source_id=source_id, ticket=name, key=f"acme/web#{name}", subject=f"About {name}", url=None, status="open",
            status_name=None, priority=None, customer=None, customer_name=None, team=None, team_name=None,
            assignee=None, assignee_name=None, requester_name=None, created_at=1, changed_at=1, removed=False,
            next_due_at=None,
            risk_at=None, breach_at=None, paused_at=None, met_at=None,
        ),
        **changes,
    )  # fmt: skip


def timer(source_id: int, name: str, **changes: Any) -> StoredTimer:
    return replace(
        StoredTimer(
            source_id=source_id, ticket=name, metric="resolution", cycle=1, position=0, run=1, document_id=1,
            policy="standard", priority="p1", calendar="24x7", state="active", started_at=1, fulfilled_at=None,
            cancelled_at=None, cancel_reason=None, target_seconds=HOUR, elapsed_seconds=0, remaining_seconds=HOUR,
            due_at=NOW + HOUR, original_due_at=None, breached_at=None, retroactive=False, pause_reasons=(),
            risk_at=None, risk_seconds=None, ladder=(), computed_at=1, next_check_at=None,
        ),
        **changes,
    )  # fmt: skip


def put(session: Session, stored: Sequence[StoredTicket], running: Sequence[StoredTimer] = ()) -> None:
    with session.begin():
        tickets.put(session, stored)
        for one in running:
            timers.replace(session, one.source_id, [], [one])


def names(session: Session, listing: Listing, limit: int = 50, after: Position | None = None) -> list[str]:
    with session.begin():
        return [one.ticket.ticket for one in queue.page(session, listing, limit, after)]


def listing(tab: Tab = "all", **changes: Any) -> Listing:
    return replace(Listing(tab, NOW, NOW - HOUR), **changes)


@pytest.fixture
def mixed(session: Session, source_id: int) -> int:
    """One ticket of every kind."""
    put(
        session,
        [
            ticket(source_id, "late", next_due_at=NOW - 10, risk_at=NOW - 500, breach_at=NOW - 10),
            ticket(source_id, "risky", next_due_at=NOW + 10, risk_at=NOW - 5, breach_at=NOW + 10),
            ticket(source_id, "fine", next_due_at=NOW + 900, risk_at=NOW + 700, breach_at=NOW + 900),
            ticket(source_id, "both", next_due_at=NOW + 2_000, risk_at=NOW + 9, breach_at=NOW + 2_000,
                   paused_at=NOW - 7),
            ticket(source_id, "waiting", paused_at=NOW - 9),
            ticket(source_id, "waiting late", paused_at=NOW - 8, breach_at=NOW - 100),
            ticket(source_id, "just met", met_at=NOW - 60),
            ticket(source_id, "met before", met_at=NOW - 90),
            ticket(source_id, "long ago", met_at=NOW - 9_000),
            ticket(source_id, "gone", removed=True),
        ],
        [
            timer(source_id, "late", due_at=NOW - 10, risk_at=NOW - 500),
            timer(source_id, "late", metric="agent_work", due_at=NOW + 90, risk_at=NOW - 1),
            timer(source_id, "risky", due_at=NOW + 10, risk_at=NOW - 5),
            timer(source_id, "fine", due_at=NOW + 900, risk_at=NOW + 700),
        ],
    )  # fmt: skip
    return source_id


def test_all_goes_by_due_then_paused_then_what_was_just_met(session: Session, mixed: int) -> None:
    assert names(session, listing()) == [
        "late",
        "risky",
        "fine",
        "both",
        "waiting",
        "waiting late",
        "just met",
        "met before",
    ]


@pytest.mark.parametrize(
    ("tab", "expected"),
    [("risk", ["late", "risky"]), ("breached", ["late", "waiting late"]),
     ("paused", ["waiting", "waiting late", "both"]),
     ("met", ["just met", "met before"])],
)  # fmt: skip
def test_each_tab_lists_what_it_says(session: Session, mixed: int, tab: Tab, expected: list[str]) -> None:
    """`late` has a second timer that is at risk, so it stands in both lists."""
    assert names(session, listing(tab)) == expected


def test_a_ticket_whose_only_timer_is_breached_is_not_at_risk(session: Session, source_id: int) -> None:
    put(
        session,
        [ticket(source_id, "late", next_due_at=NOW - 10, risk_at=NOW - 500, breach_at=NOW - 10)],
        [timer(source_id, "late", due_at=NOW - 10, risk_at=NOW - 500)],
    )
    assert names(session, listing("risk")) == []


def test_the_second_of_the_due_instant_is_not_past_due(session: Session, source_id: int) -> None:
    put(session, [ticket(source_id, "now", next_due_at=NOW, breach_at=NOW)])
    assert names(session, listing("breached")) == []
    assert names(session, listing("breached", now=NOW + 1)) == ["now"]


def test_counts_are_those_of_the_tabs(session: Session, mixed: int) -> None:
    with session.begin():
        leases.sign(session, "tick", NOW - 3)
        summary = queue.summary(session, listing())
    assert summary.counts == {"all": 6, "risk": 2, "breached": 2, "paused": 3, "met": 2}
    assert (summary.next_due_at, summary.ticked_at) == (NOW + 10, NOW - 3)


def test_counting_stops_at_the_limit(session: Session, source_id: int) -> None:
    put(session, [ticket(source_id, str(number), next_due_at=NOW + number) for number in range(COUNT_LIMIT + 5)])
    with session.begin():
        assert queue.summary(session, listing()).counts["all"] == COUNT_LIMIT + 1


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("tab", ["all", "breached", "paused", "met"])
def test_pages_together_are_the_whole_list(session: Session, mixed: int, tab: Tab, size: int) -> None:
    whole = names(session, listing(tab))
    seen: list[str] = []
    after = None
    while True:
        with session.begin():
            found = queue.page(session, listing(tab), size, after)
        if not found:
            break
        seen += [one.ticket.ticket for one in found]
        after = found[-1].position
    assert seen == whole


def test_equal_due_instants_keep_one_order_over_pages(session: Session, source_id: int) -> None:
    put(session, [ticket(source_id, name, next_due_at=NOW + 5) for name in ("c", "a", "b")])
    with session.begin():
        first = queue.page(session, listing(), 1)
    assert names(session, listing(), 1, first[0].position) == ["b"]


def test_tickets_met_in_the_same_second_are_not_lost_between_pages(session: Session, source_id: int) -> None:
    put(session, [ticket(source_id, name, met_at=NOW - 60) for name in ("c", "a", "b")])
    with session.begin():
        first = queue.page(session, listing("met"), 1)
    assert names(session, listing("met"), 5, first[0].position) == ["b", "c"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("WEB#7", ["7"]),
        ("scanner", ["7"]),
        ("borel sa", ["7"]),
        ("acme-gmbh", ["8"]),
        ("100%", ["8"]),
        ("%", ["8"]),
        ("_", []),
    ],
)
def test_search_looks_into_key_subject_and_customer(
    session: Session, source_id: int, query: str, expected: list[str]
) -> None:
    put(
        session,
        [
            ticket(
                source_id,
                "7",
                subject="Mail from the Scanner",
                customer="borel",
                customer_name="Borel SA",
                next_due_at=1,
            ),
            ticket(source_id, "8", subject="Disk is 100% full", customer="acme-gmbh", next_due_at=2),
        ],
    )
    assert names(session, listing(query=query)) == expected


def test_closed_tickets_are_found_only_when_asked_for(session: Session, mixed: int) -> None:
    assert names(session, listing(query="About long")) == []
    assert names(session, listing(query="About long", closed=True)) == ["long ago"]
    assert names(session, listing(query="About gone", closed=True)) == []


def test_only_what_is_shown_of_a_ticket_is_read(session: Session, source_id: int) -> None:
    put(
        session,
        [ticket(source_id, "open"), ticket(source_id, "closed")],
        [
            timer(source_id, "open"),
            timer(source_id, "open", metric="next_response", state="fulfilled", fulfilled_at=NOW - 9_000),
            timer(source_id, "open", metric="first_response", state="fulfilled", fulfilled_at=NOW - 60),
            timer(source_id, "open", metric="ownership", state="cancelled"),
            timer(source_id, "closed", state="fulfilled", fulfilled_at=NOW - 9_000),
        ],
    )
    with session.begin():
        found = queue.timers(session, [(source_id, "open"), (source_id, "closed")], NOW - HOUR, [(source_id, "closed")])
    shown = {name: [one.metric for one in own] for (_, name), own in found.items()}
    assert shown == {"open": ["first_response", "resolution"], "closed": ["resolution"]}


@pytest.mark.parametrize(
    ("tab", "section", "index"),
    [("all", 0, "ix_sla_ticket_due"), ("all", 1, "ix_sla_ticket_paused"), ("met", 0, "ix_sla_ticket_met")],
)
def test_each_section_walks_its_index(sqlite_engine: Engine, tab: Tab, section: int, index: str) -> None:
    query = queue.page_queries(listing(tab), 50, None)[section]
    compiled = query.compile(sqlite_engine, compile_kwargs={"literal_binds": True})
    with sqlite_engine.connect() as connection:
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))
    assert index in plan
    assert "USE TEMP B-TREE" not in plan or tab == "met"


def test_the_next_page_of_due_tickets_is_sought_in_the_index(sqlite_engine: Engine) -> None:
    query = queue.page_queries(listing(), 50, Position("due", NOW, 1, "7"))[0]
    compiled = query.compile(sqlite_engine, compile_kwargs={"literal_binds": True})
    with sqlite_engine.connect() as connection:
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))
    assert "SEARCH sla_ticket USING INDEX ix_sla_ticket_due (" in plan

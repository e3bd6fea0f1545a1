"""Feeds, documents and the comparison that the tests of the backtest share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from slaplugin.backtest.batch import Backtest
from slaplugin.backtest.building import build, fields_of
from slaplugin.backtest.governing import Pairs
from slaplugin.backtest.outcomes import Outcome, Rows, from_timers
from slaplugin.domain.calendars import ALWAYS
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.policies import Policy, PolicyDocument, Target, Version
from slaplugin.domain.timers import replay
from tests.domain.calendar_builders import OFFICE, make_calendar

HOUR = 3600
DAY = 24 * HOUR
NINE = 1_768_208_400  # 2026-01-12T09:00:00Z, a Monday
TIERS = ("p1", "p2", "p3")

Feeds = Mapping[str, Sequence[TicketEvent]]


def make_document(*policies: Policy, default_priority: str | None = "p3") -> PolicyDocument:
    calendars = {"24x7": ALWAYS, "office": make_calendar(OFFICE)}
    return PolicyDocument(TIERS, default_priority, calendars, policies or (make_policy(),))


def make_policy(name: str = "standard", **options: Any) -> Policy:
    """Eight office hours for the resolution in every tier, unless `targets` says otherwise."""
    options.setdefault("targets", same_for_all(resolution=8 * HOUR))
    return Policy(name, **options)


def same_for_all(calendar: str = "office", **seconds: int) -> dict[str, dict[str, Target]]:
    """These targets by metric in every tier."""
    return {tier: {metric: Target(one, calendar) for metric, one in seconds.items()} for tier in TIERS}


def by_tier(calendar: str = "office", **seconds: int) -> dict[str, dict[str, Target]]:
    """Resolution targets by tier."""
    return {tier: {"resolution": Target(one, calendar)} for tier, one in seconds.items()}


def make_feed(ticket: str, *events: tuple[int, Any], role: Any = "requester", **created: Any) -> list[TicketEvent]:
    """A ticket created at nine with these fields, then `(seconds later, what)`: a status, a mapping of fields,
    "agent" or "requester" for a public reply, "removed" for the end of it."""
    feed = [TicketEvent(f"{ticket}:0", ticket, NINE, "created", role=role, set={"status": "open", **created})]
    for number, (later, what) in enumerate(events, 1):
        kind: Any = {"agent": "replied", "requester": "replied", "removed": "removed"}.get(str(what), "changed")
        changes = what if isinstance(what, dict) else {"status": what} if kind == "changed" else {}
        feed.append(
            TicketEvent(
                f"{ticket}:{number}", ticket, NINE + later, kind, number,
                role=what if kind == "replied" else None, set=changes,
            )
        )  # fmt: skip
    return feed


def feeds_of(*tickets: Sequence[TicketEvent]) -> dict[str, Sequence[TicketEvent]]:
    return {events[0].ticket: events for events in tickets}


def make_backtest(feeds: Feeds, until: int, *documents: PolicyDocument) -> Backtest:
    return Backtest(build(feeds.values(), until, fields_of(documents)), feeds.__getitem__)


def run(document: PolicyDocument, feeds: Feeds, until: int) -> Outcome:
    return make_backtest(feeds, until, document).run(document)


def listed(outcome: Outcome) -> dict[str, list[dict[str, int]]]:
    """Every row of an outcome by metric, in the order of the scalar engine."""
    found = {
        metric: sorted((row for block in blocks for row in _rows(block)), key=lambda row: (row["ticket"], row["cycle"]))
        for metric, blocks in outcome.rows.items()
    }
    return {metric: rows for metric, rows in found.items() if rows}


def only_row(outcome: Outcome, metric: str = "resolution") -> dict[str, int]:
    (row,) = listed(outcome)[metric]
    return row


def assert_equal_to_scalar(outcome: Outcome, feeds: Feeds) -> None:
    """Every field of every timer."""
    columns = outcome.columns
    versions = (Version(-(10**12), outcome.document),)
    timers = [
        (index, timer)
        for index, name in enumerate(columns.tickets)
        for timer in replay(feeds[name], versions, columns.until)
    ]
    wanted = from_timers(timers, Pairs(outcome.document))
    assert listed(outcome) == {metric: _rows(rows) for metric, rows in wanted.items()}


def _rows(rows: Rows) -> list[dict[str, int]]:
    columns = {one.name: getattr(rows, one.name).tolist() for one in fields(rows)}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]

"""The scalar engine, a ticket at a time, against a fixed piece of work of the same interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.desk import DAY, FIRST, HOUR, columns, document, feed
from bench.hours import OFFICE, make_calendar
from bench.method import Finding, Form, Report, measure, ratios
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.instants import as_datetime
from slaplugin.domain.policies import PolicyDocument, Target, Version
from slaplugin.domain.timers import replay

TICKETS = 300
YARD = 1_000
"""Additions of the fixed loop."""


def replays(form: Form) -> Report:
    """Tickets of six events with a calendar, matching and two metrics; and how the time grows with a ticket."""
    report = Report()
    desk = columns(TICKETS)
    feeds = [feed(desk, ticket) for ticket in range(TICKETS)]
    versions = (Version(0, document()),)
    shuffled = [list(reversed(events)) for events in feeds]
    wrong = sum(
        replay(events, versions, desk.until) != replay(others, versions, desk.until)
        for events, others in zip(feeds, shuffled, strict=True)
    )
    if wrong:
        report.disagreements.append(f"replays: {wrong} of {TICKETS} tickets differ when their events come reversed")
    three = (Version(0, _with_another_metric(versions[0].document)),)
    calendar, start = make_calendar(OFFICE), as_datetime(FIRST)
    talks = {events: _talk(events) for events in (20, 10_000)}
    ends = {events: talk[-1].at + DAY for events, talk in talks.items()}
    found = measure(
        {
            "fixed loop": _fixed_loop,
            "datetime add": lambda: as_datetime(calendar.add(int(start.timestamp()), 8 * HOUR)),
            "tickets": lambda: [replay(events, versions, desk.until) for events in feeds],
            "20 events": lambda: replay(talks[20], three, ends[20]),
            "10,000 events": lambda: replay(talks[10_000], three, ends[10_000]),
        },
        form,
    )  # fmt: skip
    rates = [TICKETS / seconds for seconds in found["tickets"]]
    loops = [seconds / TICKETS / loop for seconds, loop in zip(found["tickets"], found["fixed loop"], strict=True)]
    growth = [long / short / 500 for long, short in zip(found["10,000 events"], found["20 events"], strict=True)]
    report.findings.extend([
        Finding("replays", "tickets of six events, two metrics", "tickets/s", rates, 15_000),
        Finding("replays", f"one such ticket against a loop of {YARD} additions", "x", loops, sense="at most"),
        Finding(
            "replays", "a ticket of 20 events, three metrics, against one datetime add", "x",
            ratios(found["20 events"], found["datetime add"]), 300, "at most",
        ),
        Finding("replays", "time an event, 10,000 events against 20", "x", growth, 1.5, "at most"),
    ])  # fmt: skip
    return report


def _fixed_loop() -> int:
    total = 0
    for number in range(YARD):
        total += number
    return total


def _talk(events: int) -> Sequence[TicketEvent]:
    """A ticket on which requester and agent take turns."""
    found = [TicketEvent("e0", "T", FIRST, "created", role="requester", set={"status": "open", "priority": "p2"})]
    for number in range(1, events):
        replies, status = (("agent", "pending"), ("requester", "open"))[number % 2]
        found.append(
            TicketEvent(
                f"e{number}", "T", FIRST + number * HOUR, "replied", number, None,
                replies, True, {"status": status},  # type: ignore[arg-type]
            )
        )  # fmt: skip
    return found


def _with_another_metric(written: PolicyDocument) -> PolicyDocument:
    policies = tuple(
        replace(
            policy,
            targets={
                tier: {**by_metric, "next_response": Target(4 * HOUR, "office")}
                for tier, by_metric in policy.targets.items()
            },
        )
        for policy in written.policies
    )
    return replace(written, policies=policies)

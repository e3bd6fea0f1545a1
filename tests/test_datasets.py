"""Real tickets: what a company recorded of its own promises, and time that has to add up on every one of them."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from slaplugin.documents import events as formats
from slaplugin.documents import policies
from slaplugin.domain import instants
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.explain import explain
from slaplugin.domain.policies import Version
from slaplugin.domain.timers import Timer, replay
from tests.shared import shared_path

UCI_END = instants.parse("2017-02-18T15:00:00Z")
BPI_END = instants.parse("2012-05-22T23:22:25Z")


@cache
def lines(name: str) -> Sequence[bytes]:
    with gzip.open(shared_path(f"datasets/{name}/events.jsonl.gz")) as stream:
        return stream.readlines()


@cache
def versions(name: str) -> Sequence[Version]:
    text = shared_path(f"datasets/{name}/policy.yaml").read_bytes()
    return (Version(0, policies.load(text, "policy.yaml").document),)


@cache
def tickets(name: str) -> Mapping[str, Sequence[TicketEvent]]:
    return formats.read(lines(name), "events.jsonl").tickets


@cache
def timers(name: str, at: int) -> Mapping[str, Timer]:
    """The one timer of each ticket."""
    return {ticket: one(replay(events, versions(name), at)) for ticket, events in tickets(name).items()}


def one(found: Sequence[Timer]) -> Timer:
    assert [timer.metric for timer in found] == ["resolution"]
    return found[0]


def rows(path: str) -> list[dict[str, str]]:
    with gzip.open(shared_path(f"datasets/{path}"), "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def digest(feed: Mapping[str, Sequence[TicketEvent]], name: str, at: int) -> list[Timer]:
    return [timer for ticket in sorted(feed) for timer in replay(feed[ticket], versions(name), at)]


def test_every_servicenow_ticket_is_due_when_the_reference_says() -> None:
    found = timers("uci498", UCI_END)
    expected = {row["ticket"]: instants.parse(row["due_at"]) for row in rows("uci498/verdicts.csv.gz")}
    assert {ticket: timer.due_at for ticket, timer in found.items()} == expected


def test_every_servicenow_ticket_is_judged_as_the_reference_does() -> None:
    found = timers("uci498", UCI_END)
    expected = {row["ticket"]: row["verdict"] == "breached" for row in rows("uci498/verdicts.csv.gz")}
    assert {ticket: timer.breached for ticket, timer in found.items()} == expected
    assert {timer.state for timer in found.values()} == {"fulfilled"}


def test_the_company_recorded_the_same_verdict_on_all_but_four_tickets() -> None:
    found = timers("uci498", UCI_END)
    recorded = {row["ticket"]: row["made_sla"] == "true" for row in rows("uci498/verdicts.csv.gz")}
    agreeing = sum(recorded[ticket] is not timer.breached for ticket, timer in found.items())
    assert agreeing * 10_000 >= 9_990 * len(found)
    assert len(found) - agreeing == 4


def test_shuffled_and_doubled_lines_give_the_same_timers() -> None:
    disordered = [*lines("uci498"), *lines("uci498")[::10]]
    random.Random(498).shuffle(disordered)
    again = formats.read(disordered, "events.jsonl").tickets
    assert digest(again, "uci498", UCI_END) == digest(tickets("uci498"), "uci498", UCI_END)


@pytest.mark.parametrize("text", ["2016-03-01T12:00:00Z", "2016-03-16T18:30:00Z", "2016-04-20T09:00:00Z"])
def test_nothing_is_known_before_it_happened(text: str) -> None:
    at = instants.parse(text)
    known = [line for line in lines("uci498") if instants.parse(json.loads(line)["at"]) <= at]
    until_then = formats.read(known, "events.jsonl").tickets
    assert digest(until_then, "uci498", at) == digest(tickets("uci498"), "uci498", at)


def test_every_volvo_ticket_is_as_two_other_methods_found_it() -> None:
    found = timers("bpi2013", BPI_END)
    expected = {row.pop("ticket"): row for row in rows("bpi2013/expected.csv.gz")}
    wrong = {
        ticket: (written, expected[ticket])
        for ticket, timer in found.items()
        if (written := as_row(timer, expected[ticket])) != expected[ticket]
    }
    assert wrong == {}
    assert found.keys() == expected.keys()


def as_row(timer: Timer, like: Mapping[str, str]) -> dict[str, str]:
    record = formats.to_json(timer)
    values = {key: record[key] for key in like}
    return {
        key: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in values.items()
    }


def test_volvo_tickets_stand_where_they_should() -> None:
    states = Counter(timer.state for timer in timers("bpi2013", BPI_END).values())
    assert states == {"fulfilled": 7_546, "paused": 5, "active": 3}


def test_the_explanation_of_every_volvo_ticket_adds_up() -> None:
    wrong = []
    for ticket, timer in timers("bpi2013", BPI_END).items():
        segments = explain(tickets("bpi2013")[ticket], versions("bpi2013"), BPI_END)["resolution", 1]
        edges = [timer.started_at, *(segment.end for segment in segments)]
        is_whole = [segment.start for segment in segments] == edges[:-1]
        counted = sum(segment.seconds for segment in segments if segment.kind == "counted")
        total = sum(segment.seconds for segment in segments)
        if not is_whole or counted != timer.elapsed_seconds or total != timer.wall_seconds:
            wrong.append(ticket)
    assert wrong == []


def test_the_offset_in_which_stamps_are_written_does_not_matter() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    local = []
    for line in lines("bpi2013"):
        event = json.loads(line)
        event["at"] = datetime.fromisoformat(event["at"]).astimezone(zone).isoformat()
        local.append(json.dumps(event).encode())
    again = formats.read(local, "events.jsonl").tickets
    assert digest(again, "bpi2013", BPI_END) == digest(tickets("bpi2013"), "bpi2013", BPI_END)

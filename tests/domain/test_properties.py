"""What holds for every feed under every document."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slaplugin.domain.conditions import Condition
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.explain import explain
from slaplugin.domain.policies import PolicyDocument, Version
from slaplugin.domain.timers import Timer, replay
from tests.domain.calendar_builders import HOUR
from tests.domain.drawn import BASE, CALENDARS, documents, feeds

LATER = 3 * 24 * HOUR
SOAK = 20 if os.environ.get("SLAPLUGIN_TEST_SOAK") else 1

cases = settings(
    max_examples=250 * SOAK,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
instants = st.integers(BASE, BASE + 12 * 24 * HOUR)


def end_of(feed: Sequence[TicketEvent]) -> int:
    return feed[-1].at + LATER


@cases
@given(documents(), feeds(), st.randoms(use_true_random=False))
def test_order_repeats_and_pieces_do_not_matter(
    document: PolicyDocument, feed: list[TicketEvent], random: Random
) -> None:
    versions = [Version(0, document)]
    cut = random.randint(0, len(feed))
    in_pieces = feed[cut:] + feed[: cut + 2]
    disordered = feed + random.choices(feed, k=3)
    random.shuffle(disordered)
    expected = replay(feed, versions, end_of(feed))
    assert replay(in_pieces, versions, end_of(feed)) == expected
    assert replay(disordered, versions, end_of(feed)) == expected


@cases
@given(documents(), feeds(), instants)
def test_what_comes_later_is_invisible(document: PolicyDocument, feed: list[TicketEvent], at: int) -> None:
    versions = [Version(0, document)]
    until_then = [event for event in feed if event.at <= at]
    assert replay(feed, versions, at) == replay(until_then, versions, at)
    assert explain(feed, versions, at) == explain(until_then, versions, at)


@cases
@given(documents(), documents("later"), feeds(), instants, instants)
def test_a_version_to_come_is_invisible(
    document: PolicyDocument, later: PolicyDocument, feed: list[TicketEvent], at: int, effective_at: int
) -> None:
    at, effective_at = min(at, effective_at), max(at, effective_at) + 1
    published = [Version(0, document), Version(effective_at, later, "open_tickets")]
    assert replay(feed, published, at) == replay(feed, published[:1], at)


@cases
@given(documents(), documents("later"), feeds(), instants)
def test_a_version_for_new_tickets_leaves_older_ones_alone(
    document: PolicyDocument, later: PolicyDocument, feed: list[TicketEvent], effective_at: int
) -> None:
    versions = [Version(0, document), Version(effective_at, later, "new_tickets")]
    held = document if feed[0].at < effective_at else later
    expected = replay(feed, [Version(0, held)], end_of(feed))
    assert [replace(timer, version=0) for timer in replay(feed, versions, end_of(feed))] == expected


@cases
@given(documents("old"), documents("new"), documents("newest"), feeds(), instants, instants)
def test_publishing_for_open_tickets_is_a_change_like_any_other(
    old: PolicyDocument, new: PolicyDocument, newest: PolicyDocument, feed: list[TicketEvent], one: int, other: int
) -> None:
    """Several versions, against one document whose policies ask for a field that changes when a version would."""
    switches = [(0, old), (min(one, other), new), (max(one, other), newest)]
    versions = [Version(at, document, "open_tickets") for at, document in switches]
    created_at = feed[0].at
    together = tuple(
        replace(policy, match=(*policy.match, Condition("custom.version", "in", (str(number),))))
        for number, (_, document) in enumerate(switches)
        for policy in document.policies
    )
    held = sum(at <= created_at for at, _ in switches) - 1
    changes = [
        TicketEvent(f"v{number}", "T", at, "changed", -(10**6), set={"custom.version": str(number)})
        for number, (at, _) in enumerate(switches)
        if at > created_at
    ]
    created = replace(feed[0], seq=-(10**9), set={**feed[0].set, "custom.version": str(held)})
    in_one = PolicyDocument(old.priorities, old.default_priority, CALENDARS, together)
    at = max(end_of(feed), one, other)
    found = replay(feed, versions, at)
    expected = replay([created, *feed[1:], *changes], [Version(0, in_one)], at)
    assert [replace(timer, version=0) for timer in found] == expected
    assert [timer.policy.split("-")[0] for timer in found] == [
        ("old", "new", "newest")[timer.version] for timer in found
    ]


@cases
@given(documents(), feeds(), st.integers(-LATER, LATER))
def test_an_explanation_has_no_gap_and_adds_up(document: PolicyDocument, feed: list[TicketEvent], later: int) -> None:
    versions, at = [Version(0, document)], feed[-1].at + later
    segments = explain(feed, versions, at)
    found = replay(feed, versions, at)
    assert segments.keys() == {(timer.metric, timer.cycle) for timer in found}
    for timer in found:
        row = segments[timer.metric, timer.cycle]
        edges = [timer.started_at, *(segment.end for segment in row)]
        assert [segment.start for segment in row] == edges[:-1]
        assert all(segment.seconds > 0 for segment in row)
        assert edges[-1] == timer.started_at + timer.wall_seconds
        assert sum(one.seconds for one in row if one.kind == "counted") == timer.elapsed_seconds


@cases
@given(documents(), feeds(), st.integers(-LATER, LATER))
def test_the_fields_of_a_timer_agree(document: PolicyDocument, feed: list[TicketEvent], later: int) -> None:
    at = feed[-1].at + later
    cycles: dict[str, int] = {}
    for timer in replay(feed, [Version(0, document)], at):
        cycles[timer.metric] = cycles.get(timer.metric, 0) + 1
        assert timer.cycle == cycles[timer.metric]
        assert timer.elapsed_seconds + timer.remaining_seconds == timer.target_seconds
        assert (timer.fulfilled_at is not None) == (timer.state == "fulfilled")
        assert (timer.cancelled_at is not None) == (timer.cancel_reason is not None) == (timer.state == "cancelled")
        assert (timer.due_at is None) == (timer.state in ("paused", "cancelled"))
        assert timer.breached == (timer.breached_at is not None)
        assert bool(timer.pause_reasons) == (timer.state == "paused")
        check_due(timer, at)
        check_steps(timer)


def check_due(timer: Timer, at: int) -> None:
    if timer.due_at is None:
        return
    calendar = CALENDARS[timer.calendar]
    if timer.state == "active" and timer.remaining_seconds >= 0 and timer.due_at >= at:
        assert calendar.between(at, timer.due_at) == timer.remaining_seconds
    if timer.remaining_seconds < 0:
        assert timer.due_at < at
    assert timer.original_due_at is not None
    end = timer.fulfilled_at if timer.fulfilled_at is not None else at
    if timer.due_at < end:
        assert timer.breached
        assert timer.breached_at is not None
        assert timer.breached_at <= end


def check_steps(timer: Timer) -> None:
    instants = [step.instant for step in timer.escalations]
    assert all((instant is None) == (timer.due_at is None) for instant in instants)
    by_name = {step.at: step.instant for step in timer.escalations}
    if timer.due_at is not None and by_name:
        assert by_name["100%"] == timer.due_at
        half, before, late = by_name["50%"], by_name["-90m"], by_name["+1h"]
        assert half is not None
        assert before is not None
        assert late is not None
        assert max(half, before) <= timer.due_at < late
        assert timer.started_at <= min(half, before)

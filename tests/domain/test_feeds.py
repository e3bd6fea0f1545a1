from __future__ import annotations

from slaplugin.domain.feeds import visible
from tests.domain.tickets import at, created, event, replied


def names(*events: object, when: str = "23:00") -> list[str]:
    return [one.id for one in visible(events, at(when))]  # type: ignore[arg-type]


def test_events_are_ordered_by_instant_then_sequence_then_id_as_text() -> None:
    later = [event("10:00", name=name, seq=seq) for name, seq in (("e9", 0), ("e10", 0), ("a", 2), ("z", 1))]
    assert names(created(), *reversed(later)) == ["09:00 created", "e10", "e9", "z", "a"]


def test_an_id_that_was_seen_is_ignored() -> None:
    first = event("10:00", name="e", status="pending")
    again = event("11:00", name="e", status="solved")
    assert visible([created(), first, again], at("12:00"))[1:] == [first]


def test_what_happens_later_is_not_there_yet() -> None:
    assert names(created(), event("10:00"), event("10:01"), when="10:00") == ["09:00 created", "10:00 changed"]


def test_a_ticket_without_creation_has_no_feed() -> None:
    assert names(event("09:00"), replied("10:00", "agent")) == []


def test_an_empty_feed_stays_empty() -> None:
    assert names() == []


def test_what_is_stamped_before_the_creation_happens_at_it() -> None:
    feed = visible([event("08:00", status="pending"), created("09:00")], at("10:00"))
    assert [(one.kind, one.at) for one in feed] == [("created", at("09:00")), ("changed", at("09:00"))]


def test_the_creation_comes_first_whatever_its_sequence() -> None:
    first = event("09:00", "created", seq=9)
    assert visible([event("09:00", seq=1), first], at("10:00"))[0] is first


def test_a_second_creation_is_a_change() -> None:
    feed = visible([created("09:00"), created("10:00")], at("11:00"))
    assert [one.kind for one in feed] == ["created", "changed"]


def test_a_removal_ends_the_feed() -> None:
    feed = visible([created(), event("10:00", "removed"), event("11:00")], at("12:00"))
    assert [one.kind for one in feed] == ["created", "removed"]


def test_a_restoration_takes_the_removal_back_and_shows_what_happened_meanwhile() -> None:
    events = [created(), event("10:00", "removed"), event("11:00"), event("12:00", "restored")]
    assert names(*events) == ["09:00 created", "11:00 changed"]


def test_a_restoration_takes_back_one_removal_only() -> None:
    events = [created(), event("10:00", "removed"), event("11:00", "removed"), event("12:00", "restored")]
    assert names(*events) == ["09:00 created", "10:00 removed"]


def test_a_restoration_of_nothing_leaves_no_trace() -> None:
    assert names(created(), event("10:00", "restored"), event("11:00")) == ["09:00 created", "11:00 changed"]


def test_a_withdrawn_event_is_left_out_from_the_withdrawal_on() -> None:
    events = [created(), event("10:00", name="wrong"), event("12:00", "withdrawn", of="wrong")]
    assert names(*events, when="11:59") == ["09:00 created", "wrong"]
    assert names(*events, when="12:00") == ["09:00 created"]


def test_a_creation_cannot_be_withdrawn_not_even_a_second_one() -> None:
    events = [
        event("09:00", "created", name="first"),
        event("10:00", "created", name="second"),
        event("11:00", "withdrawn", of="first"),
        event("11:00", "withdrawn", of="second", name="other"),
    ]
    assert names(*events) == ["first", "second"]


def test_a_withdrawal_can_be_withdrawn() -> None:
    events = [
        created(),
        event("10:00", name="reply"),
        event("11:00", "withdrawn", of="reply", name="mistake"),
        event("12:00", "withdrawn", of="mistake"),
    ]
    assert names(*events) == ["09:00 created", "reply"]

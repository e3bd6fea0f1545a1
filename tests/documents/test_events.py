from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest

from slaplugin.documents import events
from slaplugin.documents.events import Feed
from slaplugin.domain import instants, timers
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.explain import Segment
from slaplugin.domain.policies import Version
from slaplugin.errors import DocumentError
from tests.documents.parts import document, load, policy

CREATED = {"id": "e1", "ticket": "T-1", "at": "2026-01-26T09:00:00Z", "kind": "created", "set": {"priority": "p1"}}
CHANGED = {"id": "e2", "ticket": "T-1", "at": "2026-01-26T10:00:00Z", "kind": "changed", "set": {"status": "open"}}


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def read(content: bytes, tiers: tuple[str, ...] | None = ("p1", "p2")) -> Feed:
    return events.read(io.BytesIO(content), "feed", tiers)


def refused(content: bytes, tiers: tuple[str, ...] | None = ("p1", "p2")) -> list[str]:
    with pytest.raises(DocumentError) as error:
        read(content, tiers)
    return str(error.value).splitlines()


def test_events_stand_by_ticket_in_the_order_of_the_file() -> None:
    other = CREATED | {"ticket": "T-2"}
    feed = read(lines(CHANGED, other, CREATED))
    assert {ticket: [event.id for event in found] for ticket, found in feed.tickets.items()} == {
        "T-1": ["e2", "e1"],
        "T-2": ["e1"],
    }


def test_a_packed_feed_reads_alike() -> None:
    content = lines(CREATED, CHANGED)
    assert read(gzip.compress(content)) == read(content)


def test_a_feed_may_be_any_lines() -> None:
    assert events.read(lines(CREATED, CHANGED).splitlines(), "feed") == read(lines(CREATED, CHANGED))


def test_the_last_instant_is_the_latest_and_not_that_of_the_last_line() -> None:
    assert read(lines(CHANGED, CREATED)).last_at == instants.parse("2026-01-26T10:00:00Z")


def test_an_empty_feed_has_no_last_instant() -> None:
    assert read(b"") == Feed({}, None, ())


def test_blank_lines_windows_ends_and_a_byte_order_mark_are_no_problem() -> None:
    content = b"\xef\xbb\xbf" + lines(CREATED).replace(b"\n", b"\r\n") + b"\r\n  \n" + lines(CHANGED)
    assert read(content) == read(lines(CREATED, CHANGED))


def test_a_repeated_event_counts_once() -> None:
    assert len(read(lines(CREATED, CHANGED, CREATED)).tickets["T-1"]) == 2


def test_one_id_for_two_contents_is_refused() -> None:
    assert refused(lines(CREATED, CREATED | {"set": {}})) == [
        'feed: line 2: id: "e1" of ticket "T-1" came before with other content; ids are unique'
    ]


def test_one_id_in_two_tickets_is_fine() -> None:
    assert len(read(lines(CREATED, CREATED | {"ticket": "T-2", "set": {}})).tickets) == 2


def test_an_unknown_tier_is_refused() -> None:
    assert "is no tier of the policy" in refused(lines(CREATED), tiers=("p2",))[0]


def test_tiers_are_not_checked_without_a_policy() -> None:
    assert read(lines(CREATED | {"set": {"priority": "p9"}}), tiers=None).tickets


def test_no_priority_is_no_unknown_tier() -> None:
    assert read(lines(CREATED | {"set": {"priority": None}}), tiers=("p2",)).tickets


def test_every_problem_of_the_file_has_its_line() -> None:
    content = b"\n".join([
        b'{"id": "e1", "ticket": "T-1", "at": "2026-01-26", "kind": "made", "set": {"status": "opn"}}',
        b"",
        b"not json",
        b'{"id": "e1", "id": "e2"}',
        b'{"id": NaN}',
        b'{"id": "\xff"}',
        b'{"a":' * 20_000,
        b"x" * 1_500_000,
        b"[]",
        lines(CREATED | {"set": {"priority": "p9"}}).strip(),
        b'{"id": "\\ud800", "ticket": "T-1", "at": "2026-01-26T09:00:00Z", "kind": "created"}',
        b'{"seq": ' + b"9" * 5_000 + b"}",
    ])  # fmt: skip
    assert [line.split(": ", 2)[1:] for line in refused(content)] == [
        ["line 1", 'at: "2026-01-26" is not an instant; write it as 2026-01-30T15:00:00Z or with an offset'],
        ["line 1", 'kind: "made" is not known here; there is created, changed, replied, removed, restored, withdrawn'],
        ["line 1", 'set.status: "opn" is not a status; did you mean "open"?'],
        ["line 3", "is not JSON: Expecting value (column 1)"],
        ["line 4", 'the key "id" is written twice; keep one'],
        ["line 5", "holds NaN, which JSON does not know"],
        ["line 6", "is not UTF-8 text; save the file as UTF-8"],
        ["line 7", "is nested too deep; an event is a flat object"],
        ["line 8", "is longer than 1 MB, the limit of one event; write one object a line"],
        ["line 9", "is not a mapping of keys to values"],
        ["line 10", 'set.priority: "p9" is no tier of the policy; there is p1, p2'],
        ["line 11", "holds half a surrogate pair; write the character itself"],
        ["line 12", "holds too large a number"],
    ]


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":"e1","ticket":"T-1","at":"2026-01-26T09:00:00Z","kind":"created","kind":"changed"}',
        b'{"id" : "e1","ticket":"T-1","at":"2026-01-26T09:00:00Z","kind":"created","kind":"created"}',
        b'{"id":"e1","ticket":"T-1","at":"2026-01-26T09:00:00Z","kind":"created","set":{"team":"a","team" :"b"}}',
        b'{"id":"e1","ticket":"T-1","at":"2026-01-26T09:00:00Z","kind":"created","set":{"team":"a","team":"b"}}',
    ],
)
def test_a_repeated_key_is_found_however_it_is_spaced(line: bytes) -> None:
    assert "is written twice" in refused(line)[0]


def test_what_looks_like_a_key_in_a_text_is_none() -> None:
    record = CREATED | {"set": {"subject": '"id": and " : and \\u00e9 \u00e9', "team": "a"}}
    assert read(lines(record)).tickets["T-1"][0].set == record["set"]


def test_a_hopeless_file_is_counted_and_not_listed_for_ever() -> None:
    found = refused(b"x\n" * (events.MAX_PROBLEMS + 17))
    assert (len(found), found[-1]) == (
        events.MAX_PROBLEMS + 1,
        "feed: 17 more problems are not listed; mend these first",
    )


def test_a_damaged_gzip_is_refused_whole() -> None:
    content = gzip.compress(lines(CREATED, CHANGED))[:-4]
    assert refused(content)[0].endswith("is a damaged gzip file; pack it again or give it unpacked")


def test_a_ticket_without_its_creation_is_named() -> None:
    assert [str(one) for one in read(lines(CHANGED)).warnings] == [
        'ticket "T-1" has no created event, so it gets no timers'
    ]


def test_withdrawing_a_creation_is_named() -> None:
    withdrawn = {"id": "e9", "ticket": "T-1", "at": "2026-01-26T10:00:00Z", "kind": "withdrawn", "of": "e1"}
    assert ["withdraws its creation" in str(one) for one in read(lines(CREATED, withdrawn)).warnings] == [True]


def test_parse_lists_every_problem_of_a_record() -> None:
    with pytest.raises(DocumentError) as error:
        events.parse({"id": 1, "kind": "made"}, "POST /events")
    assert [one.path for one in error.value.problems] == ["id", "ticket", "at", "kind"]


@pytest.mark.parametrize(
    "event",
    [
        TicketEvent("e1", "T-1", 1_769_785_200, "created", set={"status": "open", "tags": ["a"], "custom.n": 1.5}),
        TicketEvent("e1", "T-1", 1_769_785_200, "replied", 7, "a1", "agent", public=False),
        TicketEvent("e1", "T-1", 1_769_785_200, "replied", role="requester", set={"status": "solved"}),
        TicketEvent("e2", "T-1", 1_769_785_200, "withdrawn", of="e1"),
        TicketEvent("e2", "T-1", 1_769_785_200, "removed", -5),
    ],
)
def test_a_written_event_reads_back(event: TicketEvent) -> None:
    assert events.parse(json.loads(json.dumps(events.to_json_event(event)))) == event


def test_a_timer_has_every_field_of_the_format_in_its_order() -> None:
    loaded = load(document(policies=[policy(escalations=[{"at": "75%"}])])).document
    found = timers.replay([events.parse(CREATED)], [Version(0, loaded)], instants.parse("2026-01-26T10:00:00Z"))
    assert list(events.to_json(found[0]).items()) == [
        ("ticket", "T-1"),
        ("metric", "resolution"),
        ("cycle", 1),
        ("policy", "standard"),
        ("priority", "p1"),
        ("calendar", "24x7"),
        ("state", "active"),
        ("started_at", "2026-01-26T09:00:00Z"),
        ("fulfilled_at", None),
        ("cancelled_at", None),
        ("cancel_reason", None),
        ("target_seconds", 14_400),
        ("elapsed_seconds", 3_600),
        ("remaining_seconds", 10_800),
        ("wall_seconds", 3_600),
        ("due_at", "2026-01-26T13:00:00Z"),
        ("original_due_at", "2026-01-26T13:00:00Z"),
        ("breached", False),
        ("breached_at", None),
        ("retroactive", False),
        ("escalations", [{"at": "75%", "instant": "2026-01-26T12:00:00Z"}]),
    ]


def test_a_stretch_of_an_explanation_has_the_fields_of_the_format() -> None:
    assert events.to_json_segment(Segment(0, 60, "paused", "pending since event e1")) == {
        "from": "1970-01-01T00:00:00Z",
        "to": "1970-01-01T00:01:00Z",
        "kind": "paused",
        "seconds": 60,
        "because": "pending since event e1",
    }

"""Helpdesk words to engine words: statuses, priorities, roles, teams and customers of one ticket over its life."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaplugin.domain.events import KINDS, RESERVED_FIELDS, ROLES, STATUSES, SourceActor, SourceEvent, TicketEvent
from slaplugin.domain.mapping import Unmapped, map_ticket, ordered, unmapped
from slaplugin.domain.mapping_documents import compiled, label_key, slug

DOCUMENT: Mapping[str, Any] = {
    "schema": "slaplugin/mapping/1",
    "tiers": ["p1", "p2", "p3"],
    "statuses": {"To Do": "new", "open": "open", "hold": "on_hold", "wait": "pending", "done": "solved",
                 "closed:duplicate": "removed", "closed": "closed"},
    "status_labels": {"waiting-for-reporter": "pending", "blocked": "on_hold"},
    "priorities": {"urgent": "p1", "10002": "p2", "low": "p3"},
    "priority_labels": {"P1": "p1", "priority: high": "p2", "minor": "p3"},
    "people": {
        "roles": {"Olga": "agent", "ci-runner": "bot", "integration": "system", "customer-2": "requester"},
        "marks": {"bot": "bot", "permission:write": "agent", "permission:read": "other", "association:OWNER": "agent"},
    },
    "customer": {"from": "field", "field": "customer", "values": {"360001": "acme"}},
    "team": [
        {"from": "field", "field": "team", "values": {"77": "network"}},
        {"from": "label", "prefix": "team/"},
    ],
}  # fmt: skip

_ids = itertools.count(1)


def event(
    kind: str = "changed", at: int = 0, *, by: str | None = None, marks: tuple[str, ...] = (), **more: Any
) -> SourceEvent:
    number = next(_ids)
    actor = None if by is None else SourceActor(by, by, marks)
    return SourceEvent(
        id=more.pop("id", f"e{number:06}"), ticket="T-1", at=at, kind=kind, seq=more.pop("seq", number),  # type: ignore[arg-type]
        actor=actor, public=more.pop("public", True), of=more.pop("of", None),
        set=more,
    )  # fmt: skip


def created(**fields: Any) -> SourceEvent:
    return event("created", by="rita", **{"status": "open", **fields})


def mapped(*events: SourceEvent, document: Mapping[str, Any] = DOCUMENT) -> list[TicketEvent]:
    return map_ticket(events, document, "shop")


def sets(*events: SourceEvent, document: Mapping[str, Any] = DOCUMENT) -> list[dict[str, Any]]:
    return [dict(one.set) for one in mapped(*events, document=document)]


# --- the whole


def test_what_is_reserved_and_not_looked_up_passes_through() -> None:
    fields = {"key": "acme/web#1", "subject": "Login", "url": "https://x", "type": "Bug", "tags": ["a"],
              "requester": "rita", "requester_name": "Rita", "custom.region": "EU"}  # fmt: skip
    (found,) = sets(created(**fields))
    assert fields.items() <= found.items()


def test_the_creation_names_its_source() -> None:
    first, second = sets(created(), event(subject="x", by="rita"))
    assert first["source"] == "shop"
    assert "source" not in second


def test_envelope_and_actor_stay() -> None:
    (one,) = mapped(created(id="gh:issue:5", at=17, seq=9))
    assert (one.id, one.ticket, one.at, one.seq, one.kind, one.actor_id) == (
        "gh:issue:5",
        "T-1",
        17,
        9,
        "created",
        "rita",
    )


def test_order_of_the_input_does_not_matter() -> None:
    events = [created(), event(at=1, tags=["P1"]), event(at=2, tags=[]), event("replied", 3, by="olga")]
    for order in itertools.permutations(events):
        assert mapped(*order) == mapped(*events)


def test_a_repeated_event_counts_once() -> None:
    events = [created(), event(at=1, tags=["P1"])]
    assert mapped(*events, *events) == mapped(*events)


def test_the_creation_comes_first_even_when_it_is_stamped_later() -> None:
    early, late = event(at=1, status="done"), created(at=5)
    assert [one.kind for one in mapped(early, late)] == ["created", "changed"]


def test_what_did_not_change_is_not_told_again() -> None:
    assert sets(created(tags=["P1"]), event(at=1, tags=["P1", "bug"]))[1] == {"tags": ["P1", "bug"]}


def test_an_event_without_fields_sets_nothing() -> None:
    assert sets(created(), event("replied", 1, by="olga"))[1] == {}


def test_an_empty_document_maps_only_what_is_plain() -> None:
    (found,) = sets(created(status="pending", priority="p2", tags=["P1"]), document={})
    assert (found["status"], found["priority"]) == ("pending", "p2")


def test_a_compiled_document_gives_the_same() -> None:
    events = [created(tags=["P1"]), event(at=1, status="done")]
    assert map_ticket(events, compiled(DOCUMENT), "shop") == map_ticket(events, DOCUMENT, "shop")


# --- status


@pytest.mark.parametrize(
    ("raw", "category"),
    [("To Do", "new"), ("to do ", "new"), ("hold", "on_hold"), ("done", "solved"), ("closed", "closed"),
     ("unheard of", "open"), ("solved", "solved")],
)  # fmt: skip
def test_a_status_becomes_its_category_and_keeps_its_name(raw: str, category: str) -> None:
    (found,) = sets(created(status=raw))
    assert (found["status"], found["status_name"]) == (category, raw)


def test_a_ticket_without_a_status_is_new() -> None:
    assert sets(event("created", by="rita"))[0]["status"] == "new"


def test_the_helpdesks_own_name_for_a_status_is_shown() -> None:
    assert sets(created(status="done", status_name="Erledigt"))[0]["status_name"] == "Erledigt"


@pytest.mark.parametrize(
    ("raw", "tags", "expected"),
    [
        ("open", ["waiting-for-reporter"], "pending"),
        ("open", ["blocked"], "on_hold"),
        ("open", ["waiting-for-reporter", "blocked"], "on_hold"),
        ("open", ["blocked", "waiting-for-reporter"], "on_hold"),
        ("To Do", ["waiting-for-reporter"], "pending"),
        ("wait", ["blocked"], "on_hold"),
        ("hold", ["waiting-for-reporter"], "on_hold"),
        ("done", ["blocked"], "solved"),
        ("closed", ["blocked"], "closed"),
        ("open", ["Waiting: for Reporter"], "pending"),
        ("open", ["bug"], "open"),
        ("open", None, "open"),
    ],
)
def test_closed_beats_on_hold_beats_pending_beats_open(raw: str, tags: list[str] | None, expected: str) -> None:
    assert sets(created(status=raw, tags=tags))[0]["status"] == expected


def test_a_label_that_decides_lends_its_words() -> None:
    assert sets(created(tags=["Blocked"]))[0]["status_name"] == "Blocked"


def test_a_label_that_goes_gives_the_status_back() -> None:
    found = sets(created(), event(at=1, tags=["blocked"]), event(at=2, tags=[]))
    assert [one["status"] for one in found] == ["open", "on_hold", "open"]


def test_a_waiting_label_behind_a_close_waits_for_the_reopening() -> None:
    found = sets(created(tags=["blocked"]), event(at=1, status="done"), event(at=2, status="open"))
    assert [one["status"] for one in found] == ["on_hold", "solved", "on_hold"]


def test_a_status_that_means_removed_removes_and_leaving_it_restores() -> None:
    events = mapped(created(), event(at=1, status="closed:duplicate", id="x"), event(at=2, status="open", id="y"))
    assert [(one.kind, one.id) for one in events[1:]] == [
        ("changed", "x"), ("removed", "x#removed"), ("changed", "y"), ("restored", "y#restored"),
    ]  # fmt: skip


def test_a_removed_status_counts_as_closed() -> None:
    assert mapped(created(), event(at=1, status="closed:duplicate"))[1].set["status"] == "closed"


def test_staying_removed_removes_once() -> None:
    events = mapped(created(), event(at=1, status="closed:duplicate"), event(at=2, subject="x"))
    assert [one.kind for one in events] == ["created", "changed", "removed", "changed"]


# --- priority


@pytest.mark.parametrize(
    ("fields", "tier"),
    [
        ({"priority": "urgent"}, "p1"),
        ({"priority": "Urgent"}, "p1"),
        ({"priority": "10002"}, "p2"),
        ({"priority": 10002}, "p2"),
        ({"priority": "p3"}, "p3"),
        ({"tags": ["priority/high"]}, "p2"),
        ({"tags": ["minor", "p1"]}, "p1"),
        ({"priority": "low", "tags": ["P1"]}, "p1"),
        ({"priority": "urgent", "tags": ["minor"]}, "p1"),
        ({"priority": "unheard of", "tags": ["minor"]}, "p3"),
    ],
)
def test_the_most_urgent_of_field_and_labels_wins(fields: dict[str, Any], tier: str) -> None:
    assert sets(created(**fields))[0]["priority"] == tier


@pytest.mark.parametrize("fields", [{}, {"tags": ["bug"]}, {"priority": None}, {"priority": "unheard of"}])
def test_what_means_no_priority_is_none(fields: dict[str, Any]) -> None:
    assert "priority" not in sets(created(**fields))[0]


def test_an_unknown_priority_keeps_its_word() -> None:
    assert sets(created(priority="unheard of"))[0]["priority_name"] == "unheard of"


def test_a_priority_that_goes_is_told() -> None:
    found = sets(created(tags=["P1"]), event(at=1, tags=[]))
    assert (found[1]["priority"], found[1]["priority_name"]) == (None, None)


def test_the_word_that_decided_is_the_priority_name() -> None:
    assert sets(created(priority="low", tags=["P1"]))[0]["priority_name"] == "P1"


def test_the_order_of_tiers_is_the_documents() -> None:
    document = {"tiers": ["slow", "fast"], "priority_labels": {"a": "fast", "b": "slow"}}
    assert sets(created(tags=["a", "b"]), document=document)[0]["priority"] == "slow"


# --- people


@pytest.mark.parametrize(
    ("who", "marks", "role"),
    [
        ("rita", (), "requester"),
        ("zoe", (), "other"),
        ("zoe", ("permission:write",), "agent"),
        ("zoe", ("association:OWNER",), "agent"),
        ("zoe", ("permission:read", "association:OWNER"), "other"),
        ("zoe", ("unheard:of", "association:OWNER"), "agent"),
        ("zoe", ("bot", "permission:write"), "bot"),
        ("rita", ("bot",), "bot"),
        ("olga", (), "agent"),
        ("OLGA", ("permission:read",), "agent"),
        ("ci-runner", ("permission:write",), "bot"),
        ("integration", (), "system"),
        ("customer-2", (), "requester"),
        ("rita-renamed", ("requester",), "requester"),
        ("rita", ("permission:write",), "requester"),
        ("rita", ("unknown",), "other"),
    ],
)
def test_who_replies_as_what(who: str, marks: tuple[str, ...], role: str) -> None:
    assert mapped(created(), event("replied", 1, by=who, marks=marks))[1].role == role


@pytest.mark.parametrize(
    ("who", "marks", "role"),
    [
        ("zoe", (), "requester"),
        ("zoe", ("permission:read",), "requester"),
        ("zoe", ("permission:write",), "agent"),
        ("olga", (), "agent"),
        ("zoe", ("bot",), "bot"),
        ("integration", (), "system"),
    ],
)
def test_who_opens_as_what(who: str, marks: tuple[str, ...], role: str) -> None:
    assert mapped(event("created", by=who, marks=marks))[0].role == role


def test_an_agent_is_the_requester_of_their_own_ticket() -> None:
    events = mapped(event("created", by="olga"), event("replied", 1, by="olga"))
    assert [one.role for one in events] == ["agent", "requester"]


def test_the_requester_may_be_somebody_else_than_the_author() -> None:
    events = mapped(
        event("created", by="olga", requester="rita"), event("replied", 1, by="rita"), event("replied", 2, by="olga")
    )
    assert [one.role for one in events] == ["agent", "requester", "agent"]


def test_the_requester_may_change() -> None:
    events = mapped(
        created(),
        event(at=1, by="olga", requester="zoe"),
        event("replied", 2, by="zoe"),
        event("replied", 3, by="rita"),
    )
    assert [one.role for one in events[2:]] == ["requester", "other"]


def test_bystanders_may_count_as_requesters() -> None:
    document = {**DOCUMENT, "people": {"bystanders": "requester"}}
    assert mapped(created(), event("replied", 1, by="zoe"), document=document)[1].role == "requester"


def test_a_reply_of_nobody_answers_nobody() -> None:
    assert mapped(created(), event("replied", 1))[1].role == "other"


def test_a_change_of_nobody_has_no_role() -> None:
    assert mapped(created(), event(at=1, subject="x"))[1].role is None


def test_our_own_replies_are_dropped() -> None:
    assert len(mapped(created(), event("replied", 1, by="sla", marks=("own",)))) == 1


def test_our_own_changes_are_the_systems() -> None:
    assert mapped(created(), event(at=1, by="olga", marks=("own",), tags=["P1"]))[1].role == "system"


def test_a_private_reply_stays_private() -> None:
    assert mapped(created(), event("replied", 1, by="olga", public=False))[1].public is False


@pytest.mark.parametrize("kind", ["removed", "restored", "withdrawn"])
def test_other_kinds_pass_through(kind: str) -> None:
    one = mapped(created(), event(kind, 1, of="e1" if kind == "withdrawn" else None))[1]
    assert (one.kind, one.of) == (kind, "e1" if kind == "withdrawn" else None)


# --- customer, service, team, assignee


def test_a_listed_value_becomes_its_slug() -> None:
    (found,) = sets(created(customer=360001, customer_name="Acme Ltd"))
    assert (found["customer"], found["customer_name"]) == ("acme", "Acme Ltd")


def test_a_value_that_is_not_listed_is_nobody() -> None:
    assert "customer" not in sets(created(customer="999"))[0]


def test_the_first_rule_that_fits_decides() -> None:
    (found,) = sets(created(team="77", tags=["team/billing"]))
    assert found["team"] == "network"


@pytest.mark.parametrize("label", ["team/Network Ops", "team: network-ops", "Team/network_ops"])
def test_a_label_with_the_prefix_names_the_team(label: str) -> None:
    assert sets(created(tags=["bug", label]))[0]["team"] == "network-ops"


@pytest.mark.parametrize("label", ["team", "team/", "teamwork", "my team/x"])
def test_a_label_without_the_whole_prefix_names_none(label: str) -> None:
    assert "team" not in sets(created(tags=[label]))[0]


def test_a_team_that_goes_is_told() -> None:
    found = sets(created(tags=["team/a"]), event(at=1, tags=["team/b"]), event(at=2, tags=[]))
    assert [one["team"] for one in found] == ["a", "b", None]


def test_labels_may_be_listed_one_by_one() -> None:
    document = {"customer": {"from": "label", "values": {"vip: acme": "acme"}}}
    assert sets(created(tags=["VIP/Acme"]), document=document)[0]["customer"] == "acme"


def test_with_a_list_only_listed_labels_of_the_prefix_count() -> None:
    document = {"team": {"from": "label", "prefix": "team/", "values": {"net": "network"}}}
    assert sets(created(tags=["team/other", "team/net"]), document=document)[0]["team"] == "network"


def test_a_constant_is_the_same_for_every_ticket() -> None:
    document = {"service": {"from": "constant", "value": "web-shop", "name": "Web shop"}}
    (found,) = sets(created(), document=document)
    assert (found["service"], found["service_name"]) == ("web-shop", "Web shop")


def test_a_field_without_a_list_is_its_own_slug() -> None:
    document = {"customer": {"from": "field", "field": "custom.organisation"}}
    (found,) = sets(created(**{"custom.organisation": "Acme Ltd."}), document=document)
    assert (found["customer"], found["customer_name"]) == ("acme-ltd.", "Acme Ltd.")


def test_the_assignee_keeps_id_and_name() -> None:
    found = sets(created(assignee="u7", assignee_name="Olga B"), event(at=1, assignee=None, assignee_name=None))
    assert [(one["assignee"], one["assignee_name"]) for one in found] == [("u7", "Olga B"), (None, None)]


# --- what is not known


def test_unknown_words_are_named_for_the_health_page() -> None:
    events = [created(status="To Do"), event(status="limbo"), event(priority="huge"), event(priority="low")]
    assert unmapped(events, DOCUMENT) == Unmapped(frozenset({"limbo"}), frozenset({"huge"}))


def test_known_words_are_not_named() -> None:
    assert unmapped([created(priority="p1"), event(status="solved"), event(priority=10002)], DOCUMENT) == Unmapped()


def test_a_slug_is_never_empty() -> None:
    assert (slug("///"), slug("Network  Ops!")) == ("///", "network-ops")


def test_labels_are_compared_by_their_words() -> None:
    assert {label_key(text) for text in ("Priority: P1", "priority/p1", "priority_p1", " PRIORITY - p1 ")} == {
        "priority p1"
    }


# --- whatever comes


_values = {
    "status": st.sampled_from(["open", "done", "closed:duplicate", "hold", "limbo"]),
    "tags": st.lists(st.sampled_from(["P1", "minor", "blocked", "waiting for reporter", "team/a", "bug"]), max_size=4),
    "priority": st.sampled_from([None, "urgent", "low", "huge"]),
    "customer": st.sampled_from([None, "360001", "9"]),
    "assignee": st.sampled_from([None, "u1"]),
}
_people = st.sampled_from(["rita", "olga", "zoe", "ci-runner"])


@st.composite
def feeds(draw: st.DrawFn) -> list[SourceEvent]:
    events = [SourceEvent("e0", "T-1", 0, "created", actor=SourceActor(draw(_people)), set={"status": "open"})]
    for number in range(1, draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["changed", "replied", "removed", "restored"]))
        fields = draw(st.fixed_dictionaries({}, optional=_values)) if kind == "changed" else {}
        actor = SourceActor(draw(_people))
        events.append(SourceEvent(f"e{number}", "T-1", draw(st.integers(0, 5)), kind, actor=actor, set=fields))  # type: ignore[arg-type]
    return events


@given(feeds(), st.randoms(use_true_random=False))
def test_any_feed_in_any_order_gives_the_same_events_that_the_engine_takes(
    events: list[SourceEvent], random: Any
) -> None:
    shuffled = [*events, *events[:2]]
    random.shuffle(shuffled)
    result = mapped(*events)
    assert mapped(*shuffled) == result
    assert result[0].kind == "created"
    assert len({one.id for one in result}) == len(result)
    for one in result:
        assert one.kind in KINDS
        assert one.role is None or one.role in ROLES
        assert all(name in RESERVED_FIELDS or name.startswith("custom.") for name in one.set)
        assert one.set.get("status", "open") in STATUSES
        assert one.set.get("priority") in (None, "p1", "p2", "p3")


@given(feeds())
def test_the_last_word_on_each_field_is_what_the_whole_feed_says(events: list[SourceEvent]) -> None:
    told: dict[str, Any] = {}
    raw: dict[str, Any] = {}
    for one in mapped(*events):
        told.update(one.set)
    for source in ordered(events):
        raw.update(source.set)
    fresh = sets(SourceEvent("x", "T-1", 0, "created", actor=SourceActor("rita"), set=raw))[0]
    names = ("status", "priority", "customer", "team", "assignee")
    assert {name: told.get(name) for name in names} == {name: fresh.get(name) for name in names}

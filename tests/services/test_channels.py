"""Channels are added with a secret shown once, rotated without a gap, and told what concerns them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from slaplugin import database
from slaplugin.errors import Conflict, DocumentError, NotFound, SecretError
from slaplugin.sdk.testing import FakeClock
from slaplugin.secrets import SecretBox, generate_key
from slaplugin.services import channels
from slaplugin.store import channels as store
from slaplugin.store import outbox
from slaplugin.store.channels import StoredChannel

URL = "https://hooks.example.com/sla/t0ps3cret"
BOX = SecretBox([generate_key()])
DAY = 24 * 3600


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    """Of SQLite alone: what differs on PostgreSQL is tested where the SQL is."""
    with database.new_session(sqlite_engine) as session:
        yield session


def stored(session: Session, name: str = "ops") -> StoredChannel:
    with session.begin():
        channel = store.by_name(session, name)
    assert channel is not None
    return channel


def channel(name: str, number: int, **changes: Any) -> StoredChannel:
    given: dict[str, Any] = {
        "kind": "webhook", "settings": {"events": []}, "secrets": None, "state": "active", "reason": None,
        "failures": 0, "failing_since": None, "opened_at": None, "created_at": 0,
    }  # fmt: skip
    return StoredChannel(id=number, name=name, **given | changes)


def test_a_new_channel_signs_with_the_secret_that_was_shown(session: Session, clock: FakeClock) -> None:
    new = channels.add(session, clock, BOX, "ops", URL)
    target = channels.target(stored(session), BOX, clock.now())
    assert (target.url, target.secrets) == (URL, [new.secret])


def test_neither_secret_nor_url_is_stored_in_the_clear(session: Session, clock: FakeClock) -> None:
    new = channels.add(session, clock, BOX, "ops", URL)
    shown = repr(stored(session))
    assert new.secret not in shown
    assert "t0ps3cret" not in shown


def test_pages_can_name_the_host(session: Session, clock: FakeClock) -> None:
    channels.add(session, clock, BOX, "ops", URL, ["timer.breached"])
    assert stored(session).settings == {"host": "hooks.example.com", "events": ["timer.breached"]}


def test_every_problem_of_a_channel_is_named(session: Session, clock: FakeClock) -> None:
    with pytest.raises(DocumentError) as refused:
        channels.add(session, clock, BOX, "Ops Team", "http://x.example", ["timer.breached", "timer.late", "timer.odd"])
    assert [problem.path for problem in refused.value.problems] == ["name", "url", "events", "events"]
    assert channels.every(session) == []


@pytest.mark.parametrize("name", ["", "-ops", "Ops", "a b", "ü", "x" * 65, "team", "assignee", "managers"])
def test_a_name_that_policies_could_not_use_is_refused(session: Session, clock: FakeClock, name: str) -> None:
    with pytest.raises(DocumentError, match="name"):
        channels.add(session, clock, BOX, name, URL)


def test_plain_http_needs_an_allowed_network(session: Session, clock: FakeClock) -> None:
    channels.add(session, clock, BOX, "demo", "http://127.0.0.1:5000/inbox", allow=["127.0.0.0/8"])
    with pytest.raises(DocumentError, match="needs https"):
        channels.add(session, clock, BOX, "ops", "http://127.0.0.1:5000/inbox")


def test_a_taken_name_is_refused(session: Session, clock: FakeClock) -> None:
    channels.add(session, clock, BOX, "ops", URL)
    with pytest.raises(Conflict, match="'ops'"):
        channels.add(session, clock, BOX, "ops", URL)


def test_for_a_day_after_a_rotation_both_secrets_sign(session: Session, clock: FakeClock) -> None:
    old = channels.add(session, clock, BOX, "ops", URL).secret
    new = channels.rotate(session, clock, BOX, "ops")
    signing = [channels.target(stored(session), BOX, clock.now() + after).secrets for after in (0, DAY - 1, DAY)]
    assert signing == [[new, old], [new, old], [new]]


def test_a_second_rotation_ends_the_oldest_secret(session: Session, clock: FakeClock) -> None:
    channels.add(session, clock, BOX, "ops", URL)
    second = channels.rotate(session, clock, BOX, "ops")
    third = channels.rotate(session, clock, BOX, "ops")
    assert channels.target(stored(session), BOX, clock.now()).secrets == [third, second]


def test_a_channel_sealed_with_another_key_says_so(session: Session, clock: FakeClock) -> None:
    channels.add(session, clock, BOX, "ops", URL)
    with pytest.raises(SecretError):
        channels.target(stored(session), SecretBox([generate_key()]), clock.now())


def test_switching_off_and_on_again(session: Session, clock: FakeClock) -> None:
    channels.add(session, clock, BOX, "ops", URL)
    assert channels.disable(session, "ops", "moving house")
    assert (stored(session).state, stored(session).reason) == ("disabled", "moving house")
    assert channels.enable(session, "ops")
    assert stored(session).state == "active"


def test_an_unknown_channel_is_named(session: Session, clock: FakeClock) -> None:
    for use in (channels.disable, channels.enable):
        with pytest.raises(NotFound, match="'nobody'"):
            use(session, "nobody")
    with pytest.raises(NotFound, match="'nobody'"):
        channels.test(session, clock, "nobody")


def test_a_test_message_goes_to_its_channel_alone(session: Session, clock: FakeClock) -> None:
    channels.add(session, clock, BOX, "default", URL)
    channels.add(session, clock, BOX, "ops", URL)
    message_id = channels.test(session, clock, "ops")
    with session.begin():
        [leased] = outbox.lease_due(session, clock.now(), 10)
    assert (leased.channel.name, leased.message.id, leased.message.type) == ("ops", message_id, "channel.test")
    assert re.fullmatch(r"msg_[0-9a-f]{40}", message_id)


def test_a_button_pressed_twice_in_a_second_sends_one_test(session: Session, clock: FakeClock) -> None:
    channels.add(session, clock, BOX, "ops", URL)
    first = channels.test(session, clock, "ops")
    assert channels.test(session, clock, "ops") == first
    clock.advance(1)
    assert channels.test(session, clock, "ops") != first


def test_a_channel_that_is_off_is_not_tested(session: Session, clock: FakeClock) -> None:
    channels.add(session, clock, BOX, "ops", URL)
    channels.disable(session, "ops", "moving house")
    with pytest.raises(Conflict, match="moving house"):
        channels.test(session, clock, "ops")


DEFAULT = channel("default", 1)
OPS = channel("ops", 2)
EVERYTHING = channel("everything", 3, settings={"events": None})
BREACHES = channel("breaches", 4, settings={"events": ["timer.breached"]})
OFF = channel("off", 5, state="disabled", settings={"events": None})


@pytest.mark.parametrize(
    ("notify", "event_type", "told"),
    [
        ([], "escalation.raised", [1]),
        (["ops"], "escalation.raised", [2]),
        (["ops", "default"], "escalation.raised", [1, 2]),
        (["ops", "ops"], "escalation.raised", [2]),
        (["team"], "escalation.raised", [1]),
        (["team", "ops"], "escalation.raised", [1, 2]),
    ],
)
def test_steps_tell_whom_they_name_and_default_for_people(notify: list[str], event_type: str, told: list[int]) -> None:
    assert channels.resolve([DEFAULT, OPS], notify, event_type) == told


def test_subscribers_are_told_as_well_and_once(session: Session) -> None:
    known = [DEFAULT, OPS, EVERYTHING, BREACHES]
    assert channels.resolve(known, ["ops"], "timer.breached") == [2, 3, 4]
    assert channels.resolve(known, ["everything"], "timer.paused") == [3]


def test_a_subscriber_that_is_off_is_not_told() -> None:
    assert channels.resolve([DEFAULT, OFF], [], "timer.breached") == [1]


def test_a_named_channel_that_is_off_gets_it_later() -> None:
    assert channels.resolve([DEFAULT, OFF], ["off"], "timer.breached") == [5]


def test_only_webhooks_subscribe() -> None:
    mail = channel("mail", 6, kind="mail", settings={"events": None})
    assert channels.resolve([mail], [], "timer.breached") == []
    assert channels.resolve([mail], ["mail"], "timer.breached") == [6]


def test_without_any_channel_nobody_is_told(session: Session) -> None:
    assert channels.recipients(session, ["ops"], "escalation.raised") == []


def test_recipients_are_read_from_the_database(session: Session, clock: FakeClock) -> None:
    new = channels.add(session, clock, BOX, "default", URL, [])
    with session.begin():
        assert channels.recipients(session, [], "escalation.raised") == [new.id]

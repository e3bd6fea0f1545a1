"""Channels remember how their last calls went, and say who wants what."""

from __future__ import annotations

from sqlalchemy.orm import Session

from slaplugin.store import channels
from tests.store.outbox_parts import NOON, make_channel


def test_a_name_is_given_once(session: Session) -> None:
    make_channel(session, "ops")
    assert channels.add(session, "ops", "webhook", {}, None, NOON) is None


def test_channels_are_listed_by_name(session: Session) -> None:
    for name in ("ops", "boss", "night"):
        make_channel(session, name)
    assert [channel.name for channel in channels.every(session)] == ["boss", "night", "ops"]


def test_secrets_come_back_as_they_were_stored(session: Session) -> None:
    ops = make_channel(session)
    channels.change_secrets(session, ops, b"\x00sealed")
    channel = channels.by_name(session, "ops")
    assert channel is not None
    assert channel.secrets == b"\x00sealed"


def test_subscribers_are_active_webhooks_that_want_the_type(session: Session) -> None:
    everything = make_channel(session, "everything", events=None)
    breaches = make_channel(session, "breaches", events=["timer.breached"])
    make_channel(session, "named-only", events=[])
    make_channel(session, "mail", kind="mail", events=None)
    channels.disable(session, make_channel(session, "off", events=None), "by hand")
    assert channels.subscribed(session, "timer.breached") == [everything, breaches]
    assert channels.subscribed(session, "timer.started") == [everything]


def test_failures_in_a_row_are_counted_from_the_first(session: Session) -> None:
    ops = make_channel(session)
    channels.failed(session, ops, NOON, 5)
    channel = channels.failed(session, ops, NOON + 60, 5)
    assert channel is not None
    assert (channel.failures, channel.failing_since, channel.opened_at) == (2, NOON, None)


def test_the_circuit_opens_with_the_fifth_failure(session: Session) -> None:
    ops = make_channel(session)
    opened = [channels.failed(session, ops, NOON + n, 5).opened_at for n in range(6)]  # type: ignore[union-attr]
    assert opened == [None, None, None, None, NOON + 4, NOON + 5]


def test_a_success_forgets_failures_and_closes_the_circuit(session: Session) -> None:
    ops = make_channel(session)
    for _ in range(5):
        channels.failed(session, ops, NOON, 5)
    channels.succeeded(session, ops)
    channel = channels.get(session, ops)
    assert channel is not None
    assert (channel.failures, channel.failing_since, channel.opened_at) == (0, None, None)


def test_only_the_first_to_disable_a_channel_did_it(session: Session) -> None:
    ops = make_channel(session)
    assert channels.disable(session, ops, "gone")
    assert not channels.disable(session, ops, "gone again")
    channel = channels.get(session, ops)
    assert channel is not None
    assert (channel.state, channel.reason) == ("disabled", "gone")


def test_an_enabled_channel_starts_afresh(session: Session) -> None:
    ops = make_channel(session)
    for _ in range(5):
        channels.failed(session, ops, NOON, 5)
    channels.disable(session, ops, "gone")
    assert channels.enable(session, ops)
    channel = channels.get(session, ops)
    assert channel is not None
    assert (channel.state, channel.reason, channel.failures, channel.opened_at) == ("active", None, 0, None)
    assert not channels.enable(session, ops)


def test_a_person_may_probe_an_open_circuit_at_once(session: Session) -> None:
    ops = make_channel(session)
    channels.allow_probe(session, ops)
    assert channels.get(session, ops).opened_at is None  # type: ignore[union-attr]
    for _ in range(5):
        channels.failed(session, ops, NOON, 5)
    channels.allow_probe(session, ops)
    assert channels.get(session, ops).opened_at == 0  # type: ignore[union-attr]

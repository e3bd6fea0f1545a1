"""Configured ways to send: adding, rotating secrets, switching off and on, and who is told what."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from slaplugin.channels import webhook
from slaplugin.clock import Clock
from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.errors import Conflict, DocumentError, NotFound, Problem
from slaplugin.secrets import SecretBox
from slaplugin.services.messages import message_id
from slaplugin.store import channels, outbox
from slaplugin.store.channels import StoredChannel
from slaplugin.store.outbox import Message

WEBHOOK = "webhook"
DEFAULT = "default"
PEOPLE = ("team", "assignee", "managers")
"""Words of `notify` that stand for people and so cannot name a channel."""
EVENTS = (
    "timer.started", "timer.at_risk", "timer.breached", "timer.fulfilled", "timer.paused", "timer.resumed",
    "escalation.raised", "escalation.acknowledged", "source.unhealthy", "policy.published", "channel.disabled",
)  # fmt: skip
ROTATION_SECONDS = 24 * 3600
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel that was just added. `secret` is shown now and never again."""

    id: int
    name: str
    secret: str


def add(
    session: Session,
    clock: Clock,
    box: SecretBox,
    name: str,
    url: str,
    events: Sequence[str] | None = None,
    *,
    allow: Sequence[str] = (),
) -> NewChannel:
    """Add a webhook that gets these types of events, or all of them; an empty list means only what names it.

    `allow` are the networks that plain http may go to. Raises DocumentError listing every problem, Conflict when the
    name is taken.
    """
    problems = _problems(name, url, events, allow)
    if problems:
        raise DocumentError("channel", problems)
    secret = webhook.new_secret()
    now = clock.now()
    settings = {"host": urlsplit(url).hostname, "events": None if events is None else sorted(set(events))}
    sealed = _seal(box, url, [{"secret": secret, "until": None}])
    with session.begin():
        channel_id = channels.add(session, name, WEBHOOK, settings, sealed, now)
    if channel_id is None:
        raise Conflict(f"there is a channel {name!r} already; choose another name")
    return NewChannel(channel_id, name, secret)


def rotate(session: Session, clock: Clock, box: SecretBox, name: str) -> str:
    """Give a webhook a new secret and return it, to be shown once; for a day messages are signed with both.

    A rotation within that day ends the oldest of the secrets at once.
    """
    now = clock.now()
    with session.begin():
        channel = _get(session, name)
        stored = _opened(channel, box)
        current = next(one["secret"] for one in stored["secrets"] if one["until"] is None)
        secret = webhook.new_secret()
        kept = [{"secret": secret, "until": None}, {"secret": current, "until": now + ROTATION_SECONDS}]
        channels.change_secrets(session, channel.id, _seal(box, stored["url"], kept))
    return secret


def every(session: Session) -> list[StoredChannel]:
    """All channels by name."""
    return channels.every(session)


def disable(session: Session, name: str, reason: str = "switched off by hand") -> bool:
    """Send nothing more through a channel; what waits for it stays. False when it was off already."""
    with session.begin():
        return channels.disable(session, _get(session, name).id, reason)


def enable(session: Session, name: str) -> bool:
    """Let a channel send again, beginning with what waited for it. False when it was on already."""
    with session.begin():
        return channels.enable(session, _get(session, name).id)


def test(session: Session, clock: Clock, name: str) -> str:
    """Queue a test message for one channel and return its id. Raises Conflict when the channel is off."""
    now = clock.now()
    with session.begin():
        channel = _get(session, name)
        if channel.state != "active":
            raise Conflict(f"channel {name!r} is off ({channel.reason}); switch it on first")
        message = notice("channel.test", now, {"channel": name}, str(channel.id), str(now))
        outbox.put(session, message, [channel.id])
        channels.allow_probe(session, channel.id)
    return message.id


def recipients(session: Session, notify: Sequence[str], event_type: str) -> list[int]:
    """Ids of the channels that get a message of this type; `notify` is what the policy's step names."""
    return resolve(channels.every(session), notify, event_type)


def resolve(known: Sequence[StoredChannel], notify: Sequence[str], event_type: str) -> list[int]:
    """The same over channels that were read before, for many messages at once.

    Channels that `notify` names get it; a word of it that names none (people, until they have channels of their own)
    and an empty `notify` mean `default`. Active webhooks that are subscribed to the type get it too. A channel that is
    named but off gets it when it is switched on again.
    """
    by_name = {channel.name: channel.id for channel in known}
    wanted = {name if name in by_name else DEFAULT for name in notify} or {DEFAULT}
    told = {by_name[name] for name in wanted if name in by_name}
    told |= {one.id for one in known if one.state == "active" and one.kind == WEBHOOK and one.wants(event_type)}
    return sorted(told)


def target(channel: StoredChannel, box: SecretBox, now: Instant) -> webhook.Target:
    """Where a webhook's messages go and what signs them now. Raises SecretError when the keys do not fit."""
    stored = _opened(channel, box)
    return webhook.Target(
        stored["url"], [one["secret"] for one in stored["secrets"] if one["until"] is None or one["until"] > now]
    )


def notice(kind: str, now: Instant, data: dict[str, Any], *occurrence: str) -> Message:
    """A message about ourselves; `occurrence` tells repeated ones of a kind apart."""
    body = {"type": kind, "timestamp": instants.text(now), "data": data}
    return Message(message_id(kind, *occurrence), kind, None, None, body, now)


def _problems(name: str, url: str, events: Sequence[str] | None, allow: Sequence[str]) -> list[Problem]:
    problems = []
    if not _NAME.fullmatch(name):
        problems.append(Problem("name", "use up to 64 small letters, digits, - and _"))
    elif name in PEOPLE:
        problems.append(Problem("name", f"{name!r} means people in a policy; choose another"))
    wrong = webhook.check_url(url, allow)
    if wrong is not None:
        problems.append(Problem("url", wrong))
    problems += [
        Problem("events", f"{event!r} is not an event; there are {', '.join(EVENTS)}")
        for event in events or ()
        if event not in EVENTS
    ]
    return problems


def _get(session: Session, name: str) -> StoredChannel:
    channel = channels.by_name(session, name)
    if channel is None:
        raise NotFound(f"there is no channel {name!r}; see the channels page for the names")
    return channel


def _seal(box: SecretBox, url: str, secrets: list[dict[str, Any]]) -> bytes:
    return box.seal(json.dumps({"url": url, "secrets": secrets}).encode())


def _opened(channel: StoredChannel, box: SecretBox) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(box.open(channel.secrets or b""))
    return stored

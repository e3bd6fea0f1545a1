"""What the result of a try means: for the delivery, for its channel, and for the person who has to be told."""

from __future__ import annotations

import random

import structlog
from sqlalchemy.orm import Session

from slaplugin.channels.webhook import Result
from slaplugin.domain.instants import Instant
from slaplugin.services.channels import DEFAULT, notice
from slaplugin.store import channels, deliveries, outbox
from slaplugin.store.channels import StoredChannel
from slaplugin.store.deliveries import Attempt
from slaplugin.store.outbox import Leased

log = structlog.get_logger(__name__)

WAITS_SECONDS = (5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400, 108_000)
"""Between one try and the next: eleven tries over 74 h 42 min 35 s."""
LONGEST_RETRY_AFTER_SECONDS = 6 * 3600
OPEN_AFTER_FAILURES = 5
OFF_AFTER_SECONDS = 5 * 24 * 3600
DAY_SECONDS = 24 * 3600


def record(session: Session, leased: Leased, result: Result, now: Instant, dice: random.Random) -> str:
    """Write down how a try ended; returns `delivered`, `retried` or `dead`.

    `overtaken`: another worker has taken over meanwhile, and nothing was changed.
    """
    again_at = None
    if result.verdict == "delivered":
        became, ours = "delivered", outbox.finish(session, leased.id, leased.attempt, now)
    else:
        if result.verdict == "retry":
            again_at = next_try_at(leased.attempt, now, result.retry_after_seconds, dice)
        if again_at is not None:
            became, ours = "retried", outbox.retry(session, leased.id, leased.attempt, again_at)
        else:
            became, ours = "dead", outbox.dead(session, leased.id, leased.attempt, now)
    if not ours:
        return "overtaken"
    deliveries.record(session, Attempt(leased.id, leased.attempt, now, result.status, result.words))
    if result.verdict == "delivered":
        channels.succeeded(session, leased.channel.id)
        return became
    log.warning(
        "not_delivered", delivery=leased.id, channel=leased.channel.name, attempt=leased.attempt,
        status=result.status, again_at=again_at,
    )  # fmt: skip
    if result.verdict != "refused":
        _judge(session, leased.channel.id, result, now)
    return became


def next_try_at(attempt: int, now: Instant, retry_after_seconds: int, dice: random.Random) -> Instant | None:
    """When to try again after try number `attempt` failed; None when it was the last.

    Every wait is stretched by 0.8 to 1.2 at random, so that receivers are not hit in step. What the receiver asks
    for, up to six hours, replaces a shorter wait.
    """
    if attempt > len(WAITS_SECONDS):
        return None
    wait = WAITS_SECONDS[attempt - 1] * dice.randint(800, 1200) // 1000
    return now + max(wait, min(retry_after_seconds, LONGEST_RETRY_AFTER_SECONDS))


def _judge(session: Session, channel_id: int, result: Result, now: Instant) -> None:
    """Count a failure of the channel, and switch it off when it is gone or has failed for days."""
    channel = channels.failed(session, channel_id, now, OPEN_AFTER_FAILURES)
    if channel is None or channel.failing_since is None:
        return
    if result.verdict == "gone":
        reason = "the receiver answered 410: it wants nothing more"
    elif now - channel.failing_since >= OFF_AFTER_SECONDS:
        reason = "nothing was delivered for five days"
    else:
        return
    if channels.disable(session, channel_id, reason):
        log.warning("channel_disabled", channel=channel.name, reason=reason)
        _tell_owner(session, channel, reason, now)


def _tell_owner(session: Session, channel: StoredChannel, reason: str, now: Instant) -> None:
    """Queue the news that a channel is off for the others: at most one message a day and channel.

    It goes to active channels that are subscribed to it and to `default`; where there is none, to any active one.
    """
    others = [one for one in channels.every(session) if one.id != channel.id and one.state == "active"]
    told = [one.id for one in others if one.name == DEFAULT or one.wants("channel.disabled")]
    data = {"channel": channel.name, "host": channel.settings.get("host"), "reason": reason}
    message = notice("channel.disabled", now, data, str(channel.id), str(now // DAY_SECONDS))
    outbox.put(session, message, told or [one.id for one in others[:1]])

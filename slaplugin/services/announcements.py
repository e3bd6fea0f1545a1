"""What subscribers are told of a ticket's news: the difference between its timers before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from slaplugin.domain.instants import Instant
from slaplugin.services import messages
from slaplugin.store import channels, outbox
from slaplugin.store.sources import StoredSource
from slaplugin.store.tickets import StoredTicket
from slaplugin.store.timers import StoredTimer


def announce(
    session: Session,
    source: StoredSource,
    tickets: Mapping[str, StoredTicket],
    before: Mapping[str, Sequence[StoredTimer]],
    after: Sequence[StoredTimer],
    now: Instant,
) -> None:
    """Write a message for each timer that started, paused, resumed or was fulfilled since the source went live.

    A timer that was several times paused and resumed between two looks is told as what it ended with.
    """  # fmt: skip
    live_from = source.live_from
    if live_from is None:
        return
    earlier = {(one.ticket, *one.key): one for timers in before.values() for one in timers}
    subscribers: dict[str, Sequence[int]] = {}
    for timer in after:
        ticket = tickets.get(timer.ticket)
        happened = _happened(earlier.get((timer.ticket, *timer.key)), timer)
        if ticket is None or happened is None or happened[1] < live_from:
            continue
        kind, at, extra = happened
        if kind not in subscribers:
            subscribers[kind] = channels.subscribed(session, kind)
        message = messages.timer_message(
            kind,
            source.name,
            ticket,
            timer,
            at,
            now,
            occurrence="" if kind == "timer.started" else str(at),
            extra=extra,
        )
        outbox.put(session, message, subscribers[kind])


def _happened(before: StoredTimer | None, after: StoredTimer) -> tuple[str, Instant, dict[str, Any]] | None:
    if after.state == "fulfilled":
        if after.fulfilled_at is None or (before is not None and before.state == "fulfilled"):
            return None
        return "timer.fulfilled", after.fulfilled_at, {"met": after.breached_at is None}
    if before is None:
        return None if after.state == "cancelled" else ("timer.started", after.started_at, {})
    if after.state == "paused" and before.state != "paused":
        return "timer.paused", after.computed_at, {"reasons": list(after.pause_reasons)}
    if after.state == "active" and before.state in ("paused", "fulfilled"):
        return "timer.resumed", after.computed_at, {}
    return None

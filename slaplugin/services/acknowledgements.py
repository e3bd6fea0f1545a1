"""Somebody says "mine": steps marked `until: acknowledged` stop for that timer's cycle."""

from __future__ import annotations

from sqlalchemy.orm import Session

from slaplugin.clock import Clock
from slaplugin.errors import NotFound
from slaplugin.services import messages
from slaplugin.store import channels, escalations, outbox, sources, tickets, timers
from slaplugin.store.escalations import StoredAcknowledgement

NOTE_LIMIT = 2_000


def acknowledge(
    session: Session, clock: Clock, source: str, ticket: str, metric: str, cycle: int, by: str, note: str = ""
) -> bool:
    """Record it and tell the subscribers; False when somebody was first, whose name stays.

    Raises NotFound when there is no such timer.
    """  # fmt: skip
    now = clock.now()
    with session.begin():
        stored = sources.by_name(session, source)
        known = None if stored is None else tickets.get(session, stored.id, ticket)
        if stored is None or known is None:
            raise NotFound(f"there is no ticket {source}:{ticket}; it may have been removed")
        timer = next(
            (one for one in timers.of_tickets(session, stored.id, [ticket])[ticket] if one.key == (metric, cycle)), None
        )
        if timer is None:
            raise NotFound(f"ticket {source}:{ticket} has no timer {metric}, cycle {cycle}; it may have changed")
        first = escalations.acknowledge(
            session, StoredAcknowledgement(stored.id, ticket, metric, cycle, now, by, note[:NOTE_LIMIT])
        )
        if first:
            message = messages.timer_message(
                "escalation.acknowledged", stored.name, known, timer, now, now,
                extra={"acknowledged_by": by, "note": note[:NOTE_LIMIT]},
            )  # fmt: skip
            outbox.put(session, message, channels.subscribed(session, message.type))
        return first


def withdraw(session: Session, clock: Clock, source: str, ticket: str, metric: str, cycle: int) -> bool:
    """Undo an acknowledgement; the ladder goes on from its next step. False when there was none."""
    with session.begin():
        stored = sources.by_name(session, source)
        if stored is None or not escalations.withdraw_acknowledgement(session, stored.id, ticket, metric, cycle):
            return False
        own = timers.of_tickets(session, stored.id, [ticket])[ticket]
        timers.reschedule(session, [(timer, clock.now()) for timer in own if timer.key == (metric, cycle)])
        return True

"""What we tell the outside: one message for each thing that happened, with an id made from what happened.

Type names and envelope follow the outbound events of the HTTP interface. The body holds ids and what the ticket's
own page shows; never a comment, never a secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.store.outbox import Message
from slaplugin.store.tickets import StoredTicket
from slaplugin.store.timers import StoredTimer

SUBJECT_LIMIT = 200


def timer_message(
    kind: str,
    source_name: str,
    ticket: StoredTicket,
    timer: StoredTimer,
    at: Instant,
    now: Instant,
    *,
    occurrence: str = "",
    extra: Mapping[str, Any] | None = None,
) -> Message:
    """A message about a timer: `at` is when it happened, `occurrence` tells repeats of one kind apart."""
    address = f"{source_name}:{timer.ticket}:{timer.metric}:{timer.cycle}"
    data: dict[str, Any] = {
        "timer": address,
        "metric": timer.metric,
        "cycle": timer.cycle,
        "state": timer.state,
        "tier": timer.priority,
        "policy": timer.policy,
        "target_seconds": timer.target_seconds,
        "started_at": instants.text(timer.started_at),
        "due_at": _text(timer.due_at),
        "breached_at": _text(timer.breached_at),
        "ticket": {
            "source": source_name,
            "id": ticket.ticket,
            "key": ticket.key,
            "subject": ticket.subject[:SUBJECT_LIMIT],
            "url": ticket.url,
            "customer": ticket.customer,
            "team": ticket.team,
            "assignee": ticket.assignee,
        },
        **(extra or {}),
    }
    return Message(
        id=message_id(str(timer.source_id), timer.ticket, timer.metric, str(timer.cycle), str(timer.run), kind,
                      occurrence),
        type=kind,
        source_id=timer.source_id,
        ticket=timer.ticket,
        body={"type": kind, "timestamp": instants.text(at), "data": data},
        created_at=now,
    )  # fmt: skip


def message_id(*parts: str) -> str:
    """The same parts give the same id, on every machine and at every try."""
    return "msg_" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def _text(instant: Instant | None) -> str | None:
    return None if instant is None else instants.text(instant)

"""The sweep: timers whose next check has come, and what their ladders say must happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.orm import Session

from slaplugin.clock import Clock
from slaplugin.domain import instants
from slaplugin.domain.calendars import Calendar
from slaplugin.domain.explain import Segment
from slaplugin.domain.instants import Instant
from slaplugin.services import channels, ladders, messages, replays
from slaplugin.services.ladders import MARKS, Standing, Step
from slaplugin.services.policies import Documents
from slaplugin.store import channels as channel_store
from slaplugin.store import escalations, outbox, sources, timers
from slaplugin.store import tickets as ticket_store
from slaplugin.store.escalations import StoredEscalation
from slaplugin.store.tickets import StoredTicket
from slaplugin.store.timers import DueTimer, StoredTimer

log = structlog.get_logger(__name__)

PUSHED_AHEAD_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did; `worst_late_by_seconds` is over the steps recorded, 0 when there were none."""

    claimed: int = 0
    recorded: int = 0
    sent: int = 0
    worst_late_by_seconds: int = 0
    failed: Sequence[str] = field(default_factory=tuple)


def sweep(session: Session, clock: Clock, documents: Documents, limit: int = 1_000) -> Swept:
    """Decide and record everything that has come due, in one transaction; sending is somebody else's job.

    1. Claim due timers, oldest first.
    2. Find the steps that passed and are not recorded.
    3. Record them with how late they are; write the message for the highest, and for the marks.
    4. Set each timer's next check.

    A timer that raises is pushed an hour ahead and its ticket named as set aside; the others go on.
    """
    now = clock.now()
    with session.begin():
        due = timers.claim_due(session, now, limit)
        if not due:
            return Swept()
        pairs = sorted({(one.timer.source_id, one.timer.ticket) for one in due})
        recorded = escalations.of_tickets(session, pairs)
        acknowledged = escalations.acknowledgements(session, pairs)
        known = _tickets(session, pairs)
        written: list[StoredEscalation] = []
        checks: list[tuple[StoredTimer, Instant | None]] = []
        failed: list[str] = []
        for one in due:
            pair = (one.timer.source_id, one.timer.ticket)
            standing = Standing(recorded[pair], acknowledged[pair], one.live_from)
            try:
                calendar = documents.get(session, one.timer.document_id).calendar(one.timer.calendar)
                steps = _steps(session, documents, one, standing, calendar, now)
            except Exception as error:  # the edge of the loop: one bad timer must not stop the others
                log.exception("timer_failed", source=one.source_name, ticket=one.timer.ticket)
                message = f"{type(error).__name__}: {error}"
                sources.set_aside(session, *pair, "replay", message, now)
                checks.append((one.timer, now + PUSHED_AHEAD_SECONDS))
                failed.append(f"{one.source_name}:{one.timer.ticket}")
                continue
            new = _record(session, one, known[pair], steps, now)
            written += new
            standing = Standing([*recorded[pair], *new], acknowledged[pair], one.live_from)
            checks.append((one.timer, ladders.with_next_check(one.timer, standing, calendar).next_check_at))
        escalations.record(session, written)
        timers.reschedule(session, checks)
    return Swept(
        claimed=len(due), recorded=len(written), sent=sum(step.outcome == "sent" for step in written),
        worst_late_by_seconds=max((s.late_by_seconds for s in written if s.outcome != "historical"), default=0),
        failed=failed,
    )  # fmt: skip


def _steps(session: Session, documents: Documents, one: DueTimer, standing: Standing, calendar: Calendar,
           now: Instant) -> list[Step]:  # fmt: skip
    def history() -> Sequence[Segment]:
        return replays.segments(session, documents, one.timer.source_id, one.timer.ticket)[one.timer.key]

    return _without_old_repeats(ladders.passed(one.timer, standing, calendar, now, _once(history)), one.live_from)


def _record(session: Session, one: DueTimer, ticket: StoredTicket, steps: Sequence[Step],
            now: Instant) -> list[StoredEscalation]:  # fmt: skip
    news = [step for step in steps if step.instant >= one.live_from]
    highest = next((step for step in reversed(news) if not step.is_mark), None)
    written = []
    for step in steps:
        outcome = "historical" if step.instant < one.live_from else "passed"
        message_id = None
        if outcome != "historical" and (step is highest or step.is_mark):
            outcome, message_id = "sent", _tell(session, one, ticket, step, now)
        written.append(
            StoredEscalation(
                one.timer.source_id, one.timer.ticket, one.timer.metric, one.timer.cycle, one.timer.run, step.rule,
                step.repeat, step.instant, now, now - step.earliest, outcome, message_id,
            )
        )  # fmt: skip
    return written


def _tell(session: Session, one: DueTimer, ticket: StoredTicket, step: Step, now: Instant) -> str:
    extra: dict[str, Any] = {"late_by_seconds": now - step.earliest}
    if step.is_mark:
        kind = MARKS[step.rule]
        recipients = channel_store.subscribed(session, kind)
    else:
        kind = "escalation.raised"
        extra |= {"rule": step.rule, "repeat": step.repeat, "instant": instants.text(step.instant),
                  "notify": list(step.notify)}  # fmt: skip
        recipients = channels.recipients(session, step.notify, kind)
    message = messages.timer_message(
        kind,
        one.source_name,
        ticket,
        one.timer,
        step.instant,
        now,
        occurrence=f"{step.rule}/{step.repeat}",
        extra=extra,
    )
    outbox.put(session, message, recipients)
    return message.id


def _without_old_repeats(steps: Sequence[Step], live_from: Instant) -> list[Step]:
    """Of what passed before the source went live, only the last of each rule is worth a row: its cursor."""
    last = {step.rule: step.repeat for step in steps if step.instant < live_from}
    return [step for step in steps if step.instant >= live_from or last[step.rule] == step.repeat]


def _tickets(session: Session, pairs: Sequence[tuple[int, str]]) -> dict[tuple[int, str], StoredTicket]:
    found: dict[tuple[int, str], StoredTicket] = {}
    for source_id in {source_id for source_id, _ in pairs}:
        names = [ticket for owner, ticket in pairs if owner == source_id]
        for name, ticket in ticket_store.of_ids(session, source_id, names).items():
            found[(source_id, name)] = ticket
    return found


def _once(make: Callable[[], Sequence[Segment]]) -> Callable[[], Sequence[Segment]]:
    made: list[Sequence[Segment]] = []

    def get() -> Sequence[Segment]:
        if not made:
            made.append(make())
        return made[0]

    return get

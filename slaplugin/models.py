"""The tables, all named sla_*. Instants are integer UTC epoch seconds, durations integer seconds.

Keys of everything that grows with tickets lead with `source_id`, so that a database can later be distributed by it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class InstantColumn(TypeDecorator[int]):
    """UTC epoch seconds. Refuses everything but an int, so that no local or naive time can slip in."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None or type(value) is int:
            return value
        raise TypeError(f"an instant is an int of UTC epoch seconds, not {type(value).__name__}")


Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Our own declarative base: no table of ours hangs on a host application's."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012 - the name SQLAlchemy reads


def one_of(column: str, *values: str) -> CheckConstraint:
    """A check that the column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


class Source(Base):
    """One configured helpdesk. `cursor_seq` counts stored pages: two pulls cannot both move the cursor."""

    __tablename__ = "sla_source"
    __table_args__ = (one_of("state", "active", "stopped", "off"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    settings: Mapped[dict[str, Any]]
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), server_default="active")
    cursor: Mapped[dict[str, Any] | None]
    cursor_seq: Mapped[int] = mapped_column(Integer, server_default="0")
    live_from: Mapped[int | None] = mapped_column(InstantColumn)
    created_at: Mapped[int] = mapped_column(InstantColumn)
    pull_interval_seconds: Mapped[int] = mapped_column(Integer, server_default="300")
    next_pull_at: Mapped[int | None] = mapped_column(InstantColumn)
    last_pull_at: Mapped[int | None] = mapped_column(InstantColumn)
    last_webhook_at: Mapped[int | None] = mapped_column(InstantColumn)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    error: Mapped[str | None] = mapped_column(Text)
    error_at: Mapped[int | None] = mapped_column(InstantColumn)
    import_done: Mapped[int] = mapped_column(Integer, server_default="0")
    import_total: Mapped[int | None] = mapped_column(Integer)
    notes: Mapped[list[Any]] = mapped_column(Json, server_default=text("'[]'"))


class MappingVersion(Base):
    """How a source's words become ours; never edited in place."""

    __tablename__ = "sla_mapping"

    source_id: Mapped[int] = mapped_column(ForeignKey("sla_source.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[int] = mapped_column(InstantColumn)


class StoredEvent(Base):
    """A source event as it came: append-only, the truth that every timer is derived from."""

    __tablename__ = "sla_ticket_event"
    __table_args__ = (
        one_of("kind", "created", "changed", "replied", "removed", "restored", "withdrawn"),
        {"sqlite_with_rowid": False},
    )

    source_id: Mapped[int] = mapped_column(ForeignKey("sla_source.id", ondelete="CASCADE"), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(128), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    at: Mapped[int] = mapped_column(InstantColumn)
    seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(16))
    body: Mapped[dict[str, Any]]
    recorded_at: Mapped[int] = mapped_column(InstantColumn)


class Ticket(Base):
    """What pages show of a ticket, and the columns that put it into the queue's order; derived from its events.

    `next_due_at`: nearest due of its active timers. `breach_at`: when the first open timer was or will be breached.
    `risk_at`: when the first open timer became or becomes at risk. All null where no such timer is open.
    """

    __tablename__ = "sla_ticket"
    __table_args__ = (
        Index("ix_sla_ticket_due", "next_due_at", "source_id", "ticket", sqlite_where=text("next_due_at IS NOT NULL"),
              postgresql_where=text("next_due_at IS NOT NULL")),
        Index("ix_sla_ticket_paused", "paused_at", "source_id", "ticket", sqlite_where=text("paused_at IS NOT NULL"),
              postgresql_where=text("paused_at IS NOT NULL")),
        Index("ix_sla_ticket_met", "met_at", "source_id", "ticket", sqlite_where=text("met_at IS NOT NULL"),
              postgresql_where=text("met_at IS NOT NULL")),
        Index("ix_sla_ticket_key", "key"),
    )  # fmt: skip

    source_id: Mapped[int] = mapped_column(ForeignKey("sla_source.id", ondelete="CASCADE"), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(Text, server_default="")
    url: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    status_name: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[str | None] = mapped_column(String(64))
    customer: Mapped[str | None] = mapped_column(String(128))
    customer_name: Mapped[str | None] = mapped_column(Text)
    team: Mapped[str | None] = mapped_column(String(128))
    team_name: Mapped[str | None] = mapped_column(Text)
    assignee: Mapped[str | None] = mapped_column(String(128))
    assignee_name: Mapped[str | None] = mapped_column(Text)
    requester_name: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(InstantColumn)
    changed_at: Mapped[int] = mapped_column(InstantColumn)
    removed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    next_due_at: Mapped[int | None] = mapped_column(InstantColumn)
    risk_at: Mapped[int | None] = mapped_column(InstantColumn)
    breach_at: Mapped[int | None] = mapped_column(InstantColumn)
    paused_at: Mapped[int | None] = mapped_column(InstantColumn)
    met_at: Mapped[int | None] = mapped_column(InstantColumn)


class PolicyVersion(Base):
    """A published policy document; `id` is its version number, the text is canonical JSON."""

    __tablename__ = "sla_policy_document"
    __table_args__ = (one_of("apply", "new_tickets", "open_tickets"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    effective_at: Mapped[int] = mapped_column(InstantColumn)
    apply: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, server_default="")
    published_by: Mapped[str] = mapped_column(Text)
    published_at: Mapped[int] = mapped_column(InstantColumn)


class TimerRow(Base):
    """One target applied to one ticket, one cycle: a cache of replay, deleted and rebuilt at will.

    `elapsed_seconds` and `remaining_seconds` hold at `computed_at`. `ladder` lists the current run's steps with their
    instants. `next_check_at` is the due index: the next instant at which something has to be decided.
    """

    __tablename__ = "sla_timer"
    __table_args__ = (
        one_of("state", "active", "paused", "fulfilled", "cancelled"),
        CheckConstraint("cycle >= 1 AND run >= 1 AND target_seconds >= 1", name="counts"),
        ForeignKeyConstraint(
            ["source_id", "ticket"], ["sla_ticket.source_id", "sla_ticket.ticket"], ondelete="CASCADE"
        ),
        Index("ix_sla_timer_next_check", "next_check_at", sqlite_where=text("next_check_at IS NOT NULL"),
              postgresql_where=text("next_check_at IS NOT NULL")),
    )  # fmt: skip

    source_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    ticket: Mapped[str] = mapped_column(String(128), primary_key=True)
    metric: Mapped[str] = mapped_column(String(64), primary_key=True)
    cycle: Mapped[int] = mapped_column(Integer, primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    run: Mapped[int] = mapped_column(Integer)
    document_id: Mapped[int] = mapped_column(ForeignKey("sla_policy_document.id"))
    policy: Mapped[str] = mapped_column(String(128))
    priority: Mapped[str] = mapped_column(String(64))
    calendar: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[int] = mapped_column(InstantColumn)
    fulfilled_at: Mapped[int | None] = mapped_column(InstantColumn)
    cancelled_at: Mapped[int | None] = mapped_column(InstantColumn)
    cancel_reason: Mapped[str | None] = mapped_column(String(16))
    target_seconds: Mapped[int] = mapped_column(BigInteger)
    elapsed_seconds: Mapped[int] = mapped_column(BigInteger)
    remaining_seconds: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[int | None] = mapped_column(InstantColumn)
    original_due_at: Mapped[int | None] = mapped_column(InstantColumn)
    breached_at: Mapped[int | None] = mapped_column(InstantColumn)
    retroactive: Mapped[bool] = mapped_column(Boolean)
    pause_reasons: Mapped[list[Any]]
    risk_at: Mapped[int | None] = mapped_column(InstantColumn)
    risk_seconds: Mapped[int | None] = mapped_column(BigInteger)
    ladder: Mapped[list[Any]]
    computed_at: Mapped[int] = mapped_column(InstantColumn)
    next_check_at: Mapped[int | None] = mapped_column(InstantColumn)


class EscalationRow(Base):
    """One step of a ladder that happened. The key is natural, so that deciding twice is impossible.

    `late_by_seconds` is how long after its instant the step was recorded. `outcome`: sent (a message was written),
    passed (a higher step of the same moment was sent instead), historical (before the source went live).
    """

    __tablename__ = "sla_escalation"
    __table_args__ = (
        one_of("outcome", "sent", "passed", "historical"),
        Index("ix_sla_escalation_recorded", "recorded_at"),
    )

    source_id: Mapped[int] = mapped_column(ForeignKey("sla_source.id", ondelete="CASCADE"), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(128), primary_key=True)
    metric: Mapped[str] = mapped_column(String(64), primary_key=True)
    cycle: Mapped[int] = mapped_column(Integer, primary_key=True)
    run: Mapped[int] = mapped_column(Integer, primary_key=True)
    rule: Mapped[str] = mapped_column(String(32), primary_key=True)
    repeat: Mapped[int] = mapped_column(Integer, primary_key=True)
    instant: Mapped[int] = mapped_column(InstantColumn)
    recorded_at: Mapped[int] = mapped_column(InstantColumn)
    late_by_seconds: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(16))
    message_id: Mapped[str | None] = mapped_column(String(64))


class Acknowledgement(Base):
    """Somebody said "mine" for one cycle of a timer: steps marked `until: acknowledged` stop."""

    __tablename__ = "sla_acknowledgement"

    source_id: Mapped[int] = mapped_column(ForeignKey("sla_source.id", ondelete="CASCADE"), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(128), primary_key=True)
    metric: Mapped[str] = mapped_column(String(64), primary_key=True)
    cycle: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[int] = mapped_column(InstantColumn)
    by: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, server_default="")


class Channel(Base):
    """A configured way to send. `opened_at`: since when calls are held back after failures in a row."""

    __tablename__ = "sla_channel"
    __table_args__ = (one_of("state", "active", "disabled"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    settings: Mapped[dict[str, Any]]
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), server_default="active")
    reason: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    failing_since: Mapped[int | None] = mapped_column(InstantColumn)
    opened_at: Mapped[int | None] = mapped_column(InstantColumn)
    created_at: Mapped[int] = mapped_column(InstantColumn)


class Message(Base):
    """The outbox: something that happened and is to be told. `id` is made from what happened, so it is written once.

    Every delivery of it, and every repeat of a delivery, carries this id.
    """

    __tablename__ = "sla_outbox"
    __table_args__ = (Index("ix_sla_outbox_ticket", "source_id", "ticket"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(48))
    source_id: Mapped[int | None] = mapped_column(Integer)
    ticket: Mapped[str | None] = mapped_column(String(128))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[int] = mapped_column(InstantColumn)


class DeliveryRow(Base):
    """One message on its way to one channel. `attempt` counts tries and fences a worker that lost its lease."""

    __tablename__ = "sla_delivery"
    __table_args__ = (
        one_of("state", "pending", "leased", "delivered", "dead"),
        UniqueConstraint("message_id", "channel_id"),
        Index("ix_sla_delivery_due", "channel_id", "next_attempt_at", sqlite_where=text("next_attempt_at IS NOT NULL"),
              postgresql_where=text("next_attempt_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("sla_outbox.id", ondelete="CASCADE"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("sla_channel.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(16), server_default="pending")
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    next_attempt_at: Mapped[int | None] = mapped_column(InstantColumn)
    leased_until: Mapped[int | None] = mapped_column(InstantColumn)
    created_at: Mapped[int] = mapped_column(InstantColumn)
    finished_at: Mapped[int | None] = mapped_column(InstantColumn)


class AttemptRow(Base):
    """One try of a delivery: when, what came back, in words."""

    __tablename__ = "sla_attempt"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("sla_delivery.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[int] = mapped_column(InstantColumn)
    status: Mapped[int | None] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(Text)


class InboxRow(Base):
    """A verified inbound webhook: the tickets that it names wait to be read again. The key stops replays."""

    __tablename__ = "sla_inbox"
    __table_args__ = (
        one_of("state", "pending", "done", "failed"),
        Index("ix_sla_inbox_due", "next_attempt_at", sqlite_where=text("next_attempt_at IS NOT NULL"),
              postgresql_where=text("next_attempt_at IS NOT NULL")),
    )  # fmt: skip

    source_id: Mapped[int] = mapped_column(ForeignKey("sla_source.id", ondelete="CASCADE"), primary_key=True)
    delivery_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    tickets: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(16), server_default="pending")
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    next_attempt_at: Mapped[int | None] = mapped_column(InstantColumn)
    received_at: Mapped[int] = mapped_column(InstantColumn)
    error: Mapped[str | None] = mapped_column(Text)


class Quarantine(Base):
    """A ticket that is missing at the helpdesk, or cannot be read or replayed: named with its reason."""

    __tablename__ = "sla_quarantine"
    __table_args__ = (one_of("stage", "missing", "read", "replay"),)

    source_id: Mapped[int] = mapped_column(ForeignKey("sla_source.id", ondelete="CASCADE"), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(128), primary_key=True)
    stage: Mapped[str] = mapped_column(String(8))
    message: Mapped[str] = mapped_column(Text)
    first_at: Mapped[int] = mapped_column(InstantColumn)
    last_at: Mapped[int] = mapped_column(InstantColumn)


class Lease(Base):
    """Who plans. Counters instead of times: each candidate judges by its own monotonic clock."""

    __tablename__ = "sla_lease"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    fence: Mapped[int] = mapped_column(BigInteger)
    beat: Mapped[int] = mapped_column(BigInteger)


class Beat(Base):
    """Signs of life of the process that works: the last tick, so that pages can say when nothing has run."""

    __tablename__ = "sla_beat"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[int] = mapped_column(InstantColumn)

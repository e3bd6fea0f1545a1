"""Create the first tables: sources, events, tickets, timers, escalations, outbox, inbox, leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sla_beat",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sla_beat")),
    )
    op.create_table(
        "sla_channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), server_default="active", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_sla_channel_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_channel")),
        sa.UniqueConstraint("name", name=op.f("uq_sla_channel_name")),
    )
    op.create_table(
        "sla_lease",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sla_lease")),
    )
    op.create_table(
        "sla_outbox",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=48), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("ticket", sa.String(length=128), nullable=True),
        sa.Column("body", JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_outbox")),
    )
    op.create_index("ix_sla_outbox_ticket", "sla_outbox", ["source_id", "ticket"], unique=False)
    op.create_table(
        "sla_policy_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("apply", sa.String(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("apply IN ('new_tickets', 'open_tickets')", name=op.f("ck_sla_policy_document_apply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policy_document")),
    )
    op.create_table(
        "sla_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), server_default="active", nullable=False),
        sa.Column("cursor", JSON, nullable=True),
        sa.Column("cursor_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("live_from", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("pull_interval_seconds", sa.Integer(), server_default="300", nullable=False),
        sa.Column("next_pull_at", sa.BigInteger(), nullable=True),
        sa.Column("last_pull_at", sa.BigInteger(), nullable=True),
        sa.Column("last_webhook_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_at", sa.BigInteger(), nullable=True),
        sa.Column("import_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_total", sa.Integer(), nullable=True),
        sa.Column("notes", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("state IN ('active', 'stopped', 'off')", name=op.f("ck_sla_source_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_source")),
        sa.UniqueConstraint("name", name=op.f("uq_sla_source_name")),
    )
    op.create_table(
        "sla_acknowledgement",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=128), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sla_source.id"], name=op.f("fk_sla_acknowledgement_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "ticket", "metric", "cycle", name=op.f("pk_sla_acknowledgement")),
    )
    op.create_table(
        "sla_delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="pending", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'leased', 'delivered', 'dead')", name=op.f("ck_sla_delivery_state")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["sla_channel.id"], name=op.f("fk_sla_delivery_channel_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["sla_outbox.id"], name=op.f("fk_sla_delivery_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_delivery")),
        sa.UniqueConstraint("message_id", "channel_id", name=op.f("uq_sla_delivery_message_id_channel_id")),
    )
    op.create_index(
        "ix_sla_delivery_due",
        "sla_delivery",
        ["channel_id", "next_attempt_at"],
        unique=False,
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "sla_escalation",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=128), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("instant", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("late_by_seconds", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint("outcome IN ('sent', 'passed', 'historical')", name=op.f("ck_sla_escalation_outcome")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sla_source.id"], name=op.f("fk_sla_escalation_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "source_id", "ticket", "metric", "cycle", "run", "rule", "repeat", name=op.f("pk_sla_escalation")
        ),
    )
    op.create_index("ix_sla_escalation_recorded", "sla_escalation", ["recorded_at"], unique=False)
    op.create_table(
        "sla_inbox",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.String(length=200), nullable=False),
        sa.Column("tickets", JSON, nullable=False),
        sa.Column("state", sa.String(length=16), server_default="pending", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'done', 'failed')", name=op.f("ck_sla_inbox_state")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sla_source.id"], name=op.f("fk_sla_inbox_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "delivery_id", name=op.f("pk_sla_inbox")),
    )
    op.create_index(
        "ix_sla_inbox_due",
        "sla_inbox",
        ["next_attempt_at"],
        unique=False,
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "sla_mapping",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sla_source.id"], name=op.f("fk_sla_mapping_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "version", name=op.f("pk_sla_mapping")),
    )
    op.create_table(
        "sla_quarantine",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=128), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("stage IN ('missing', 'read', 'replay')", name=op.f("ck_sla_quarantine_stage")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sla_source.id"], name=op.f("fk_sla_quarantine_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "ticket", name=op.f("pk_sla_quarantine")),
    )
    op.create_table(
        "sla_ticket",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("status_name", sa.Text(), nullable=True),
        sa.Column("priority", sa.String(length=64), nullable=True),
        sa.Column("customer", sa.String(length=128), nullable=True),
        sa.Column("customer_name", sa.Text(), nullable=True),
        sa.Column("team", sa.String(length=128), nullable=True),
        sa.Column("team_name", sa.Text(), nullable=True),
        sa.Column("assignee", sa.String(length=128), nullable=True),
        sa.Column("assignee_name", sa.Text(), nullable=True),
        sa.Column("requester_name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("next_due_at", sa.BigInteger(), nullable=True),
        sa.Column("risk_at", sa.BigInteger(), nullable=True),
        sa.Column("breach_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("met_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sla_source.id"], name=op.f("fk_sla_ticket_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "ticket", name=op.f("pk_sla_ticket")),
    )
    op.create_index(
        "ix_sla_ticket_due",
        "sla_ticket",
        ["next_due_at", "source_id", "ticket"],
        unique=False,
        sqlite_where=sa.text("next_due_at IS NOT NULL"),
        postgresql_where=sa.text("next_due_at IS NOT NULL"),
    )
    op.create_index("ix_sla_ticket_key", "sla_ticket", ["key"], unique=False)
    op.create_index(
        "ix_sla_ticket_met",
        "sla_ticket",
        ["met_at", "source_id", "ticket"],
        unique=False,
        sqlite_where=sa.text("met_at IS NOT NULL"),
        postgresql_where=sa.text("met_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sla_ticket_paused",
        "sla_ticket",
        ["paused_at", "source_id", "ticket"],
        unique=False,
        sqlite_where=sa.text("paused_at IS NOT NULL"),
        postgresql_where=sa.text("paused_at IS NOT NULL"),
    )
    op.create_table(
        "sla_ticket_event",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=128), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('created', 'changed', 'replied', 'removed', 'restored', 'withdrawn')",
            name=op.f("ck_sla_ticket_event_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sla_source.id"], name=op.f("fk_sla_ticket_event_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "ticket", "event_id", name=op.f("pk_sla_ticket_event")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sla_attempt",
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["sla_delivery.id"], name=op.f("fk_sla_attempt_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", "attempt", name=op.f("pk_sla_attempt")),
    )
    op.create_table(
        "sla_timer",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=128), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=128), nullable=False),
        sa.Column("priority", sa.String(length=64), nullable=False),
        sa.Column("calendar", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("fulfilled_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=16), nullable=True),
        sa.Column("target_seconds", sa.BigInteger(), nullable=False),
        sa.Column("elapsed_seconds", sa.BigInteger(), nullable=False),
        sa.Column("remaining_seconds", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("original_due_at", sa.BigInteger(), nullable=True),
        sa.Column("breached_at", sa.BigInteger(), nullable=True),
        sa.Column("retroactive", sa.Boolean(), nullable=False),
        sa.Column("pause_reasons", JSON, nullable=False),
        sa.Column("risk_at", sa.BigInteger(), nullable=True),
        sa.Column("risk_seconds", sa.BigInteger(), nullable=True),
        sa.Column("ladder", JSON, nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=False),
        sa.Column("next_check_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'paused', 'fulfilled', 'cancelled')", name=op.f("ck_sla_timer_state")),
        sa.CheckConstraint("cycle >= 1 AND run >= 1 AND target_seconds >= 1", name=op.f("ck_sla_timer_counts")),
        sa.ForeignKeyConstraint(["document_id"], ["sla_policy_document.id"], name=op.f("fk_sla_timer_document_id")),
        sa.ForeignKeyConstraint(
            ["source_id", "ticket"],
            ["sla_ticket.source_id", "sla_ticket.ticket"],
            name=op.f("fk_sla_timer_source_id_ticket"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", "ticket", "metric", "cycle", name=op.f("pk_sla_timer")),
    )
    op.create_index(
        "ix_sla_timer_next_check",
        "sla_timer",
        ["next_check_at"],
        unique=False,
        sqlite_where=sa.text("next_check_at IS NOT NULL"),
        postgresql_where=sa.text("next_check_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_sla_timer_next_check", table_name="sla_timer")
    op.drop_table("sla_timer")
    op.drop_table("sla_attempt")
    op.drop_table("sla_ticket_event")
    op.drop_index("ix_sla_ticket_paused", table_name="sla_ticket")
    op.drop_index("ix_sla_ticket_met", table_name="sla_ticket")
    op.drop_index("ix_sla_ticket_key", table_name="sla_ticket")
    op.drop_index("ix_sla_ticket_due", table_name="sla_ticket")
    op.drop_table("sla_ticket")
    op.drop_table("sla_quarantine")
    op.drop_table("sla_mapping")
    op.drop_index("ix_sla_inbox_due", table_name="sla_inbox")
    op.drop_table("sla_inbox")
    op.drop_index("ix_sla_escalation_recorded", table_name="sla_escalation")
    op.drop_table("sla_escalation")
    op.drop_index("ix_sla_delivery_due", table_name="sla_delivery")
    op.drop_table("sla_delivery")
    op.drop_table("sla_acknowledgement")
    op.drop_table("sla_source")
    op.drop_table("sla_policy_document")
    op.drop_index("ix_sla_outbox_ticket", table_name="sla_outbox")
    op.drop_table("sla_outbox")
    op.drop_table("sla_lease")
    op.drop_table("sla_channel")
    op.drop_table("sla_beat")

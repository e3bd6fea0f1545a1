"""Runs migrations on the connection that slaplugin.schema hands over; there is no alembic.ini."""

from __future__ import annotations

from alembic import context

config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes["metadata"],
    include_name=config.attributes["include_name"],
    version_table="sla_schema_version",
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()

"""What a working process does, put together: sweep, deliver, pull, inbox, housekeeping."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from slaplugin import database
from slaplugin.channels import webhook
from slaplugin.clock import Clock
from slaplugin.errors import SLAPluginError
from slaplugin.jobs import Scheduler, Stopping, Work
from slaplugin.services import deadlines, inbox, ingest
from slaplugin.services.delivery import Deliverer
from slaplugin.services.runtime import Runtime
from slaplugin.store import sources

SWEEP_LIMIT = 1_000


def scheduler(runtime: Runtime) -> Scheduler:
    """A scheduler over this installation; the caller starts and stops it."""
    config, clock = runtime.config, runtime.clock

    def sessions() -> Session:
        return database.new_session(runtime.engine)

    sender = webhook.Sender(runtime.outbound, allow=config.allow_networks, deadline_seconds=config.delivery_deadline)
    deliverer = Deliverer(sessions, clock, sender, runtime.secrets, lease_seconds=config.delivery_lease)
    work = Work(
        sweep=lambda session: deadlines.sweep(session, clock, runtime.documents, SWEEP_LIMIT).claimed == SWEEP_LIMIT,
        deliver=deliverer.start_due,
        due_sources=lambda session: due_sources(session, clock),
        pull=lambda session, source_id, stopping: pull(session, runtime, source_id, stopping),
        inbox=lambda session: inbox.work(session, clock, runtime.documents, runtime.connections.connector),
        housekeep=lambda session: inbox.forget(session, clock),
        stop=deliverer.stop,
    )
    return Scheduler(work, sessions, clock, leader_ttl_seconds=config.leader_ttl)


def due_sources(session: Session, clock: Clock) -> Sequence[int]:
    """Ids of the sources whose next pull has come."""
    return [source.id for source in sources.due_for_pull(session, clock.now())]


def pull(session: Session, runtime: Runtime, source_id: int, stopping: Stopping) -> None:
    """Pull one source; it ends after the page under way when the process stops."""
    with session.begin():
        source = sources.get(session, source_id)
    if source is None:
        return
    try:
        connector = runtime.connections.connector(source)
    except SLAPluginError as error:
        ingest.record_failure(session, runtime.clock, source_id, error)
        return
    ingest.pull(session, runtime.clock, runtime.documents, source_id, connector, stopping=stopping)

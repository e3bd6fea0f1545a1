"""From the outbox to the receiver: lease, send, and write down how it went; at least once, under one message id."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition, Event, Lock, Thread

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from slaplugin.channels import webhook
from slaplugin.channels.webhook import Result
from slaplugin.clock import Clock
from slaplugin.errors import ConfigurationError, Conflict, NotFound, SecretError
from slaplugin.secrets import SecretBox
from slaplugin.services import results
from slaplugin.services.channels import target
from slaplugin.store import channels, deliveries, outbox
from slaplugin.store.deliveries import Attempt, StoredDelivery
from slaplugin.store.outbox import Leased

log = structlog.get_logger(__name__)

PROBE_SECONDS = 30
RECORD_TRIES = 3
DATABASE_AWAY = (DBAPIError, NoConnection)


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the tries. `overtaken`: another worker had taken over; `given_back`: returned without sending."""

    leased: int = 0
    delivered: int = 0
    retried: int = 0
    dead: int = 0
    overtaken: int = 0
    given_back: int = 0


class Deliverer:
    """Sends what is due, each call in a thread of its own, so that no receiver waits for another.

    1. Lease in one transaction: at most `per_channel` calls of a channel are in flight, in all processes together.
    2. Send outside any transaction.
    3. Write the result in another, if the lease is still ours.

    A call ends before its lease does, so a living worker is not overtaken; one that dies leaves the delivery to be
    leased again, under the same message id.
    """

    def __init__(
        self,
        sessions: Callable[[], Session],
        clock: Clock,
        sender: webhook.Sender,
        box: SecretBox,
        *,
        lease_seconds: int = 30,
        per_channel: int = 2,
        calls_at_once: int = 32,
        dice: random.Random | None = None,
    ) -> None:
        if lease_seconds <= sender.deadline_seconds:
            raise ConfigurationError("SLAPLUGIN_DELIVERY_LEASE must be longer than SLAPLUGIN_DELIVERY_DEADLINE")
        self._sessions = sessions
        self._clock = clock
        self._sender = sender
        self._box = box
        self._lease_seconds = lease_seconds
        self._per_channel = per_channel
        self._calls_at_once = calls_at_once
        self._dice = dice or random.Random()  # noqa: S311 - spreads load, hides nothing
        self._leasing = Lock()
        self._calls = 0
        self._threads = 0
        self._idle = Condition()
        self._stopping = Event()
        self._counted: Counter[str] = Counter()

    @property
    def counts(self) -> Counts:
        """What this deliverer has done since it was made."""
        with self._idle:
            return Counts(**self._counted)

    def start_due(self) -> int:
        """Lease as much as there is room for and begin to send it; returns how many calls were begun.

        A call that ends looks for the next delivery by itself, so a queue is worked off without further pushes.
        """
        with self._leasing:
            room = self._calls_at_once - self._calls
            if self._stopping.is_set() or room <= 0:
                return 0
            leased_at = self._clock.monotonic()
            with self._sessions() as session, session.begin():
                taken = outbox.lease_due(
                    session, self._clock.now(), room, lease_seconds=self._lease_seconds,
                    per_channel=self._per_channel, probe_seconds=PROBE_SECONDS,
                )  # fmt: skip
            self._count("leased", len(taken))
            for leased in taken:
                self._begin(leased, leased_at)
        return len(taken)

    def deliver_due(self) -> Counts:
        """Send until nothing is due, wait for every answer, and say what happened."""
        before = self._counted.copy()
        while self.start_due() or self._threads:
            self.settle()
        with self._idle:
            return Counts(**(self._counted - before))

    def settle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until nothing is in flight; False when something still was after `timeout_seconds`."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._threads, timeout_seconds)

    def stop(self, timeout_seconds: float) -> bool:
        """Claim nothing more and let calls end; False when some had not: their leases lapse by themselves."""
        self._stopping.set()
        with self._leasing:  # nobody is between leasing and sending
            pass
        return self.settle(timeout_seconds)

    def _begin(self, leased: Leased, leased_at: float) -> None:
        with self._idle:
            self._calls += 1
            self._threads += 1
        thread = Thread(target=self._work, args=(leased, leased_at), name=f"slaplugin-deliver:{leased.id}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The machine gives no more threads: the lease lapses, and the delivery is tried again later.
            log.exception("thread_refused", delivery=leased.id)
            self._call_ended()
            self._thread_ended()

    def _work(self, leased: Leased, leased_at: float) -> None:
        recorded = False
        try:
            recorded = self._deliver(leased, leased_at)
        except DATABASE_AWAY as error:
            log.warning("delivery_unrecorded", delivery=leased.id, error=type(error).__name__)
        except Exception:
            log.exception("delivery_failed", delivery=leased.id)
        self._call_ended()
        try:
            if recorded:
                self._start_next()
        finally:
            self._thread_ended()

    def _call_ended(self) -> None:
        with self._idle:
            self._calls -= 1

    def _thread_ended(self) -> None:
        with self._idle:
            self._threads -= 1
            self._idle.notify_all()

    def _start_next(self) -> None:
        try:
            self.start_due()
        except DATABASE_AWAY as error:
            # The next tick tries again.
            log.warning("lease_failed", error=type(error).__name__)

    def _deliver(self, leased: Leased, leased_at: float) -> bool:
        """Send and write down; False when this should not be followed by another at once."""
        left = self._lease_seconds - (self._clock.monotonic() - leased_at)
        if left <= self._sender.deadline_seconds:
            # This process stood still (stopped, suspended): the call might outlive its lease.
            with self._sessions() as session, session.begin():
                outbox.give_back(session, leased.id, leased.attempt, self._clock.now())
            self._count("given_back")
            return False
        result = self._send(leased)
        tries = 0
        while True:
            try:
                with self._sessions() as session, session.begin():
                    became = results.record(session, leased, result, self._clock.now(), self._dice)
            except DATABASE_AWAY:
                tries += 1
                if tries == RECORD_TRIES:
                    raise
                self._stopping.wait(self._dice.randint(50, 250) / 1000)
            else:
                self._count(became)
                return True

    def _send(self, leased: Leased) -> Result:
        now = self._clock.now()
        try:
            return self._sender.send(
                target(leased.channel, self._box, now), leased.message.id, leased.message.body, now
            )
        except SecretError as error:
            return Result("retry", None, str(error))
        except Exception:
            log.exception("send_failed", delivery=leased.id, channel=leased.channel.name)
            return Result("retry", None, "could not be sent because of an error on our side; see the log")

    def _count(self, field: str, number: int = 1) -> None:
        with self._idle:
            self._counted[field] += number


def page(
    session: Session,
    *,
    state: str | None = None,
    channel_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[StoredDelivery]:
    """Deliveries for a page, newest first; `before` is the last id of the page before."""
    return deliveries.page(session, state=state, channel_id=channel_id, before=before, limit=limit)


def attempts(session: Session, delivery_id: int) -> Sequence[Attempt]:
    """Every try of a delivery; raises NotFound when there is no such delivery."""
    if deliveries.get(session, delivery_id) is None:
        raise NotFound(f"there is no delivery {delivery_id}; it may have been removed")
    return deliveries.attempts(session, delivery_id)


def replay(session: Session, clock: Clock, delivery_id: int) -> None:
    """Send a delivery now, under its old message id; its tries are counted on, so a dead one gets one more.

    Raises NotFound, or Conflict while it is being sent and when its channel is off.
    """
    with session.begin():
        delivery = deliveries.get(session, delivery_id)
        if delivery is None:
            raise NotFound(f"there is no delivery {delivery_id}; it may have been removed")
        channel = channels.get(session, delivery.channel_id)
        if channel is None or channel.state != "active":
            raise Conflict(f"channel {delivery.channel!r} is off; switch it on, then send delivery {delivery_id} again")
        if not deliveries.replay(session, delivery_id, clock.now()):
            raise Conflict(f"delivery {delivery_id} is being sent at this moment; wait for its answer")
        channels.allow_probe(session, channel.id)

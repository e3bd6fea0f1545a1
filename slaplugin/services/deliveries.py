"""Deliveries as their pages read them; sending is `services.delivery`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from slaplugin.errors import NotFound
from slaplugin.store import deliveries
from slaplugin.store.deliveries import Attempt, StoredDelivery


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One delivery with every recorded try, first to last."""

    delivery: StoredDelivery
    tries: Sequence[Attempt]


def page(session: Session, delivery_id: int) -> DeliveryPage:
    """One delivery; raises NotFound."""
    found = deliveries.get(session, delivery_id)
    if found is None:
        raise NotFound(f"there is no delivery {delivery_id}; it may have been removed")
    return DeliveryPage(found, deliveries.attempts(session, delivery_id))

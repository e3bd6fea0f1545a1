"""From what people write to the ticket they mean."""

from __future__ import annotations

from sqlalchemy.orm import Session

from slaplugin.errors import NotFound
from slaplugin.store import sources, tickets
from slaplugin.store.tickets import StoredTicket


def ticket(session: Session, address: str) -> StoredTicket:
    """Find `SOURCE:TICKET`, `SOURCE:KEY` or a key alone where only one ticket has it; raises NotFound."""
    source_name, separator, rest = address.partition(":")
    source = sources.by_name(session, source_name) if separator else None
    if source is not None:
        found = tickets.get(session, source.id, rest)
        if found is not None:
            return found
        candidates = [one for one in tickets.by_key(session, rest) if one.source_id == source.id]
    else:
        candidates = tickets.by_key(session, address)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise NotFound(f"{address!r} names {len(candidates)} tickets; write it as SOURCE:TICKET")
    raise NotFound(f"there is no ticket {address!r}; write it as SOURCE:TICKET or with its key")

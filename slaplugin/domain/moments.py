"""An event in its place: the ticket's fields before and after it, and what it means for answers and solves."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, NamedTuple

from slaplugin.domain.conditions import Fields
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.metrics import DONE

INITIAL_FIELDS: Fields = MappingProxyType({"status": "new"})
"""What a ticket is before its first event says anything."""


class Moment(NamedTuple):
    """One event with the fields before and after it, and what it means for answers and solves.

    `is_quiet`: nobody answers or asks and neither status nor team change, so no built-in metric starts or ends.
    """

    event: TicketEvent
    place: int
    before: Fields
    after: Fields
    status: Any
    is_creation: bool
    is_agent_reply: bool
    is_requester_reply: bool
    is_done: bool
    becomes_done: bool
    changes_status: bool
    changes_team: bool
    is_quiet: bool


def moment(event: TicketEvent, index: int, before: Fields, after: Fields) -> Moment:
    """Read an event: who answered whom, and whether the ticket is done with it."""
    is_creation = index == 0
    status, was = after["status"], before["status"]
    is_done = status in DONE
    answers = event.kind == "replied" and event.public
    is_agent_reply = answers and event.role == "agent"
    is_requester_reply = answers and event.role == "requester"
    changes_status = is_creation or status != was
    changes_team = after.get("team") != before.get("team")
    return Moment(
        event, index, before, after, status, is_creation, is_agent_reply, is_requester_reply, is_done,
        is_done and (is_creation or was not in DONE), changes_status, changes_team,
        not (changes_status or changes_team or is_agent_reply or is_requester_reply),
    )  # fmt: skip

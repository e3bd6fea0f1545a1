"""Small documents with good defaults: a test says only what matters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slaplugin.documents import policies
from slaplugin.documents.policies import LoadedPolicy
from slaplugin.errors import DocumentError, Problem

OFFICE = {"time_zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-17:00"]}}


def policy(**changes: Any) -> dict[str, Any]:
    """One entry of `policies`."""
    return {"name": "standard", "match": {}, "targets": {"p1": {"resolution": "4h"}}} | changes


def document(**changes: Any) -> dict[str, Any]:
    """A right policy document: tier p1, calendar office, one policy."""
    return {
        "schema": "slaplugin/policy/1",
        "priorities": ["p1"],
        "calendars": {"office": OFFICE},
        "policies": [policy()],
    } | changes


def load(content: Any) -> LoadedPolicy:
    """Load a document given as plain values."""
    return policies.load(json.dumps(content), "policy.json")


def load_calendar(**changes: Any) -> LoadedPolicy:
    """Load a document whose one calendar, `desk`, is the office with these changes."""
    return load(document(calendars={"desk": OFFICE | changes}))


def problems(content: Any) -> list[Problem]:
    """What a document is refused for."""
    with pytest.raises(DocumentError) as refused:
        load(content)
    return list(refused.value.problems)


def problem(content: Any) -> Problem:
    """The one thing that a document is refused for."""
    found = problems(content)
    assert len(found) == 1, found
    return found[0]


def calendar_problem(**changes: Any) -> Problem:
    """The one thing that a calendar, the office with these changes, is refused for."""
    return problem(document(calendars={"desk": OFFICE | changes}))

from __future__ import annotations

import pytest

from slaplugin.documents import policies
from slaplugin.documents.defaults import default_policy
from slaplugin.domain import instants
from slaplugin.domain.policies import PolicyDocument, Target


def loaded(time_zone: str = "UTC") -> PolicyDocument:
    found = policies.load(default_policy(time_zone), "default-policy.yaml")
    assert found.warnings == ()
    return found.document


def test_its_tiers() -> None:
    assert (loaded().priorities, loaded().default_priority) == (("p1", "p2", "p3", "p4"), "p3")


def test_its_targets() -> None:
    hours = 3_600
    assert loaded().policies[0].targets == {
        "p1": {"first_response": Target(1_800, "24x7"), "resolution": Target(4 * hours, "24x7")},
        "p2": {"first_response": Target(1 * hours, "office"), "resolution": Target(8 * hours, "office")},
        "p3": {"first_response": Target(4 * hours, "office"), "resolution": Target(24 * hours, "office")},
        "p4": {"first_response": Target(8 * hours, "office"), "resolution": Target(40 * hours, "office")},
    }


def test_its_ladder() -> None:
    steps = [(one.at, one.repeat_seconds, one.until) for one in loaded().policies[0].escalations]
    assert steps == [("75%", None, None), ("100%", None, None), ("+1h", 3_600, "acknowledged")]


def test_it_governs_every_ticket() -> None:
    assert loaded().governing({}) is not None


@pytest.mark.parametrize(("zone", "opens"), [("UTC", "09:00:00Z"), ("America/New_York", "14:00:00Z")])
def test_its_office_opens_at_nine_where_the_desk_is(zone: str, opens: str) -> None:
    office = loaded(zone).calendars["office"]
    assert instants.text(office.next_opening(instants.parse("2026-01-26T08:00:00Z"))) == f"2026-01-26T{opens}"


def test_it_needs_a_zone_that_exists() -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        default_policy("Nowhere/Town")

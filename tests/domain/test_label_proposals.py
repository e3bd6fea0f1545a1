"""What labels probably mean."""

from __future__ import annotations

import pytest

from slaplugin.domain.label_proposals import conventional_priority_labels, conventional_status_labels, propose


@pytest.mark.parametrize(
    ("labels", "tiers"),
    [
        (["P0", "P1", "P2", "P3", "P4"], ["p1", "p2", "p3", "p4", "p4"]),
        (["P1", "P2", "P3", "P4"], ["p1", "p2", "p3", "p4"]),
        (["priority: P0", "priority: P2"], ["p1", "p3"]),
        (["severity/p1"], ["p1"]),
        (["S1", "S2"], ["p1", "p2"]),
        (["S0", "P1"], ["p1", "p1"]),
        (["priority/critical-urgent", "priority/important-soon", "priority/important-longterm", "priority/backlog"],
         ["p1", "p2", "p3", "p4"]),
        (["priority/high", "priority:critical", "priority_major"], ["p2", "p1", "p2"]),
        (["severity/critical", "sev-minor", "prio: normal"], ["p1", "p4", "p3"]),
        (["high", "Blocker", "urgent", "low"], ["p2", "p1", "p1", "p4"]),
    ],
)  # fmt: skip
def test_conventions_in_use_are_recognised(labels: list[str], tiers: list[str]) -> None:
    assert propose(labels).priority_labels == dict(zip(labels, tiers, strict=True))


@pytest.mark.parametrize(
    "label",
    ["bug", "backlog", "important-soon", "P5", "P10", "highlight", "high-contrast", "priority", "priority/none", "p",
     "good first issue", "lowest", "S", ""],
)  # fmt: skip
def test_other_labels_are_not_taken_for_priorities(label: str) -> None:
    assert propose([label]).priority_labels == {}


@pytest.mark.parametrize(
    ("label", "status"),
    [
        ("waiting-for-reporter", "pending"), ("Waiting for Customer", "pending"), ("needs: info", "pending"),
        ("status: awaiting-response", "pending"), ("triage/needs-information", "pending"),
        ("blocked", "on_hold"), ("Status/Blocked", "on_hold"), ("on hold", "on_hold"), ("upstream", "on_hold"),
    ],
)  # fmt: skip
def test_waiting_labels_are_recognised(label: str, status: str) -> None:
    assert propose([label]).status_labels == {label: status}


def test_other_tiers_are_used_in_their_order() -> None:
    assert propose(["P1", "P2", "P3", "P4"], ["fast", "slow"]).priority_labels == {
        "P1": "fast", "P2": "slow", "P3": "slow", "P4": "slow",
    }  # fmt: skip


def test_the_conventional_labels_propose_themselves() -> None:
    conventional = conventional_priority_labels()
    assert propose(conventional).priority_labels.keys() == conventional.keys()
    assert propose(conventional_status_labels()).status_labels == conventional_status_labels()


def test_without_knowing_the_scale_p0_and_p1_are_both_urgent() -> None:
    conventional = conventional_priority_labels()
    assert [conventional[f"P{number}"] for number in range(5)] == ["p1", "p1", "p2", "p3", "p4"]

"""Chips in words; tests/browser/test_words.py holds the browser's module to the same table."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slaplugin.domain import instants
from slaplugin.services.chips import FOREVER, Chip
from slaplugin.web.ui import chips
from slaplugin.web.ui.chips import ChipView
from slaplugin.web.words import Words
from tests.test_wording import TABLE, plain

ZONE = ZoneInfo("Europe/Berlin")
START = instants.parse("2026-05-15T13:24:10Z")
ON_TRACK = {
    "state": "active", "remaining": 4_320, "counting_until": FOREVER, "resumes_at": None, "target": 28_800,
    "risk_at": 1_800, "due_at": 4_320, "breached": False, "reasons": [], "in_days": False,
}  # fmt: skip


def chip(after: int = 0, **changes: Any) -> Chip:
    """A chip as the server would compute it `after` seconds, from facts that hold at START."""
    facts = ON_TRACK | changes
    instant = {name: _instant(facts[name]) for name in ("counting_until", "resumes_at", "due_at")}
    now, remaining, until = START + after, facts["remaining"], instant["counting_until"]
    if facts["state"] == "active" and until is not None:
        remaining -= min(now, until) - START
        until = until if now < until else None
    late = facts["state"] == "active" and instant["due_at"] is not None and now > instant["due_at"]
    return Chip(
        metric="resolution", cycle=1, state=facts["state"], at=now, remaining_seconds=remaining, counting_until=until,
        resumes_at=instant["resumes_at"], target_seconds=facts["target"], risk_seconds=facts["risk_at"],
        due_at=instant["due_at"], is_breached=facts["breached"] or late, reasons=tuple(facts["reasons"]),
        fulfilled_at=facts.get("fulfilled_at"), in_days=facts["in_days"],
    )  # fmt: skip


def _instant(value: int | None) -> int | None:
    return value if value is None or value == FOREVER else START + value


def shown(one: Chip) -> ChipView:
    return chips.view(one, Words(one.at, ZONE), "desk:7:resolution:1")


@pytest.mark.parametrize("case", TABLE["chips"], ids=lambda case: case["why"])
def test_a_chip_is_said_as_in_the_table(case: dict[str, Any]) -> None:
    view = shown(chip(case["after"], **case["facts"]))
    said = {"css": view.css, "icon": view.icon, "time": plain(view.time), "state": plain(view.state),
            "due": plain(view.due), "share": view.share}  # fmt: skip
    assert said == {name: case[name] for name in said}


def ended(remaining: int, breached: bool) -> ChipView:
    return shown(chip(state="fulfilled", remaining=remaining, breached=breached, fulfilled_at=START - 1_570))


@pytest.mark.parametrize(
    ("remaining", "breached", "expected"),
    [(1_860, False, ("s-met", "met", "met", "31 m before due", "14:58")),
     (0, False, ("s-met", "met", "met", "in the due second", "14:58")),
     (-360, True, ("s-late", "late", "done, 6 m late", "breached", "14:58")),
     (0, True, ("s-late", "late", "done late", "breached", "14:58"))],
)  # fmt: skip
def test_a_timer_that_is_done_says_how_it_ended(remaining: int, breached: bool, expected: tuple[str, ...]) -> None:
    view = ended(remaining, breached)
    assert (view.css, view.icon, plain(view.time), plain(view.state), plain(view.due)) == expected


def test_the_title_says_the_full_due_instant_also_in_off_hours() -> None:
    view = shown(chip(counting_until=None, resumes_at=240_000))
    assert (view.due, view.title) == ("", "due Fri 15 May 2026 16:36:10 Europe/Berlin")


def test_facts_for_the_browser_are_whole_numbers_or_empty() -> None:
    facts = shown(chip()).facts
    assert facts["data-remaining"] == "4320"
    assert (facts["data-resumes-at"], facts["data-breached"], facts["data-counting-until"]) == ("", "", str(FOREVER))

"""A timer chip in words, as the browser will say it while it counts: `static/js/chips.js` has the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slaplugin import wording
from slaplugin.services.chips import Chip
from slaplugin.web.words import Words


@dataclass(frozen=True, slots=True)
class ChipView:
    """What the chip macro shows. `share` is the part of the target that is used, in whole percent, 100 at most.

    `facts` become data attributes: from them the browser goes on by itself.
    """

    css: str
    icon: str
    metric: str
    time: str
    spoken: str
    state: str
    due: str
    due_iso: str
    share: int
    title: str
    facts: Mapping[str, str]


def view(chip: Chip, words: Words, timer: str, status_name: str | None = None) -> ChipView:
    """The chip at its instant; `timer` is its address."""
    reason = wording.reason(chip.reasons, status_name)
    css, icon, state = _standing(chip, words, reason)
    over = chip.is_breached and chip.state == "active"
    time = wording.remaining(chip.remaining_seconds, in_days=chip.in_days, is_over=over)
    spoken = wording.spoken(chip.remaining_seconds)
    due_at = chip.due_at
    due = f"due {words.moment(due_at)}" if due_at is not None and chip.counting_until is not None else ""
    if chip.state == "fulfilled":
        time, state = _ended(chip)
        due = "" if chip.fulfilled_at is None else words.moment(chip.fulfilled_at)
        due_at, spoken = chip.fulfilled_at, time
    return ChipView(
        css=css, icon=icon, metric=wording.metric(chip.metric), time=time, spoken=spoken, state=state, due=due,
        due_iso=words.iso(due_at) if due and due_at is not None else "", share=_share(chip),
        title="" if chip.due_at is None else f"due {words.full(chip.due_at)}", facts=_facts(chip, timer, reason),
    )  # fmt: skip


def _standing(chip: Chip, words: Words, reason: str) -> tuple[str, str, str]:
    """Class, icon and words. Precedence: met, paused, off hours, breached, at risk, on track."""
    if chip.state == "fulfilled":
        return ("s-late", "late", "breached") if chip.is_breached else ("s-met", "met", "")
    before = "breached, " if chip.is_breached else "at risk, " if chip.is_at_risk else ""
    still = " is-over" if chip.is_breached else ""
    if chip.state == "paused":
        return f"s-paused{still}", "paused", f"{before}paused: {reason}"
    if chip.counting_until is None:
        again = "does not count again" if chip.resumes_at is None else f"counts again {words.moment(chip.resumes_at)}"
        return f"s-off{still}", "off", before + again
    if chip.is_breached:
        return "s-over", "over", "breached"
    return ("s-risk", "risk", "at risk") if chip.is_at_risk else ("s-ok", "track", "on track")


def _ended(chip: Chip) -> tuple[str, str]:
    """Time and state of a timer that is done."""
    left = chip.remaining_seconds
    if chip.is_breached:
        return (f"done, {_settled(-left, chip)} late" if left < 0 else "done late"), "breached"
    return "met", f"{_settled(left, chip)} before due" if left > 0 else "in the due second"


def _settled(seconds: int, chip: Chip) -> str:
    """An amount that does not count any more: `6 m`, where one that does would say `6 m 00 s`."""
    return wording.amount(seconds, in_days=chip.in_days).removesuffix(f"{wording.NBSP}00{wording.NBSP}s")


def _share(chip: Chip) -> int:
    used = (chip.target_seconds - chip.remaining_seconds) * 100 // chip.target_seconds
    return min(100, max(0, used))


def _facts(chip: Chip, timer: str, reason: str) -> Mapping[str, str]:
    facts = {
        "timer": timer, "state": chip.state, "at": chip.at, "remaining": chip.remaining_seconds,
        "counting-until": chip.counting_until, "resumes-at": chip.resumes_at, "target": chip.target_seconds,
        "risk-at": chip.risk_seconds, "due": chip.due_at, "breached": 1 if chip.is_breached else None,
        "days": 1 if chip.in_days else None, "reason": reason if chip.state == "paused" else None,
    }  # fmt: skip
    return {f"data-{name}": "" if value is None else str(value) for name, value in facts.items()}

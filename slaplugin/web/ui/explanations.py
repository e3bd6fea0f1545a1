"""Why a timer stands where it stands, as sentences and as a table that adds up to the second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slaplugin import wording
from slaplugin.domain.explain import Segment
from slaplugin.domain.instants import Instant
from slaplugin.services.tickets import Mark, TimerView
from slaplugin.web.ui import strips
from slaplugin.web.words import Words

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_CANCELLED = {
    "removed": "the ticket was removed",
    "solved": "the ticket was solved first",
    "no_target": "its tier has no target any more",
    "no_policy": "no policy governs it any more",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence; strong where the number is."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    when: str
    kind: str
    why: str
    time: str
    counted: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Sentences, rows, and the last row with both sums."""

    sentences: tuple[tuple[Part, ...], ...]
    lines: tuple[Line, ...]
    total_of: str
    total_time: str
    total_counted: str
    summary: str


def explain(view: TimerView, marks: Sequence[Mark], words: Words) -> Explanation | None:
    """The explanation of a timer; None when it could not be replayed."""
    if not view.segments:
        return None
    with_seconds = any(one.start % 60 for one in view.segments) or view.segments[-1].end % 60 != 0
    counted, lines = 0, []
    for one in view.segments:
        counted += one.seconds if one.kind == "counted" else 0
        is_last = one is view.segments[-1] and view.chip.is_open
        lines.append(
            Line(_when(one, words, with_seconds, is_last), one.kind, _why(one, marks, view),
                 wording.column(one.seconds, with_seconds=with_seconds),
                 wording.column(counted, with_seconds=with_seconds) if one.kind == "counted" else "")
        )  # fmt: skip
    total = view.segments[-1].end - view.segments[0].start
    end = "now" if view.chip.is_open else "the end"
    return Explanation(
        sentences=tuple(tuple(sentence) for sentence in _sentences(view, words)), lines=tuple(lines),
        total_of=f"Real time from start to {end}", total_time=wording.column(total, with_seconds=with_seconds),
        total_counted=wording.column(counted, with_seconds=with_seconds), summary=_summary(view, words),
    )  # fmt: skip


def _sentences(view: TimerView, words: Words) -> Iterator[list[Part]]:
    timer, calendar = view.timer, view.calendar
    hours = "around the clock" if calendar.is_always_open else f"in the hours of {calendar.name} ({calendar.time_zone})"
    yield [
        Part("The promise is "), Part(wording.exact(timer.target_seconds), True),
        Part(f" from {words.dated(timer.started_at)}, counted {hours}."),
    ]  # fmt: skip
    yield [*([Part(f"By {words.clock(words.now)}, ")] if view.chip.is_open else []), *_sums(view)]
    yield _outcome(view, words)
    if timer.retroactive and timer.breached_at is not None:
        yield [Part(f"A change of tier or policy made it late at once, {words.dated(timer.breached_at)}.")]


def _sums(view: TimerView) -> list[Part]:
    seconds = Counter[str]()
    for one in view.segments:
        seconds[one.kind] += one.seconds
    parts = [Part(wording.exact(seconds["counted"]), True), Part(" have counted.")]
    pauses = [one for one in view.segments if one.kind == "paused"]
    if pauses:
        why = sorted({_reason(one, view) for one in pauses})
        number = _COUNTS[len(pauses)] if len(pauses) < len(_COUNTS) else str(len(pauses))
        plural = "" if len(pauses) == 1 else "s"
        parts += [Part(" "), Part(wording.exact(seconds["paused"]), True),
                  Part(f" were paused in {number} pause{plural}: {' or '.join(why)}.")]  # fmt: skip
    if seconds["stopped"]:
        parts += [Part(" "), Part(wording.exact(seconds["stopped"]), True), Part(" passed while it was solved.")]
    outside = seconds["closed"] + seconds["holiday"]
    if outside:
        of_it = (
            f", {wording.exact(seconds['holiday'])} of them {_holidays(view.segments)}" if seconds["holiday"] else ""
        )
        parts += [Part(" "), Part(wording.exact(outside), True), Part(f" lay outside hours{of_it}.")]
    return parts


def _outcome(view: TimerView, words: Words) -> list[Part]:
    chip, timer = view.chip, view.timer
    left = chip.remaining_seconds
    if timer.state == "cancelled":
        at = "" if timer.cancelled_at is None else f" {words.dated(timer.cancelled_at)}"
        why = _CANCELLED.get(timer.cancel_reason or "", "nothing is promised any more")
        return [Part(f"It was cancelled{at}, because {why}.")]
    if chip.fulfilled_at is not None:
        ended = words.dated(chip.fulfilled_at)
        if chip.is_breached:
            late = [Part(", "), Part(wording.exact(-left), True), Part(" late.")] if left < 0 else [Part(", late.")]
            return [Part(f"It was done {ended}"), *late]
        return [Part(f"It was met {ended}, "), Part(wording.exact(max(0, left)), True), Part(" before due.")]
    if chip.state == "paused":
        if left < 0:
            return [Part("It was "), Part(wording.exact(-left), True), Part(" over when it was paused.")]
        rest = "; it comes due that much counted time after it resumes."
        return [Part("That leaves "), Part(wording.exact(left), True), Part(rest)]
    due = "" if chip.due_at is None else words.dated(chip.due_at)
    if left < 0 or (left == 0 and chip.is_breached):
        return [Part("It ran out "), Part(due, True), Part(", "), Part(wording.exact(-left), True),
                Part(" of counted time ago.")]  # fmt: skip
    kept = " It was breached before, and that stays." if chip.is_breached else ""
    return [Part("That leaves "), Part(wording.exact(left), True), Part(", so it is due "), Part(due, True),
            Part(f".{kept}")]  # fmt: skip


def _summary(view: TimerView, words: Words) -> str:
    """The picture in one sentence, for those who do not see it."""
    sums = "".join(part.text for part in _sums(view))
    outcome = "".join(part.text for part in _outcome(view, words))
    name = wording.metric(view.chip.metric)
    return f"{name} over real time since {words.dated(view.segments[0].start)}. {sums} {outcome}"


def _when(one: Segment, words: Words, with_seconds: bool, is_last: bool) -> str:
    def time(at: Instant) -> str:
        return words.precise(at) if with_seconds else words.moment(at)

    start = time(one.start)
    if is_last:
        return f"{_dated(start, one.start, words)} to now"
    end = time(one.end)
    same_day = wording.day(one.start, words.now, words.zone) == wording.day(one.end - 1, words.now, words.zone)
    if same_day:
        clock = words.clock(one.end) if with_seconds else words.clock(one.end)[:5]
        end = "24" + clock[2:] if clock.startswith("00:00") and one.end > one.start else clock
        return f"{_dated(start, one.start, words)} to {end}"
    return f"{_dated(start, one.start, words)} to {_dated(end, one.end, words)}"


def _dated(text: str, at: Instant, words: Words) -> str:
    """Today's times too get their day in a table that spans days."""
    if wording.NBSP in text:
        return text
    return f"{wording.day(at, words.now, words.zone)[:3]}{wording.NBSP}{text}"


def _why(one: Segment, marks: Sequence[Mark], view: TimerView) -> str:
    if one.kind == "paused":
        return _reason(one, view)
    if one.kind == "stopped":
        return "solved, and reopened later"
    if one.kind == "holiday":
        return one.because.partition(", calendar ")[0]
    if one.kind == "closed":
        return "outside hours"
    began = next((mark for mark in marks if mark.at == one.start), None)
    if began is not None:
        return strips.happened(began)
    return "started" if one is view.segments[0] else "opening time"


def _reason(one: Segment, view: TimerView) -> str:
    labels = one.because.partition(" since event ")[0].split(" and ")
    return wording.reason(labels)


def _holidays(segments: Sequence[Segment]) -> str:
    names = dict.fromkeys(one.because.partition(", calendar ")[0] for one in segments if one.kind == "holiday")
    return " and ".join(names)

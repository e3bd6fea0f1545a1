"""A timer drawn over real time: where every part of the picture goes, in percent of its width and in pixels down.

Real time is linear; past ten days, closed time shrinks to thin joints. Every picture has the explanation's table
behind it, and its title says the sums.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slaplugin import wording
from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.services.tickets import Mark, Threshold, TimerView
from slaplugin.web.words import Words

WIDTH_PX = 700
NEAREST_PX = 44
JOINED_AFTER_SECONDS = 10 * 86_400
MOST_DOTS = 60
_HOUR_STEPS = (300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600)
_MOST_HOURS = 7


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the band. `kind` is its class, or the pattern that fills it."""

    kind: str
    x: str
    width: str
    title: str


@dataclass(frozen=True, slots=True)
class Dot:
    """Something that happened, on the line above the band."""

    actor: str
    x: str
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word beside the band. `css` decides on which screens it shows."""

    css: str
    x: str
    dx: int
    y: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Everything that the macro draws. `is_small` leaves the lines of days out."""

    id: str
    title: str
    is_small: bool
    is_joined: bool
    blocks: tuple[Block, ...]
    dots: tuple[Dot, ...]
    days: tuple[str, ...]
    thresholds: tuple[str, ...]
    now: str | None
    due: str | None
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    start: Instant
    end: Instant
    title: str


def draw(view: TimerView, marks: Sequence[Mark], words: Words, title: str) -> Strip | None:
    """The strip of a timer; None when there is nothing to draw."""
    if not view.segments:
        return None
    pieces = list(_pieces(view, words))
    scale = _Scale(pieces)
    begin, end = pieces[0].start, pieces[-1].end
    midnights = list(_midnights(begin, end, words))
    is_small = not midnights
    happens_until = end if view.chip.is_open else view.segments[-1].end
    thresholds = [one for one in view.thresholds if begin <= one.instant <= happens_until]
    now = words.now if view.chip.is_open and begin <= words.now <= end else None
    due = view.chip.due_at if view.chip.due_at is not None and begin <= view.chip.due_at <= end else None
    labels = [*_on_top(scale, now, due, words), *([] if is_small else _under(scale, thresholds))]
    labels += _hours(scale, begin, end, 84 if is_small else 98, words)
    labels += [] if is_small else _days(scale, [begin, *midnights], pieces, words)
    return Strip(
        id=f"{view.chip.metric}-{view.chip.cycle}", title=title, is_small=is_small, is_joined=scale.is_joined,
        blocks=tuple(Block(one.kind, _x(scale.at(one.start)), _x(scale.at(one.end) - scale.at(one.start)), one.title)
                     for one in pieces if one.kind and one.end > one.start),
        dots=tuple(_dots(scale, begin, end, marks, words)),
        days=() if is_small else tuple(_x(scale.at(at)) for at in (begin, *midnights)),
        thresholds=tuple(_x(scale.at(one.instant)) for one in thresholds),
        now=None if now is None else _x(scale.at(now)), due=None if due is None else _x(scale.at(due)),
        labels=tuple(labels),
    )  # fmt: skip


class _Scale:
    """From instants to percent of the width."""

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self.is_joined = pieces[-1].end - pieces[0].start > JOINED_AFTER_SECONDS
        closed = [self._shrinks(piece) for piece in pieces]
        open_seconds = sum(one.end - one.start for one, shrinks in zip(pieces, closed, strict=True) if not shrinks)
        joint = max(1, open_seconds // (4 * max(1, sum(closed))) if open_seconds else 1)
        weights = [
            min(joint, one.end - one.start) if shrinks else one.end - one.start
            for one, shrinks in zip(pieces, closed, strict=True)
        ]
        self._pieces = pieces
        self._starts = [one.start for one in pieces]
        total = max(1, sum(weights))
        self._left = [0.0]
        for weight in weights:
            self._left.append(self._left[-1] + 100 * weight / total)

    def _shrinks(self, piece: _Piece) -> bool:
        return self.is_joined and piece.kind in ("k-closed", "holiday", "")

    def at(self, instant: Instant) -> float:
        """Percent of the width, 0 to 100."""
        index = max(0, bisect_right(self._starts, instant) - 1)
        piece = self._pieces[index]
        length = piece.end - piece.start
        share = min(1.0, max(0.0, (instant - piece.start) / length)) if length else 0.0
        return self._left[index] + share * (self._left[index + 1] - self._left[index])


def _pieces(view: TimerView, words: Words) -> Iterator[_Piece]:
    """Gap-free: nothing before the start, the segments, and what is to come."""
    start = view.segments[0].start
    yield _Piece("", start - start % 3_600, start, "")
    for one in view.segments:
        kind = {"counted": "k-counted", "stopped": "k-stopped", "closed": "k-closed"}.get(one.kind, one.kind)
        yield _Piece(kind, one.start, one.end, f"{one.kind}, {words.moment(one.start)} to {words.moment(one.end)}")
    reached = view.segments[-1].end
    due_at = view.chip.due_at
    if view.ahead and due_at is not None:
        for span in view.ahead:
            if span.start < due_at:
                kind = {"open": "k-will", "closed": "k-closed", "holiday": "holiday"}[span.kind]
                title = "will count until due" if span.kind == "open" else span.name or "closed"
                yield _Piece(kind, span.start, min(span.end, due_at), title)
        reached = max(due_at, reached)
        if view.ahead[-1].end > reached:
            yield _Piece("k-after", reached, view.ahead[-1].end, "past due")
        return
    last = max(reached, due_at or reached)
    yield _Piece("", reached, last + max((last - start) // 10, 60), "")


def _on_top(scale: _Scale, now: Instant | None, due: Instant | None, words: Words) -> Iterator[Label]:
    """Now and due: both beside each other, or in one label where there is no room; always one on a phone."""
    texts = [f"{name} {words.moment(at)}" for name, at in (("now", now), ("due", due)) if at is not None]
    places = [scale.at(at) for at in (now, due) if at is not None]
    if not places:
        return
    last = places[-1]
    css = "lbl-due" if due is not None else "lbl"
    if len(places) == 2:
        is_close = abs(places[0] - places[1]) < 200 * NEAREST_PX / WIDTH_PX
        first, second = ("end", "start") if places[0] <= places[1] else ("start", "end")
        if is_close and (max(places) > 90 or min(places) < 10):
            yield Label(f"{css} minor", _x(last), 0, 11, _anchor(last, 20), ", ".join(texts))
        else:
            yield Label("lbl minor", _x(places[0]), 0, 11, first if is_close else _anchor(places[0]), texts[0])
            yield Label("lbl-due minor", _x(last), 0, 11, second if is_close else _anchor(last), texts[1])
    else:
        yield Label(f"{css} minor", _x(last), 0, 11, _anchor(last), texts[0])
    yield Label(f"{css} short", _x(last), 0, 11, _anchor(last, 45), ", ".join(texts))


def _under(scale: _Scale, thresholds: Sequence[Threshold]) -> Iterator[Label]:
    """Names of the steps, the highest first; one too near to a higher one is left out."""
    kept: list[float] = []
    for one in sorted(thresholds, key=lambda step: -step.instant):
        place = scale.at(one.instant)
        if one.rule != "100%" and _has_room(place, kept):
            kept.append(place)
            amount = wording.step(one.rule)[0]
            sign = {"-": "−", "+": "+"}.get(one.rule[0], "")
            yield Label("minor", _x(place), 0, 83, _anchor(place), sign + amount)


def _hours(scale: _Scale, begin: Instant, end: Instant, y: int, words: Words) -> Iterator[Label]:
    if scale.is_joined:
        return
    step = next((one for one in _HOUR_STEPS if (end - begin) // one <= _MOST_HOURS), 21_600)
    kept: list[float] = []
    at = begin - (begin + _offset(begin, words)) % step
    while at <= end:
        local = _local(at, words)
        place = scale.at(at)
        is_day = (local.hour, local.minute) == (0, 0)
        if at >= begin and not (is_day and y == 98) and 2 < place < 98 and _has_room(place, kept):
            kept.append(place)
            yield Label("minor", _x(place), 0, y, "middle", f"{local.hour:02}:{local.minute:02}")
        at += step


def _days(scale: _Scale, starts: Sequence[Instant], pieces: Sequence[_Piece], words: Words) -> Iterator[Label]:
    kept: list[float] = []
    for at in starts:
        place = scale.at(at)
        if place > 94 or not _has_room(place, kept, 2):
            continue
        kept.append(place)
        local = _local(at, words)
        name = wording.day(at, words.now, words.zone).split()
        short = f"{name[0][:3]} {local.day}"
        yield Label("minor", _x(place), 5, 113, "start", f"{short} {name[2][:3]}")
        yield Label("short", _x(place), 5, 113, "start", short)


def _dots(scale: _Scale, begin: Instant, end: Instant, marks: Sequence[Mark], words: Words) -> Iterator[Dot]:
    shown = [mark for mark in marks if begin <= mark.at <= end]
    for mark in shown[-MOST_DOTS:]:
        yield Dot(mark.actor, _x(scale.at(mark.at)), f"{happened(mark)}, {words.moment(mark.at)}")


def happened(mark: Mark) -> str:
    """What happened, in words: `created by the requester`, `reply by Ines Falk`, `status became pending`."""
    who = mark.name or {"requester": "the requester", "agent": "an agent"}.get(mark.actor, "somebody else")
    if mark.kind == "replied":
        return f"{'reply' if mark.public else 'internal note'} by {who}"
    if mark.kind == "changed":
        return f"status became {(mark.status or 'open').replace('_', ' ')}"
    return f"{mark.kind} by {who}"


def _midnights(begin: Instant, end: Instant, words: Words) -> Iterator[Instant]:
    day = _local(begin, words).date() + timedelta(days=1)
    while True:
        at = int(datetime(day.year, day.month, day.day, tzinfo=words.zone).timestamp())
        if at >= end:
            return
        yield at
        day += timedelta(days=1)


def _has_room(place: float, kept: Sequence[float], times: int = 1) -> bool:
    return all(abs(place - other) >= 100 * NEAREST_PX * times / WIDTH_PX for other in kept)


def _anchor(place: float, edge: float = 4) -> str:
    return "end" if place > 100 - edge else "start" if place < edge else "middle"


def _offset(at: Instant, words: Words) -> int:
    offset = _local(at, words).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _local(at: Instant, words: Words) -> datetime:
    return instants.as_datetime(at).astimezone(words.zone)


def _x(percent: float) -> str:
    return f"{percent:.2f}%"

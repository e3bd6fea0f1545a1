"""Why a timer stands where it stands: a gap-free row of segments that adds up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from slaplugin.domain import timers
from slaplugin.domain.counting import Piece
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.instants import Instant
from slaplugin.domain.policies import Version
from slaplugin.domain.running import Running

SegmentKind: TypeAlias = Literal["counted", "paused", "stopped", "closed", "holiday"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of wall time and what it was. `because` names the calendar's entry or the event that began it."""

    start: Instant
    end: Instant
    kind: SegmentKind
    because: str

    @property
    def seconds(self) -> int:
        """Wall seconds; for a counted segment also the counted ones."""
        return self.end - self.start


def explain(
    events: Iterable[TicketEvent], versions: Sequence[Version], at: Instant
) -> Mapping[tuple[str, int], tuple[Segment, ...]]:
    """The segments of every timer of one ticket, by metric and cycle, from its start to its end or `at`.

    Counted ones add up to the timer's elapsed seconds, all of them to its wall seconds.
    """
    return {(timer.metric, timer.cycle): _of(timer, at) for timer, _ in timers.run(events, versions, at)}


def _of(timer: Running, at: Instant) -> tuple[Segment, ...]:
    assert timer.track is not None  # noqa: S101 - only bound timers are shown
    end = at
    if timer.loss is not None:
        end = timer.loss.at
    elif timer.ended_at is not None:
        end = timer.ended_at
    return tuple(segment for piece in timer.track.all_pieces(end) for segment in _split(piece))


def _split(piece: Piece) -> Iterator[Segment]:
    if piece.kind == "paused":
        yield Segment(piece.start, piece.end, "paused", f"{' and '.join(piece.labels)} since event {piece.cause}")
        return
    if piece.kind == "stopped":
        yield Segment(piece.start, piece.end, "stopped", f"ended by event {piece.cause}, before it was reopened")
        return
    calendar = piece.calendar
    for span in calendar.spans(piece.start, piece.end):
        if span.kind == "open":
            yield Segment(span.start, span.end, "counted", f"open hours of calendar {calendar.name}")
        elif span.kind == "holiday":
            yield Segment(span.start, span.end, "holiday", f"{span.name or 'holiday'}, calendar {calendar.name}")
        else:
            yield Segment(span.start, span.end, "closed", f"outside the hours of calendar {calendar.name}")

"""How a timer's time is counted: a gap-free row of pieces, each running, paused or stopped."""

from __future__ import annotations

from bisect import bisect_left
from typing import Literal, NamedTuple, TypeAlias

from slaplugin.domain.calendars import Calendar
from slaplugin.domain.instants import Instant

PieceKind: TypeAlias = Literal["run", "paused", "stopped"]


class Piece(NamedTuple):
    """A stretch of one kind. `calendar` is the one it was counted in, `labels` the reasons of a pause, `cause` the id
    of the event that began it."""

    kind: PieceKind
    start: Instant
    end: Instant
    calendar: Calendar
    counted_seconds: int
    labels: tuple[str, ...]
    cause: str


class Track:
    """The pieces of one timer so far; the last one is open. Counts exactly, in seconds."""

    __slots__ = ("base", "calendar", "cause", "kind", "labels", "pieces", "since", "start", "totals")

    def __init__(self, start: Instant, calendar: Calendar, cause: str) -> None:
        self.start = start
        self.calendar = calendar
        self.pieces: list[Piece] = []
        self.totals: list[int] = []  # counted seconds up to the end of each piece
        self.base = 0
        self.kind: PieceKind = "run"
        self.since = start
        self.labels: tuple[str, ...] = ()
        self.cause = cause

    def elapsed(self, at: Instant) -> int:
        """Counted seconds up to `at`, which must not lie before the open piece."""
        if self.kind == "run":
            return self.base + self.calendar.between(self.since, at)
        return self.base

    def switch(self, at: Instant, kind: PieceKind, labels: tuple[str, ...], cause: str) -> None:
        """End the open piece and begin another, unless it is of the same kind; one without length leaves no trace."""
        if kind == self.kind and labels == self.labels:
            return
        self._close(at)
        self.kind, self.since, self.labels, self.cause = kind, at, labels, cause

    def change_calendar(self, at: Instant, calendar: Calendar) -> None:
        """Count in another calendar from `at` on; what was counted stays."""
        if calendar is not self.calendar:
            self._close(at)
            self.since, self.calendar = at, calendar

    def recounted(self, calendar: Calendar) -> Track:
        """The same pieces as if this calendar had held since the start; for a track that knows only one calendar."""
        if calendar is self.calendar:
            return self
        track = Track(self.start, calendar, self.cause)
        for piece in self.pieces:
            track._append(piece.kind, piece.start, piece.end, piece.labels, piece.cause)
        track.kind, track.since, track.labels, track.cause = self.kind, self.since, self.labels, self.cause
        return track

    def cut(self, at: Instant) -> None:
        """Forget everything from `at` on; the piece that held there is open again."""
        while self.since > at:
            piece = self.pieces.pop()
            self.base = self.totals.pop() - piece.counted_seconds
            self.kind, self.since, self.labels, self.cause = piece.kind, piece.start, piece.labels, piece.cause
            self.calendar = piece.calendar

    def locate(self, threshold_seconds: int, ended_at: Instant | None = None) -> Instant | None:
        """The earliest instant at which the counted time reaches the threshold; the start for zero and below.

        Beyond what was counted it is projected: from the open piece while it runs, from `ended_at` for a timer that
        ended (rule 5). None while the timer stands still.
        """
        missing = threshold_seconds - self.base
        if missing > 0:
            if self.kind == "run":
                return self.calendar.add(self.since, missing)
            return None if ended_at is None else self.calendar.add(ended_at, missing)
        if threshold_seconds <= 0:
            return self.start
        position = bisect_left(self.totals, threshold_seconds)
        piece = self.pieces[position]
        return piece.calendar.add(piece.start, threshold_seconds - self.totals[position] + piece.counted_seconds)

    def all_pieces(self, end: Instant) -> list[Piece]:
        """Every piece up to `end`, the open one closed there; later ones are left out."""
        found = [piece for piece in self.pieces if piece.start < end]
        if self.since < end:
            found.append(self._piece(self.kind, self.since, end, self.calendar, self.labels, self.cause))
        elif found and found[-1].end > end:
            last = found.pop()
            found.append(self._piece(last.kind, last.start, end, last.calendar, last.labels, last.cause))
        return found

    def _close(self, at: Instant) -> None:
        if at > self.since:
            self._append(self.kind, self.since, at, self.labels, self.cause)

    def _append(self, kind: PieceKind, start: Instant, end: Instant, labels: tuple[str, ...], cause: str) -> None:
        piece = self._piece(kind, start, end, self.calendar, labels, cause)
        self.pieces.append(piece)
        self.base += piece.counted_seconds
        self.totals.append(self.base)

    @staticmethod
    def _piece(
        kind: PieceKind, start: Instant, end: Instant, calendar: Calendar, labels: tuple[str, ...], cause: str
    ) -> Piece:
        return Piece(kind, start, end, calendar, calendar.between(start, end) if kind == "run" else 0, labels, cause)

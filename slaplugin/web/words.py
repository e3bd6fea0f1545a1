"""Wording for one page: bound to its instant and its viewer's zone, so that templates need not carry both around."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from slaplugin import wording
from slaplugin.domain import instants
from slaplugin.domain.instants import Instant

KINDS = {"github": "GitHub", "zendesk": "Zendesk", "jira": "Jira"}


@dataclass(frozen=True, slots=True)
class Words:
    """Says instants and durations as of `now` in `zone`."""

    now: Instant
    zone: ZoneInfo

    def moment(self, at: Instant) -> str:
        """`15:51`, `Mon 09:00`, `22 May 09:00`."""
        return wording.moment(at, self.now, self.zone)

    def dated(self, at: Instant) -> str:
        """`today 15:51`, `Wed 13 May 15:40`."""
        return wording.dated(at, self.now, self.zone)

    def full(self, at: Instant) -> str:
        """The whole instant, for a title."""
        return wording.full(at, self.zone)

    def iso(self, at: Instant) -> str:
        """For the datetime attribute of a <time>."""
        return instants.text(at)

    def clock(self, at: Instant) -> str:
        """`15:24:10`, of today or of the day that a date before it names."""
        return wording.clock_time(at, self.zone)

    def precise(self, at: Instant) -> str:
        """An instant to the second: `13:51:00`, with the day before it when it is another one."""
        text = wording.moment(at, self.now, self.zone)
        day, _, time = text.rpartition(wording.NBSP)
        if ":" not in time:  # of another year, which is said instead of the time
            day = text
        return f"{day}{wording.NBSP}{self.clock(at)}" if day else self.clock(at)

    def ago(self, at: Instant) -> str:
        """How long ago: `40 s`, `14 m`."""
        return wording.ago(self.now - at)

    def every(self, seconds: int) -> str:
        """An amount: `1 h`, `5 m`, `1 h 30 m`."""
        return wording.exact(seconds)

    def each(self, seconds: int) -> str:
        """What comes after "every": `hour`, `30 m`."""
        return {60: "minute", 3_600: "hour", 86_400: "day"}.get(seconds) or wording.exact(seconds)

    def number(self, value: int) -> str:
        """`4,812`."""
        return wording.number(value)

    def metric(self, name: str) -> str:
        """`First response`."""
        return wording.metric(name)

    def step(self, at: str) -> tuple[str, str]:
        """A rule of a ladder in words."""
        return wording.step(at)

    def kind(self, name: str) -> str:
        """A helpdesk by the name people know."""
        return KINDS.get(name, name.replace("_", " ").title())

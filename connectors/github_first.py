"""A first import in few calls: repository-wide lists instead of one timeline an issue.

Without a token GitHub allows 60 calls an hour. A list gives 100 rows a call, newest first, so what matters for live
countdowns comes first, and what does not fit is left out and said. A ticket is taken only with all of its comments:
one with a missing answer would look like a breach that never was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slaplugin.clock import Clock
from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.sdk.contract import Cursor, Page, TicketProblem
from slaplugin.sdk.errors import BadTicket, RateLimited
from slaplugin.sdk.http import LoopGuard

from .github_api import GitHub
from .github_issues import UNREADABLE, IssueRead, Issues, unreadable
from .github_mapping import partial_history
from .github_objects import instant_of, issue_problem, ticket_id
from .github_people import People
from .github_walk import VERSION, Batch, Position

UNFINISHED: Cursor = {"version": VERSION, "phase": "first"}
"""Stored until the import is complete: it starts again from the beginning, and repeats are harmless."""

RESERVE_CALLS = 5
TICKETS_A_PAGE = 100
OPEN_SHARE_PERCENT = 40


@dataclass(slots=True)
class Stream:
    """One list, read newest first. `horizon` is the oldest instant it has reached; None once it is exhausted."""

    url: str | None
    time_field: str
    horizon: Instant | None = None
    started: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)
    guard: LoopGuard = field(default_factory=LoopGuard)

    @property
    def exhausted(self) -> bool:
        return self.url is None

    def covers(self, at: Instant) -> bool:
        """Whether everything that happened at or after `at` was read."""
        return self.exhausted or (self.horizon is not None and self.horizon < at)


class FirstImport:
    """One import. It ends when all is read or the calls are used up; a failure starts it again."""

    def __init__(
        self, github: GitHub, issues: Issues, people: People, settings: Mapping[str, Any], clock: Clock
    ) -> None:
        self._github = github
        self._issues = issues
        self._people = people
        self._settings = settings
        self._clock = clock
        self._open = Stream(github.newest_issues_url("open"), "updated_at")
        self._closed = Stream(github.newest_issues_url("closed"), "updated_at")
        self._comments = Stream(github.newest_comments_url(), "updated_at")
        self._changes = Stream(github.newest_events_url(), "created_at")
        self._cut_short = False
        self._left_out = 0
        self._alone = 0

    def pages(self) -> Iterator[Page]:
        """Read, then hand out.

        1. Open issues, the one changed last first, with at most 40 % of the calls.
        2. Closed issues, comments and events side by side, always the list that reaches back least.
        3. With the calls that are left: the timeline of open issues whose comments are not complete.
        4. Pages of tickets. Only the last one carries a cursor that goes on from here.
        """
        while not self._open.exhausted and self._calls_left() * 100 > (100 - OPEN_SHARE_PERCENT) * self._allowance():
            if not self._deepen(self._open):
                break
            yield self._progress()
        while (stream := self._shallowest()) is not None and self._calls_left() > self._wanted_alone():
            if not self._deepen(stream):
                break
            yield self._progress()
        yield from self._handed_out()

    def _deepen(self, stream: Stream) -> bool:
        """Read the next page of a list; False when GitHub says that the calls are used up."""
        if stream.url is None:
            return True
        try:
            stream.guard.enter(stream.url)
            reply = self._github.page(stream.url)
        except RateLimited:
            if not self._open.started:
                raise
            self._cut_short = True
            return False
        stream.guard.read(reply)
        stream.started = True
        stream.rows += reply.items
        stream.url = reply.next_url
        reached = [at for row in reply.items if (at := instant_of(row.get(stream.time_field))) is not None]
        if reached:
            stream.horizon = min(reached) if stream.horizon is None else min(stream.horizon, *reached)
        return True

    def _shallowest(self) -> Stream | None:
        """The list to read on with: one not begun, else the one that reaches back least and is still of use."""
        tickets = self._tickets()
        oldest = min(
            (at for row in tickets.values() if (at := instant_of(row.get("created_at"))) is not None), default=0
        )
        useful = [
            stream
            for stream in (self._closed, self._comments, self._changes)
            if not stream.exhausted and (stream is self._closed or not stream.covers(oldest))
        ]
        begun = [stream for stream in useful if stream.started]
        if len(begun) < len(useful):
            return next(stream for stream in useful if not stream.started)
        return max(begun, key=lambda stream: stream.horizon or 0, default=None)

    def _allowance(self) -> int:
        return int(self._settings["first_import_calls"])

    def _calls_left(self) -> int:
        own = self._allowance() - self._github.api.calls
        remaining = self._github.api.budget.remaining
        return 0 if self._cut_short else own if remaining is None else min(own, remaining - RESERVE_CALLS)

    def _wanted_alone(self) -> int:
        """Calls kept back for open issues that will need one of their own."""
        comments = self._comments_of()
        incomplete = [
            number
            for number, row in self._tickets().items()
            if _is_open(row) and not self._has_all_comments(row, comments.get(number, ()))
        ]
        return min(len(incomplete), self._allowance() // 3)

    def _tickets(self) -> dict[int, dict[str, Any]]:
        """Issues read so far by number, newest change first within open and closed."""
        found: dict[int, dict[str, Any]] = {}
        for row in [*self._open.rows, *self._closed.rows]:
            if not row.get("pull_request") and issue_problem(row) is None:
                found.setdefault(row["number"], row)
        return found

    def _comments_of(self) -> Mapping[int, list[dict[str, Any]]]:
        by_number: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in self._comments.rows:
            number = str(row.get("issue_url") or "").rpartition("/")[2]
            if number.isdecimal():
                by_number[int(number)].append({**row, "event": "commented"})
        return {number: _once(rows) for number, rows in by_number.items()}

    def _changes_of(self) -> Mapping[int, list[dict[str, Any]]]:
        by_number: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in self._changes.rows:
            issue = row.get("issue")
            if isinstance(issue, Mapping) and isinstance(issue.get("number"), int):
                by_number[issue["number"]].append(row)
        return {number: _once(rows) for number, rows in by_number.items()}

    def _has_all_comments(self, row: Mapping[str, Any], comments: Sequence[Mapping[str, Any]]) -> bool:
        created_at = instant_of(row.get("created_at"))
        counted = row.get("comments")
        if isinstance(counted, int):
            return len(comments) >= counted
        return created_at is not None and self._comments.covers(created_at)

    def _progress(self) -> Page:
        return Page(events=(), cursor=UNFINISHED, done=0, total=len(self._tickets()) or None)

    def _handed_out(self) -> Iterator[Page]:
        tickets = self._tickets()
        comments, changes = self._comments_of(), self._changes_of()
        batch, done = Batch(), 0
        for number, row in tickets.items():
            read = self._read(row, comments.get(number, []), changes.get(number, []))
            if read is None:
                self._left_out += 1
                continue
            batch.add(ticket_id(row), read)
            done += 1
            if batch.tickets >= TICKETS_A_PAGE:
                yield self._page(batch, UNFINISHED, done, len(tickets))
                batch = Batch()
        yield self._page(batch, self._position().cursor(self._people), done, done, self._notes())

    def _read(
        self, row: Mapping[str, Any], comments: Sequence[dict[str, Any]], changes: Sequence[dict[str, Any]]
    ) -> IssueRead | None:
        """One ticket, or None when it has to be left out."""
        if not self._has_all_comments(row, comments):
            return self._read_alone(row) if _is_open(row) else None
        created_at = instant_of(row.get("created_at"))
        entries = [*comments, *changes]
        try:
            if created_at is not None and self._changes.covers(created_at):
                return self._issues.assembled(row, entries, {})
            since = self._clock.now() if self._changes.horizon is None else self._changes.horizon
            return IssueRead(
                partial_history(
                    row, entries, since, self._settings["repository"], self._people.permission, self._clock.now()
                )
            )
        except BadTicket as error:
            return IssueRead([], problem=TicketProblem(error.ticket, str(error)))
        except UNREADABLE:
            return IssueRead([], problem=unreadable(row))

    def _read_alone(self, row: Mapping[str, Any]) -> IssueRead | None:
        if self._calls_left() <= 0:
            return None
        try:
            read = self._issues.read(row, {})
        except RateLimited:
            self._cut_short = True
            return None
        self._alone += 1
        return read

    def _page(self, batch: Batch, cursor: Cursor, done: int, total: int, notes: Sequence[str] = ()) -> Page:
        return Page(
            events=batch.events, cursor=cursor, problems=batch.problems, done=done, total=total, notes=notes,
            whole=batch.whole,
        )  # fmt: skip

    def _position(self) -> Position:
        """Everything that changed since the first list was read is read again, one by one."""
        first = self._open.rows or self._closed.rows
        newest = max((at for row in first if (at := instant_of(row.get("updated_at"))) is not None), default=None)
        return Position(since=newest, comments_since=self._clock.now())

    def _notes(self) -> list[str]:
        notes = []
        if not self._settings.get("token"):
            notes.append("Read without a token: who is an agent comes from GitHub's author_association.")
        if not self._open.exhausted:
            notes.append(f"Open issues that have not changed since {_day(self._open)} are left out.")
        if not self._closed.exhausted:
            notes.append(
                f"Closed issues that have not changed since {_day(self._closed)} are left out."
                if self._closed.started
                else "Closed issues are left out."
            )
        if self._left_out:
            notes.append(f"{self._left_out} issues are left out because not all of their comments could be read.")
        if not self._changes.exhausted:
            notes.append(
                f"Labels and assignments before {_day(self._changes)} count as they stood then."
                if self._changes.started
                else "Labels and assignments count as they stand now."
            )
        if len(notes) > 1:
            notes.append("With a token everything is read; what is left out comes in when it changes.")
        return notes


def _is_open(row: Mapping[str, Any]) -> bool:
    return row.get("state") != "closed"


def _once(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({row.get("id"): row for row in rows}.values())


def _day(stream: Stream) -> str:
    return "the start" if stream.horizon is None else instants.text(stream.horizon)[:10]

"""The walk that never ends: issues in the order of their last change, and the timeline of each that moved.

Paging by number is refused on large repositories, and rows move while they are read. So every step asks for "changed
since" the last change seen; `rel="next"` is followed only where a whole page shares one second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slaplugin.clock import Clock
from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.sdk.contract import Cursor, Page, SourceEvent, TicketProblem
from slaplugin.sdk.errors import ConnectorError
from slaplugin.sdk.http import LoopGuard, Reply

from .github_api import GitHub
from .github_issues import IssueRead, Issues
from .github_mapping import key_event
from .github_objects import hidden_reason, instant_of, issue_problem, priority_value, ticket_id
from .github_people import People

VERSION = 1
TICKETS_A_PAGE = 20


@dataclass(slots=True)
class Position:
    """Where the walk stands; as JSON it is the cursor.

    `since` and `comments_since` are the last changes whose rows were read. `seen` holds, by issue number, the last
    change of issues that were read inside the overlap and had settled: they are not read again for nothing.
    `priorities` holds the priority field of open issues, whose clearing leaves no other trace.
    """

    since: Instant | None = None
    comments_since: Instant | None = None
    seen: dict[str, str] = field(default_factory=dict)
    priorities: dict[str, str] = field(default_factory=dict)
    etags: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: Cursor | None) -> Position:
        """Read a cursor; one that is missing or of another version means from the beginning."""
        if not cursor or cursor.get("version") != VERSION or "phase" in cursor:
            return cls()
        since, comments = cursor.get("since"), cursor.get("comments_since")
        return cls(
            since=None if since is None else instants.parse(since),
            comments_since=None if comments is None else instants.parse(comments),
            seen=dict(cursor.get("seen") or {}),
            priorities=dict(cursor.get("priorities") or {}),
            etags={name: list(etag) for name, etag in (cursor.get("etags") or {}).items()},
        )

    def cursor(self, people: People) -> Cursor:
        """The cursor to store with what was read so far."""
        return {
            "version": VERSION,
            "since": None if self.since is None else instants.text(self.since),
            "comments_since": None if self.comments_since is None else instants.text(self.comments_since),
            "seen": dict(self.seen),
            "priorities": dict(self.priorities),
            "etags": {name: list(etag) for name, etag in self.etags.items()},
            "people": people.remembered(),
        }


@dataclass(slots=True)
class Batch:
    """What was read since the last page."""

    events: list[SourceEvent] = field(default_factory=list)
    problems: list[TicketProblem] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    tickets: int = 0

    def add(self, ticket: str, read: IssueRead) -> None:
        self.events += read.events
        self.tickets += 1
        if read.whole:
            self.whole.append(ticket)
        if read.problem is not None:
            self.problems.append(read.problem)


class Walk:
    """One pull from a position on."""

    def __init__(
        self, github: GitHub, issues: Issues, people: People, settings: Mapping[str, Any], clock: Clock,
        position: Position,
    ) -> None:  # fmt: skip
        self._github = github
        self._issues = issues
        self._people = people
        self._settings = settings
        self._clock = clock
        self._position = position
        self._overlap: int = settings["overlap_seconds"]
        self._read_now: dict[str, str] = {}
        self._batch = Batch()
        self._done = 0

    def pages(self) -> Iterator[Page]:
        """Issues first, then comments, which may know of something that the issues do not show yet.

        A page holds at most twenty tickets, so that little is read twice after a failure; what was read before a
        failure is handed out before it is raised.
        """
        comments = self._position.comments_since is not None and bool(self._settings.get("token"))
        if self._position.comments_since is None:
            self._position.comments_since = self._clock.now()  # what was written before is in the timelines
        try:
            yield from self._moved_issues()
            if comments:
                yield from self._comments()
        except ConnectorError:
            if self._batch.tickets:
                yield self._flushed()
            raise
        yield self._flushed(notes=self._notes())

    def _moved_issues(self) -> Iterator[Page]:
        start = self._position.since
        for rows in self._keyset("issues", start):
            for index, row in enumerate(rows):
                if self._unread(row):
                    self._read(row)
                at = _least_change(rows[index + 1 :])
                if at is None:
                    at = _last_change(rows)
                if at is not None and (self._position.since is None or at > self._position.since):
                    self._position.since = at
                if self._batch.tickets >= TICKETS_A_PAGE:
                    yield self._flushed()

    def _comments(self) -> Iterator[Page]:
        """Comments of issues that were not read in this pull, and comments that were hidden."""
        for rows in self._keyset("comments", self._position.comments_since):
            for number in self._numbers_to_read(rows):
                found = self._issues.by_number(number, self._position.priorities)
                if found is not None:
                    self._note(found[0], found[1])
            last = _last_change(rows)
            if last is not None and (self._position.comments_since is None or last > self._position.comments_since):
                self._position.comments_since = last
            if self._batch.tickets >= TICKETS_A_PAGE:
                yield self._flushed()

    def _numbers_to_read(self, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        wanted: dict[int, None] = {}
        for row in rows:
            number = _issue_number(row)
            if number is None or str(number) in self._read_now:
                continue
            if hidden_reason(row) is not None or str(number) not in self._position.seen:
                wanted[number] = None
        return list(wanted)

    def _keyset(self, name: str, since: Instant | None) -> Iterator[Sequence[dict[str, Any]]]:
        """Pages of rows from `since` minus the overlap on, in the order of their change."""
        overlapped = None if since is None else since - self._overlap
        asked = overlapped
        url: str | None = self._url(name, asked)
        addresses, second = LoopGuard(), LoopGuard()
        first = True
        while url is not None:
            addresses.enter(url)
            reply = self._github.page(url, etag=self._etag(name, url) if first else None)
            if reply.status == 304:
                return
            second.read(reply)
            rows = reply.items
            yield rows
            if first:
                self._remember_etag(name, url, reply, rows)
            first = False
            last = _last_change(rows)
            if reply.next_url is None:
                return
            if last is not None and (asked is None or last > asked):
                asked, second = last, LoopGuard()  # a page that shares this one's last second may well be the same
                url = self._url(name, asked)
            else:
                url = reply.next_url

    def _url(self, name: str, since: Instant | None) -> str:
        text = None if since is None else instants.text(since)
        return self._github.issues_url(text) if name == "issues" else self._github.comments_url(text)

    def _etag(self, name: str, url: str) -> str | None:
        stored = self._position.etags.get(name)
        return stored[2] if stored is not None and stored[:2] == [url, self._github.fingerprint] else None

    def _remember_etag(self, name: str, url: str, reply: Reply, rows: Sequence[Mapping[str, Any]]) -> None:
        """An unchanged list may be skipped next time only if all that it shows had settled, and was read."""
        self._position.etags.pop(name, None)
        done = all(self._settled(row) and (name == "comments" or not self._unread(row)) for row in rows)
        if reply.etag is not None and reply.next_url is None and done:
            self._position.etags[name] = [url, self._github.fingerprint, reply.etag]

    def _unread(self, row: Mapping[str, Any]) -> bool:
        if row.get("pull_request"):
            return False
        number, changed = str(row.get("number")), row.get("updated_at")
        return changed is None or changed not in (self._position.seen.get(number), self._read_now.get(number))

    def _read(self, row: Mapping[str, Any]) -> None:
        problem = issue_problem(row)
        if problem is not None:
            self._batch.problems.append(TicketProblem(f"GH-{row.get('id', '?')}", problem))
            return
        self._note(row, self._issues.read(row, self._position.priorities))

    def _note(self, issue: Mapping[str, Any], read: IssueRead) -> None:
        renamed = key_event(issue, self._settings["repository"]) if read.problem is None else None
        if renamed is not None:
            read.events.append(renamed)
        self._batch.add(ticket_id(issue), read)
        number, changed = str(issue["number"]), issue.get("updated_at")
        if changed is not None and read.problem is None:
            self._read_now[number] = changed
            if self._settled(issue):
                self._position.seen[number] = changed
        value = priority_value(issue, self._settings["priority_field"])
        if value is not None and issue.get("state") != "closed":
            self._position.priorities[ticket_id(issue)] = value
        else:
            self._position.priorities.pop(ticket_id(issue), None)

    def _settled(self, row: Mapping[str, Any]) -> bool:
        """Old enough that GitHub's lists agree about it."""
        at = instant_of(row.get("updated_at"))
        return at is not None and self._clock.now() - at >= self._overlap

    def _forget_old(self) -> None:
        """Only what the next pull's overlap will show again is worth a place in the cursor."""
        if self._position.since is not None:
            oldest = self._position.since - self._overlap
            self._position.seen = {
                number: changed
                for number, changed in self._position.seen.items()
                if (instant_of(changed) or oldest) >= oldest
            }

    def _flushed(self, notes: Sequence[str] = ()) -> Page:
        self._forget_old()
        batch, self._batch = self._batch, Batch()
        self._done += batch.tickets
        return Page(
            events=batch.events,
            cursor=self._position.cursor(self._people),
            problems=batch.problems,
            done=self._done,
            notes=notes,
            whole=batch.whole,
        )

    def _notes(self) -> list[str]:
        notes = []
        if self._github.moved:
            notes.append(f"{self._settings['repository']} has a new name or owner; change it in the source's settings.")
        if self._people.refused:
            notes.append("The token may not read permissions; who is an agent comes from author_association.")
        if self._github.sunset is not None:
            notes.append("GitHub announced the end of the API version in use; update slaplugin.")
        return notes


def _issue_number(comment: Mapping[str, Any]) -> int | None:
    """The number of the issue a comment belongs to; None for comments of pull requests."""
    number = str(comment.get("issue_url") or "").rpartition("/")[2]
    if "/pull/" in str(comment.get("html_url") or "") or not number.isdecimal():
        return None
    return int(number)


def _changes(rows: Sequence[Mapping[str, Any]]) -> list[Instant]:
    return [at for row in rows if (at := instant_of(row.get("updated_at"))) is not None]


def _last_change(rows: Sequence[Mapping[str, Any]]) -> Instant | None:
    return max(_changes(rows), default=None)


def _least_change(rows: Sequence[Mapping[str, Any]]) -> Instant | None:
    return min(_changes(rows), default=None)

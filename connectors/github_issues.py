"""Reading one issue: its timeline, its priority field, and what its absence means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slaplugin.domain.instants import Instant
from slaplugin.sdk.contract import Context, KnownTicket, Page, SourceEvent, TicketProblem
from slaplugin.sdk.errors import AuthenticationError, BadTicket, ConfigurationError

from .github_api import GitHub
from .github_mapping import history, priority_event, removed_event
from .github_objects import instant_of, priority_value, ticket_id
from .github_people import People

CONFIRM_SECONDS = 60
"""A ticket counts as gone when it is still not found this long after it was first missed."""

UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
"""What objects of another shape than GitHub's lead to; caught where one ticket ends and the next begins."""


@dataclass(frozen=True, slots=True)
class IssueRead:
    """One issue's events; `whole` says that they hold every comment it has."""

    events: list[SourceEvent]
    whole: bool = False
    problem: TicketProblem | None = None


class Issues:
    """Reads issues of one repository."""

    def __init__(self, github: GitHub, people: People, settings: Mapping[str, Any], context: Context) -> None:
        self._github = github
        self._people = people
        self._settings = settings
        self._clock = context.clock

    def read(self, issue: Mapping[str, Any], priorities: Mapping[str, str]) -> IssueRead:
        """The history of an issue that a list or `fetch` brought.

        `priorities` are the field values last seen, by ticket: a field that was cleared has no other trace. A ticket
        that cannot be read is a problem, not an error.
        """
        try:
            status, entries = self._github.timeline(issue["number"])
            if status == 410:
                return self._gone(issue["id"])
            if status == 404:
                return IssueRead([], problem=_missing(issue["id"]))
            return self.assembled(issue, entries, priorities)
        except BadTicket as error:
            return IssueRead([], problem=TicketProblem(error.ticket, str(error)))
        except UNREADABLE:
            return IssueRead([], problem=unreadable(issue))

    def assembled(
        self, issue: Mapping[str, Any], entries: list[dict[str, Any]], priorities: Mapping[str, str]
    ) -> IssueRead:
        """The same from entries that are there already. Raises BadTicket."""
        repository = self._settings["repository"]
        events = history(issue, entries, repository, self._people.permission, self._clock.now())
        field = self._settings["priority_field"]
        was = priorities.get(ticket_id(issue))
        if priority_value(issue, field) != was or was is not None:
            event = priority_event(issue, field, clear=was is not None)
            events += [] if event is None else [event]
        comments = sum(1 for event in events if event.kind == "replied")
        return IssueRead(events, whole=issue.get("comments") == comments)

    def fetch(self, issue_id: int, number: int, known: KnownTicket | None) -> Page:
        """Read an issue by number. Another id under it means that ours was transferred; 404 has to be confirmed."""
        ticket = f"GH-{issue_id}"
        reply = self._github.issue(number)
        if reply.status in (404, 410):
            self._prove_access()
            read = self._gone(issue_id) if reply.status == 410 else self._missed(issue_id, known)
            return _page(read, ticket)
        issue = reply.item
        if issue.get("id") != issue_id:
            moved = removed_event(issue_id, self._clock.now(), {"event": "transferred", "to": issue.get("html_url")})
            return _page(IssueRead([moved]), ticket)
        if issue.get("pull_request") or instant_of(issue.get("created_at")) is None:
            return Page(events=(), cursor={})
        return _page(self.read(issue, {}), ticket)

    def by_number(self, number: int, priorities: Mapping[str, str]) -> tuple[dict[str, Any], IssueRead] | None:
        """An issue of which only the number is known; None for pull requests and what is not there."""
        reply = self._github.issue(number)
        if reply.status in (404, 410) or reply.item.get("pull_request"):
            return None
        return reply.item, self.read(reply.item, priorities)

    def _prove_access(self) -> None:
        """A lost permission looks like a deleted issue: only with the repository in sight may an issue be missing."""
        reply = self._github.repository()
        if reply.status in (404, 410):
            raise AuthenticationError(
                f"repository {self._settings['repository']} is not found; check its name and what the token may see"
            )
        if reply.item.get("has_issues") is False:
            raise ConfigurationError(
                f"issues are disabled in {self._settings['repository']}; switch them on or remove the source"
            )

    def _gone(self, issue_id: int) -> IssueRead:
        return IssueRead([removed_event(issue_id, self._clock.now(), {"event": "deleted", "observed": True})])

    def _missed(self, issue_id: int, known: KnownTicket | None) -> IssueRead:
        now: Instant = self._clock.now()
        if known is not None and known.missing_since is not None and now - known.missing_since >= CONFIRM_SECONDS:
            raw = {"event": "missing", "observed": True, "missing_since": known.missing_since}
            return IssueRead([removed_event(issue_id, now, raw)])
        return IssueRead([], problem=_missing(issue_id))


def unreadable(issue: Mapping[str, Any]) -> TicketProblem:
    """A ticket whose objects have a shape that is not GitHub's."""
    return TicketProblem(
        f"GH-{issue.get('id', '?')}", "GitHub's answer about this issue cannot be understood; it is read again later"
    )


def _missing(issue_id: int) -> TicketProblem:
    return TicketProblem(
        f"GH-{issue_id}", "GitHub does not find this issue; if that lasts it was deleted or transferred", missing=True
    )


def _page(read: IssueRead, ticket: str) -> Page:
    return Page(
        events=read.events,
        cursor={},
        problems=() if read.problem is None else (read.problem,),
        done=1,
        whole=(ticket,) if read.whole else (),
    )

"""From GitHub's objects to source events: pure, and tolerant of everything but a missing id or creation time.

Ids are made of GitHub's own ids, so that polling, webhooks and a backfill give the same event. Inside one second a
reply comes before a change, because "comment and close" is the usual case and GitHub gives no order between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slaplugin.domain import instants
from slaplugin.domain.events import Kind
from slaplugin.domain.instants import Instant
from slaplugin.sdk.contract import SourceEvent
from slaplugin.sdk.errors import BadTicket

from .github_objects import (
    Permission,
    actor_of,
    hidden_reason,
    instant_of,
    issue_problem,
    key_of,
    priority_value,
    repository_of,
    status_name,
    status_of,
    text_of,
    ticket_id,
)
from .github_state import State, before, change

RANK = 10**15
CREATED, REPLIED, CHANGED, REMOVED = 0, RANK, 2 * RANK, 3 * RANK
LAST_CHANGE = REMOVED - 1
"""After every change of the same second: where a snapshot belongs, which corrects what they amounted to."""


def created_event(
    issue: Mapping[str, Any], repository: str, permission: Permission, subject: str | None = None
) -> SourceEvent:
    """The creation; `subject` is the first title where it was changed since. Raises BadTicket.

    Labels, assignees, type and milestone start empty: GitHub tells them as events of the same or the next second.
    """
    problem = issue_problem(issue)
    created_at = instant_of(issue.get("created_at"))
    if problem is not None or created_at is None:
        raise BadTicket(f"GH-{issue.get('id', '?')}", problem or "")
    author = actor_of(issue.get("user"), issue.get("author_association"), permission)
    where = repository_of(issue, repository)
    return SourceEvent(
        id=f"gh:issue:{issue['id']}",
        ticket=ticket_id(issue),
        at=created_at,
        kind="created",
        seq=CREATED + issue["id"],
        actor=author,
        set={
            "status": "open",
            "status_name": "open",
            "subject": subject if subject is not None else str(issue.get("title") or ""),
            "key": key_of(issue, repository),
            "url": issue.get("html_url"),
            "requester": author.id,
            "requester_name": author.name or author.id,
            "custom.repository": where,
            "custom.organisation": where.split("/")[0],
        },
        raw={"number": issue["number"], "created_at": issue["created_at"], **_association(issue)},
    )


def history(
    issue: Mapping[str, Any],
    entries: Iterable[Mapping[str, Any]],
    repository: str,
    permission: Permission,
    now: Instant,
) -> list[SourceEvent]:
    """All events of an issue from its whole timeline, in order. Raises BadTicket.

    Starts from empty and replays; where the end differs from the issue itself (a renamed label, a cut timeline) a
    last event says what is so, observed at the issue's last change. Unknown entries are left out.
    """  # fmt: skip
    in_order = _in_order(entries)
    created = created_event(issue, repository, permission, _first_title(in_order))
    state = State(subject=created.set["subject"], reason=text_of(issue, "state_reason"))
    events = [created]
    for entry in in_order:
        events += entry_events(issue, entry, state, permission, now)
    difference = state.difference(issue)
    updated_at = instant_of(issue.get("updated_at")) or created.at
    if difference:
        events.append(snapshot(issue, difference, max(updated_at, created.at), LAST_CHANGE))
    return events


def partial_history(
    issue: Mapping[str, Any],
    entries: Iterable[Mapping[str, Any]],
    since: Instant,
    repository: str,
    permission: Permission,
    now: Instant,
) -> list[SourceEvent]:
    """The same when changes are known from `since` on only, and all comments. Raises BadTicket.

    What stood at `since` is worked out backwards from the issue and told as observed then; a close before it is told
    at the time the issue gives for it.
    """
    in_order = _in_order(entries)
    created = created_event(issue, repository, permission, _first_title(in_order))
    events = [created]
    state = before(issue, in_order)
    state.subject = created.set["subject"]
    at = max(since, created.at)
    closed_at = instant_of(issue.get("closed_at"))
    closed_before = issue.get("state") == "closed" and not any(entry.get("event") == "closed" for entry in in_order)
    if closed_before and closed_at is not None:
        at = max(min(at, closed_at), created.at)
        status = status_of(issue)
        state.status = status
        events.append(
            SourceEvent(
                id=f"gh:closed:{issue['id']}:{instants.text(closed_at)}",
                ticket=ticket_id(issue),
                at=max(closed_at, created.at),
                kind="changed",
                seq=LAST_CHANGE,
                set={"status": status, "status_name": status_name(status)},
                raw={"event": "closed", "observed": True},
            )
        )
    stood = state.beyond_empty()
    if stood:
        events.append(snapshot(issue, stood, at, CHANGED))
    for entry in in_order:
        events += entry_events(issue, entry, state, permission, now)
    difference = state.difference(issue)
    if difference:
        updated_at = instant_of(issue.get("updated_at")) or created.at
        events.append(snapshot(issue, difference, max(updated_at, created.at), LAST_CHANGE))
    return events


def key_event(issue: Mapping[str, Any], repository: str) -> SourceEvent | None:
    """The new key and address of an issue whose repository has another name than the configured one."""
    where = repository_of(issue, repository)
    at = instant_of(issue.get("updated_at"))
    if where.casefold() == repository.casefold() or at is None:
        return None
    key = key_of(issue, repository)
    return SourceEvent(
        id=f"gh:key:{issue['id']}:{key}",
        ticket=ticket_id(issue),
        at=at,
        kind="changed",
        seq=LAST_CHANGE,
        set={"key": key, "url": issue.get("html_url"), "custom.repository": where},
        raw={"event": "renamed repository", "observed": True},
    )


def snapshot(issue: Mapping[str, Any], found: Mapping[str, Any], at: Instant, seq: int) -> SourceEvent:
    """What an issue was seen to be, where no event of GitHub's says so."""
    return SourceEvent(
        id=f"gh:snapshot:{issue['id']}:{instants.text(at)}",
        ticket=ticket_id(issue),
        at=at,
        kind="changed",
        seq=seq,
        set=found,
        raw={"event": "snapshot", "observed": True},
    )


def entry_events(
    issue: Mapping[str, Any], entry: Mapping[str, Any], state: State, permission: Permission, now: Instant
) -> list[SourceEvent]:
    """The events of one timeline entry; moves `state` on. Nothing for entries that move no clock."""
    at = instant_of(entry.get("created_at"))
    if at is None or type(entry.get("id")) is not int:
        return []
    if entry.get("event") == "commented":
        return comment_events(issue, entry, at, permission, now)
    if entry.get("event") == "converted_to_discussion":
        return [removed_event(issue["id"], at, {"event": "converted_to_discussion"})]
    found = change(entry, state)
    if found is None:
        return []
    return [
        SourceEvent(
            id=f"gh:event:{entry['id']}",
            ticket=ticket_id(issue),
            at=at,
            kind="changed",
            seq=CHANGED + entry["id"],
            actor=actor_of(entry.get("actor"), None, permission),
            set=found,
            raw={"event": entry["event"], "created_at": entry["created_at"]},
        )
    ]


def comment_events(
    issue: Mapping[str, Any], comment: Mapping[str, Any], at: Instant, permission: Permission, now: Instant
) -> list[SourceEvent]:
    """A comment as a public reply, and its withdrawal where it was hidden as spam, abuse or off-topic.

    GitHub does not say when a comment was hidden: its last change if it had one, else the instant it was seen.
    """
    user = comment["user"] if "user" in comment else comment.get("actor")
    actor = actor_of(user, comment.get("author_association"), permission, issue.get("user"))
    raw: dict[str, Any] = {"event": "commented", "created_at": comment["created_at"], **_association(comment)}
    app = comment.get("performed_via_github_app")
    if isinstance(app, Mapping) and app.get("slug"):
        raw["app"] = app["slug"]
    reply = SourceEvent(
        id=f"gh:comment:{comment['id']}",
        ticket=ticket_id(issue),
        at=at,
        kind="replied",
        seq=REPLIED + comment["id"],
        actor=actor,
        public=True,
        raw=raw,
    )
    hidden = hidden_reason(comment)
    if hidden is None:
        return [reply]
    changed_at = instant_of(comment.get("updated_at")) or at
    withdrawn = SourceEvent(
        id=f"gh:comment:{comment['id']}:hidden",
        ticket=reply.ticket,
        at=changed_at if changed_at > at else max(now, at),
        kind="withdrawn",
        seq=reply.seq,
        of=reply.id,
        raw={"event": "minimized", "reason": hidden, "observed": True},
    )
    return [reply, withdrawn]


def removed_event(issue_id: int, at: Instant, raw: Mapping[str, Any]) -> SourceEvent:
    """The issue is gone from this repository: deleted, transferred or made a discussion."""
    kind: Kind = "removed"
    return SourceEvent(
        id=f"gh:removed:{issue_id}", ticket=f"GH-{issue_id}", at=at, kind=kind, seq=REMOVED + issue_id, raw=raw
    )


def priority_event(issue: Mapping[str, Any], field_name: str, clear: bool) -> SourceEvent | None:
    """The priority field as it stands now; None where it is not set, unless `clear` says that it was.

    Issue fields have no history: all that is known is that the value stood at the issue's last change.
    """
    at = instant_of(issue.get("updated_at"))
    values = issue.get("issue_field_values")
    if at is None or not isinstance(values, list):
        return None
    named = [value for value in values if isinstance(value, Mapping) and value.get("issue_field_name") == field_name]
    priority = priority_value(issue, field_name)
    if priority is None and not clear:
        return None
    identity = named[0].get("issue_field_id") if named else field_name
    return SourceEvent(
        id=f"gh:field:{issue['id']}:{identity}:{instants.text(at)}",
        ticket=ticket_id(issue),
        at=at,
        kind="changed",
        seq=LAST_CHANGE,
        set={"priority": priority, "priority_name": priority},
        raw={"event": "field", "observed": True},
    )


def _in_order(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    dated = [(instant_of(entry.get("created_at")), entry) for entry in entries]
    usable = [(at, entry) for at, entry in dated if at is not None and type(entry.get("id")) is int]
    usable.sort(key=lambda pair: (pair[0], pair[1].get("event") != "commented", pair[1]["id"]))
    return [entry for _, entry in usable]


def _first_title(entries: Sequence[Mapping[str, Any]]) -> str | None:
    for entry in entries:
        if entry.get("event") == "renamed":
            return text_of(entry.get("rename"), "from")
    return None


def _association(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {"association": thing["author_association"]} if thing.get("author_association") else {}

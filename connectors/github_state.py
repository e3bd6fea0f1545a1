"""What an issue amounts to after some of its events, forwards from nothing or backwards from what it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .github_objects import closed, label_names, login_of, status_name, status_of, text_of


@dataclass(slots=True)
class State:
    """What an issue amounts to after some of its events; `reason` is of its last close, for entries that give none."""

    subject: str = ""
    reason: str | None = None
    status: str = "open"
    tags: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    milestone: str | None = None
    type: str | None = None

    def beyond_empty(self) -> dict[str, Any]:
        """What stands apart from a new issue, as field values; status and subject are told elsewhere."""
        found: dict[str, Any] = {"tags": list(self.tags)} if self.tags else {}
        found |= assignee_fields(self.assignees) if self.assignees else {}
        found |= {"custom.milestone": self.milestone} if self.milestone is not None else {}
        found |= {"type": self.type} if self.type is not None else {}
        return found

    def difference(self, issue: Mapping[str, Any]) -> dict[str, Any]:
        """What the issue itself says otherwise, as new field values."""
        found: dict[str, Any] = {}
        labels = label_names(issue)
        if sorted(labels) != sorted(self.tags):
            found["tags"] = labels
        status = status_of(issue)
        known = status if text_of(issue, "state_reason") else status.partition(":")[0]
        if issue.get("state") in ("open", "closed") and not self.status.startswith(known):
            found |= {"status": status, "status_name": status_name(status)}
        logins = [login for user in issue.get("assignees") or () if (login := login_of(user))]
        if "assignees" in issue and sorted(logins) != sorted(self.assignees):
            found |= assignee_fields(logins)
        if isinstance(issue.get("title"), str) and issue["title"] != self.subject:
            found["subject"] = issue["title"]
        for name, key, title in (("milestone", "milestone", "title"), ("type", "type", "name")):
            value = text_of(issue.get(key), title)
            if key in issue and value != getattr(self, name):
                found["custom.milestone" if name == "milestone" else name] = value
        return found


def change(entry: Mapping[str, Any], state: State) -> dict[str, Any] | None:
    """What a change set, None for entries that move no clock."""
    match entry.get("event"):
        case "labeled" | "unlabeled" as what:
            return _relabel(state, text_of(entry.get("label"), "name"), what == "labeled")
        case "assigned" | "unassigned" as what:
            return _reassign(state, login_of(entry.get("assignee")), what == "assigned")
        case "closed":
            state.status = closed(text_of(entry, "state_reason") or state.reason)
            return {"status": state.status, "status_name": status_name(state.status)}
        case "reopened":
            state.status = "open"
            return {"status": "open", "status_name": "open"}
        case "renamed":
            state.subject = text_of(entry.get("rename"), "to") or state.subject
            return {"subject": state.subject}
        case "milestoned" | "demilestoned" as what:
            state.milestone = text_of(entry.get("milestone"), "title") if what == "milestoned" else None
            return {"custom.milestone": state.milestone}
        case "issue_type_added" | "issue_type_changed" | "issue_type_removed" as what:
            state.type = None if what == "issue_type_removed" else text_of(entry.get("issue_type"), "name")
            return {"type": state.type}
    return None


def before(issue: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> State:
    """What an issue amounted to before these entries, worked out from what it is now."""
    state = State(
        reason=text_of(issue, "state_reason"),
        tags=label_names(issue),
        assignees=[login for user in issue.get("assignees") or () if (login := login_of(user))],
        milestone=text_of(issue.get("milestone"), "title"),
        type=text_of(issue.get("type"), "name"),
    )
    for entry in reversed(entries):
        match entry.get("event"):
            case "labeled" | "unlabeled" as what:
                _relabel(state, text_of(entry.get("label"), "name"), what == "unlabeled")
            case "assigned" | "unassigned" as what:
                _reassign(state, login_of(entry.get("assignee")), what == "unassigned")
            case "milestoned" | "demilestoned" as what:
                state.milestone = None if what == "milestoned" else text_of(entry.get("milestone"), "title")
            case "issue_type_added" | "issue_type_changed" | "issue_type_removed":
                state.type = text_of(entry.get("prev_issue_type"), "name")
    return state


def assignee_fields(logins: Sequence[str]) -> dict[str, Any]:
    """The first assignee, or nobody."""
    first = logins[0] if logins else None
    return {"assignee": first, "assignee_name": first}


def _relabel(state: State, name: str | None, on: bool) -> dict[str, Any] | None:
    if name is None:
        return None
    state.tags = [tag for tag in state.tags if tag != name] + ([name] if on else [])
    return {"tags": list(state.tags)}


def _reassign(state: State, login: str | None, on: bool) -> dict[str, Any] | None:
    if login is None:
        return None
    if on and login not in state.assignees:
        state.assignees = [*state.assignees, login]
    elif not on:
        state.assignees = [other for other in state.assignees if other != login]
    return assignee_fields(state.assignees)

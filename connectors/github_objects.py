"""GitHub's JSON objects, read with care: anything but a string where one belongs counts as missing.

Old and self-hosted servers leave out fields that today's description requires, and deleted accounts are null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.sdk.contract import SourceActor

GHOST = SourceActor("ghost", None, ("unknown",))
CLOSED_NAMES = {"not_planned": "not planned", "duplicate": "duplicate"}
HIDDEN_REASONS = frozenset({"spam", "abuse", "off-topic", "off_topic"})

Permission: TypeAlias = Callable[[str], str | None]
"""What a login may do in the repository (admin, maintain, write, triage, read, none), or None where nobody knows."""


def ticket_id(issue: Mapping[str, Any]) -> str:
    """The stable id of an issue: survives renames of the repository."""
    return f"GH-{issue['id']}"


def key_of(issue: Mapping[str, Any], repository: str) -> str:
    """The key people use, `owner/name#12`, under the name the repository has now."""
    return f"{repository_of(issue, repository)}#{issue['number']}"


def repository_of(issue: Mapping[str, Any], repository: str) -> str:
    """`owner/name` out of the issue's own address; the configured one where it has none."""
    parts = str(issue.get("repository_url") or "").split("/repos/")
    return parts[1] if len(parts) == 2 and parts[1].count("/") == 1 else repository


def instant_of(value: Any) -> Instant | None:
    """One of GitHub's times, None when it is missing or unreadable."""
    try:
        return instants.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None


def issue_problem(issue: Mapping[str, Any]) -> str | None:
    """Why an issue cannot become a ticket; None when it can."""
    for name in ("id", "number"):
        if type(issue.get(name)) is not int:
            return f"GitHub sent an issue without {name}; it is read again when it changes"
    if instant_of(issue.get("created_at")) is None:
        return "GitHub sent an issue without the time of its creation; it is read again when it changes"
    return None


def hidden_reason(comment: Mapping[str, Any]) -> str | None:
    """Why a comment no longer counts; "resolved" and "outdated" ones still do."""
    minimized = comment.get("minimized")
    reason = str(minimized.get("reason") or "").casefold() if isinstance(minimized, Mapping) else ""
    return reason if reason in HIDDEN_REASONS else None


def priority_value(issue: Mapping[str, Any], field_name: str) -> str | None:
    """The name of the option chosen in the organisation's priority field."""
    for value in issue.get("issue_field_values") or ():
        if isinstance(value, Mapping) and value.get("issue_field_name") == field_name:
            option = value.get("single_select_option")
            name = option.get("name") if isinstance(option, Mapping) else value.get("value")
            return None if name is None else str(name)
    return None


def actor_of(user: Any, association: Any, permission: Permission, author: Any = None) -> SourceActor:
    """A person with what GitHub says about them, the most reliable statement first.

    `author` is the issue's: the same account stays its requester under a new login.
    """
    login = login_of(user)
    if login is None:
        return GHOST
    marks = []
    if user.get("type") == "Bot" or login.endswith("[bot]"):
        marks.append("bot")
    if isinstance(author, Mapping) and _same_account(user, author):
        marks.append("requester")
    allowed = None if "bot" in marks else permission(login)
    if allowed is not None:
        marks.append(f"permission:{allowed}")
    if association:
        marks.append(f"association:{association}")
    return SourceActor(login, login, tuple(marks))


def status_of(issue: Mapping[str, Any]) -> str:
    """`open`, or `closed:` with the reason; a close without one was a completion."""
    if issue.get("state") != "closed":
        return "open"
    return closed(text_of(issue, "state_reason"))


def closed(reason: str | None) -> str:
    """The status of a close; a reason from an earlier reopening is none."""
    return f"closed:{reason if reason and reason != 'reopened' else 'completed'}"


def status_name(status: str) -> str:
    """GitHub's own words for a status."""
    state, _, reason = status.partition(":")
    return CLOSED_NAMES.get(reason, state)


def label_names(issue: Mapping[str, Any]) -> list[str]:
    """Names of an issue's labels; old answers give bare texts."""
    names = (label.get("name") if isinstance(label, Mapping) else label for label in issue.get("labels") or ())
    return [str(name) for name in names if name]


def _same_account(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one.get("id") is not None and other.get("id") is not None:
        return bool(one["id"] == other["id"])
    return login_of(one) == login_of(other)


def login_of(user: Any) -> str | None:
    """The login of an account; None for a deleted one."""
    return text_of(user, "login")


def text_of(thing: Any, name: str) -> str | None:
    """A filled text field of an object; None for everything else."""
    value = thing.get(name) if isinstance(thing, Mapping) else None
    return value if isinstance(value, str) and value else None

"""The calls that change issues on a simulated GitHub, with the traps of the original.

Without push access labels and assignees of a PATCH or a new issue are dropped in silence, and so is an assignment.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Literal, cast

from slaplugin.errors import NotFound
from slaplugin.simulator.github_model import JSON, Comment
from slaplugin.simulator.github_routes import Call, Handler, Refused, Reply, invalid, not_found

MAX_FIELD_VALUES = 25
_COLOR = re.compile(r"[0-9a-fA-F]{6}")


def open_issue(call: Call) -> Reply:
    """`POST /issues`."""
    if not call.repository.has_issues:
        raise Refused(HTTPStatus.GONE, "Issues are disabled for this repo")
    body, caller = call.json(), call.caller
    title = call.text(body, "title", "Issue")
    labels = _names(body, "labels") if call.may("write") else []
    issue = call.world.open_issue(call.repo, title, caller.login, body=str(body.get("body") or ""), labels=labels)
    if call.may("write"):
        for login in _names(body, "assignees"):
            call.world.assign(call.repo, issue.number, login, actor=caller.login)
    return Reply(HTTPStatus.CREATED, call.view.issue(call.repository, issue))


def update_issue(call: Call) -> Reply:
    """`PATCH /issues/{number}`: labels and assignees replace what is there."""
    issue, body, actor = call.issue(), call.json(), call.caller.login
    if issue.author is not call.caller:
        call.require("triage")
    state, reason = body.get("state"), body.get("state_reason")
    if state not in (None, "open", "closed"):
        raise invalid("Issue", "state")
    if reason not in (None, "completed", "not_planned", "duplicate", "reopened"):
        raise invalid("Issue", "state_reason")
    world, repo, number = call.world, call.repo, issue.number
    if isinstance(body.get("title"), str):
        world.rename(repo, number, body["title"], actor)
    if isinstance(body.get("body"), str):
        issue.body = body["body"]
    if state == "closed":
        closed_as = "completed" if reason in (None, "reopened") else reason
        world.close(repo, number, actor, reason=cast(Literal["completed", "not_planned", "duplicate"], closed_as))
    elif state == "open":
        world.reopen(repo, number, actor)
    if call.may("write"):
        if "labels" in body:
            world.replace_labels(repo, number, _names(body, "labels"), actor)
        if "assignees" in body:
            wanted = _names(body, "assignees")
            for person in list(issue.assignees):
                if person.login not in wanted:
                    world.unassign(repo, number, person.login, actor=actor)
            for login in wanted:
                world.assign(repo, number, login, actor=actor)
    return Reply(HTTPStatus.OK, call.view.issue(call.repository, issue))


def add_labels(call: Call) -> Reply:
    """`POST /issues/{number}/labels`: creates missing names."""
    issue, names = call.issue(), _names(call.json(), "labels")
    call.require("triage")
    for name in names:
        call.world.label(call.repo, issue.number, name, call.caller.login)
    return _labels(call)


def replace_labels(call: Call) -> Reply:
    """`PUT /issues/{number}/labels`: whatever was added meanwhile is lost."""
    issue, names = call.issue(), _names(call.json(), "labels")
    call.require("triage")
    call.world.replace_labels(call.repo, issue.number, names, call.caller.login)
    return _labels(call)


def remove_label(call: Call) -> Reply:
    """`DELETE /issues/{number}/labels/{name}`: 404 when the issue does not wear it."""
    issue = call.issue()
    call.require("triage")
    try:
        call.world.unlabel(call.repo, issue.number, call.names["name"], call.caller.login)
    except NotFound:
        raise Refused(HTTPStatus.NOT_FOUND, "Label does not exist") from None
    return _labels(call)


def add_comment(call: Call) -> Reply:
    """`POST /issues/{number}/comments`: there is no idempotency key."""
    issue, caller = call.issue(), call.caller
    body = call.text(call.json(), "body", "IssueComment")
    if issue.locked and not call.may("write"):
        raise Refused(HTTPStatus.FORBIDDEN, "Unable to create comment because issue is locked.")
    comment = call.world.comment(call.repo, issue.number, caller.login, body)
    return Reply(HTTPStatus.CREATED, call.view.comment(call.repository, comment))


def edit_comment(call: Call) -> Reply:
    """`PATCH /issues/comments/{id}`."""
    comment = _own_comment(call)
    text = call.text(call.json(), "body", "IssueComment")
    call.world.edit_comment(call.repo, comment.id, text)
    return Reply(HTTPStatus.OK, call.view.comment(call.repository, comment))


def delete_comment(call: Call) -> Reply:
    """`DELETE /issues/comments/{id}`."""
    comment = _own_comment(call)
    call.world.delete_comment(call.repo, comment.id, actor=call.caller.login)
    return Reply(HTTPStatus.NO_CONTENT)


def add_assignees(call: Call) -> Reply:
    """`POST /issues/{number}/assignees`: answers 201 whether or not anybody was assigned."""
    issue, caller = call.issue(), call.caller
    for login in _names(call.json(), "assignees") if call.may("write") else ():
        call.world.assign(call.repo, issue.number, login, actor=caller.login)
    return Reply(HTTPStatus.CREATED, call.view.issue(call.repository, issue))


def remove_assignees(call: Call) -> Reply:
    """`DELETE /issues/{number}/assignees`."""
    issue, caller = call.issue(), call.caller
    for login in _names(call.json(), "assignees") if call.may("write") else ():
        call.world.unassign(call.repo, issue.number, login, actor=caller.login)
    return Reply(HTTPStatus.OK, call.view.issue(call.repository, issue))


def add_field_values(call: Call) -> Reply:
    """`POST /issues/{number}/issue-field-values`: adds, but an empty list clears everything."""
    return _write_field_values(call, replaces=False)


def set_field_values(call: Call) -> Reply:
    """`PUT /issues/{number}/issue-field-values`: replaces."""
    return _write_field_values(call, replaces=True)


def clear_field_value(call: Call) -> Reply:
    """`DELETE /issues/{number}/issue-field-values/{id}`."""
    issue, field_id = call.issue(), int(call.names["id"])
    call.require("write")
    if field_id not in issue.field_values:
        raise not_found()
    call.world.set_field(call.repo, issue.number, field_id, None, call.caller.login)
    return Reply(HTTPStatus.NO_CONTENT)


def create_label(call: Call) -> Reply:
    """`POST /labels`."""
    call.require("write")
    body = call.json()
    name, color = call.text(body, "name", "Label"), body.get("color", "ededed")
    if call.repository.label_named(name) is not None:
        raise invalid("Label", "name", "already_exists")
    if not isinstance(color, str) or _COLOR.fullmatch(color) is None:
        raise invalid("Label", "color")
    label = call.world.create_label(call.repo, name, color=color, description=body.get("description"))
    return Reply(HTTPStatus.CREATED, call.view.label(call.repository, label))


def update_label(call: Call) -> Reply:
    """`PATCH /labels/{name}`: a rename keeps the id and leaves no issue event."""
    call.require("write")
    label = call.repository.label_named(call.names["name"])
    if label is None:
        raise not_found()
    new_name = call.json().get("new_name")
    if isinstance(new_name, str) and new_name != label.name:
        call.world.rename_label(call.repo, label.name, new_name, actor=call.caller.login)
    return Reply(HTTPStatus.OK, call.view.label(call.repository, label))


OF_REPOSITORY: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/issues", open_issue),
    ("PATCH", "/issues/{number}", update_issue),
    ("POST", "/issues/{number}/labels", add_labels),
    ("PUT", "/issues/{number}/labels", replace_labels),
    ("DELETE", "/issues/{number}/labels/{name}", remove_label),
    ("POST", "/issues/{number}/comments", add_comment),
    ("PATCH", "/issues/comments/{id}", edit_comment),
    ("DELETE", "/issues/comments/{id}", delete_comment),
    ("POST", "/issues/{number}/assignees", add_assignees),
    ("DELETE", "/issues/{number}/assignees", remove_assignees),
    ("POST", "/issues/{number}/issue-field-values", add_field_values),
    ("PUT", "/issues/{number}/issue-field-values", set_field_values),
    ("DELETE", "/issues/{number}/issue-field-values/{id}", clear_field_value),
    ("POST", "/labels", create_label),
    ("PATCH", "/labels/{name}", update_label),
)


def _names(body: JSON, name: str) -> list[str]:
    value: Any = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str | dict) for item in value):
        raise invalid("Issue", name)
    return [item if isinstance(item, str) else str(item.get("name", "")) for item in value]


def _labels(call: Call) -> Reply:
    return Reply(HTTPStatus.OK, [call.view.label(call.repository, label) for label in call.issue().labels])


def _own_comment(call: Call) -> Comment:
    try:
        comment = call.world.find_comment(call.repo, int(call.names["id"]))
    except NotFound:
        raise not_found() from None
    if comment.author is not call.caller:
        call.require("write")
    return comment


def _write_field_values(call: Call, *, replaces: bool) -> Reply:
    issue, body, actor = call.issue(), call.json(), call.caller.login
    call.require("write")
    values = body.get("issue_field_values")
    if not isinstance(values, list) or len(values) > MAX_FIELD_VALUES:
        raise invalid("IssueFieldValue", "issue_field_values")
    wanted: dict[int, str] = {}
    for item in values:
        field = call.world.fields.get(item.get("field_id", 0)) if isinstance(item, dict) else None
        if field is None or item.get("value") not in field.options:
            raise invalid("IssueFieldValue", "value")
        wanted[field.id] = item["value"]
    for field_id in list(issue.field_values):
        if (replaces or not values) and field_id not in wanted:
            call.world.set_field(call.repo, issue.number, field_id, None, actor)
    for field_id, value in wanted.items():
        call.world.set_field(call.repo, issue.number, field_id, value, actor)
    return Reply(HTTPStatus.OK, call.view.field_values(issue))

"""The GET calls of a simulated GitHub: issues, comments, events, labels, people."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.simulator import github_orders
from slaplugin.simulator.github_json import VERSIONS
from slaplugin.simulator.github_model import Comment, Entry
from slaplugin.simulator.github_paging import WALL_MESSAGE, BadCursor, BehindTheWall, by_cursor, numbered
from slaplugin.simulator.github_routes import Call, Handler, Refused, Reply, invalid, not_found

_Dated = TypeVar("_Dated", Comment, Entry)


def list_issues(call: Call) -> Reply:
    """`GET /issues`: open ones by creation, newest first, 30 a page, unless asked otherwise."""
    repository, query = call.repository, call.query
    if not repository.has_issues:
        raise Refused(HTTPStatus.GONE, "Issues are disabled for this repo")
    sort, descending = _order(query, ("created", "updated", "comments"))
    state = query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise invalid("Issue", "state")
    since = _since(query)
    filters = (query.get("labels", ""), query.get("assignee", ""), query.get("creator", ""))
    keys = github_orders.issues(repository, state, sort, filters, since)
    try:
        cut = by_cursor(keys, query, descending=descending, wall=call.world.page_wall)
    except BehindTheWall:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, WALL_MESSAGE) from None
    except BadCursor:
        raise invalid("Issue", "after") from None
    return call.page(cut, lambda key: call.view.issue(repository, repository.issues[key[1]]))


def get_issue(call: Call) -> Reply:
    """`GET /issues/{number}`."""
    return Reply(HTTPStatus.OK, call.view.issue(call.repository, call.issue()))


def list_repository_comments(call: Call) -> Reply:
    """`GET /issues/comments`: by id, ascending; `direction` counts only with `sort`."""
    repository, query = call.repository, call.query
    since = _since(query)
    if "sort" in query:
        sort, descending = _order(query, ("created", "updated"))
        keys = github_orders.comments(repository, sort, since)
        ordered = [repository.comments[comment_id] for _, comment_id in (reversed(keys) if descending else keys)]
    else:
        ordered = [c for c in repository.comments.values() if since is None or c.updated_at >= since > 0]
    cut = numbered(_visible(call, "comments", ordered), query)
    return call.page(cut, lambda comment: call.view.comment(repository, comment))


def get_comment(call: Call) -> Reply:
    """`GET /issues/comments/{id}`."""
    comment = call.repository.comments.get(int(call.names["id"]))
    if comment is None:
        raise not_found()
    return Reply(HTTPStatus.OK, call.view.comment(call.repository, comment))


def list_comments(call: Call) -> Reply:
    """`GET /issues/{number}/comments`: ascending id, nothing to sort."""
    since = _since(call.query)
    comments = [c for c in call.issue().comments if since is None or c.updated_at >= since > 0]
    comments.sort(key=lambda comment: comment.id)
    cut = numbered(_visible(call, "comments", comments), call.query)
    return call.page(cut, lambda comment: call.view.comment(call.repository, comment))


def list_repository_events(call: Call) -> Reply:
    """`GET /issues/events`: newest first, no comments, pull requests included, each with its issue."""
    repository = call.repository
    entries = _visible(call, "events", repository.entries)
    cut = numbered(entries[::-1], call.query)
    return call.page(cut, lambda entry: _entry_with_issue(call, entry))


def get_event(call: Call) -> Reply:
    """`GET /issues/events/{id}`."""
    entries = call.repository.entries
    position = bisect_left(entries, int(call.names["id"]), key=lambda entry: entry.id)
    if position == len(entries) or entries[position].id != int(call.names["id"]):
        raise not_found()
    return Reply(HTTPStatus.OK, _entry_with_issue(call, entries[position]))


def list_events(call: Call) -> Reply:
    """`GET /issues/{number}/events`: without comments, with `assigner`."""
    cut = numbered(_visible(call, "events", call.issue().entries), call.query)
    return call.page(cut, lambda entry: call.view.entry(call.repository, entry))


def list_timeline(call: Call) -> Reply:
    """`GET /issues/{number}/timeline`: entries and comments by time; of one second the comment comes first."""
    issue = call.issue()
    left_out = set(call.query.get("exclude", "").split(","))
    rows: list[tuple[Instant, int, int, Any]] = [
        (entry.at, 1, entry.id, entry)
        for entry in _visible(call, "timeline", issue.entries)
        if entry.event not in left_out
    ]
    rows += [(comment.at, 0, comment.id, comment) for comment in _visible(call, "timeline", issue.comments)]
    rows.sort(key=lambda row: row[:3])
    cut = numbered(rows, call.query)
    view, repository = call.view, call.repository
    return call.page(
        cut,
        lambda row: (
            view.timeline_comment(repository, row[3]) if row[1] == 0 else view.timeline_entry(repository, row[3])
        ),
    )


def list_issue_labels(call: Call) -> Reply:
    """`GET /issues/{number}/labels`."""
    cut = numbered(call.issue().labels, call.query)
    return call.page(cut, lambda label: call.view.label(call.repository, label))


def list_labels(call: Call) -> Reply:
    """`GET /labels`, by name."""
    labels = sorted(call.repository.labels.values(), key=lambda label: label.name.casefold())
    return call.page(numbered(labels, call.query), lambda label: call.view.label(call.repository, label))


def get_label(call: Call) -> Reply:
    """`GET /labels/{name}`."""
    label = call.repository.label_named(call.names["name"])
    if label is None:
        raise not_found()
    return Reply(HTTPStatus.OK, call.view.label(call.repository, label))


def list_field_values(call: Call) -> Reply:
    """`GET /issues/{number}/issue-field-values`."""
    return Reply(HTTPStatus.OK, call.view.field_values(call.issue()))


def list_assignees(call: Call) -> Reply:
    """`GET /assignees`: everybody with push access."""
    cut = numbered(_pushers(call), call.query)
    return call.page(cut, lambda person: call.view.person(person) or {})


def get_permission(call: Call) -> Reply:
    """`GET /collaborators/{login}/permission`: for callers with push access."""
    call.require("write", "Must have push access to view collaborator permission.")
    person = call.world.people.get(call.names["login"].casefold())
    if person is None or person.is_deleted:
        raise Refused(HTTPStatus.NOT_FOUND, f"{call.names['login']} is not a user")
    permission = call.repository.permission_of(person.login)
    return Reply(HTTPStatus.OK, call.view.collaborator(call.repository, person, permission))


def get_repository(call: Call) -> Reply:
    """`GET /repos/{owner}/{repo}`; `permissions` for callers with a token."""
    shown = call.view.repository(call.repository)
    if call.account.login is not None:
        person = call.world.add_person(call.account.login)
        permission = call.repository.permission_of(person.login)
        shown["permissions"] = call.view.collaborator(call.repository, person, permission)["user"]["permissions"]
    return Reply(HTTPStatus.OK, shown)


def get_caller(call: Call) -> Reply:
    """`GET /user`."""
    shown = call.view.person(call.caller) or {}
    texts = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location", "name"))
    counts = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
    born = instants.text(0)
    return Reply(HTTPStatus.OK, {**shown, **texts, **counts, "created_at": born, "updated_at": born})


def get_rate_limit(call: Call) -> Reply:
    """`GET /rate_limit`, which costs nothing; `rate` only in the old version."""
    limits = call.world.limits
    limits.roll(call.account, call.world.clock.now())
    core = limits.overview(call.account)
    search = {"limit": 10, "remaining": 10, "reset": core["reset"], "used": 0}
    shown: dict[str, Any] = {"resources": {"core": core, "search": search}}
    if call.view.version != VERSIONS[0]:
        shown["rate"] = core
    return Reply(HTTPStatus.OK, shown)


def list_versions(call: Call) -> Reply:
    """`GET /versions`."""
    return Reply(HTTPStatus.OK, list(VERSIONS))


def get_meta(call: Call) -> Reply:
    """`GET /meta`: where webhooks come from."""
    shown = {"hooks": ["127.0.0.0/8", "::1/128"], "verifiable_password_authentication": False}  # nosec B105
    return Reply(HTTPStatus.OK, shown)


def list_fields(call: Call) -> Reply:
    """`GET /orgs/{org}/issue-fields`."""
    return Reply(HTTPStatus.OK, [call.view.field(field) for field in call.world.fields.values()])


GENERAL: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/user", get_caller),
    ("GET", "/rate_limit", get_rate_limit),
    ("GET", "/versions", list_versions),
    ("GET", "/meta", get_meta),
    ("GET", "/orgs/{org}/issue-fields", list_fields),
)
OF_REPOSITORY: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", get_repository),
    ("GET", "/issues", list_issues),
    ("GET", "/issues/comments", list_repository_comments),
    ("GET", "/issues/comments/{id}", get_comment),
    ("GET", "/issues/events", list_repository_events),
    ("GET", "/issues/events/{id}", get_event),
    ("GET", "/issues/{number}", get_issue),
    ("GET", "/issues/{number}/comments", list_comments),
    ("GET", "/issues/{number}/events", list_events),
    ("GET", "/issues/{number}/timeline", list_timeline),
    ("GET", "/issues/{number}/labels", list_issue_labels),
    ("GET", "/issues/{number}/issue-field-values", list_field_values),
    ("GET", "/labels", list_labels),
    ("GET", "/labels/{name}", get_label),
    ("GET", "/assignees", list_assignees),
    ("GET", "/collaborators/{login}/permission", get_permission),
)


def _order(query: Mapping[str, str], sorts: tuple[str, ...]) -> tuple[str, bool]:
    sort, direction = query.get("sort", "created"), query.get("direction", "desc")
    if sort not in sorts:
        raise invalid("Issue", "sort")
    if direction not in ("asc", "desc"):
        raise invalid("Issue", "direction")
    return sort, direction == "desc"


def _since(query: Mapping[str, str]) -> Instant | None:
    if "since" not in query:
        return None
    try:
        return instants.parse(query["since"])
    except ValueError:
        raise invalid("Issue", "since") from None


def _visible(call: Call, name: str, rows: list[_Dated]) -> list[_Dated]:
    """Hide the newest rows of a list that lags."""
    lag = call.world.lag_seconds.get(name, 0)
    if lag <= 0:
        return rows
    newest = call.world.clock.now() - lag
    return [row for row in rows if row.at <= newest]


def _entry_with_issue(call: Call, entry: Entry) -> dict[str, Any]:
    issue = call.repository.issues[entry.issue_number]
    return {**call.view.entry(call.repository, entry), "issue": call.view.issue(call.repository, issue)}


def _pushers(call: Call) -> list[Any]:
    repository = call.repository
    people = (call.world.people[login] for login in repository.permissions if repository.may(login, "write"))
    return sorted((person for person in people if not person.is_deleted), key=lambda person: person.login.casefold())

"""From a call on the simulated GitHub to the function that answers it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import unquote

from slaplugin.simulator.github_issues import GitHubIssues
from slaplugin.simulator.github_json import View
from slaplugin.simulator.github_limits import Account
from slaplugin.simulator.github_model import JSON, Departure, Issue, Permission, Person, Repository
from slaplugin.simulator.github_paging import Slice, link_header

DOCS = "https://docs.github.com/rest"


class Refused(Exception):
    """The call is answered with an error of GitHub's usual form."""

    def __init__(
        self, status: int, message: str, *, headers: Mapping[str, str] | None = None, errors: list[JSON] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, a JSON value (None: no body) and the headers that only this answer has."""

    status: int
    value: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, its caller known and its place found. `path` is the canonical one, for Link headers."""

    world: GitHubIssues
    account: Account
    view: View
    path: str
    query: Mapping[str, str]
    body: bytes
    names: Mapping[str, str]
    found_repository: Repository | None = None

    @property
    def repository(self) -> Repository:
        """The repository the path names; only for routes below one."""
        if self.found_repository is None:
            raise not_found()
        return self.found_repository

    @property
    def repo(self) -> str:
        """The repository's full name, as the world's methods take it."""
        return self.repository.full_name

    @property
    def number(self) -> int:
        """The issue number in the path."""
        return int(self.names["number"])

    @property
    def caller(self) -> Person:
        """The person behind the token; anonymous callers are refused with 401."""
        if self.account.login is None:
            raise Refused(HTTPStatus.UNAUTHORIZED, "Requires authentication")
        return self.world.add_person(self.account.login)

    def json(self) -> JSON:
        """The body as a JSON object; none counts as an empty one."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refused(HTTPStatus.BAD_REQUEST, "Problems parsing JSON") from error
        if not isinstance(value, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "Body should be a JSON object")
        return value

    def text(self, body: JSON, name: str, resource: str) -> str:
        """A text of the body that must be there."""
        value = body.get(name)
        if not isinstance(value, str) or not value:
            raise invalid(resource, name, "missing_field")
        return value

    def may(self, least: Permission) -> bool:
        """Whether the caller has at least this permission on the repository."""
        return self.repository.may(self.account.login, least)

    def require(self, least: Permission, message: str = "Resource not accessible by personal access token") -> None:
        """Refuse with GitHub's 403 for permissions, which leaves remaining calls above zero."""
        if not self.may(least):
            raise Refused(HTTPStatus.FORBIDDEN, message)

    def issue(self) -> Issue:
        """The issue the path names, or the refusal that a departed one has."""
        issue = self.repository.issues.get(self.number)
        if issue is None:
            raise self._departed(self.repository.departed.get(self.number))
        if not self.repository.has_issues and not issue.is_pull_request:
            raise Refused(HTTPStatus.GONE, "Issues are disabled for this repo")
        return issue

    def page(self, cut: Slice[Any], show: Callable[[Any], JSON]) -> Reply:
        """Answer a list with its Link header."""
        links = {k: dict(v) for k, v in cut.links.items()}
        url = f"{self.world.base_url}{self.path}"
        headers = {"Link": link_header(url, self.query, links)} if links else {}
        return Reply(HTTPStatus.OK, [show(row) for row in cut.rows], headers)

    def _departed(self, departure: Departure | None) -> Refused:
        if departure is None:
            return not_found()
        if departure.target is None:
            has_access = self.account.login is not None and self.account.login.casefold() in self.repository.permissions
            return Refused(HTTPStatus.GONE, "This issue was deleted") if has_access else not_found()
        repository_id, number = departure.target
        target = self.world.repositories[repository_id]
        is_below = not self.path.endswith(f"/issues/{self.number}")
        if is_below or not target.may(self.account.login, "read"):
            return not_found()
        return moved(f"{self.world.base_url}/repositories/{repository_id}/issues/{number}", is_read=True)


Handler: TypeAlias = Callable[[Call], Reply]


class Routes:
    """Handlers by method and path; a `{name}` in a path takes one segment, decoded after the match."""

    def __init__(self, table: Iterable[tuple[str, str, Handler]]) -> None:
        self._routes = [(method, _pattern(path), handler) for method, path, handler in table]

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
        """Return the handler and the names in the path, or None."""
        for route_method, pattern, handler in self._routes:
            match = pattern.fullmatch(path) if route_method == method else None
            if match is not None:
                return handler, {name: unquote(value) for name, value in match.groupdict().items()}
        return None


def not_found() -> Refused:
    """Not there, or not for this caller: GitHub does not tell them apart."""
    return Refused(HTTPStatus.NOT_FOUND, "Not Found")


def moved(location: str, *, is_read: bool) -> Refused:
    """301 for reads, 307 for writes."""
    status = HTTPStatus.MOVED_PERMANENTLY if is_read else HTTPStatus.TEMPORARY_REDIRECT
    message = "Moved Permanently" if is_read else "Temporary Redirect"
    return Refused(status, message, headers={"Location": location})


def invalid(resource: str, field_name: str, code: str = "invalid") -> Refused:
    """422 that names the field."""
    errors: list[JSON] = [{"resource": resource, "field": field_name, "code": code}]
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed", errors=errors)


def _pattern(path: str) -> re.Pattern[str]:
    def segment(match: re.Match[str]) -> str:
        name = match[1]
        return rf"(?P<{name}>\d+)" if name in ("number", "id") else rf"(?P<{name}>[^/]+)"

    return re.compile(re.sub(r"\{(\w+)\}", segment, path))

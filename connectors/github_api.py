"""GitHub's REST API as far as a ticket's history needs it; every vendor path is in here.

https://docs.github.com/en/rest/issues?apiVersion=2026-03-10
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from slaplugin.sdk.budget import Budget, reset_instant, retry_after_seconds
from slaplugin.sdk.contract import Context
from slaplugin.sdk.http import Api, LoopGuard, Reply, Wait

API_VERSION = "2026-03-10"
GONE = (404, 410)
NOISE = "subscribed,mentioned"


class GitHub:
    """Calls about one repository. After a rename its new path is used; `moved` says so."""

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        token = settings.get("token")
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.api: Api = context.http.api(settings["base_url"], headers, limited)
        self.page_size: int = settings["page_size"]
        self.fingerprint = hashlib.sha256((token or "").encode()).hexdigest()[:12]
        self.moved = False
        self.sunset: str | None = None
        self._path = f"/repos/{settings['repository']}"

    def repository(self) -> Reply:
        """The repository itself; 404 when it does not exist or the token may not see it."""
        return self.api.get(self._path, accept=GONE)

    def account(self) -> Reply:
        """Who the token is; App installation tokens are nobody and get 403."""
        return self.api.get("/user", accept=(403, 404))

    def issues_url(self, since: str | None) -> str:
        """Issues and pull requests in the order of their last change, from `since` on (inclusive).

        The first sync sends no `since`: the epoch gives an empty list.
        """
        return self._list("issues", {"state": "all", "sort": "updated", "direction": "asc"}, since)

    def newest_issues_url(self, state: str) -> str:
        """Open or closed issues, the one changed last first."""
        return self._list("issues", {"state": state, "sort": "updated", "direction": "desc"}, None)

    def comments_url(self, since: str | None) -> str:
        """Comments of the whole repository, pull requests included, in the order of their last change."""
        return self._list("issues/comments", {"sort": "updated", "direction": "asc"}, since)

    def newest_comments_url(self) -> str:
        """Comments of the whole repository, the one changed last first."""
        return self._list("issues/comments", {"sort": "updated", "direction": "desc"}, None)

    def newest_events_url(self) -> str:
        """Events of the whole repository, newest first; the list can be neither filtered nor sorted."""
        return self._list("issues/events", {}, None)

    def page(self, url: str, *, etag: str | None = None) -> Reply:
        """One page of a list, by its URL."""
        reply = self.api.get(url, etag=etag)
        self._notice(reply)
        return reply

    def issue(self, number: int) -> Reply:
        """One issue; 404 and 410 are answers, a transferred issue comes back with another id."""
        return self.api.get(f"{self._path}/issues/{number}", accept=GONE)

    def timeline(self, number: int) -> tuple[int, list[dict[str, Any]]]:
        """Everything that happened to an issue, in order, with the status of the answer (404 and 410 bring nothing)."""
        entries: list[dict[str, Any]] = []
        parameters: dict[str, str | int] = {"per_page": self.page_size, "exclude": NOISE}
        for reply in self.api.pages(f"{self._path}/issues/{number}/timeline", parameters, accept=GONE):
            if reply.status in GONE:
                return reply.status, []
            entries += reply.items
        return 200, entries

    def permission(self, login: str) -> Reply:
        """What a person may do in the repository; 403 and 404 when the token may not know."""
        return self.api.get(f"{self._path}/collaborators/{quote(login, safe='')}/permission", accept=(403, 404))

    def open_issues(self) -> list[dict[str, Any]]:
        """All open issues and pull requests, for a census."""
        found: list[dict[str, Any]] = []
        url = self._list("issues", {"state": "open", "sort": "created", "direction": "asc"}, None)
        guard = LoopGuard()
        next_url: str | None = url
        while next_url is not None:
            guard.enter(next_url)
            reply = self.page(next_url)
            guard.read(reply)
            found += reply.items
            next_url = reply.next_url
        return found

    def _list(self, name: str, parameters: Mapping[str, str], since: str | None) -> str:
        sent: dict[str, str | int] = {**parameters, "per_page": self.page_size}
        if since is not None:
            sent["since"] = since
        return self.api.url(f"{self._path}/{name}", sent)

    def _notice(self, reply: Reply) -> None:
        self.sunset = reply.headers.get("sunset") or self.sunset
        if not reply.moved:
            return
        self.moved = True
        base = urlsplit(self.api.base_url).path
        path, found, _ = urlsplit(reply.url).path.removeprefix(base).partition("/issues")
        if found:
            self._path = path


def limited(reply: Reply, _: Budget, now: int) -> Wait | None:
    """GitHub's rule for 403 and 429: Retry-After, then an empty budget, then a secondary limit; else no limit.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    Never by the message alone: an empty budget has been seen with the words of a missing permission.
    """
    seconds = retry_after_seconds(reply.headers, now)
    if seconds is not None:
        return Wait(seconds)
    if reply.headers.get("x-ratelimit-remaining", "").strip() == "0":
        reset = reset_instant(reply.headers, now)
        return Wait(None if reset is None else max(reset - now, 1))
    if reply.status == 429 or "gh-limited-by" in reply.headers:
        return Wait(None)
    body = reply.body if isinstance(reply.body, dict) else {}
    said = f"{body.get('message', '')} {body.get('documentation_url', '')}".casefold()
    return Wait(None) if "secondary" in said or "abuse" in said else None

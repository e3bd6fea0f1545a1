"""Who may write to a repository: asked once for each login, remembered with the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slaplugin.clock import Clock

from .github_api import GitHub

REMEMBER_SECONDS = 7 * 86_400
REMEMBERED = 2000


class People:
    """Answers `permission(login)`; None where the token may not know, or nobody is to ask.

    `author_association` depends on who is looking (private members show as NONE), permissions do not.
    https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
    """

    def __init__(self, github: GitHub, clock: Clock, *, ask: bool) -> None:
        self.refused = False
        self._github = github
        self._clock = clock
        self._ask = ask
        self._known: dict[str, tuple[str, int]] = {}

    def restore(self, remembered: Mapping[str, Any]) -> None:
        """Take over what a cursor remembers, without what is too old."""
        oldest = self._clock.now() - REMEMBER_SECONDS
        self._known = {login: (said, at) for login, (said, at) in remembered.items() if at >= oldest}

    def remembered(self) -> dict[str, list[Any]]:
        """For the cursor: login -> permission and when it was asked, the newest of them."""
        newest = sorted(self._known.items(), key=lambda pair: -pair[1][1])[:REMEMBERED]
        return {login: [said, at] for login, (said, at) in newest}

    def permission(self, login: str) -> str | None:
        """admin, maintain, write, triage, read or none; None stands for not known."""
        if login in self._known:
            return self._known[login][0]
        if not self._ask or self.refused:
            return None
        reply = self._github.permission(login)
        if reply.status == 403:
            self.refused = True
            return None
        said = "none" if reply.status == 404 else _role(reply.item)
        if said is not None:
            self._known[login] = (said, self._clock.now())
        return said


def _role(answer: Mapping[str, Any]) -> str | None:
    """`role_name` tells maintain and triage apart, which `permission` folds into write and read."""
    role = answer.get("role_name") if answer.get("role_name") in ("maintain", "triage") else answer.get("permission")
    return role if isinstance(role, str) and role else None

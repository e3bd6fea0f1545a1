"""A GitHub to talk to: the Issues part of the REST API and its webhooks, on loopback, in this process.

What the original does and how far this goes: issues, comments, labels, events, timelines, people, fields, hooks and
their deliveries. GitHub Apps, search, GraphQL and pull requests beyond their rows in issue lists are left out.
"""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import Self

from slaplugin.clock import Clock
from slaplugin.simulator import github_door
from slaplugin.simulator.faults import FaultPlan
from slaplugin.simulator.github_issues import GitHubIssues
from slaplugin.simulator.github_model import Repository
from slaplugin.simulator.github_webhooks import Hook
from slaplugin.simulator.server import LoggedRequest, LoopbackServer


class GitHubSimulator(GitHubIssues):
    """The server and its control from within the process.

    `base_url` is known at once, answers begin with `start`, webhooks too. Also a context manager. The methods of
    `GitHubState` and `GitHubIssues` make and change what the server tells; `limits`, `faults`, `webhooks.weather`,
    `page_wall`, `lag_seconds`, `sunset` and `anonymous` make it difficult.
    """

    def __init__(self, clock: Clock, *, port: int = 0, log_size: int = 2_000) -> None:
        self._server = LoopbackServer(
            lambda received: github_door.answer(self, received), clock, port=port, log_size=log_size
        )
        super().__init__(clock, self._server.base_url)

    @property
    def faults(self) -> FaultPlan:
        """What goes wrong, on which calls."""
        return self._server.faults

    @property
    def request_log(self) -> deque[LoggedRequest]:
        """The newest calls, credentials included: for assertions in this process only."""
        return self._server.request_log

    def start(self) -> None:
        """Answer calls and send webhooks."""
        self._server.start()
        self.webhooks.start()

    def stop(self) -> None:
        """Cut every connection, free the port, drop queued webhooks. Stopping twice is harmless."""
        self._server.stop()
        self.webhooks.stop()

    def register_hook(
        self, repository: str | Repository, url: str, secret: str | None, events: tuple[str, ...] = ("*",)
    ) -> Hook:
        """Add a JSON webhook without going through HTTP; no ping is sent."""
        with self.lock:
            found = repository if isinstance(repository, Repository) else self.repository(repository)
            return self.webhooks.register(found, url, secret=secret, events=events)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

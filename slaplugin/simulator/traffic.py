"""Live traffic for the demo: every few seconds somebody opens, answers, labels or closes an issue."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from random import Random
from typing import Literal

from slaplugin.domain.instants import Instant
from slaplugin.simulator import story_texts as texts
from slaplugin.simulator.github_issues import GitHubIssues
from slaplugin.simulator.github_model import Issue
from slaplugin.simulator.story import FEWEST_OPEN, MOST_OPEN, RESPONSE_SECONDS, WAITING, newcomer

MANY_MORE = 10
OVERLOOKED = 0.5
"""The share of new emergencies that nobody sees in time, so that a long demo has breaches too."""

_RESPONDERS = frozenset(login.casefold() for login in texts.RESPONDERS)


class Traffic:
    """Keeps one repository busy from a thread of its own, and the number of open issues about where it is.

    `leave_alone` holds issue numbers that nobody at the desk touches before an instant, so that the story's
    emergencies may run out. Pauses are drawn between the two milliseconds of `every_ms`.
    """

    def __init__(
        self,
        simulator: GitHubIssues,
        repository: str,
        *,
        seed: int = 11,
        every_ms: tuple[int, int] = (2_000, 6_000),
        leave_alone: Mapping[int, Instant] | None = None,
    ) -> None:
        self._simulator = simulator
        self._repository = repository
        self._rng = Random(seed)  # a story, no secret  # noqa: S311 # nosec B311
        self._every_ms = every_ms
        self._leave_alone = dict(leave_alone or {})
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="simulator-traffic", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the step under way. Stopping twice is harmless."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def step(self) -> str:
        """Let one thing happen now; return which: `opened`, `answered`, `wrote`, `labelled` or `closed`."""
        with self._simulator.lock:
            issues = self._open_issues()
            if len(issues) < FEWEST_OPEN:
                return self._open()
            if len(issues) > MOST_OPEN + MANY_MORE:
                return self._close(issues) or self._answer(issues) or self._write(issues)
            steps = (self._answer, self._answer, self._write, self._triage, self._close)
            position = self._rng.randrange(len(steps) + 1)
            return (position < len(steps) and steps[position](issues)) or self._open()

    def _run(self) -> None:
        while not self._stopping.wait(self._rng.randint(*self._every_ms) / 1000):
            self.step()

    def _open_issues(self) -> list[Issue]:
        repository = self._simulator.repository(self._repository)
        now = self._simulator.clock.now()
        return [
            issue
            for issue in repository.issues.values()
            if issue.state == "open" and not issue.is_pull_request and self._leave_alone.get(issue.number, 0) <= now
        ]

    def _open(self) -> str:
        author, team, labels, _ = newcomer(self._rng)
        title, body = texts.subject(self._rng, team), texts.opening(self._rng)
        issue = self._simulator.open_issue(self._repository, title, author, body=body, labels=labels)
        if "P1" in labels and self._rng.random() < OVERLOOKED:
            self._leave_alone[issue.number] = issue.at + RESPONSE_SECONDS["P1"] + 120
        return "opened"

    def _answer(self, issues: list[Issue]) -> str:
        """Answer a P1 if one waits, else whoever has waited longest."""
        unanswered = [issue for issue in issues if not _is_answered(issue)]
        if not unanswered:
            return ""
        issue = min(unanswered, key=lambda issue: (not _wears(issue, "P1"), issue.updated_at, issue.number))
        responder = self._responder(issue)
        replies = texts.UPDATES if issue.assignees else texts.FIRST_REPLIES
        if not issue.assignees:
            self._simulator.assign(self._repository, issue.number, responder)
        if self._rng.random() < 0.2:
            self._simulator.comment(self._repository, issue.number, responder, self._rng.choice(texts.QUESTIONS))
            self._simulator.label(self._repository, issue.number, WAITING, responder)
        else:
            self._simulator.comment(self._repository, issue.number, responder, self._rng.choice(replies))
        return "answered"

    def _write(self, issues: list[Issue]) -> str:
        """A reporter writes again; what waited for them waits no longer."""
        answered = [issue for issue in issues if _is_answered(issue)]
        if not answered:
            return ""
        issue = self._rng.choice(answered)
        author, text = issue.author.login, self._rng.choice(texts.REQUESTER_REPLIES)
        self._simulator.comment(self._repository, issue.number, author, text)
        if _wears(issue, WAITING):
            self._simulator.unlabel(self._repository, issue.number, WAITING, self._responder(issue))
        return "wrote"

    def _triage(self, issues: list[Issue]) -> str:
        """Somebody at the desk sets or changes a priority between P2 and P4; emergencies stay what they are."""
        plain = [issue for issue in issues if not _wears(issue, "P1")]
        if not plain:
            return ""
        issue = self._rng.choice(plain)
        responder = self._responder(issue)
        old = next((label.name for label in issue.labels if label.name in ("P2", "P3", "P4")), None)
        new = self._rng.choice([tier for tier in ("P2", "P3", "P4") if tier != old])
        if old is not None:
            self._simulator.unlabel(self._repository, issue.number, old, responder)
        self._simulator.label(self._repository, issue.number, new, responder)
        return "labelled"

    def _close(self, issues: list[Issue]) -> str:
        answered = [issue for issue in issues if _is_answered(issue) and not _wears(issue, WAITING)]
        if not answered:
            return ""
        issue = min(answered, key=lambda issue: (issue.updated_at, issue.number))
        responder = self._responder(issue)
        reasons: tuple[Literal["completed", "not_planned"], ...] = ("completed", "not_planned")
        reason = self._rng.choices(reasons, (9, 1))[0]
        text = self._rng.choice(texts.CLOSINGS) if reason == "completed" else texts.DECLINED
        self._simulator.comment(self._repository, issue.number, responder, text)
        self._simulator.close(self._repository, issue.number, responder, reason=reason)
        return "closed"

    def _responder(self, issue: Issue) -> str:
        if issue.assignees:
            return issue.assignees[0].login
        team = next((label.name for label in issue.labels if label.name in texts.TEAMS), "team/platform")
        return self._rng.choice(texts.TEAMS[team])


def _is_answered(issue: Issue) -> bool:
    """Whether the last word, bots aside, is the desk's."""
    people = [comment.author for comment in issue.comments if comment.author.type == "User"]
    return bool(people) and people[-1].login.casefold() in _RESPONDERS


def _wears(issue: Issue, name: str) -> bool:
    return any(label.name == name for label in issue.labels)

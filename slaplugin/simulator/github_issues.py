"""The life of issues on a simulated GitHub: every change, its entry in the lists and its webhook."""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from slaplugin.domain.instants import Instant
from slaplugin.errors import NotFound
from slaplugin.simulator.github_model import (
    JSON,
    Comment,
    Departure,
    Entry,
    Issue,
    Label,
    Person,
    Repository,
    StateReason,
)
from slaplugin.simulator.github_state import GitHubState

_MENTION = re.compile(r"(?<![\w/])@([\w-]+)")


class GitHubIssues(GitHubState):
    """Changes to issues, by people or by the story of a demo.

    Each takes the login that did it and an optional instant, now by default; an instant in the past back-dates what
    it makes and never turns an issue's `updated_at` back. A change that changes nothing leaves no trace.
    """

    def open_issue(
        self,
        repository: str,
        title: str,
        author: str,
        *,
        body: str = "",
        labels: Iterable[str] = (),
        at: Instant | None = None,
        is_pull_request: bool = False,
    ) -> Issue:
        """Open an issue; its labels arrive as entries of the same second."""
        with self.lock:
            repo = self.repository(repository)
            instant = self._instant(at)
            person = self.add_person(author)
            number = repo.next_number
            repo.next_number += 1
            issue = Issue(self.new_id("issue"), number, title, body, person, instant, instant, is_pull_request)
            repo.issues[number] = issue
            repo.open_count += 1
            self._touch(repo, issue, instant)
            if not is_pull_request:
                self._announce(repo, issue, "opened", person)
            for name in labels:
                self.label(repository, number, name, author, at=instant)
            return issue

    def comment(
        self, repository: str, number: int, author: str, body: str = "", *, at: Instant | None = None
    ) -> Comment:
        """Add a comment; people it mentions get their entries."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            instant, person = self._instant(at), self.add_person(author)
            comment = Comment(self.new_id("comment"), number, person, instant, instant, body)
            insort(issue.comments, comment, key=lambda other: (other.at, other.id))
            repo.comments[comment.id] = comment
            for login in dict.fromkeys(_MENTION.findall(body)):
                mentioned = self.people.get(login.casefold())
                if mentioned is not None:
                    self._enter(repo, issue, "mentioned", mentioned, instant)
                    self._enter(repo, issue, "subscribed", mentioned, instant)
            self._touch(repo, issue, instant)
            self._announce_comment(repo, issue, comment, "created", person)
            return comment

    def edit_comment(self, repository: str, comment_id: int, body: str, *, at: Instant | None = None) -> Comment:
        """Change a comment's text; its author and creation stay."""
        with self.lock:
            repo, comment = self.repository(repository), self.find_comment(repository, comment_id)
            instant = self._instant(at)
            before, comment.body = comment.body, body
            comment.updated_at = max(comment.updated_at, instant)
            issue = repo.issues[comment.issue_number]
            self._touch(repo, issue, instant)
            self._announce_comment(repo, issue, comment, "edited", comment.author, changes={"body": {"from": before}})
            return comment

    def delete_comment(self, repository: str, comment_id: int, *, actor: str | None = None) -> None:
        """Delete a comment: the issue's `updated_at` stays where it was, as on GitHub."""
        with self.lock:
            repo, comment = self.repository(repository), self.find_comment(repository, comment_id)
            issue = repo.issues[comment.issue_number]
            issue.comments.remove(comment)
            del repo.comments[comment_id]
            repo.revision += 1
            self._announce_comment(repo, issue, comment, "deleted", self._actor(repo, actor))

    def minimize_comment(self, repository: str, comment_id: int, reason: str) -> None:
        """Hide a comment as `spam`, `abuse`, `off-topic`, `outdated`, `resolved` or `duplicate`; nothing is bumped."""
        with self.lock:
            self.find_comment(repository, comment_id).minimized = reason
            self.repository(repository).revision += 1

    def label(self, repository: str, number: int, name: str, actor: str, *, at: Instant | None = None) -> None:
        """Put a label on an issue; the repository gets it if it has none of that name."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            label = self._label(repo, name)
            if label not in issue.labels:
                issue.labels.append(label)
                self._labelled(repo, issue, "labeled", label, actor, at)

    def unlabel(self, repository: str, number: int, name: str, actor: str, *, at: Instant | None = None) -> None:
        """Take a label off an issue. Raises NotFound when it does not wear it."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            label = repo.label_named(name)
            if label is None or label not in issue.labels:
                raise NotFound(f"{repository}#{number} has no label {name}; it may be gone already")
            issue.labels.remove(label)
            self._labelled(repo, issue, "unlabeled", label, actor, at)

    def replace_labels(
        self, repository: str, number: int, names: Sequence[str], actor: str, *, at: Instant | None = None
    ) -> None:
        """Give an issue exactly these labels."""
        with self.lock:
            kept = {name.casefold() for name in names}
            for label in list(self.issue(repository, number).labels):
                if label.name.casefold() not in kept:
                    self.unlabel(repository, number, label.name, actor, at=at)
            for name in names:
                self.label(repository, number, name, actor, at=at)

    def assign(
        self, repository: str, number: int, assignee: str, *, actor: str | None = None, at: Instant | None = None
    ) -> None:
        """Assign somebody, by themselves unless an actor is named."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            person = self.add_person(assignee)
            if person not in issue.assignees:
                issue.assignees.append(person)
                self._assigned(repo, issue, "assigned", person, actor, at)

    def unassign(
        self, repository: str, number: int, assignee: str, *, actor: str | None = None, at: Instant | None = None
    ) -> None:
        """Take somebody off an issue."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            person = self.add_person(assignee)
            if person in issue.assignees:
                issue.assignees.remove(person)
                self._assigned(repo, issue, "unassigned", person, actor, at)

    def close(
        self,
        repository: str,
        number: int,
        actor: str,
        *,
        reason: Literal["completed", "not_planned", "duplicate"] = "completed",
        at: Instant | None = None,
    ) -> None:
        """Close an open issue."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            if issue.state == "closed":
                return
            instant, person = self._instant(at), self.add_person(actor)
            issue.state, issue.state_reason = "closed", reason
            issue.closed_at, issue.closed_by = instant, person
            repo.open_count -= 1
            self._change(repo, issue, "closed", person, instant, state_reason=reason)

    def reopen(self, repository: str, number: int, actor: str, *, at: Instant | None = None) -> None:
        """Open a closed issue again; `closed_at` is forgotten."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            if issue.state == "open":
                return
            instant, person = self._instant(at), self.add_person(actor)
            reopened: StateReason = "reopened"
            issue.state, issue.state_reason, issue.closed_at, issue.closed_by = "open", reopened, None, None
            repo.open_count += 1
            self._change(repo, issue, "reopened", person, instant, state_reason=None)

    def rename(self, repository: str, number: int, title: str, actor: str, *, at: Instant | None = None) -> None:
        """Change the title."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            before, issue.title = issue.title, title
            if before != title:
                person, instant = self.add_person(actor), self._instant(at)
                self._enter(repo, issue, "renamed", person, instant, rename={"from": before, "to": title})
                self._touch(repo, issue, instant)
                self._announce(repo, issue, "edited", person, lambda: {"changes": {"title": {"from": before}}})

    def set_milestone(
        self, repository: str, number: int, title: str | None, actor: str, *, at: Instant | None = None
    ) -> None:
        """Put an issue into a milestone, made if need be, or take it out with None."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            before, issue.milestone = issue.milestone, title
            person, instant = self.add_person(actor), self._instant(at)
            if before is not None and before != title:
                self._change(repo, issue, "demilestoned", person, instant, milestone={"title": before})
            if title is not None and before != title:
                repo.milestones.setdefault(title, len(repo.milestones) + 1)
                self._change(repo, issue, "milestoned", person, instant, milestone={"title": title})

    def set_type(
        self, repository: str, number: int, name: str | None, actor: str, *, at: Instant | None = None
    ) -> None:
        """Set, change or clear the issue type."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            before, issue.type = issue.type, name
            if before == name:
                return
            shown = {"id": sum((name or before or "").encode()), "name": name or before}
            word = "removed" if name is None else "added" if before is None else "changed"
            self._enter(repo, issue, f"issue_type_{word}", self.add_person(actor), self._instant(at), issue_type=shown)
            self._touch(repo, issue, self._instant(at))
            self._announce(repo, issue, "untyped" if name is None else "typed", self.add_person(actor))

    def set_field(
        self, repository: str, number: int, field_id: int, value: str | None, actor: str, *, at: Instant | None = None
    ) -> None:
        """Set or clear a field value. No list gets an entry: only the webhook tells."""
        with self.lock:
            repo, issue, field = self.repository(repository), self.issue(repository, number), self.fields[field_id]
            before = issue.field_values.pop(field_id, None)
            if value is not None:
                issue.field_values[field_id] = value
            if before == value:
                return
            self._touch(repo, issue, self._instant(at))
            view = self.webhook_view()
            told: JSON = {"issue_field": {"id": field.id, "name": field.name, "field_type": "single_select"}}
            told["issue_field_value"] = view.told_field_value(field, value or before or "")
            if value is not None and before is not None:
                told["changes"] = {"issue_field_value": {"from": view.told_field_value(field, before)}}
            action = "field_removed" if value is None else "field_added"
            self._announce(repo, issue, action, self.add_person(actor), lambda: told)

    def set_locked(self, repository: str, number: int, locked: bool, actor: str, *, at: Instant | None = None) -> None:
        """Lock the conversation, so that only people with push access may comment, or unlock it."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            if issue.locked != locked:
                issue.locked = locked
                event = "locked" if locked else "unlocked"
                self._change(repo, issue, event, self.add_person(actor), self._instant(at), lock_reason=None)

    def transfer(
        self, repository: str, number: int, to: str, *, actor: str | None = None, at: Instant | None = None
    ) -> Issue:
        """Move an issue to another repository: a new id and number there, 301 here."""
        with self.lock:
            repo, issue, target = self.repository(repository), self.issue(repository, number), self.repository(to)
            person, instant = self._actor(repo, actor), self._instant(at)
            moved = self.open_issue(to, issue.title, issue.author.login, body=issue.body, at=issue.at)
            for comment in issue.comments:
                copy = replace(comment, id=self.new_id("comment"), issue_number=moved.number)
                moved.comments.append(copy)
                target.comments[copy.id] = copy
            for label in issue.labels:
                if target.label_named(label.name) is not None:
                    moved.labels.append(self._label(target, label.name))
            self._enter(target, moved, "transferred", person, instant)
            self._touch(target, moved, instant)
            view = self.webhook_view()
            new_issue, new_repository = view.issue(target, moved), view.repository(target)
            changes = {"new_issue": new_issue, "new_repository": new_repository}
            self._announce(repo, issue, "transferred", person, lambda: {"changes": changes})
            self._remove(repo, issue, Departure((target.id, moved.number)))
            return moved

    def delete_issue(self, repository: str, number: int, *, actor: str | None = None) -> None:
        """Delete an issue: it leaves every list, and its address answers 410, or 404 to those without access."""
        with self.lock:
            repo, issue = self.repository(repository), self.issue(repository, number)
            self._announce(repo, issue, "deleted", self._actor(repo, actor))
            self._remove(repo, issue, Departure())

    def find_comment(self, repository: str, comment_id: int) -> Comment:
        """Find a comment by id. Raises NotFound."""
        comment = self.repository(repository).comments.get(comment_id)
        if comment is None:
            raise NotFound(f"{repository} has no comment {comment_id}; it may be deleted")
        return comment

    def _instant(self, at: Instant | None) -> Instant:
        return self.clock.now() if at is None else at

    def _actor(self, repository: Repository, login: str | None) -> Person:
        return repository.owner if login is None else self.add_person(login)

    def _labelled(
        self, repo: Repository, issue: Issue, event: str, label: Label, actor: str, at: Instant | None
    ) -> None:
        person, instant = self.add_person(actor), self._instant(at)
        self._enter(repo, issue, event, person, instant, label={"name": label.name, "color": label.color})
        self._touch(repo, issue, instant)
        view = self.webhook_view()
        self._announce(repo, issue, event, person, lambda: {"label": view.label(repo, label)})

    def _assigned(
        self, repo: Repository, issue: Issue, event: str, assignee: Person, actor: str | None, at: Instant | None
    ) -> None:
        person = assignee if actor is None else self.add_person(actor)
        instant = self._instant(at)
        self._enter(repo, issue, event, person, instant, assignee=assignee, assigner=person)
        self._touch(repo, issue, instant)
        view = self.webhook_view()
        self._announce(repo, issue, event, person, lambda: {"assignee": view.person(assignee)})

    def _change(self, repo: Repository, issue: Issue, event: str, actor: Person, at: Instant, **detail: Any) -> None:
        self._enter(repo, issue, event, actor, at, **detail)
        self._touch(repo, issue, at)
        self._announce(repo, issue, event, actor)

    def _enter(self, repo: Repository, issue: Issue, event: str, actor: Person, at: Instant, **detail: Any) -> None:
        entry = Entry(self.new_id("entry"), issue.number, event, actor, at, detail)
        insort(issue.entries, entry, key=lambda other: (other.at, other.id))
        repo.entries.append(entry)

    def _touch(self, repo: Repository, issue: Issue, at: Instant) -> None:
        issue.updated_at = max(issue.updated_at, at)
        repo.updated_at = max(repo.updated_at, at)
        repo.revision += 1

    def _remove(self, repo: Repository, issue: Issue, departure: Departure) -> None:
        del repo.issues[issue.number]
        repo.departed[issue.number] = departure
        repo.open_count -= issue.state == "open"
        for comment in issue.comments:
            del repo.comments[comment.id]
        repo.entries = [entry for entry in repo.entries if entry.issue_number != issue.number]
        repo.revision += 1

    def _announce(
        self,
        repo: Repository,
        issue: Issue,
        action: str,
        sender: Person,
        more: Callable[[], JSON] = dict,
    ) -> None:
        """Tell the hooks; changes of pull requests come as another event, which nothing here subscribes to."""
        if issue.is_pull_request:
            return
        view = self.webhook_view()
        self.webhooks.announce(
            view, repo, "issues", action, sender, lambda: {"issue": view.issue(repo, issue), **more()}
        )

    def _announce_comment(
        self, repo: Repository, issue: Issue, comment: Comment, action: str, sender: Person, **more: Any
    ) -> None:
        view = self.webhook_view()
        self.webhooks.announce(
            view,
            repo,
            "issue_comment",
            action,
            sender,
            lambda: {"issue": view.issue(repo, issue), "comment": view.comment(repo, comment), **more},
        )

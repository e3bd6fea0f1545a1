"""A simulated GitHub's people, tokens and repositories, and how they are found."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Literal

from slaplugin.clock import Clock
from slaplugin.domain.instants import Instant
from slaplugin.errors import Conflict, NotFound
from slaplugin.simulator.github_json import OLD_VERSION, View
from slaplugin.simulator.github_limits import Account, Limits
from slaplugin.simulator.github_model import Field, Issue, Label, Permission, Person, Repository
from slaplugin.simulator.github_webhooks import Webhooks

ANONYMOUS_LIMIT = 60
TOKEN_LIMIT = 5_000


class GitHubState:
    """Everything but the life of issues. Every method may be called from any thread; `lock` guards the whole.

    `page_wall` is the number of rows that page numbers reach; `lag_seconds` hides the newest rows of the lists named
    `timeline`, `events` and `comments`, which on GitHub may disagree for a few seconds. `anonymous` is the account of
    everybody without a token; None demands a token.
    """

    def __init__(self, clock: Clock, base_url: str) -> None:
        self.clock = clock
        self.base_url = base_url
        self.lock = threading.RLock()
        self.limits = Limits()
        self.webhooks = Webhooks(clock)
        self.page_wall = 1_000
        self.lag_seconds: dict[str, int] = {}
        self.sunset: dict[str, tuple[Instant, Instant]] = {}
        self.anonymous: Account | None = Account(None, None, ANONYMOUS_LIMIT)
        self.accounts: dict[str, Account] = {}
        self.people: dict[str, Person] = {}
        self.fields: dict[int, Field] = {}
        self.repositories: dict[int, Repository] = {}
        self._names: dict[str, int] = {}
        self._former_names: dict[str, int] = {}
        # Far apart and beyond 32 bits where GitHub's are, so that nobody takes one kind for another.
        self._ids = {
            "person": count(9_001),
            "repository": count(700_001),
            "label": count(4_400_000_001),
            "field": count(31),
            "issue": count(3_100_000_001),
            "comment": count(2_900_000_001),
            "entry": count(15_000_000_001),
        }

    def new_id(self, kind: str) -> int:
        """Take the next id of a kind; ids grow in the order of making, whatever the back-dating."""
        return next(self._ids[kind])

    def add_person(self, login: str, *, type: Literal["User", "Bot"] = "User") -> Person:  # noqa: A002  (GitHub's word)
        """Return the account of a login, made if need be."""
        with self.lock:
            person = self.people.get(login.casefold())
            if person is None:
                kind = "Bot" if login.endswith("[bot]") else type
                person = self.people[login.casefold()] = Person(self.new_id("person"), login, kind)
            return person

    def delete_person(self, login: str) -> None:
        """Turn an account into the ghost."""
        with self.lock:
            self.add_person(login).is_deleted = True
            for repository in self.repositories.values():
                repository.revision += 1

    def add_token(
        self,
        token: str,
        login: str,
        *,
        limit: int = TOKEN_LIMIT,
        sees_members: bool = False,
        expires_at: Instant | None = None,
    ) -> Account:
        """Let a token act as a login. What it may do follows from the repository's permissions."""
        with self.lock:
            self.add_person(login)
            account = Account(token, login, limit, sees_members, expires_at)
            self.accounts[token] = account
            return account

    def revoke_token(self, token: str) -> None:
        """Answer 401 to a token from now on."""
        with self.lock:
            self.accounts.pop(token, None)

    def create_repository(
        self,
        full_name: str,
        *,
        is_private: bool = False,
        permissions: Mapping[str, Permission] | None = None,
        members: Mapping[str, Literal["public", "private"]] | None = None,
        contributors: Iterable[str] = (),
        labels: Iterable[str] = (),
        at: Instant | None = None,
    ) -> Repository:
        """Make `owner/name`; the owner has every permission. `members` are those of the owning organisation."""
        with self.lock:
            if full_name.casefold() in self._names:
                raise Conflict(f"repository {full_name} exists already; choose another name")
            login, _, name = full_name.partition("/")
            instant = self.clock.now() if at is None else at
            repository = Repository(self.new_id("repository"), self.add_person(login), name, instant, instant)
            repository.is_private = is_private
            granted: dict[str, Permission] = {login: "admin", **(permissions or {})}
            for person in (*granted, *(members or {}), *contributors):
                self.add_person(person)
            repository.permissions = {person.casefold(): permission for person, permission in granted.items()}
            repository.members = {person.casefold(): member for person, member in (members or {}).items()}
            repository.contributors = {person.casefold() for person in contributors}
            self.repositories[repository.id] = repository
            self._names[full_name.casefold()] = repository.id
            self._former_names.pop(full_name.casefold(), None)
            for label in labels:
                self._label(repository, label)
            return repository

    def rename_repository(self, full_name: str, new_full_name: str) -> None:
        """Move a repository; its former name answers 301 and 307 from now on."""
        with self.lock:
            repository = self.repository(full_name)
            if new_full_name.casefold() in self._names:
                raise Conflict(f"repository {new_full_name} exists already; choose another name")
            del self._names[repository.full_name.casefold()]
            self._former_names[repository.full_name.casefold()] = repository.id
            login, _, repository.name = new_full_name.partition("/")
            repository.owner = self.add_person(login)
            self._names[new_full_name.casefold()] = repository.id
            repository.revision += 1

    def set_permission(self, full_name: str, login: str, permission: Permission) -> None:
        """Grant or take away; `none` on a private repository hides it."""
        with self.lock:
            self.add_person(login)
            self.repository(full_name).permissions[login.casefold()] = permission

    def set_issues_enabled(self, full_name: str, enabled: bool) -> None:
        """Switch the issues of a repository off (410) or on."""
        with self.lock:
            self.repository(full_name).has_issues = enabled

    def add_field(self, name: str, options: Iterable[str]) -> Field:
        """Give every organisation a single-select issue field."""
        with self.lock:
            field = Field(self.new_id("field"), name, tuple(options))
            self.fields[field.id] = field
            return field

    def create_label(
        self, full_name: str, name: str, *, color: str = "ededed", description: str | None = None
    ) -> Label:
        """Return the label of that name, made if need be."""
        with self.lock:
            repository = self.repository(full_name)
            label = self._label(repository, name)
            label.color, label.description = color, description
            return label

    def rename_label(self, full_name: str, name: str, new_name: str, *, actor: str | None = None) -> Label:
        """Rename: issues show the new name at once, old entries keep the old one, no issue event tells."""
        with self.lock:
            repository = self.repository(full_name)
            label = repository.label_named(name)
            if label is None:
                raise NotFound(f"{full_name} has no label {name}; create it first")
            del repository.labels[label.name.casefold()]
            changes = {"name": {"from": label.name}}
            label.name = new_name
            repository.labels[new_name.casefold()] = label
            repository.revision += 1
            view = self.webhook_view()
            self.webhooks.announce(
                view,
                repository,
                "label",
                "edited",
                self.add_person(actor or repository.owner.login),
                lambda: {"label": view.label(repository, label), "changes": changes},
            )
            return label

    def repository(self, full_name: str) -> Repository:
        """Find by present name. Raises NotFound."""
        found = self._names.get(full_name.casefold())
        if found is None:
            raise NotFound(f"repository {full_name} does not exist; create it first")
        return self.repositories[found]

    def formerly(self, full_name: str) -> Repository | None:
        """Find a moved repository by a name it gave up."""
        found = self._former_names.get(full_name.casefold())
        return None if found is None else self.repositories[found]

    def issue(self, full_name: str, number: int) -> Issue:
        """Find an issue or pull request. Raises NotFound."""
        issue = self.repository(full_name).issues.get(number)
        if issue is None:
            raise NotFound(f"{full_name}#{number} does not exist; open it first")
        return issue

    def webhook_view(self) -> View:
        """What webhooks show: the old version, without private memberships."""
        return View(self.base_url, self.fields, OLD_VERSION)

    def _label(self, repository: Repository, name: str) -> Label:
        label = repository.label_named(name)
        if label is None:
            label = Label(self.new_id("label"), name)
            repository.labels[name.casefold()] = label
        return label

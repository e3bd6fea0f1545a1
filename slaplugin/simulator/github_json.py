"""GitHub's JSON objects, as one caller sees them.

Shapes follow the REST description of both API versions; 2022-11-28 still has `assignee` on an issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from slaplugin.domain import instants
from slaplugin.simulator.github_model import (
    JSON,
    PERMISSIONS,
    Comment,
    Entry,
    Field,
    Issue,
    Label,
    Permission,
    Person,
    Repository,
)

OLD_VERSION = "2022-11-28"
NEW_VERSION = "2026-03-10"
VERSIONS = (NEW_VERSION, OLD_VERSION)

_PERSON_PATHS = {
    "url": "",
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_PATHS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
    "url": "",
}
_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


@dataclass(frozen=True, slots=True)
class View:
    """One caller's eyes: the API version asked for, and whether private organisation members show as such."""

    base_url: str
    fields: Mapping[int, Field]
    version: str = OLD_VERSION
    sees_members: bool = False

    def person(self, person: Person | None) -> JSON | None:
        """A simple user, or null for nobody and for the ghost."""
        if person is None or person.is_deleted:
            return None
        login = quote(person.login)
        url = f"{self.base_url}/users/{login}"
        return {
            "login": person.login,
            "id": person.id,
            "node_id": f"U_{person.id}",
            "avatar_url": f"{self.base_url}/avatars/{person.id}",
            "gravatar_id": "",
            **{name: url + path for name, path in _PERSON_PATHS.items()},
            "html_url": f"{self.base_url}/{login}",
            "type": person.type,
            "user_view_type": "public",
            "site_admin": False,
        }

    def association(self, repository: Repository, person: Person) -> str:
        """What a person is to a repository. A private membership the caller may not see turns into less."""
        login = person.login.casefold()
        if person is repository.owner:
            return "OWNER"
        membership = repository.members.get(login)
        if membership == "public" or (membership == "private" and self.sees_members):
            return "MEMBER"
        if membership is None and login in repository.permissions:
            return "COLLABORATOR"
        return "CONTRIBUTOR" if login in repository.contributors else "NONE"

    def repository(self, repository: Repository) -> JSON:
        """A full repository; `has_downloads` only in the old version."""
        url = self.repository_url(repository)
        html_url = f"{self.base_url}/{repository.full_name}"
        only_old = {"has_downloads": True} if self.version == OLD_VERSION else {}
        return {
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.name,
            "full_name": repository.full_name,
            "owner": self.person(repository.owner),
            "private": repository.is_private,
            "visibility": "private" if repository.is_private else "public",
            "html_url": html_url,
            "description": None,
            "fork": False,
            **{name: url + path for name, path in _REPOSITORY_PATHS.items()},
            "clone_url": f"{html_url}.git",
            "git_url": f"git:{html_url}.git",
            "ssh_url": f"git@127.0.0.1:{repository.full_name}.git",
            "svn_url": html_url,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            "default_branch": "main",
            "has_issues": repository.has_issues,
            "has_projects": True,
            "has_wiki": False,
            **only_old,
            "has_pages": False,
            "has_discussions": False,
            "topics": [],
            "is_template": False,
            "allow_forking": True,
            "web_commit_signoff_required": False,
            "archived": False,
            "disabled": False,
            "forks": 0,
            "forks_count": 0,
            "network_count": 0,
            "size": 0,
            "stargazers_count": 0,
            "subscribers_count": 0,
            "watchers": 0,
            "watchers_count": 0,
            "open_issues": repository.open_count,
            "open_issues_count": repository.open_count,
            "created_at": instants.text(repository.at),
            "updated_at": instants.text(repository.updated_at),
            "pushed_at": instants.text(repository.at),
        }

    def repository_url(self, repository: Repository) -> str:
        """The API address of a repository under its present name."""
        return f"{self.base_url}/repos/{quote(repository.full_name)}"

    def label(self, repository: Repository, label: Label) -> JSON:
        """A label with its id, the only part that survives a rename."""
        return {
            "id": label.id,
            "node_id": f"LA_{label.id}",
            "url": f"{self.repository_url(repository)}/labels/{quote(label.name, safe='')}",
            "name": label.name,
            "description": label.description,
            "color": label.color,
            "default": False,
        }

    def issue(self, repository: Repository, issue: Issue) -> JSON:
        """An issue, or a pull request as the issue lists show it."""
        url = f"{self.repository_url(repository)}/issues/{issue.number}"
        place = "pull" if issue.is_pull_request else "issues"
        html_url = f"{self.base_url}/{repository.full_name}/{place}/{issue.number}"
        assignees = [self.person(person) for person in issue.assignees if not person.is_deleted]
        shown: JSON = {
            "url": url,
            "repository_url": self.repository_url(repository),
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "timeline_url": f"{url}/timeline",
            "html_url": html_url,
            "id": issue.id,
            "node_id": f"{'PR' if issue.is_pull_request else 'I'}_{issue.id}",
            "number": issue.number,
            "title": issue.title,
            "user": self.person(issue.author),
            "labels": [self.label(repository, label) for label in issue.labels],
            "state": issue.state,
            "state_reason": issue.state_reason,
            "locked": issue.locked,
            "active_lock_reason": None,
            "assignees": assignees,
            "milestone": self._milestone(repository, issue),
            "comments": len(issue.comments),
            "created_at": instants.text(issue.at),
            "updated_at": instants.text(issue.updated_at),
            "closed_at": None if issue.closed_at is None else instants.text(issue.closed_at),
            "closed_by": self.person(issue.closed_by),
            "author_association": self.association(repository, issue.author),
            "body": issue.body,
            "reactions": _reactions(url),
            "performed_via_github_app": None,
            "type": None if issue.type is None else _issue_type(issue.type),
            "issue_field_values": self.field_values(issue),
        }
        if self.version == OLD_VERSION:
            shown["assignee"] = assignees[0] if assignees else None
        if issue.is_pull_request:
            pull = f"{self.repository_url(repository)}/pulls/{issue.number}"
            shown["draft"] = False
            shown["pull_request"] = {
                "url": pull,
                "html_url": html_url,
                "diff_url": f"{html_url}.diff",
                "patch_url": f"{html_url}.patch",
            }
        return shown

    def comment(self, repository: Repository, comment: Comment) -> JSON:
        """A comment as the comment lists show it."""
        url = f"{self.repository_url(repository)}/issues/comments/{comment.id}"
        page = f"{self.base_url}/{repository.full_name}/issues/{comment.issue_number}"
        return {
            "url": url,
            "html_url": f"{page}#issuecomment-{comment.id}",
            "issue_url": f"{self.repository_url(repository)}/issues/{comment.issue_number}",
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "user": self.person(comment.author),
            "created_at": instants.text(comment.at),
            "updated_at": instants.text(comment.updated_at),
            "author_association": self.association(repository, comment.author),
            "body": comment.body,
            "reactions": _reactions(url),
            "performed_via_github_app": None,
            "minimized": None if comment.minimized is None else {"reason": comment.minimized},
        }

    def entry(self, repository: Repository, entry: Entry) -> JSON:
        """An entry as `/events` shows it, `assigner` included."""
        shown: JSON = {
            "id": entry.id,
            "node_id": f"EV_{entry.id}",
            "url": f"{self.repository_url(repository)}/issues/events/{entry.id}",
            "actor": self.person(entry.actor),
            "event": entry.event,
            "commit_id": None,
            "commit_url": None,
            "created_at": instants.text(entry.at),
            "performed_via_github_app": None,
        }
        for name, value in entry.detail.items():
            shown[name] = self.person(value) if isinstance(value, Person) else value
        return shown

    def timeline_entry(self, repository: Repository, entry: Entry) -> JSON:
        """An entry as the timeline shows it: without `assigner`."""
        shown = self.entry(repository, entry)
        shown.pop("assigner", None)
        return shown

    def timeline_comment(self, repository: Repository, comment: Comment) -> JSON:
        """A comment as the timeline shows it."""
        shown = self.comment(repository, comment)
        return {**shown, "event": "commented", "actor": shown["user"]}

    def collaborator(self, repository: Repository, person: Person, permission: Permission) -> JSON:
        """The answer about one person's permission: the legacy word, the role and what it allows."""
        rank = PERMISSIONS.index(permission)
        legacy = {"triage": "read", "maintain": "write"}.get(permission, permission)
        user = self.person(person)
        if user is not None:
            user["role_name"] = permission
            user["permissions"] = {
                name: rank >= PERMISSIONS.index(least)
                for name, least in (
                    ("admin", "admin"),
                    ("maintain", "maintain"),
                    ("push", "write"),
                    ("triage", "triage"),
                    ("pull", "read"),
                )
            }
        return {"permission": legacy, "role_name": permission, "user": user}

    def field_values(self, issue: Issue) -> list[JSON]:
        """The issue's field values, in the fields' order."""
        return [
            self.field_value(self.fields[field_id], issue.field_values[field_id])
            for field_id in sorted(issue.field_values)
            if field_id in self.fields
        ]

    def field_value(self, field: Field, value: str) -> JSON:
        """One field value with the option chosen."""
        return {
            "issue_field_id": field.id,
            "issue_field_name": field.name,
            "node_id": f"IFV_{field.id}",
            "data_type": "single_select",
            "value": value,
            "single_select_option": _option(field, value),
        }

    def told_field_value(self, field: Field, value: str) -> JSON:
        """A field value as webhooks tell it, in other words than the lists do."""
        option = _option(field, value)
        return {"id": field.id, "value": value, "value_id": option["id"], "option": option}

    def field(self, field: Field) -> JSON:
        """A field as the organisation's list shows it."""
        return {
            "id": field.id,
            "node_id": f"IF_{field.id}",
            "name": field.name,
            "description": None,
            "data_type": "single_select",
            "visibility": "all",
            "options": [_option(field, name) for name in field.options],
        }

    def _milestone(self, repository: Repository, issue: Issue) -> JSON | None:
        if issue.milestone is None:
            return None
        number = repository.milestones[issue.milestone]
        url = f"{self.repository_url(repository)}/milestones/{number}"
        return {
            "url": url,
            "html_url": f"{self.base_url}/{repository.full_name}/milestone/{number}",
            "labels_url": f"{url}/labels",
            "id": repository.id * 1000 + number,
            "node_id": f"MI_{repository.id * 1000 + number}",
            "number": number,
            "title": issue.milestone,
            "description": None,
            "creator": self.person(repository.owner),
            "open_issues": 0,
            "closed_issues": 0,
            "state": "open",
            "created_at": instants.text(repository.at),
            "updated_at": instants.text(repository.at),
            "closed_at": None,
            "due_on": None,
        }


def _option(field: Field, name: str) -> JSON:
    position = field.options.index(name) if name in field.options else 0
    return {"id": field.id * 100 + position, "name": name, "color": "gray"}


def _issue_type(name: str) -> JSON:
    number = sum(name.encode())
    return {"id": number, "node_id": f"IT_{number}", "name": name, "description": None, "color": "gray"}


def _reactions(url: str) -> dict[str, Any]:
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)}

"""GitHub Issues: a repository's issues are the tickets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from slaplugin.domain.label_proposals import conventional_priority_labels, conventional_status_labels
from slaplugin.sdk.contract import CheckResult, Connector, Context, Cursor, Delivery, KnownTicket, Page
from slaplugin.sdk.errors import AuthenticationError, BadTicket, ConnectorError

from .github_api import GitHub
from .github_first import FirstImport
from .github_issues import Issues
from .github_people import People
from .github_settings import GitHubSettings, uses_lists
from .github_walk import Position, Walk
from .github_webhooks import address, verified


class GitHubConnector(Connector):
    """Pulls issues, comments and events of one repository; settings as GitHubSettings loads them."""

    kind: ClassVar[str] = "github"
    settings_schema: ClassVar[type[GitHubSettings]] = GitHubSettings

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        super().__init__({**_DEFAULTS, **settings}, context)
        self._github = GitHub(self.settings, context)
        ask = bool(self.settings["token"]) and bool(self.settings["ask_permissions"])
        self._people = People(self._github, context.clock, ask=ask)
        self._issues = Issues(self._github, self._people, self.settings, context)

    @classmethod
    def default_mapping(cls) -> Mapping[str, Any]:
        """The common conventions: P0 to P4 and words for urgency, waiting labels, `team/...`, writers are agents."""
        return {
            "schema": "slaplugin/mapping/1",
            "tiers": ["p1", "p2", "p3", "p4"],
            "statuses": {
                "open": "open",
                "closed:completed": "solved",
                "closed:not_planned": "solved",
                "closed:duplicate": "solved",
            },
            "status_labels": conventional_status_labels(),
            "priorities": {"urgent": "p1", "critical": "p1", "high": "p2", "medium": "p3", "low": "p4"},
            "priority_labels": conventional_priority_labels(),
            "people": {
                "roles": {},
                "marks": {
                    "bot": "bot",
                    **dict.fromkeys(("permission:admin", "permission:maintain", "permission:write"), "agent"),
                    **dict.fromkeys(("permission:triage", "permission:read", "permission:none"), "other"),
                    **dict.fromkeys(("association:OWNER", "association:MEMBER", "association:COLLABORATOR"), "agent"),
                },
                "bystanders": "other",
            },
            "customer": [],
            "service": [],
            "team": [{"from": "label", "prefix": "team/"}],
        }

    @classmethod
    def initial_mapping(cls, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """The default with the responders and bots of the settings by name."""
        mapping = dict(cls.default_mapping())
        roles = {
            **dict.fromkeys(settings.get("responders") or (), "agent"),
            **dict.fromkeys(settings.get("bots") or (), "bot"),
        }
        return {**mapping, "people": {**mapping["people"], "roles": roles}}

    def check(self) -> CheckResult:
        """Look at the repository and one issue; every refusal becomes a sentence."""
        try:
            return self._checked()
        except ConnectorError as error:
            return CheckResult(ok=False, summary=str(error))

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        """Issues in the order of their last change. Without a token the first time: repository-wide lists."""
        self._people.restore((cursor or {}).get("people") or {})
        position = Position.of(cursor)
        if position.since is None and uses_lists(self.settings):
            return FirstImport(self._github, self._issues, self._people, self.settings, self.context.clock).pages()
        return Walk(self._github, self._issues, self._people, self.settings, self.context.clock, position).pages()

    def fetch(self, ticket: str, known: KnownTicket | None = None) -> Page:
        """Read `GH-<issue id>#<number>`; a bare `GH-<issue id>` needs the known key, which holds the number."""
        identity, _, number = ticket.partition("#")
        if not number and known is not None and known.key is not None:
            number = known.key.rpartition("#")[2]
        issue_id = identity.removeprefix("GH-")
        if not issue_id.isdecimal() or not number.isdecimal():
            raise BadTicket(
                identity, f"{identity} cannot be read alone, its issue number is not known; pull the source"
            )
        return self._issues.fetch(int(issue_id), int(number), known)

    def verify(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Check X-Hub-Signature-256; during a rotation the previous secret is good as well."""
        secrets = (self.settings["webhook_secret"], self.settings["previous_webhook_secret"])
        return verified(headers, body, [secret for secret in secrets if secret])

    def open_tickets(self) -> Mapping[str, str]:
        """A census of open issues, for finding what was deleted or transferred without a word."""
        return {
            f"GH-{issue['id']}": address(issue["id"], issue["number"])
            for issue in self._github.open_issues()
            if not issue.get("pull_request") and {"id", "number"} <= issue.keys()
        }

    def _checked(self) -> CheckResult:
        name = self.settings["repository"]
        reply = self._github.repository()
        if reply.status != 200:
            token = "the token may not see it" if self.settings["token"] else "it is private and needs a token"
            return CheckResult(ok=False, summary=f"{name} is not found: it does not exist, or {token}.")
        if reply.item.get("has_issues") is False:
            return CheckResult(ok=False, summary=f"Issues are disabled in {name}; switch them on in its settings.")
        account = self._account()
        try:
            rows = self._github.page(self._github.newest_issues_url("open")).items
        except AuthenticationError:
            return CheckResult(
                ok=False,
                account=account,
                summary=f"The token may not read the issues of {name}.",
                missing=("Issues: read; add it to the token's repository permissions",),
            )
        return CheckResult(ok=True, account=account, summary=_found(name, rows), missing=self._missing())

    def _account(self) -> str | None:
        if not self.settings["token"]:
            return None
        reply = self._github.account()
        login = reply.item.get("login") if reply.status == 200 else None
        return login if isinstance(login, str) else None

    def _missing(self) -> tuple[str, ...]:
        if not self.settings["token"]:
            return ("A token; without one GitHub allows 60 calls an hour and hides who is a member",)
        if self.settings["ask_permissions"] and self._github.permission(self._owner()).status == 403:
            return ("Permission to see collaborators; until then agents are known by author_association alone",)
        return ()

    def _owner(self) -> str:
        return str(self.settings["repository"]).split("/")[0]


def _found(name: str, rows: list[dict[str, Any]]) -> str:
    issues = [row for row in rows if not row.get("pull_request")]
    if not issues:
        return f"{name} is connected; it has no open issue on the first page."
    return f"{name} is connected; the issue changed last is #{issues[0].get('number')}."


_DEFAULTS: Mapping[str, Any] = GitHubSettings().load({"repository": "owner/name"})

"""The connector as a whole: the contract every connector keeps, what it says of itself, how it reads one ticket."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from slaplugin.connectors.github import GitHubConnector

from slaplugin.documents import mappings
from slaplugin.domain.mapping import map_ticket
from slaplugin.sdk.contract import KnownTicket, ListsOpenTickets, Page
from slaplugin.sdk.errors import AuthenticationError, BadTicket, ConfigurationError
from slaplugin.sdk.testing import ConnectorContract, FakeClock, drain, events_of
from slaplugin.simulator.faults import Fault
from slaplugin.simulator.github import GitHubSimulator
from tests.connectors.conftest import REPOSITORY, TOKEN, Asked, Connect, populate


class _GitHubContract(ConnectorContract):
    settings: dict[str, Any] = {}  # noqa: RUF012 - each subclass has its own

    @pytest.fixture(autouse=True)
    def _helpdesk(self, github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
        github.anonymous.limit = 5000
        populate(github, 13, clock.now())
        self._github = github
        self._connect = connect

    def connector(self) -> GitHubConnector:
        return self._connect(page_size=5, **self.settings)

    def addresses(self, pages: Iterable[Page]) -> list[str]:
        created = [event for page in pages for event in page.events if event.kind == "created"]
        return [f"{event.ticket}#{event.raw['number']}" for event in created]


class TestWithToken(_GitHubContract):
    settings = {"ask_permissions": True}  # noqa: RUF012


class TestWithTokenAndLists(_GitHubContract):
    settings = {"history": "lists", "first_import_calls": 500}  # noqa: RUF012


class TestWithoutToken(_GitHubContract):
    settings = {"token": None}  # noqa: RUF012


def test_it_offers_a_census(connect: Connect) -> None:
    assert isinstance(connect(), ListsOpenTickets)


def test_the_default_mapping_is_a_valid_document() -> None:
    mappings.checked(GitHubConnector.default_mapping(), "default")


def test_the_initial_mapping_knows_the_people_of_the_settings() -> None:
    document = GitHubConnector.initial_mapping({"responders": ["rita"], "bots": ["ci-runner"]})
    assert mappings.checked(document, "initial")["people"]["roles"] == {"rita": "agent", "ci-runner": "bot"}


def test_the_initial_mapping_leaves_the_default_alone() -> None:
    GitHubConnector.initial_mapping({"responders": ["rita"], "bots": []})
    assert GitHubConnector.default_mapping()["people"]["roles"] == {}


# --- check


def test_check_names_the_account(connect: Connect) -> None:
    result = connect().check()
    assert (result.ok, result.account, result.missing) == (True, "mo", ())


def test_check_says_what_a_missing_token_costs(connect: Connect) -> None:
    result = connect(token=None).check()
    assert result.ok
    assert "60 calls" in result.missing[0]


def test_check_says_that_the_token_is_refused(connect: Connect) -> None:
    result = connect(token="ghp_wrong").check()
    assert not result.ok
    assert "refused" in result.summary


def test_check_says_that_the_repository_is_unknown(connect: Connect) -> None:
    result = connect(repository="acme/nothing").check()
    assert not result.ok
    assert "acme/nothing is not found" in result.summary


def test_check_says_that_issues_are_disabled(github: GitHubSimulator, connect: Connect) -> None:
    github.set_issues_enabled(REPOSITORY, False)
    result = connect().check()
    assert not result.ok
    assert "disabled" in result.summary


def test_check_says_which_permission_is_missing(github: GitHubSimulator, connect: Connect) -> None:
    github.faults.add(Fault("status", path=f"/repos/{REPOSITORY}/issues", status=403))
    result = connect().check()
    assert not result.ok
    assert "Issues: read" in result.missing[0]


def test_check_says_that_collaborators_are_hidden(github: GitHubSimulator, connect: Connect) -> None:
    github.faults.add(Fault("status", path="*/permission", status=403))
    result = connect().check()
    assert result.ok
    assert "author_association" in result.missing[0]


def test_check_says_that_nobody_answers(connect: Connect) -> None:
    result = connect(base_url="http://127.0.0.1:9").check()
    assert not result.ok
    assert "cannot be reached" in result.summary


def test_check_never_shows_the_token(connect: Connect) -> None:
    for settings in ({}, {"repository": "acme/nothing"}, {"base_url": "http://127.0.0.1:9"}):
        result = connect(**settings).check()
        assert TOKEN not in f"{result}"


# --- fetch


def test_a_fetched_ticket_holds_its_whole_history(github: GitHubSimulator, connect: Connect) -> None:
    issue = github.open_issue(REPOSITORY, "Login fails", "rita", labels=["bug"])
    github.comment(REPOSITORY, issue.number, "mo")
    page = connect().fetch(f"GH-{issue.id}#{issue.number}")
    assert [event.kind for event in page.events] == ["created", "replied", "changed"]
    assert page.whole == (f"GH-{issue.id}",)


def test_a_ticket_is_found_by_the_key_we_know(github: GitHubSimulator, connect: Connect) -> None:
    issue = github.open_issue(REPOSITORY, "Login fails", "rita")
    page = connect().fetch(f"GH-{issue.id}", KnownTicket(key=f"{REPOSITORY}#{issue.number}"))
    assert page.events[0].kind == "created"


@pytest.mark.parametrize("address", ["GH-12", "GH-12#", "12x#1", "GH-x#1", "", "GH-12#1x"])
def test_a_ticket_without_a_number_is_a_bad_ticket(connect: Connect, address: str) -> None:
    with pytest.raises(BadTicket):
        connect().fetch(address)


def test_a_bad_ticket_names_the_stable_id(connect: Connect) -> None:
    with pytest.raises(BadTicket) as error:
        connect().fetch("GH-12")
    assert error.value.ticket == "GH-12"


def test_a_fetched_pull_request_is_no_ticket(github: GitHubSimulator, connect: Connect) -> None:
    pull = github.open_issue(REPOSITORY, "Fix", "mo", is_pull_request=True)
    assert connect().fetch(f"GH-{pull.id}#{pull.number}").events == ()


def test_a_transferred_issue_is_removed(github: GitHubSimulator, connect: Connect) -> None:
    github.create_repository("acme/app", permissions={"mo": "write"})
    issue = github.open_issue(REPOSITORY, "Wrong place", "rita")
    github.transfer(REPOSITORY, issue.number, "acme/app", actor="mo")
    (event,) = connect().fetch(f"GH-{issue.id}#{issue.number}").events
    assert (event.kind, event.id, event.raw["event"]) == ("removed", f"gh:removed:{issue.id}", "transferred")


def test_a_deleted_issue_is_removed(github: GitHubSimulator, connect: Connect) -> None:
    issue = github.open_issue(REPOSITORY, "Spam", "rita")
    github.delete_issue(REPOSITORY, issue.number, actor="mo")
    (event,) = connect().fetch(f"GH-{issue.id}#{issue.number}").events
    assert (event.kind, event.ticket) == ("removed", f"GH-{issue.id}")


def test_an_issue_not_found_once_is_missing_and_not_removed(connect: Connect) -> None:
    page = connect().fetch("GH-4711#4711")
    assert page.events == []
    assert page.problems[0].missing


def test_an_issue_still_not_found_a_minute_later_is_removed(connect: Connect, clock: FakeClock) -> None:
    page = connect().fetch("GH-4711#4711", KnownTicket(missing_since=clock.now() - 60))
    assert [event.kind for event in page.events] == ["removed"]


def test_an_issue_not_found_again_at_once_is_still_missing(connect: Connect, clock: FakeClock) -> None:
    page = connect().fetch("GH-4711#4711", KnownTicket(missing_since=clock.now() - 59))
    assert page.events == []


def test_a_lost_permission_removes_nothing(github: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    github.faults.add(Fault("status", status=404, times=None))
    with pytest.raises(AuthenticationError):
        connect().fetch("GH-1#1", KnownTicket(missing_since=clock.now() - 3600))


def test_disabled_issues_remove_nothing(github: GitHubSimulator, connect: Connect) -> None:
    issue = github.open_issue(REPOSITORY, "Still there", "rita")
    github.set_issues_enabled(REPOSITORY, False)
    with pytest.raises(ConfigurationError, match="disabled"):
        connect().fetch(f"GH-{issue.id}#{issue.number}")


def test_an_issue_under_a_new_repository_name_is_the_same_ticket(github: GitHubSimulator, connect: Connect) -> None:
    issue = github.open_issue(REPOSITORY, "Login fails", "rita")
    github.rename_repository(REPOSITORY, "acme/site")
    page = connect().fetch(f"GH-{issue.id}#{issue.number}")
    assert {event.ticket for event in page.events} == {f"GH-{issue.id}"}
    assert page.events[0].set["key"] == f"acme/site#{issue.number}"


# --- census


def test_the_census_lists_open_issues_with_their_address(github: GitHubSimulator, connect: Connect) -> None:
    issues = [github.open_issue(REPOSITORY, f"Issue {index}", "rita") for index in range(5)]
    github.close(REPOSITORY, issues[0].number, "mo")
    github.open_issue(REPOSITORY, "Pull", "mo", is_pull_request=True)
    assert connect(page_size=2).open_tickets() == {
        f"GH-{issue.id}": f"GH-{issue.id}#{issue.number}" for issue in issues[1:]
    }


# --- people


def roles_of(connector: GitHubConnector) -> dict[str | None, str | None]:
    """Who counts as what in the only ticket there is."""
    events = list(events_of(drain(connector)).values())
    mapped = map_ticket(events, connector.initial_mapping(connector.settings), "source")
    return {event.actor_id: event.role for event in mapped if event.kind in ("created", "replied")}


def test_who_may_write_is_an_agent_whatever_the_association_says(github: GitHubSimulator, connect: Connect) -> None:
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    for login in ("mo", "lea", "zoe"):
        github.comment(REPOSITORY, number, login)
    assert roles_of(connect()) == {"rita": "requester", "mo": "agent", "lea": "other", "zoe": "other"}


def test_without_a_token_the_association_decides(github: GitHubSimulator, connect: Connect) -> None:
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    for login in ("pat", "zoe"):
        github.comment(REPOSITORY, number, login)
    assert roles_of(connect(token=None)) == {"rita": "requester", "pat": "agent", "zoe": "other"}


def test_listed_people_count_as_the_settings_say(github: GitHubSimulator, connect: Connect) -> None:
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    for login in ("Zoe", "ci-runner"):
        github.comment(REPOSITORY, number, login)
    roles = roles_of(connect(responders=["zoe"], bots=["ci-runner"]))
    assert roles == {"rita": "requester", "Zoe": "agent", "ci-runner": "bot"}


def test_a_bot_is_a_bot(github: GitHubSimulator, connect: Connect) -> None:
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    github.comment(REPOSITORY, number, "stale[bot]")
    assert roles_of(connect())["stale[bot]"] == "bot"


def test_a_deleted_account_is_a_bystander(github: GitHubSimulator, connect: Connect) -> None:
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    github.comment(REPOSITORY, number, "gone")
    github.delete_person("gone")
    assert roles_of(connect())["ghost"] == "other"


def test_a_deleted_requester_and_a_deleted_commenter_are_not_the_same(
    github: GitHubSimulator, connect: Connect
) -> None:
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    github.comment(REPOSITORY, number, "gone")
    for login in ("rita", "gone"):
        github.delete_person(login)
    events = list(events_of(drain(connect())).values())
    mapped = map_ticket(events, GitHubConnector.default_mapping(), "source")
    assert [event.role for event in mapped] == ["requester", "other"]


def test_a_ticket_opened_by_an_agent_says_so(github: GitHubSimulator, connect: Connect) -> None:
    number = github.open_issue(REPOSITORY, "To do", "mo").number
    github.comment(REPOSITORY, number, "mo")
    mapped = map_ticket(list(events_of(drain(connect())).values()), GitHubConnector.default_mapping(), "source")
    assert [event.role for event in mapped] == ["agent", "requester"]


def test_a_person_is_asked_about_once(github: GitHubSimulator, connect: Connect, asked: list[Asked]) -> None:
    for _ in range(4):
        number = github.open_issue(REPOSITORY, "Login fails", "rita").number
        github.comment(REPOSITORY, number, "mo")
    pages = drain(connect())
    drain(connect(), pages[-1].cursor)
    assert sorted(one.path.split("/")[-2] for one in asked if one.path.endswith("/permission")) == ["mo", "rita"]


def test_a_permission_is_asked_for_again_after_a_week(
    github: GitHubSimulator, connect: Connect, asked: list[Asked], clock: FakeClock
) -> None:
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    pages = drain(connect())
    clock.advance(8 * 86_400)
    github.comment(REPOSITORY, number, "rita")
    drain(connect(), pages[-1].cursor)
    assert len([one for one in asked if one.path.endswith("/permission")]) == 2


def test_hidden_permissions_are_asked_for_once_and_said(
    github: GitHubSimulator, connect: Connect, asked: list[Asked]
) -> None:
    github.faults.add(Fault("status", path="*/permission", status=403, times=None))
    number = github.open_issue(REPOSITORY, "Login fails", "rita").number
    github.comment(REPOSITORY, number, "pat")
    pages = drain(connect())
    assert len([one for one in asked if one.path.endswith("/permission")]) == 1
    assert "author_association" in pages[-1].notes[0]


def test_nobody_is_asked_about_when_the_settings_say_so(
    github: GitHubSimulator, connect: Connect, asked: list[Asked]
) -> None:
    github.open_issue(REPOSITORY, "Login fails", "rita")
    drain(connect(ask_permissions=False))
    assert not [one for one in asked if one.path.endswith("/permission")]


# --- what every request carries


def test_the_token_goes_with_every_call_and_nowhere_else(
    github: GitHubSimulator, connect: Connect, asked: list[Asked]
) -> None:
    populate(github, 5, 1_778_000_000)
    drain(connect())
    assert {one.headers.get("Authorization") for one in asked} == {f"Bearer {TOKEN}"}
    assert not [one for one in asked if TOKEN in one.url]


def test_without_a_token_no_authorization_is_sent(
    github: GitHubSimulator, connect: Connect, asked: list[Asked]
) -> None:
    github.open_issue(REPOSITORY, "Login fails", "rita")
    drain(connect(token=None))
    assert not [one for one in asked if "Authorization" in one.headers]


def test_no_cursor_holds_the_token(github: GitHubSimulator, connect: Connect) -> None:
    populate(github, 5, 1_778_000_000)
    assert not [page for page in drain(connect()) if TOKEN in str(page.cursor)]

from __future__ import annotations

from slaplugin.domain import instants
from slaplugin.simulator.github import GitHubSimulator
from tests.simulator.support import NOW, REPO, TOKEN, Caller, StillClock


def test_a_call_without_user_agent_is_forbidden(caller: Caller) -> None:
    assert caller.repo(headers={"User-Agent": ""}).status_code == 403


def test_a_wrong_token_is_refused(github: GitHubSimulator) -> None:
    answer = Caller(github, "nonsense").repo()
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_a_revoked_token_is_refused(github: GitHubSimulator, caller: Caller) -> None:
    assert caller.repo().status_code == 200
    github.revoke_token(TOKEN)
    assert caller.repo().status_code == 401


def test_a_token_works_until_the_second_before_it_expires(github: GitHubSimulator, clock: StillClock) -> None:
    github.add_token("ghs_1_jwt", "mira", expires_at=NOW + 3600)
    installation = Caller(github, "ghs_1_jwt")
    clock.instant = NOW + 3599
    assert installation.repo().status_code == 200
    clock.instant = NOW + 3600
    assert installation.repo().status_code == 401


def test_the_word_token_is_accepted_for_bearer(caller: Caller) -> None:
    assert caller.repo(headers={"Authorization": f"token {TOKEN}"}).status_code == 200


def test_without_a_token_public_things_are_readable(anonymous: Caller) -> None:
    assert anonymous.repo("/issues").status_code == 200


def test_a_simulator_may_demand_a_token(github: GitHubSimulator, anonymous: Caller) -> None:
    github.anonymous = None
    answer = anonymous.repo("/issues")
    assert (answer.status_code, answer.json()["message"]) == (401, "Requires authentication")


def test_an_unknown_api_version_is_gone(github: GitHubSimulator) -> None:
    assert Caller(github, version="2020-01-01").repo().status_code == 410


def test_without_a_version_header_the_old_version_answers(github: GitHubSimulator) -> None:
    answer = Caller(github, version=None).repo()
    assert answer.headers["X-GitHub-Api-Version-Selected"] == "2022-11-28"


def test_the_end_of_a_version_is_announced(github: GitHubSimulator) -> None:
    ends_at = instants.parse("2028-03-10T00:00:00Z")
    github.sunset["2022-11-28"] = (NOW, ends_at)
    headers = Caller(github, version=None).repo().headers
    assert (headers["Deprecation"], headers["Sunset"]) == (f"@{NOW}", "Fri, 10 Mar 2028 00:00:00 GMT")
    assert "Sunset" not in Caller(github).repo().headers


def test_the_singular_assignee_is_gone_from_the_new_version(github: GitHubSimulator) -> None:
    github.open_issue(REPO, "Broken", "ann")
    github.assign(REPO, 1, "mira")
    old, new = Caller(github, version="2022-11-28"), Caller(github)
    assert old.repo("/issues/1").json()["assignee"]["login"] == "mira"
    assert "assignee" not in new.repo("/issues/1").json()


def test_the_overview_of_limits_has_rate_in_the_old_version_only(github: GitHubSimulator) -> None:
    assert "rate" in Caller(github, version="2022-11-28").get("/rate_limit").json()
    assert "rate" not in Caller(github).get("/rate_limit").json()


def test_the_old_version_still_says_whether_there_are_downloads(github: GitHubSimulator) -> None:
    assert Caller(github, version="2022-11-28").repo().json()["has_downloads"] is True
    assert "has_downloads" not in Caller(github).repo().json()


def test_an_etag_that_matches_gives_an_empty_304(caller: Caller) -> None:
    etag = caller.repo("/issues").headers["ETag"]
    answer = caller.repo("/issues", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_304_is_not_counted(caller: Caller) -> None:
    first = caller.repo("/issues").headers
    second = caller.repo("/issues", headers={"If-None-Match": first["ETag"]}).headers
    assert second["X-RateLimit-Remaining"] == first["X-RateLimit-Remaining"]


def test_an_etag_misses_after_a_change(github: GitHubSimulator, caller: Caller) -> None:
    etag = caller.repo("/issues").headers["ETag"]
    github.open_issue(REPO, "Broken", "ann")
    assert caller.repo("/issues", headers={"If-None-Match": etag}).status_code == 200


def test_an_etag_belongs_to_its_token(github: GitHubSimulator, caller: Caller) -> None:
    github.add_token("renewed", "mira")
    etag = caller.repo("/labels").headers["ETag"]
    assert Caller(github, "renewed").repo("/labels", headers={"If-None-Match": etag}).status_code == 200


def test_pages_have_etags_of_their_own(github: GitHubSimulator, caller: Caller) -> None:
    for _ in range(2):
        github.open_issue(REPO, "Broken", "ann")
    first = caller.repo("/issues?per_page=1").headers["ETag"]
    assert caller.repo("/issues?per_page=1&page=2").headers["ETag"] != first


def test_a_moved_repository_answers_301_with_its_new_place(github: GitHubSimulator, caller: Caller) -> None:
    repository = github.repository(REPO)
    github.rename_repository(REPO, "acme/site")
    answer = caller.repo("/issues?state=all")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{github.base_url}/repositories/{repository.id}/issues?state=all"
    assert caller.get(answer.headers["Location"]).status_code == 200


def test_a_write_to_a_moved_repository_answers_307(github: GitHubSimulator, caller: Caller) -> None:
    github.rename_repository(REPO, "acme/site")
    answer = caller.repo("/issues", "POST", json={"title": "x"})
    assert answer.status_code == 307
    assert caller.call("POST", answer.headers["Location"], json={"title": "x"}).status_code == 201


def test_a_private_repository_is_404_without_access(github: GitHubSimulator, reader: Caller) -> None:
    github.create_repository("acme/secret", is_private=True)
    assert reader.get("/repos/acme/secret").status_code == 404
    github.set_permission("acme/secret", "rosa", "read")
    assert reader.get("/repos/acme/secret").status_code == 200


def test_unknown_paths_and_repositories_are_404(caller: Caller) -> None:
    paths = ["/nothing", "/repos/acme/nothing", "/repos/acme/web/nothing", "/repositories/1/issues", "/repos/acme"]
    assert {caller.get(path).status_code for path in paths} == {404}


def test_broken_json_is_a_bad_request(github: GitHubSimulator, caller: Caller) -> None:
    assert caller.repo("/issues", "POST", data=b"{").status_code == 400
    assert caller.repo("/issues", "POST", data=b"[]").status_code == 400

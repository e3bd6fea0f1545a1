from __future__ import annotations

from slaplugin.simulator.github import GitHubSimulator
from tests.simulator.support import REPO, Caller


def test_the_page_behind_html_url_shows_the_issue(github: GitHubSimulator, caller: Caller, anonymous: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann", body="It smokes", labels=["P1"])
    github.comment(REPO, 1, "mira", "on it")
    page = anonymous.get(caller.repo("/issues/1").json()["html_url"])
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for text in ("Broken", "It smokes", "P1", "on it", "ann"):
        assert text in page.text


def test_what_people_wrote_is_text_and_not_markup(github: GitHubSimulator, anonymous: Caller) -> None:
    github.open_issue(REPO, "<script>alert(1)</script>", "ann", body="<img src=x onerror=alert(1)>")
    text = anonymous.get(f"/{REPO}/issues/1").text
    assert "<script" not in text
    assert "<img" not in text


def test_hidden_comments_are_not_shown(github: GitHubSimulator, anonymous: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann")
    comment = github.comment(REPO, 1, "spammer", "buy this")
    github.minimize_comment(REPO, comment.id, "spam")
    assert "buy this" not in anonymous.get(f"/{REPO}/issues/1").text


def test_private_and_missing_issues_look_the_same(github: GitHubSimulator, caller: Caller) -> None:
    github.create_repository("acme/secret", is_private=True)
    github.open_issue("acme/secret", "Hidden", "mira")
    hidden, missing = caller.get("/acme/secret/issues/1"), caller.get(f"/{REPO}/issues/99")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.text == missing.text


def test_pages_cost_no_calls(github: GitHubSimulator, anonymous: Caller) -> None:
    github.open_issue(REPO, "Broken", "ann")
    for _ in range(3):
        anonymous.get(f"/{REPO}/issues/1")
    assert anonymous.repo().headers["X-RateLimit-Used"] == "1"

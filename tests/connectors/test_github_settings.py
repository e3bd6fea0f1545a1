"""What an admin may say about a repository."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError
from slaplugin.connectors.github_settings import GitHubSettings, uses_lists


def loaded(**given: Any) -> dict[str, Any]:
    settings: dict[str, Any] = GitHubSettings().load({"repository": "acme/web", **given})
    return settings


def test_a_repository_is_enough() -> None:
    settings = loaded()
    assert (settings["base_url"], settings["token"], settings["page_size"]) == ("https://api.github.com", None, 100)


def test_a_slash_behind_the_address_is_dropped() -> None:
    assert loaded(base_url="https://github.example.com/api/v3/")["base_url"] == "https://github.example.com/api/v3"


@pytest.mark.parametrize("name", ["acme/web", "a/b", "Acme-2/web.site_x", "acme/.github", "acme/..."])
def test_repositories_by_their_name(name: str) -> None:
    assert loaded(repository=name)["repository"] == name


@pytest.mark.parametrize(
    "name",
    ["", "acme", "acme/", "/web", "acme/web/x", "acme/..", "acme/.", "https://github.com/acme/web", "acme/web\n",
     "acme/we b", "acme/web?x", "-acme/web", "../web", "acme/web#1", "acme%2Fx/web"],
)  # fmt: skip
def test_anything_else_is_no_repository(name: str) -> None:
    with pytest.raises(ValidationError):
        loaded(repository=name)


@pytest.mark.parametrize("token", ["ghp_0123", "ghs_APPID_a.b-c_d=", "x" * 700])
def test_a_token_may_have_any_length_and_form(token: str) -> None:
    assert loaded(token=token)["token"] == token


@pytest.mark.parametrize("token", ["", "a b", "ghp_x\n", "ghp_é", "a\tb", "a\r\nX: y"])
def test_a_token_that_cannot_be_sent_is_refused(token: str) -> None:
    with pytest.raises(ValidationError):
        loaded(token=token)


def test_a_refused_token_is_not_shown() -> None:
    with pytest.raises(ValidationError) as error:
        loaded(token="canary with blanks")
    assert "canary" not in str(error.value.messages)


@pytest.mark.parametrize(
    "address",
    ["", "github.example.com", "ftp://x", "https://", "https://user:pass@x", "https://x?a=b", "https://x#y",
     "https://x:port", "https://[::1", "https://x:99999"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        loaded(base_url=address)


@pytest.mark.parametrize(
    "wrong",
    [{"history": "all"}, {"page_size": 101}, {"page_size": 0}, {"first_import_calls": 1}, {"overlap_seconds": -1},
     {"responders": ["a b"]}, {"bots": "x"}, {"webhook_secret": ""}, {"colour": "red"}],
)  # fmt: skip
def test_other_values_are_checked_too(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        loaded(**wrong)


@pytest.mark.parametrize(
    ("given", "lists"),
    [({}, True), ({"token": "x"}, False), ({"token": "x", "history": "lists"}, True), ({"history": "timeline"}, False)],
)
def test_without_a_token_lists_are_read_first(given: dict[str, Any], lists: bool) -> None:
    assert uses_lists(loaded(**given)) is lists


def test_secrets_are_marked() -> None:
    fields = GitHubSettings().fields
    secret = {name for name, field in fields.items() if field.metadata.get("secret")}
    assert secret == {"token", "webhook_secret", "previous_webhook_secret"}

"""A simulated GitHub, connectors to it, and a check of every request they send against GitHub's own description."""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from slaplugin.connectors.github import GitHubConnector

from slaplugin.outbound import Answer, Outbound
from slaplugin.sdk.contract import Context
from slaplugin.sdk.http import HttpClient
from slaplugin.sdk.testing import FakeClock
from slaplugin.simulator.github import GitHubSimulator
from tests.shared import shared_path

REPOSITORY = "acme/web"
TOKEN = "ghp_canary0123456789"
SECRET = "It's a Secret to Everybody"
DAY = 86_400
DESCRIPTION = "connectors/github/openapi/github-issues-connector.2026-03-10.json"

Connect = Callable[..., GitHubConnector]


@dataclass(frozen=True)
class Asked:
    """One request as it left the house."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query))


class WatchedOutbound(Outbound):
    """The real way out, noting what is sent."""

    def __init__(self) -> None:
        super().__init__(["127.0.0.0/8"])
        self.asked: list[Asked] = []

    def request(self, method: str, url: str, **options: Any) -> Answer:
        self.asked.append(Asked(method, url, options.get("headers") or {}, options.get("body")))
        return super().request(method, url, **options)


@pytest.fixture
def outbound() -> Iterator[WatchedOutbound]:
    opened = WatchedOutbound()
    yield opened
    opened.close()


@pytest.fixture
def asked(outbound: WatchedOutbound) -> list[Asked]:
    """Every request of this test, in order."""
    return outbound.asked


@functools.cache
def description() -> Any:
    """GitHub's OpenAPI description; reading it takes a second."""
    path = shared_path(DESCRIPTION)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from openapi_core import OpenAPI

        return OpenAPI.from_file_path(str(path))


_checked: set[tuple[Any, ...]] = set()


@pytest.fixture(autouse=True)
def legal_requests(outbound: WatchedOutbound) -> Iterator[None]:
    """After each test: whatever was sent is a legal call of the API version we claim to speak."""
    yield
    new = {shape(one): one for one in outbound.asked if shape(one) not in _checked}
    for key, one in new.items():
        validate(one)
        _checked.add(key)


def shape(one: Asked) -> tuple[Any, ...]:
    """Requests that differ in numbers only are checked once."""
    return (one.method, re.sub(r"\d+", "0", one.path), tuple(sorted(one.query)), one.query.get("since", "")[:1])


def validate(one: Asked) -> None:
    """Raise when a request is not one that GitHub describes; the test's address stands for api.github.com."""
    from openapi_core.contrib.requests import RequestsOpenAPIRequest

    assert one.headers["X-GitHub-Api-Version"] == "2026-03-10"
    assert one.headers["Accept"] == "application/vnd.github+json"
    parts = urlsplit(one.url)
    path = re.sub(r"^/repositories/\d+/", f"/repos/{REPOSITORY}/", parts.path)
    url = f"https://api.github.com{path}?{parts.query}"
    sent = requests.Request(one.method, url, headers=dict(one.headers), data=one.body).prepare()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        description().validate_request(RequestsOpenAPIRequest(sent))


@pytest.fixture
def github(clock: FakeClock) -> Iterator[GitHubSimulator]:
    """A GitHub with one empty repository: mo may write, lea may triage, pat is a public member, rita is anybody."""
    with GitHubSimulator(clock) as simulator:
        simulator.create_repository(
            REPOSITORY,
            permissions={"mo": "write", "lea": "triage", "pat": "write"},
            members={"pat": "public"},
            at=clock.now() - 365 * DAY,
        )
        simulator.add_token(TOKEN, "mo")
        yield simulator


@pytest.fixture
def connect(github: GitHubSimulator, outbound: WatchedOutbound, clock: FakeClock) -> Connect:
    """Make a fresh connector; settings by name, `token=None` for nobody."""

    def make(*, deadline: float = 5, **settings: Any) -> GitHubConnector:
        given = {"repository": REPOSITORY, "base_url": github.base_url, "token": TOKEN, **settings}
        loaded = GitHubConnector.settings_schema().load(given)
        http = HttpClient(outbound, clock, deadline_seconds=deadline)
        return GitHubConnector(loaded, Context(http=http, clock=clock))

    return make


def populate(github: GitHubSimulator, count: int, now: int) -> None:
    """Issues of a month with all that happens to issues; every third is urgent, every fourth closed."""
    for index in range(count):
        at = now - 30 * DAY + index * 3600
        number = github.open_issue(REPOSITORY, f"Issue {index}", "rita", at=at).number
        if index % 3 == 0:
            github.label(REPOSITORY, number, "priority: P1", "mo", at=at + 5)
        if index % 2 == 0:
            github.comment(REPOSITORY, number, "mo", at=at + 600)
        if index % 5 == 0:
            github.label(REPOSITORY, number, "waiting-for-reporter", "mo", at=at + 700)
            github.comment(REPOSITORY, number, "rita", at=at + 900)
            github.unlabel(REPOSITORY, number, "waiting-for-reporter", "mo", at=at + 1000)
        if index % 6 == 0:
            github.assign(REPOSITORY, number, "pat", actor="mo", at=at + 1100)
            github.rename(REPOSITORY, number, f"Renamed {index}", "mo", at=at + 1200)
        if index % 4 == 0:
            github.close(REPOSITORY, number, "mo", at=at + 2000)
        if index % 7 == 0:
            github.open_issue(REPOSITORY, f"Pull {index}", "mo", at=at, is_pull_request=True)

"""The front door of a simulated GitHub: who calls, which version, which limit, and what every answer carries."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

from slaplugin.errors import NotFound
from slaplugin.simulator import github_hooks, github_pages, github_reads, github_writes
from slaplugin.simulator.github_issues import GitHubIssues
from slaplugin.simulator.github_json import OLD_VERSION, VERSIONS, View
from slaplugin.simulator.github_limits import Account
from slaplugin.simulator.github_model import JSON, Repository
from slaplugin.simulator.github_routes import DOCS, Call, Refused, Reply, Routes, moved, not_found
from slaplugin.simulator.server import Answer, Received

_BY_NAME = re.compile(r"/repos/([^/]+)/([^/]+)(/.*)?")
_BY_ID = re.compile(r"/repositories/(\d+)(/.*)?")
_GENERAL = Routes(github_reads.GENERAL)
_OF_REPOSITORY = Routes((*github_reads.OF_REPOSITORY, *github_writes.OF_REPOSITORY, *github_hooks.OF_REPOSITORY))


def answer(world: GitHubIssues, received: Received) -> Answer:
    """Answer one call.

    1. A page for people needs no key.
    2. User-Agent, API version and token are checked, in this order.
    3. The call is counted; `/rate_limit` is free.
    4. The handler answers, or refuses.
    5. A GET that matches the caller's ETag becomes a 304 and is not counted.
    """
    with world.lock:
        page = github_pages.find(world, received)
        if page is not None:
            return page
        headers = _common_headers(world)
        try:
            version = _version(received.headers)
            headers |= _version_headers(world, version)
            account = _account(world, received.headers)
        except Refused as refused:
            return _refusal(refused, headers)
        is_free = received.path == "/rate_limit"
        refusal = None if is_free else world.limits.charge(account, received.method, world.clock.now())
        if refusal is not None:
            return _json(refusal.status, refusal.body, {**headers, **world.limits.headers(account), **refusal.headers})
        try:
            reply = _route(world, received, account, version)
        except Refused as refused:
            return _refusal(refused, {**headers, **world.limits.headers(account)})
        if received.method == "GET":
            body = _encode(reply.value)
            etag = f'W/"{hashlib.sha256(str(account.token).encode() + body).hexdigest()}"'
            headers |= {"ETag": etag, "Cache-Control": "private, max-age=60, s-maxage=60"}
            if etag in (tag.strip() for tag in received.headers.get("if-none-match", "").split(",")):
                if not is_free:
                    world.limits.refund(account)
                return Answer(HTTPStatus.NOT_MODIFIED, b"", {**headers, **world.limits.headers(account)})
        return _json(reply.status, reply.value, {**headers, **world.limits.headers(account), **reply.headers})


def _route(world: GitHubIssues, received: Received, account: Account, version: str) -> Reply:
    view = View(world.base_url, world.fields, version, account.sees_members)
    query = dict(parse_qsl(received.query, keep_blank_values=True))
    general = _GENERAL.find(received.method, received.path)
    if general is not None:
        handler, names = general
        return handler(Call(world, account, view, received.path, query, received.body, names))
    repository, rest = _repository(world, received)
    if not repository.may(account.login, "read"):
        raise not_found()
    found = _OF_REPOSITORY.find(received.method, rest)
    if found is None:
        raise not_found()
    handler, names = found
    path = f"/repositories/{repository.id}{rest}"
    return handler(Call(world, account, view, path, query, received.body, names, repository))


def _repository(world: GitHubIssues, received: Received) -> tuple[Repository, str]:
    by_id = _BY_ID.fullmatch(received.path)
    if by_id is not None:
        repository = world.repositories.get(int(by_id[1]))
        if repository is None:
            raise not_found()
        return repository, by_id[2] or ""
    by_name = _BY_NAME.fullmatch(received.path)
    if by_name is None:
        raise not_found()
    full_name, rest = f"{unquote(by_name[1])}/{unquote(by_name[2])}", by_name[3] or ""
    try:
        return world.repository(full_name), rest
    except NotFound:
        former = world.formerly(full_name)
        if former is None:
            raise not_found() from None
        query = f"?{received.query}" if received.query else ""
        location = f"{world.base_url}/repositories/{former.id}{rest}{query}"
        raise moved(location, is_read=received.method == "GET") from None


def _version(headers: Mapping[str, str]) -> str:
    if not headers.get("user-agent"):
        message = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
        raise Refused(HTTPStatus.FORBIDDEN, message)
    version = headers.get("x-github-api-version", OLD_VERSION)
    if version not in VERSIONS:
        raise Refused(HTTPStatus.GONE, f"API version {version} is not supported. Supported: {', '.join(VERSIONS)}")
    return version


def _version_headers(world: GitHubIssues, version: str) -> dict[str, str]:
    headers = {"X-GitHub-Api-Version-Selected": version}
    if version in world.sunset:
        deprecated_at, ends_at = world.sunset[version]
        headers |= {"Deprecation": f"@{deprecated_at}", "Sunset": formatdate(ends_at, usegmt=True)}
    return headers


def _account(world: GitHubIssues, headers: Mapping[str, str]) -> Account:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if not scheme:
        if world.anonymous is None:
            raise Refused(HTTPStatus.UNAUTHORIZED, "Requires authentication")
        return world.anonymous
    account = world.accounts.get(token.strip()) if scheme.lower() in ("bearer", "token") else None
    if account is None or account.is_expired(world.clock.now()):
        raise Refused(HTTPStatus.UNAUTHORIZED, "Bad credentials")
    return account


def _common_headers(world: GitHubIssues) -> dict[str, str]:
    return {
        "Date": formatdate(world.clock.now(), usegmt=True),
        "Server": "github.com",
        "X-GitHub-Media-Type": "github.v3; format=json",
        "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With",
    }


def _refusal(refused: Refused, headers: Mapping[str, str]) -> Answer:
    body: JSON = {"message": refused.message, "documentation_url": DOCS, "status": str(int(refused.status))}
    if refused.errors is not None:
        body["errors"] = refused.errors
    if "Location" in refused.headers:
        body["url"] = refused.headers["Location"]
    return _json(refused.status, body, {**headers, **refused.headers})


def _json(status: int, value: object, headers: Mapping[str, str]) -> Answer:
    if status == HTTPStatus.NO_CONTENT:
        return Answer(status, b"", headers)
    return Answer(status, _encode(value), {"Content-Type": "application/json; charset=utf-8", **headers})


def _encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

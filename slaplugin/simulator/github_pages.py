"""What a person sees behind an issue's `html_url`: a plain page, so that the demo's links lead somewhere."""

from __future__ import annotations

import re
from html import escape
from http import HTTPStatus

from slaplugin.domain import instants
from slaplugin.domain.instants import Instant
from slaplugin.errors import NotFound
from slaplugin.simulator.github_issues import GitHubIssues
from slaplugin.simulator.github_model import Person
from slaplugin.simulator.server import Answer, Received

_PAGE = re.compile(r"/(?!repos/|repositories/|orgs/|users/)([\w.-]+)/([\w.-]+)/(?:issues|pull)/(\d+)")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "article{border:1px solid #8886;border-radius:.5rem;padding:.5rem 1rem;margin:1rem 0}"
    "small{opacity:.8}b.label{border:1px solid #8886;border-radius:1rem;padding:0 .6rem;font-weight:normal}"
)
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def find(world: GitHubIssues, received: Received) -> Answer | None:
    """Answer a request for an issue's page; None when the path is no such page. Private ones are 404."""
    match = _PAGE.fullmatch(received.path) if received.method == "GET" else None
    if match is None:
        return None
    full_name, number = f"{match[1]}/{match[2]}", int(match[3])
    try:
        repository, issue = world.repository(full_name), world.issue(full_name, number)
    except NotFound:
        return _page(HTTPStatus.NOT_FOUND, "Not found", "<p>There is no such issue.</p>")
    if repository.is_private:
        return _page(HTTPStatus.NOT_FOUND, "Not found", "<p>There is no such issue.</p>")
    labels = " ".join(f'<b class="label">{escape(label.name)}</b>' for label in issue.labels)
    parts = [
        f"<p><small>Simulated helpdesk: {escape(repository.full_name)}</small></p>",
        f"<h1>{escape(issue.title)} <small>#{issue.number}</small></h1>",
        f"<p>{escape(issue.state)} {labels}</p>",
        _post(issue.author, issue.at, issue.body),
        *(_post(comment.author, comment.at, comment.body) for comment in issue.comments if comment.minimized is None),
    ]
    return _page(HTTPStatus.OK, f"{issue.title} #{issue.number}", "".join(parts))


def _post(author: Person, at: Instant, body: str) -> str:
    login = "ghost" if author.is_deleted else author.login
    text = escape(body).replace("\n", "<br>")
    return f"<article><small>{escape(login)}, {instants.text(at)}</small><p>{text}</p></article>"


def _page(status: int, title: str, content: str) -> Answer:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    page = f'<!DOCTYPE html><html lang="en"><head>{head}</head><body><main>{content}</main></body></html>'
    return Answer(status, page.encode(), _HEADERS)

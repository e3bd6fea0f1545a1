"""The browser's modules say what the table says, word for word as the server does."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.domain import instants
from slaplugin.services.chips import FOREVER
from slaplugin.web import assets
from tests.browser.conftest import Open, Site
from tests.test_wording import TABLE, plain
from tests.web.test_chips import ON_TRACK, START

pytestmark = pytest.mark.browser

IN_PAGE = """async ([address, name, calls]) => {
  const module = await import(address);
  return calls.map((given) => module[name](...given));
}"""


def call(site: Site, visit: Open, module: str, name: str, calls: list[list[Any]]) -> list[Any]:
    page = visit("/sources")
    answers: list[Any] = page.evaluate(IN_PAGE, [f"{site.base}/assets/{assets.version()}/js/{module}", name, calls])
    return answers


def test_remaining_time(site: Site, visit: Open) -> None:
    calls = [[s, o.get("in_days", False), o.get("is_over", False)] for s, o, _ in TABLE["remaining"]]
    said = call(site, visit, "words.js", "remaining", calls)
    assert [plain(text) for text in said] == [expected for *_, expected in TABLE["remaining"]]


def test_spoken_time(site: Site, visit: Open) -> None:
    said = call(site, visit, "words.js", "spoken", [[seconds] for seconds, _ in TABLE["spoken"]])
    assert said == [expected for _, expected in TABLE["spoken"]]


def test_ages(site: Site, visit: Open) -> None:
    said = call(site, visit, "words.js", "ago", [[seconds] for seconds, _ in TABLE["ago"]])
    assert [plain(text) for text in said] == [expected for _, expected in TABLE["ago"]]


def test_instants(site: Site, visit: Open) -> None:
    calls = [[instants.parse(at), instants.parse(now), zone] for at, now, zone, _ in TABLE["moment"]]
    said = call(site, visit, "words.js", "moment", calls)
    assert [plain(text) for text in said] == [expected for *_, expected in TABLE["moment"]]


def test_chips_count_by_themselves(site: Site, visit: Open) -> None:
    calls = [[_facts(case["facts"]), START + case["after"], "Europe/Berlin"] for case in TABLE["chips"]]
    said = call(site, visit, "chips.js", "describe", calls)
    names = ("css", "icon", "time", "state", "due", "share")
    shown = [{name: plain(one[name]) if isinstance(one[name], str) else one[name] for name in names} for one in said]
    assert shown == [{name: case[name] for name in names} for case in TABLE["chips"]]


def _facts(changes: dict[str, Any]) -> dict[str, Any]:
    """What the data attributes of a chip rendered at START would say."""
    facts = ON_TRACK | changes
    reasons = {"pending": "waiting for requester", "on_hold": "on hold"}
    labels = facts["reasons"]
    more = f" +{len(labels) - 1}" if len(labels) > 1 else ""

    def instant(name: str) -> int | None:
        value = facts[name]
        return value if value is None or value == FOREVER else START + value

    return {
        "state": facts["state"], "at": START, "remaining": facts["remaining"], "target": facts["target"],
        "countingUntil": instant("counting_until"), "resumesAt": instant("resumes_at"), "riskAt": facts["risk_at"],
        "due": instant("due_at"), "breached": facts["breached"], "inDays": facts["in_days"],
        "reason": reasons[labels[0]] + more if labels else None,
    }  # fmt: skip

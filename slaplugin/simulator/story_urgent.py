"""Emergencies that run out while somebody watches: P1 issues without an answer, opened just long enough ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from slaplugin.domain.instants import Instant
from slaplugin.simulator import story_texts as texts
from slaplugin.simulator.story import RESPONSE_SECONDS, Act, IssueStory

AT_RISK_PERCENT = 75
BREACH_AFTER = (15, 25, 40, 50, 75, 110, 160, 230)
AT_RISK_AFTER = (10, 20, 35, 60, 95, 140, 200)


@dataclass(frozen=True, slots=True)
class UrgentIssue:
    """A story and what happens to its first response if nobody answers. `at_risk_at` may be past already."""

    story: IssueStory
    at_risk_at: Instant
    breach_at: Instant


def urgent_issues(
    now: Instant,
    *,
    seed: int = 7,
    breach_after: Sequence[int] = BREACH_AFTER,
    at_risk_after: Sequence[int] = AT_RISK_AFTER,
) -> tuple[UrgentIssue, ...]:
    """P1 issues whose first response is at risk or breached so many seconds after `now`, under 30 minutes on 24x7.

    Only a bot and the reporters themselves have written since. Oldest first.
    """
    rng = Random(seed)  # a story, no secret  # noqa: S311 # nosec B311
    target = RESPONSE_SECONDS["P1"]
    risk = -(-target * AT_RISK_PERCENT // 100)
    openings = [now + seconds - target for seconds in breach_after]
    openings += [now + seconds - risk for seconds in at_risk_after]
    found = []
    for position, opened in enumerate(sorted(openings)):
        story = _emergency(rng, position, opened, now)
        found.append(UrgentIssue(story, opened + risk, opened + target))
    return tuple(found)


def _emergency(rng: Random, position: int, at: Instant, now: Instant) -> IssueStory:
    team, title, body = texts.urgent(rng, position)
    customer = rng.choice(tuple(texts.CUSTOMERS))
    author = rng.choice(texts.CUSTOMERS[customer])
    acts = [Act(at + rng.randint(2, 9), "comment", texts.HELPER_BOT, texts.BOT_WELCOME)]
    if position % 3 == 0:
        acts.append(Act(at + rng.randint(300, 1200), "comment", author, "Is anybody there? We are still stuck."))
    kept = tuple(act for act in acts if act.at <= now)
    return IssueStory(title, body, author, at, (team, "bug", "P1", customer), kept)

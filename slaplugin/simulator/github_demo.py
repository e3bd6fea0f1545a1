"""The demo's GitHub in one call: a month of history, emergencies about to run out, and traffic to start."""

from __future__ import annotations

from datetime import UTC, tzinfo

from slaplugin.domain.instants import Instant
from slaplugin.simulator.github_issues import GitHubIssues
from slaplugin.simulator.story import DAY, history, set_stage, tell
from slaplugin.simulator.story_urgent import urgent_issues
from slaplugin.simulator.traffic import Traffic

REPOSITORY = "acme/web"
GRACE_SECONDS = 60
"""How long a breach stands before somebody at the desk may answer."""


def stage(
    simulator: GitHubIssues, now: Instant, *, repository: str = REPOSITORY, seed: int = 7, zone: tzinfo = UTC
) -> Traffic:
    """Fill the simulator; the emergencies run out from `now` on, so call it as late as possible before the import.

    Returns traffic that leaves the emergencies alone until they have breached; the caller starts and stops it.
    """
    set_stage(simulator, repository, at=now - 400 * DAY)
    urgent = urgent_issues(now, seed=seed)
    stories = [*(emergency.story for emergency in urgent), *history(now, seed=seed, zone=zone)]
    issues = tell(simulator, repository, stories)
    untouched = {
        issue.number: emergency.breach_at + GRACE_SECONDS for issue, emergency in zip(issues, urgent, strict=False)
    }
    return Traffic(simulator, repository, seed=seed, leave_alone=untouched)

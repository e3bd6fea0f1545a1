"""The demo's month: what happened to every issue of one repository, the same for the same seed and instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from random import Random
from typing import Literal, TypeAlias

from slaplugin.domain.instants import Instant
from slaplugin.simulator import story_texts as texts
from slaplugin.simulator.github_issues import GitHubIssues
from slaplugin.simulator.github_model import Issue, Permission, Repository
from slaplugin.simulator.story_hours import Hours

DAY = 86_400
HOUR = 3_600
FEWEST_OPEN, MOST_OPEN = 44, 56
LEFT_LYING, REOPENED = 0.07, 0.07
WAITING, BLOCKED = "waiting-for-reporter", "blocked"
LABELS = (
    *("P1", "P2", "P3", "P4", WAITING, BLOCKED, "bug", "question"),
    *texts.TEAMS,
    *texts.CUSTOMERS,
)

Tier: TypeAlias = Literal["P1", "P2", "P3", "P4"]
Verb: TypeAlias = Literal["comment", "label", "unlabel", "assign", "close", "reopen"]

# First response and resolution of the default policy; P1 around the clock, the others in working time.
RESPONSE_SECONDS: dict[Tier, int] = {"P1": HOUR // 2, "P2": HOUR, "P3": 4 * HOUR, "P4": 8 * HOUR}
RESOLUTION_SECONDS: dict[Tier, int] = {"P1": 4 * HOUR, "P2": 8 * HOUR, "P3": 24 * HOUR, "P4": 40 * HOUR}

_REASONS: dict[str, Literal["completed", "not_planned", "duplicate"]] = {
    "completed": "completed",
    "not_planned": "not_planned",
    "duplicate": "duplicate",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done to an issue. `text` is the comment, the label or the reason of closing."""

    at: Instant
    verb: Verb
    actor: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class IssueStory:
    """An issue from its opening; acts are in order of time."""

    title: str
    body: str
    author: str
    at: Instant
    labels: tuple[str, ...]
    acts: tuple[Act, ...] = ()
    is_pull_request: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the last closing was undone, or there was none."""
        turns = [act.verb for act in self.acts if act.verb in ("close", "reopen")]
        return not turns or turns[-1] == "reopen"


@dataclass(slots=True)
class _Plot:
    """An issue story under way."""

    rng: Random
    hours: Hours
    tier: Tier
    author: str
    responder: str
    at: Instant
    acts: list[Act] = field(default_factory=list)

    def worked(self, start: Instant, seconds: int) -> Instant:
        return start + seconds if self.tier == "P1" else self.hours.after(start, seconds)

    def act(self, at: Instant, verb: Verb, actor: str, text: str = "") -> None:
        self.acts.append(Act(at, verb, actor, text))


def history(
    now: Instant, *, seed: int = 7, days: int = 30, issue_count: int = 250, zone: tzinfo = UTC
) -> tuple[IssueStory, ...]:
    """Tell the last `days` days up to `now`: `issue_count` issues and an eighth as many pull requests.

    With the default sizes 44 to 56 issues are still open at `now`; with others the share is about the same.
    """
    rng, hours = Random(seed), Hours(zone)  # a story, no secret  # noqa: S311 # nosec B311
    first = now - days * DAY
    titles: set[str] = set()
    stories = [_issue(rng, hours, hours.arrival(rng, first, now - 60), now, titles) for _ in range(issue_count)]
    few, many = FEWEST_OPEN * issue_count // 250, MOST_OPEN * issue_count // 250
    stories = _with_open_between(rng, stories, few, max(few, many), now)
    pulls = [_pull_request(rng, hours, hours.arrival(rng, first, now - 60), now) for _ in range(issue_count // 8)]
    return tuple(sorted([*stories, *pulls], key=lambda story: (story.at, story.title)))


def set_stage(simulator: GitHubIssues, repository: str = "acme/web", *, at: Instant | None = None) -> Repository:
    """Make the repository with its people and labels: responders are public members with push access."""
    permissions: dict[str, Permission] = dict.fromkeys(texts.RESPONDERS, "write")
    permissions[texts.RESPONDERS[0]] = "maintain"
    return simulator.create_repository(
        repository,
        permissions=permissions,
        members=dict.fromkeys(texts.RESPONDERS, "public"),
        labels=LABELS,
        at=at,
    )


def tell(simulator: GitHubIssues, repository: str, stories: Iterable[IssueStory]) -> list[Issue]:
    """Let stories happen in the order of time, so that ids grow with it; return the issues in the stories' order."""
    told = list(stories)
    steps: list[tuple[Instant, int, int, Act | None]] = []
    for position, story in enumerate(told):
        steps.append((story.at, position, -1, None))
        steps += [(act.at, position, order, act) for order, act in enumerate(story.acts)]
    issues: dict[int, Issue] = {}
    for at, position, _, act in sorted(steps, key=lambda step: step[:3]):
        story = told[position]
        if act is None:
            issues[position] = simulator.open_issue(
                repository,
                story.title,
                story.author,
                body=story.body,
                labels=story.labels,
                at=at,
                is_pull_request=story.is_pull_request,
            )
        else:
            perform(simulator, repository, issues[position].number, act)
    return [issues[position] for position in range(len(told))]


def perform(simulator: GitHubIssues, repository: str, number: int, act: Act) -> None:
    """Do one act."""
    match act.verb:
        case "comment":
            simulator.comment(repository, number, act.actor, act.text, at=act.at)
        case "label":
            simulator.label(repository, number, act.text, act.actor, at=act.at)
        case "unlabel":
            simulator.unlabel(repository, number, act.text, act.actor, at=act.at)
        case "assign":
            simulator.assign(repository, number, act.text or act.actor, actor=act.actor, at=act.at)
        case "close":
            simulator.close(repository, number, act.actor, reason=_REASONS[act.text], at=act.at)
        case "reopen":
            simulator.reopen(repository, number, act.actor, at=act.at)


def newcomer(rng: Random) -> tuple[str, str, tuple[str, ...], Tier]:
    """Draw who writes to which team, with which labels and tier; no priority label stands for P3."""
    team = rng.choice(tuple(texts.TEAMS))
    tier: Tier = rng.choices(("P1", "P2", "P3", "P4"), (6, 22, 46, 26))[0]
    labels = [team, rng.choice(("bug", "bug", "question"))]
    if tier != "P3" or rng.random() < 0.4:
        labels.append(tier)
    if rng.random() < 0.75:
        customer = rng.choice(tuple(texts.CUSTOMERS))
        labels.append(customer)
        author = rng.choice(texts.CUSTOMERS[customer])
    else:
        author = rng.choice(texts.WALK_INS)
    return author, team, tuple(labels), tier


def _issue(rng: Random, hours: Hours, at: Instant, now: Instant, titles: set[str]) -> IssueStory:
    author, team, labels, tier = newcomer(rng)
    title, body = _new_title(rng, team, titles), texts.opening(rng)
    plot = _Plot(rng, hours, tier, author, rng.choice(texts.TEAMS[team]), at)
    if rng.random() < 0.3:
        plot.act(at + rng.randint(3, 20), "comment", texts.HELPER_BOT, texts.BOT_WELCOME)
    answered = plot.worked(at, RESPONSE_SECONDS[tier] * _percent_of_target(rng, 86) // 100)
    plot.act(answered - rng.randint(0, 40), "assign", plot.responder, plot.responder)
    plot.act(answered, "comment", plot.responder, rng.choice(texts.FIRST_REPLIES))
    last, paused = _conversation(plot, answered)
    wished = plot.worked(at, RESOLUTION_SECONDS[tier] * _percent_of_target(rng, 80) // 100) + paused
    if rng.random() >= LEFT_LYING:
        closed = _ending(plot, max(wished, last + rng.randint(120, HOUR)))
        if rng.random() < REOPENED:
            _second_ending(plot, closed)
    acts = sorted((act for act in plot.acts if act.at <= now), key=lambda act: act.at)
    return IssueStory(title, body, author, at, labels, tuple(acts))


def _new_title(rng: Random, team: str, titles: set[str]) -> str:
    """Draw until the title is new; after some tries two customers have the same trouble."""
    for _ in range(20):
        title = texts.subject(rng, team)
        if title not in titles:
            break
    titles.add(title)
    return title


def _percent_of_target(rng: Random, met_share: int) -> int:
    """How much of a target is used: mostly comfortable, sometimes late."""
    return rng.randint(8, 88) if rng.randint(1, 100) <= met_share else rng.randint(104, 230)


def _conversation(plot: _Plot, at: Instant) -> tuple[Instant, int]:
    """Questions and answers after the first reply; return the last act's instant and the seconds spent waiting."""
    rng, paused = plot.rng, 0
    for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 3))):
        if rng.random() < 0.3:
            asked = plot.worked(at, rng.randint(60, 2 * HOUR))
            plot.act(asked, "comment", plot.responder, rng.choice(texts.QUESTIONS))
            plot.act(asked + 20, "label", plot.responder, WAITING)
            replied = asked + rng.randint(HOUR // 2, 2 * DAY)
            plot.act(replied, "comment", plot.author, rng.choice(texts.REQUESTER_REPLIES))
            at = replied + rng.randint(30, 600)
            plot.act(at, "unlabel", plot.responder, WAITING)
            paused += at - asked
        elif rng.random() < 0.12:
            stopped = plot.worked(at, rng.randint(300, 3 * HOUR))
            plot.act(stopped, "label", plot.responder, BLOCKED)
            at = stopped + rng.randint(4 * HOUR, 3 * DAY)
            plot.act(at, "unlabel", plot.responder, BLOCKED)
            paused += at - stopped
        else:
            replied = at + rng.randint(300, 10 * HOUR)
            plot.act(replied, "comment", plot.author, rng.choice(texts.REQUESTER_REPLIES))
            at = plot.worked(replied, rng.randint(180, 3 * HOUR))
            plot.act(at, "comment", plot.responder, rng.choice(texts.UPDATES))
    return at, paused


def _ending(plot: _Plot, at: Instant) -> Instant:
    reason, text = plot.rng.choices(
        (
            ("completed", plot.rng.choice(texts.CLOSINGS)),
            ("not_planned", texts.DECLINED),
            ("duplicate", texts.DUPLICATE),
        ),
        (86, 9, 5),
    )[0]
    if plot.rng.random() < 0.8:
        plot.act(at - 5, "comment", plot.responder, text)
    plot.act(at, "close", plot.responder, reason)
    return at


def _second_ending(plot: _Plot, closed: Instant) -> None:
    back = closed + plot.rng.randint(HOUR, 3 * DAY)
    plot.act(back, "comment", plot.author, plot.rng.choice(texts.REOPENINGS))
    plot.act(back + 1, "reopen", plot.author)
    answered = plot.worked(back, plot.rng.randint(300, 2 * HOUR))
    plot.act(answered, "comment", plot.responder, plot.rng.choice(texts.UPDATES))
    plot.act(plot.worked(answered, plot.rng.randint(HOUR, 6 * HOUR)), "close", plot.responder, "completed")


def _with_open_between(
    rng: Random, stories: Sequence[IssueStory], few: int, many: int, now: Instant
) -> list[IssueStory]:
    """Close the oldest of too many open issues, or take back the newest closings of too few."""
    told = list(stories)
    by_age = sorted(range(len(told)), key=lambda position: told[position].at)
    open_ones = [position for position in by_age if told[position].is_open]
    for position in open_ones[: max(0, len(open_ones) - many)]:
        told[position] = _closed(rng, told[position], now)
    missing = few - len(open_ones)
    for position in reversed(by_age):
        if missing > 0 and not told[position].is_open:
            told[position] = _never_closed(told[position])
            missing -= 1
    return told


def _closed(rng: Random, story: IssueStory, now: Instant) -> IssueStory:
    last = story.acts[-1].at if story.acts else story.at
    responder = next((act.actor for act in story.acts if act.verb == "assign"), texts.RESPONDERS[0])
    end = rng.randint(last, now)
    return replace(story, acts=(*story.acts, Act(end, "close", responder, "completed")))


def _never_closed(story: IssueStory) -> IssueStory:
    first = next(order for order, act in enumerate(story.acts) if act.verb == "close")
    kept = story.acts[:first]
    if kept and kept[-1].text in (*texts.CLOSINGS, texts.DECLINED, texts.DUPLICATE):
        kept = kept[:-1]
    return replace(story, acts=kept)


def _pull_request(rng: Random, hours: Hours, at: Instant, now: Instant) -> IssueStory:
    author, reviewer = rng.sample(texts.RESPONDERS, 2)
    reviewed = hours.after(at, rng.randint(HOUR // 4, 10 * HOUR))
    acts = (
        Act(reviewed, "comment", reviewer, "Looks good to me."),
        Act(hours.after(reviewed, rng.randint(60, 4 * HOUR)), "close", author, "completed"),
    )
    kept = tuple(act for act in acts if act.at <= now)
    return IssueStory(rng.choice(texts.PULL_REQUESTS), "", author, at, (), kept, is_pull_request=True)

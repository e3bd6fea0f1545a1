from __future__ import annotations

import pytest

from slaplugin.simulator import story_texts as texts
from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.story import BLOCKED, DAY, LABELS, WAITING, IssueStory, history, set_stage, tell
from tests.simulator.support import NOW, StillClock

SEEDS = range(5)
SUNDAY_NIGHT = NOW - DAY - 12 * 3600


def issues(stories: tuple[IssueStory, ...]) -> list[IssueStory]:
    return [story for story in stories if not story.is_pull_request]


def first_reply(story: IssueStory) -> int | None:
    replies = [act.at for act in story.acts if act.verb == "comment" and act.actor in texts.RESPONDERS]
    return replies[0] - story.at if replies else None


@pytest.fixture(scope="module")
def month() -> tuple[IssueStory, ...]:
    return history(NOW)


def test_the_same_seed_and_instant_tell_the_same_story(month: tuple[IssueStory, ...]) -> None:
    assert history(NOW) == month


def test_another_seed_tells_another_story(month: tuple[IssueStory, ...]) -> None:
    assert history(NOW, seed=8) != month


@pytest.mark.parametrize("now", [NOW, SUNDAY_NIGHT])
@pytest.mark.parametrize("seed", SEEDS)
def test_most_issues_are_closed_and_about_fifty_are_open(seed: int, now: int) -> None:
    told = issues(history(now, seed=seed))
    assert len(told) == 250
    assert 44 <= sum(story.is_open for story in told) <= 56


def test_everything_happens_within_the_month_and_in_order(month: tuple[IssueStory, ...]) -> None:
    for story in month:
        instants = [story.at, *(act.at for act in story.acts)]
        assert instants == sorted(instants)
        assert instants[0] >= NOW - 30 * DAY
        assert instants[-1] <= NOW


@pytest.mark.parametrize("seed", SEEDS)
def test_there_are_replies_pauses_reopenings_and_bots(seed: int) -> None:
    acts = [act for story in history(NOW, seed=seed) for act in story.acts]
    for verb in ("comment", "label", "unlabel", "assign", "close", "reopen"):
        assert sum(act.verb == verb for act in acts) >= 5, verb
    assert {WAITING, BLOCKED} <= {act.text for act in acts if act.verb == "label"}
    assert {"completed", "not_planned", "duplicate"} <= {act.text for act in acts if act.verb == "close"}
    assert any(act.actor == texts.HELPER_BOT for act in acts)


def test_every_priority_and_none_occur(month: tuple[IssueStory, ...]) -> None:
    tiers = {next((name for name in story.labels if name in LABELS[:4]), None) for story in issues(month)}
    assert tiers == {"P1", "P2", "P3", "P4", None}


def test_no_label_is_unheard_of(month: tuple[IssueStory, ...]) -> None:
    assert {name for story in month for name in story.labels} <= set(LABELS)


def test_emergencies_are_answered_mostly_in_time_and_sometimes_late() -> None:
    waits = [
        wait
        for seed in SEEDS
        for story in issues(history(NOW, seed=seed))
        if "P1" in story.labels and (wait := first_reply(story)) is not None
    ]
    in_time = sum(wait <= 1800 for wait in waits)
    assert len(waits) * 70 <= in_time * 100 <= len(waits) * 97


def test_responders_do_not_report_and_reporters_do_not_respond(month: tuple[IssueStory, ...]) -> None:
    assert not {story.author for story in issues(month)} & set(texts.RESPONDERS)
    assert {act.actor for story in month for act in story.acts if act.verb == "label"} <= set(texts.RESPONDERS)


def test_subjects_are_distinct_and_filled_in(month: tuple[IssueStory, ...]) -> None:
    titles = [story.title for story in issues(month)]
    assert len(set(titles)) > 240
    assert not any("{" in text for story in month for text in (story.title, story.body))


def test_telling_makes_the_state_the_story_ends_with(clock: StillClock, month: tuple[IssueStory, ...]) -> None:
    simulator = GitHubSimulator(clock)
    repository = set_stage(simulator, at=NOW - 400 * DAY)
    made = tell(simulator, repository.full_name, month)
    simulator.stop()
    assert [issue.title for issue in made] == [story.title for story in month]
    assert [issue.state == "open" for issue in made] == [story.is_open for story in month]
    assert repository.open_count == sum(story.is_open for story in month)


def test_ids_and_numbers_grow_with_time(clock: StillClock, month: tuple[IssueStory, ...]) -> None:
    simulator = GitHubSimulator(clock)
    repository = set_stage(simulator)
    made = sorted(tell(simulator, repository.full_name, month), key=lambda issue: issue.number)
    simulator.stop()
    assert [issue.at for issue in made] == sorted(issue.at for issue in made)
    assert [entry.at for entry in repository.entries] == sorted(entry.at for entry in repository.entries)
    assert [comment.at for comment in repository.comments.values()] == sorted(
        comment.at for comment in repository.comments.values()
    )


def test_responders_are_known_to_anonymous_callers(clock: StillClock) -> None:
    simulator = GitHubSimulator(clock)
    repository = set_stage(simulator)
    simulator.stop()
    view = simulator.webhook_view()
    assert {view.association(repository, simulator.add_person(login)) for login in texts.RESPONDERS} == {"MEMBER"}
    assert all(repository.may(login, "write") for login in texts.RESPONDERS)

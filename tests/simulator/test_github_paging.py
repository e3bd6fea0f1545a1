from __future__ import annotations

import pytest

from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_paging import BadCursor, by_cursor, read_cursor, write_cursor
from tests.simulator.support import NOW, REPO, Caller

WALL = (
    "Pagination with the page parameter is not supported for large datasets, "
    "please use cursor based pagination (after/before)"
)


@pytest.fixture
def ten(github: GitHubSimulator) -> GitHubSimulator:
    for number in range(10):
        github.open_issue(REPO, f"Issue {number}", "ann", at=NOW - 1000 + number)
    return github


def walk(caller: Caller, path: str) -> list[list[int]]:
    pages, url = [], caller.simulator.base_url + f"/repos/{REPO}{path}"
    while url:
        answer = caller.get(url)
        assert answer.status_code == 200, answer.text
        pages.append([issue["number"] for issue in answer.json()])
        url = answer.links.get("next", {}).get("url", "")
    return pages


def test_early_pages_link_by_number_to_next_and_last(ten: GitHubSimulator, caller: Caller) -> None:
    links = caller.repo("/issues?per_page=4").links
    repository = ten.repository(REPO)
    place = f"{ten.base_url}/repositories/{repository.id}/issues"
    assert links["next"]["url"] == f"{place}?per_page=4&page=2"
    assert links["last"]["url"] == f"{place}?per_page=4&page=3"


def test_the_last_page_links_back_only(ten: GitHubSimulator, caller: Caller) -> None:
    assert set(caller.repo("/issues?per_page=4&page=3").links) == {"prev", "first"}


def test_a_single_page_has_no_links(ten: GitHubSimulator, caller: Caller) -> None:
    assert "Link" not in caller.repo("/issues").headers


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("wall", [2, 4, 5, 1000])
def test_following_next_reads_everything_once_whatever_the_wall(
    ten: GitHubSimulator, caller: Caller, direction: str, wall: int
) -> None:
    ten.page_wall = wall
    pages = walk(caller, f"/issues?state=all&sort=updated&direction={direction}&per_page=2")
    numbers = list(range(1, 11))
    assert [number for page in pages for number in page] == (numbers if direction == "asc" else numbers[::-1])


def test_beyond_the_wall_the_links_are_cursors(ten: GitHubSimulator, caller: Caller) -> None:
    ten.page_wall = 4
    first = caller.repo("/issues?per_page=2")
    assert "page=2" in first.links["next"]["url"]
    assert "last" not in first.links
    second = caller.get(first.links["next"]["url"])
    assert "after=" in second.links["next"]["url"]
    assert "page=" not in second.links["next"]["url"].replace("per_page=", "")


def test_a_page_number_past_the_wall_is_refused_with_the_exact_message(ten: GitHubSimulator, caller: Caller) -> None:
    ten.page_wall = 4
    assert caller.repo("/issues?per_page=2&page=2").status_code == 200
    answer = caller.repo("/issues?per_page=2&page=3")
    assert (answer.status_code, answer.json()["message"]) == (422, WALL)


def test_the_last_page_by_cursor_has_nothing_after_it() -> None:
    keys = [(100, number) for number in range(4)]
    first = by_cursor(keys, {"per_page": "2"}, descending=False, wall=1)
    last = by_cursor(keys, {"per_page": "2", "after": str(first.links["next"]["after"])}, descending=False, wall=1)
    assert (list(last.rows), set(last.links)) == (keys[2:], {"prev"})


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_the_way_back_by_cursor_leads_to_the_page_before(ten: GitHubSimulator, direction: str) -> None:
    keys = [(100 + number, number) for number in range(10)]
    descending = direction == "desc"
    first = by_cursor(keys, {"per_page": "3"}, descending=descending, wall=1)
    following = by_cursor(
        keys, {"per_page": "3", "after": str(first.links["next"]["after"])}, descending=descending, wall=1
    )
    back = by_cursor(
        keys, {"per_page": "3", "before": str(following.links["prev"]["before"])}, descending=descending, wall=1
    )
    assert list(back.rows) == list(first.rows)


def test_rows_that_move_while_a_cursor_walk_runs_are_seen_again_and_none_is_lost(
    ten: GitHubSimulator, caller: Caller
) -> None:
    ten.page_wall = 2
    url, seen = f"/repos/{REPO}/issues?state=all&sort=updated&direction=asc&per_page=2", []
    while url:
        answer = caller.get(url)
        seen += [issue["number"] for issue in answer.json()]
        if seen[-1] == 2:
            ten.comment(REPO, 1, "mira", "moved to the end")
            ten.comment(REPO, 3, "mira", "moved as well")
        url = answer.links.get("next", {}).get("url", "")
    assert seen == [1, 2, 4, 5, 6, 7, 8, 9, 10, 1, 3]


def test_rows_that_move_while_a_walk_by_number_runs_are_missed(ten: GitHubSimulator, caller: Caller) -> None:
    path = "/issues?state=all&sort=updated&direction=asc&per_page=2"
    assert caller.numbers(path) == [1, 2]
    ten.comment(REPO, 1, "mira", "moved to the end")
    assert caller.numbers(f"{path}&page=2") == [4, 5]


def test_a_made_up_cursor_is_refused(ten: GitHubSimulator, caller: Caller) -> None:
    assert caller.repo("/issues?after=nonsense").status_code == 422


@pytest.mark.parametrize("text", ["", "nonsense", "Y3Vyc29yOjE=", "eDoxOjI=", "ä"])
def test_only_cursors_made_here_are_read(text: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(text)


def test_a_cursor_comes_back_as_it_went() -> None:
    assert read_cursor(write_cursor((1_700_000_000, 12))) == (1_700_000_000, 12)


def test_a_page_has_thirty_rows_unless_asked_and_a_hundred_at_most(github: GitHubSimulator, caller: Caller) -> None:
    for number in range(120):
        github.open_issue(REPO, f"Issue {number}", "ann")
    sizes = [len(caller.numbers(path)) for path in ("/issues", "/issues?per_page=1000", "/issues?per_page=0")]
    assert sizes == [30, 100, 30]

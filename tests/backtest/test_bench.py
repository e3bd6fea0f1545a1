"""The bench runs and its sides agree; no figure is judged here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.method import Finding, Form, measure, ratios


def test_what_should_be_at_least_something_is_judged_by_its_lowest_round() -> None:
    assert [Finding("b", "w", "x", [3.0, 5.0, 4.0], goal).is_met for goal in (3, 3.5)] == [True, False]


def test_what_should_be_at_most_something_is_judged_by_its_highest_round() -> None:
    assert [Finding("b", "w", "x", [3.0, 5.0], goal, "at most").is_met for goal in (5, 4)] == [True, False]


def test_without_a_goal_nothing_is_judged() -> None:
    assert Finding("b", "w", "x", [3.0]).is_met is None


def test_ratios_are_of_the_same_round() -> None:
    assert ratios([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]


def test_cells_take_turns() -> None:
    calls: list[str] = []
    measure({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, Form(full=False))
    turns = [name for name, before in zip(calls, [None, *calls], strict=False) if name != before]
    assert turns == ["a", "b"] * (1 + Form(full=False).rounds)


def test_an_unknown_bench_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["nothing"])
    assert (stopped.value.code, "no such bench: nothing" in capsys.readouterr().err) == (2, True)


@pytest.mark.slow
def test_the_short_form_runs_and_both_sides_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", str(tmp_path)]) == 0
    (path,) = tmp_path.iterdir()
    found = json.loads(path.read_text(encoding="utf-8"))
    assert {one["bench"] for one in found["findings"]} >= {"integers", "replays", "backtests", "growth", "memory"}
    assert (found["judged"], found["disagreements"]) == (False, [])
    assert "Not judged: this is the short form." in capsys.readouterr().out

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from slaplugin.cli import main
from tests.cli.processes import loaded_by, slaplugin
from tests.documents.parts import document, policy

HOURS = {"T-1": 1, "T-2": 3, "T-3": 5}


def events() -> list[dict[str, Any]]:
    """Three tickets, created on the 26th, 27th and 28th, solved after so many hours."""
    found: list[dict[str, Any]] = []
    for day, (ticket, hours) in enumerate(HOURS.items(), 26):
        fields = {"priority": "p1", "key": f"ACME-{day}"}
        found += [
            {"id": "a", "ticket": ticket, "at": f"2026-01-{day}T09:00:00Z", "kind": "created", "set": fields},
            {"id": "b", "ticket": ticket, "at": f"2026-01-{day}T{9 + hours:02}:00:00Z", "kind": "changed",
             "set": {"status": "solved"}},
        ]  # fmt: skip
    return found


def written(path: Path, *records: dict[str, Any]) -> Path:
    path.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records))
    return path


def policy_of(path: Path, within: str, **changes: Any) -> Path:
    path.write_text(json.dumps(document(policies=[policy(targets={"p1": {"resolution": within}}, **changes)])))
    return path


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    return policy_of(tmp_path / "draft.json", "2h", escalations=[{"at": "100%"}])


@pytest.fixture
def current(tmp_path: Path) -> Path:
    return policy_of(tmp_path / "current.json", "4h", escalations=[{"at": "100%"}])


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    return written(tmp_path / "events.jsonl", *events())


def invoked(*arguments: str | Path, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["backtest", *map(str, arguments)], input=stdin)


def record(*arguments: str | Path) -> dict[str, Any]:
    result = invoked(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refused(*arguments: str | Path) -> str:
    result = invoked(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


def test_attainment_of_both_documents_stands_side_by_side(draft: Path, current: Path, feed: Path) -> None:
    (row,) = record("--policy", draft, "--against", current, "--events", feed)["attainment"]
    assert row == {
        "metric": "resolution",
        "tier": "p1",
        "current": {"met": 2, "missed": 1, "open": 0, "cancelled": 0, "share_basis_points": 6666},
        "draft": {"met": 1, "missed": 2, "open": 0, "cancelled": 0, "share_basis_points": 3333},
    }


def test_flips_name_the_ticket(draft: Path, current: Path, feed: Path) -> None:
    found = record("--policy", draft, "--against", current, "--events", feed)["flips"]
    assert found == {
        "to_missed": [{"ticket": "T-2", "key": "ACME-27", "metric": "resolution", "cycle": 1}],
        "to_met": [],
    }


def test_escalations_of_both_are_counted(draft: Path, current: Path, feed: Path) -> None:
    (row,) = record("--policy", draft, "--against", current, "--events", feed)["escalations"]
    assert (row["current"]["steps"], row["draft"]["steps"]) == (1, 2)


def test_margins_are_classes_of_the_target_used(draft: Path, feed: Path) -> None:
    (row,) = record("--policy", draft, "--events", feed)["margins"]
    assert [(one["used_up_to_percent"], one["timers"]) for one in row["draft"] if one["timers"]] == [
        (50, 1),
        (150, 1),
        (None, 1),
    ]


def test_without_another_document_there_is_nothing_to_compare(draft: Path, feed: Path) -> None:
    found = record("--policy", draft, "--events", feed)
    assert (found["flips"], found["attainment"][0]["current"], found["scalar"]["current"]) == (None, None, None)


@pytest.mark.parametrize(
    ("options", "tickets"),
    [
        (["--from", "2026-01-27"], 2),
        (["--to", "2026-01-27"], 2),
        (["--from", "2026-01-27", "--to", "2026-01-27"], 1),
        (["--to", "2026-01-27T09:00:00Z"], 1),
        (["--from", "2026-01-27T10:00:01+01:00"], 1),
    ],
)
def test_tickets_are_chosen_by_their_creation(draft: Path, feed: Path, options: list[str], tickets: int) -> None:
    assert record("--policy", draft, "--events", feed, *options)["tickets"] == tickets


def test_tickets_left_out_still_tell_the_instant(draft: Path, feed: Path) -> None:
    assert record("--policy", draft, "--events", feed, "--to", "2026-01-26")["at"] == "2026-01-28T14:00:00Z"


def test_the_table_says_now_and_draft(draft: Path, current: Path, feed: Path) -> None:
    lines = invoked("--policy", draft, "--against", current, "--events", feed).stdout.splitlines()
    assert lines[0] == "3 tickets, 6 events, as of 2026-01-28T14:00:00Z; where two values stand, now -> draft"
    row = next(line for line in lines if line.split()[:2] == ["resolution", "p1"])
    assert row.split("  p1  ")[1].split() == [
        "2",
        "->",
        "1",
        "1",
        "->",
        "2",
        "0",
        "0",
        "66.66",
        "%",
        "->",
        "33.33",
        "%",
    ]
    assert "Met now, missed under the draft: 1 timer" in lines
    assert "  T-2 (ACME-27)  resolution 1" in lines


def test_a_long_list_of_flips_is_cut_and_says_so(draft: Path, current: Path, tmp_path: Path) -> None:
    many = [{**event, "ticket": f"T-{number}"} for number in range(25) for event in events()[2:4]]
    found = written(tmp_path / "many.jsonl", *many)
    text = invoked("--policy", draft, "--against", current, "--events", found).stdout
    assert "  ... and 5 more; --json lists them all" in text


def test_tickets_that_were_replayed_one_by_one_are_said(tmp_path: Path, feed: Path) -> None:
    frozen = {"resolution": {"pause": [{"tags": {"any": ["frozen"]}}]}}
    text = invoked("--policy", policy_of(tmp_path / "p.json", "2h", metrics=frozen), "--events", feed).stdout
    assert "3 tickets replayed one by one under the draft: a pause on something other than the status" in text


def test_names_with_brackets_are_printed_as_they_are(draft: Path, current: Path, tmp_path: Path) -> None:
    odd = [{**event, "ticket": "[bold]T-2"} for event in events()[2:4]]
    found = written(tmp_path / "odd.jsonl", *odd)
    assert "  [bold]T-2 (ACME-27)" in invoked("--policy", draft, "--against", current, "--events", found).stdout


def test_an_empty_file_has_no_tickets(draft: Path, tmp_path: Path) -> None:
    assert record("--policy", draft, "--events", written(tmp_path / "none.jsonl"))["tickets"] == 0


def test_a_tier_of_either_document_is_known(draft: Path, tmp_path: Path, feed: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(
        json.dumps(document(priorities=["gold"], policies=[policy(targets={"gold": {"resolution": "1h"}})]))
    )
    found = record("--policy", other, "--against", draft, "--events", feed)
    assert [(row["tier"], row["draft"]) for row in found["attainment"]] == [("p1", None)]


def test_events_may_come_packed_from_standard_input(draft: Path, feed: Path) -> None:
    done = slaplugin("backtest", "--policy", draft, "--events", "-", "--json", stdin=gzip.compress(feed.read_bytes()))
    assert (done.returncode, json.loads(done.stdout)["tickets"]) == (0, 3)


def test_every_problem_of_every_file_is_listed(tmp_path: Path) -> None:
    draft = tmp_path / "draft.json"
    draft.write_text(json.dumps(document(policies=[])))
    current = tmp_path / "current.json"
    current.write_text(json.dumps(document(priorities=[])))
    feed = written(tmp_path / "events.jsonl", {"id": "a"}, {"id": 1})
    said = refused("--policy", draft, "--against", current, "--events", feed)
    for name in ("draft.json", "current.json", "events.jsonl: line 1", "events.jsonl: line 2"):
        assert name in said


def test_a_tier_of_neither_document_is_refused(draft: Path, tmp_path: Path) -> None:
    odd = written(tmp_path / "events.jsonl", {**events()[0], "set": {"priority": "p7"}})
    assert "'p7' is no tier of the policy" in refused("--policy", draft, "--events", odd).replace('"', "'")


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "2026-02-30", "1950-01-01"])
def test_what_is_no_day_is_refused(draft: Path, feed: Path, day: str) -> None:
    assert "is neither a day" in refused("--policy", draft, "--events", feed, "--from", day)


def test_an_end_before_the_start_is_refused(draft: Path, feed: Path) -> None:
    said = refused("--policy", draft, "--events", feed, "--from", "2026-01-27", "--to", "2026-01-26")
    assert "--to lies before --from" in said


def test_standard_input_can_be_one_file_only(draft: Path) -> None:
    assert "standard input can be one of the files only" in refused(
        "--policy", draft, "--against", "-", "--events", "-"
    )


def test_a_ticket_without_a_creation_is_warned_of(draft: Path, tmp_path: Path) -> None:
    lost = written(tmp_path / "events.jsonl", *events()[1:])
    assert "has no created event" in invoked("--policy", draft, "--events", lost).stderr


def test_neither_flask_nor_a_database_is_loaded(draft: Path, feed: Path) -> None:
    assert loaded_by("backtest", "--policy", draft, "--events", feed) == ["numpy"]

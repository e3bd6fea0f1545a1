from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.processes import loaded_by, slaplugin
from tests.documents.parts import document, policy

EVENTS: list[dict[str, Any]] = [
    {"id": "e3", "ticket": "T-2", "at": "2026-01-26T10:00:00Z", "kind": "created", "set": {"priority": "p1"}},
    {"id": "e1", "ticket": "T-1", "at": "2026-01-26T09:00:00Z", "kind": "created", "set": {"priority": "p1"}},
    {"id": "e2", "ticket": "T-1", "at": "2026-01-26T11:00:00Z", "kind": "changed", "set": {"status": "pending"}},
]
TARGETS = {"p1": {"resolution": "4h", "first_response": "1h"}}


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(document(policies=[policy(targets=TARGETS)])), encoding="utf-8")
    return path


@pytest.fixture
def events_file(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(lines(*EVENTS))
    return path


def replayed(policy_file: Path, events_file: Path, *options: str | Path) -> list[dict[str, Any]]:
    done = slaplugin("replay", "--policy", policy_file, "--events", events_file, *options)
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_timers_are_sorted_by_ticket_and_metric(policy_file: Path, events_file: Path) -> None:
    found = replayed(policy_file, events_file)
    assert [(one["ticket"], one["metric"]) for one in found] == [
        ("T-1", "first_response"),
        ("T-1", "resolution"),
        ("T-2", "first_response"),
        ("T-2", "resolution"),
    ]


def test_without_an_instant_it_is_that_of_the_last_event(policy_file: Path, events_file: Path) -> None:
    assert replayed(policy_file, events_file)[0]["elapsed_seconds"] == 7_200


def test_one_instant_is_not_repeated_in_every_line(policy_file: Path, events_file: Path) -> None:
    found = replayed(policy_file, events_file, "--at", "2026-01-26T10:30:00+01:00")
    assert [(one["ticket"], one["elapsed_seconds"], "at" in one) for one in found] == [
        ("T-1", 1_800, False),
        ("T-1", 1_800, False),
    ]


def test_with_several_instants_every_line_carries_its_own(policy_file: Path, events_file: Path) -> None:
    asked = ("--at", "2026-01-26T09:30:00Z", "--at", "2026-01-26T09:00:00Z", "--at", "2026-01-26T09:30:00Z")
    found = replayed(policy_file, events_file, *asked)
    assert [(one["at"], one["metric"]) for one in found] == [
        ("2026-01-26T09:30:00Z", "first_response"),
        ("2026-01-26T09:30:00Z", "resolution"),
        ("2026-01-26T09:00:00Z", "first_response"),
        ("2026-01-26T09:00:00Z", "resolution"),
    ]


def test_an_explanation_adds_up(policy_file: Path, events_file: Path) -> None:
    found = replayed(policy_file, events_file, "--explain", "--at", "2026-01-26T12:00:00Z")[1]
    assert [(one["kind"], one["seconds"]) for one in found["explain"]] == [("counted", 7_200), ("paused", 3_600)]


def test_nobody_gets_an_explanation_unasked(policy_file: Path, events_file: Path) -> None:
    assert "explain" not in replayed(policy_file, events_file)[0]


def test_packed_files_read_alike(policy_file: Path, events_file: Path, tmp_path: Path) -> None:
    packed_events, packed_policy = tmp_path / "events.gz", tmp_path / "policy.gz"
    packed_events.write_bytes(gzip.compress(events_file.read_bytes()))
    packed_policy.write_bytes(gzip.compress(policy_file.read_bytes()))
    assert replayed(packed_policy, packed_events) == replayed(policy_file, events_file)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_events_may_come_from_standard_input(policy_file: Path, events_file: Path, pack: Any) -> None:
    done = slaplugin("replay", "--policy", policy_file, "--events", "-", stdin=pack(lines(*EVENTS)))
    assert [json.loads(line) for line in done.stdout.splitlines()] == replayed(policy_file, events_file)


def test_the_policy_may_come_from_standard_input(policy_file: Path, events_file: Path) -> None:
    done = slaplugin("replay", "--policy", "-", "--events", events_file, stdin=policy_file.read_bytes())
    assert len(done.stdout.splitlines()) == 4


def test_standard_input_cannot_be_both() -> None:
    done = slaplugin("replay", "--policy", "-", "--events", "-")
    assert (done.returncode, b"not both" in done.stderr) == (2, True)


def test_records_may_go_to_a_file(policy_file: Path, events_file: Path, tmp_path: Path) -> None:
    output = tmp_path / "timers.jsonl"
    assert replayed(policy_file, events_file, "--output", output) == []
    assert output.read_text(encoding="utf-8").count("\n") == 4


def test_an_output_that_cannot_be_written_is_a_sentence(policy_file: Path, events_file: Path, tmp_path: Path) -> None:
    output = tmp_path / "nowhere" / "timers.jsonl"
    done = slaplugin("replay", "--policy", policy_file, "--events", events_file, "--output", output)
    assert (done.returncode, b"cannot be written" in done.stderr, b"Traceback" in done.stderr) == (1, True, False)


def test_one_bad_line_leaves_nothing_written(policy_file: Path, tmp_path: Path) -> None:
    events, output = tmp_path / "bad.jsonl", tmp_path / "timers.jsonl"
    events.write_bytes(lines(*EVENTS) + b"not json\n")
    done = slaplugin("replay", "--policy", policy_file, "--events", events, "--output", output)
    assert (done.returncode, done.stdout, output.exists(), done.stderr.decode()) == (
        2,
        b"",
        False,
        f"{events}: line 4: is not JSON: Expecting value (column 1)\n",
    )


def test_problems_of_both_files_are_listed(tmp_path: Path) -> None:
    policy_file, events = tmp_path / "policy.yaml", tmp_path / "events.jsonl"
    policy_file.write_text("schema: slaplugin/policy/1\npriorities: [p1]\n", encoding="utf-8")
    events.write_bytes(b"{}\n")
    done = slaplugin("replay", "--policy", policy_file, "--events", events)
    assert (done.returncode, done.stdout) == (2, b"")
    assert [line.split(": ")[0] for line in done.stderr.decode().splitlines()] == [str(policy_file)] + [str(events)] * 4


def test_an_unknown_tier_is_refused(policy_file: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(lines(EVENTS[0] | {"set": {"priority": "p9"}}))
    done = slaplugin("replay", "--policy", policy_file, "--events", events)
    assert (done.returncode, b"line 1: set.priority" in done.stderr) == (2, True)


def test_a_ticket_without_its_creation_is_named_and_the_others_are_printed(policy_file: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(lines(EVENTS[0], EVENTS[2]))
    done = slaplugin("replay", "--policy", policy_file, "--events", events)
    assert (done.returncode, len(done.stdout.splitlines()), done.stderr.decode()) == (
        0,
        2,
        f'{events}: warning: ticket "T-1" has no created event, so it gets no timers\n',
    )


def test_an_empty_feed_has_no_timers(policy_file: Path) -> None:
    done = slaplugin("replay", "--policy", policy_file, "--events", "-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("at", ["2026-02-30T00:00:00Z", "2026-01-26", "9999-01-01T00:00:00Z"])
def test_an_impossible_instant_is_refused(policy_file: Path, events_file: Path, at: str) -> None:
    done = slaplugin("replay", "--policy", policy_file, "--events", events_file, "--at", at)
    assert (done.returncode, done.stdout, b"--at" in done.stderr) == (2, b"", True)


def test_a_due_time_that_never_comes_is_a_sentence_and_nothing_is_written(events_file: Path, tmp_path: Path) -> None:
    policy_file = tmp_path / "policy.json"
    once = {"time_zone": "UTC", "exceptions": {"2020-01-02": ["09:00-17:00"]}}
    content = document(calendars={"once": once}, policies=[policy(calendar="once")])
    policy_file.write_text(json.dumps(content), encoding="utf-8")
    done = slaplugin("replay", "--policy", policy_file, "--events", events_file)
    assert (done.returncode, done.stdout, b"ticket T-1: calendar 'once'" in done.stderr) == (2, b"", True)


def test_it_loads_nothing_heavy(policy_file: Path, events_file: Path) -> None:
    assert loaded_by("replay", "--policy", policy_file, "--events", events_file, "--explain") == []

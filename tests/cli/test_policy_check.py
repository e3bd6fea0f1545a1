from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from slaplugin.documents.defaults import default_policy
from tests.cli.processes import loaded_by, slaplugin
from tests.documents.parts import document


@pytest.fixture
def right(tmp_path: Path) -> Path:
    path = tmp_path / "right.yaml"
    path.write_text(default_policy(), encoding="utf-8")
    return path


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.yaml"
    path.write_text("schema: slaplugin/policy/1\npriorities: []\npolicies: []\nextra: 1\n", encoding="utf-8")
    return path


def test_a_right_document_is_said_to_be_right(right: Path) -> None:
    done = slaplugin("policy", "check", right)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (
        0,
        f"{right}: right. 1 policy, 1 calendar, 4 tiers, no warnings.\n",
        b"",
    )


def test_every_problem_goes_to_standard_error_and_the_status_is_2(wrong: Path) -> None:
    done = slaplugin("policy", "check", wrong)
    assert (done.returncode, done.stdout, done.stderr.decode().splitlines()) == (
        2,
        b"",
        [
            f"{wrong}: line 2: priorities: names no tier; list them, most urgent first",
            f"{wrong}: line 3: policies: holds no policy; write at least one",
            f"{wrong}: line 4: extra: is not a key here; "
            "there is schema, priorities, default_priority, calendars, policies",
        ],
    )


def test_warnings_keep_nobody_from_using_it() -> None:
    content = json.dumps(document(priorities=["p1", "p2"])).encode()
    done = slaplugin("policy", "check", "-", stdin=content)
    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (
        0,
        "standard input: right. 1 policy, 1 calendar, 2 tiers, 1 warning.\n",
        "standard input: warning: line 1: policies[0].targets: has no target for p2: such tickets get no timers\n",
    )


def test_a_packed_document_is_read(tmp_path: Path) -> None:
    path = tmp_path / "right.yaml.gz"
    path.write_bytes(gzip.compress(default_policy().encode()))
    assert slaplugin("policy", "check", path).returncode == 0


def test_json_has_problems_with_path_and_line(wrong: Path) -> None:
    done = slaplugin("policy", "check", "--json", wrong)
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr, found["problems"][0]["path"], found["problems"][0]["line"]) == (
        2,
        b"",
        "priorities",
        2,
    )


def test_json_of_a_right_document_has_none(right: Path) -> None:
    done = slaplugin("policy", "check", "--json", right)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"file": str(right), "problems": [], "warnings": []})


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    done = slaplugin("policy", "check", tmp_path / "missing.yaml")
    assert (done.returncode, b"does not exist" in done.stderr, b"Traceback" in done.stderr) == (2, True, False)


def test_it_loads_nothing_heavy(right: Path) -> None:
    assert loaded_by("policy", "check", right) == []

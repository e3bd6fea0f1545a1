"""Business time one call at a time: integers against an empty call, datetimes against every peer."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

from bench.hours import SPANS, make_calendar
from bench.method import Finding, Form, Report, measure, ratios

FOLDER = Path(__file__).parent
INTERPRETER = FOLDER / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
CASES = 500


def integers(form: Form) -> Report:
    """`add` and `between` on integer seconds against a call that does nothing."""
    report = Report()
    for hours in SPANS:
        calendar, random = make_calendar(hours), Random(1)
        starts = [hours.first + random.randrange(hours.days * 86_400) for _ in range(CASES)]
        lengths = [random.randrange(1, 200_000) for _ in range(CASES)]
        pairs = list(zip(starts, lengths, strict=True))
        wrong = sum(calendar.between(start, calendar.add(start, length)) != length for start, length in pairs)
        if wrong:
            report.disagreements.append(f"{hours.name}: between(t, add(t, n)) is not n in {wrong} of {CASES} cases")
        spans = [(start, start + length) for start, length in pairs]
        found = measure(
            {
                "empty": lambda pairs=pairs: _call(_nothing, pairs),  # type: ignore[misc]
                "add": lambda calendar=calendar, pairs=pairs: _call(calendar.add, pairs),  # type: ignore[misc]
                "between": lambda calendar=calendar, spans=spans: _call(calendar.between, spans),  # type: ignore[misc]
            },
            form,
        )
        for question in ("add", "between"):
            values = ratios(found[question], found["empty"])
            report.findings.append(
                Finding("integers", f"{question}, {hours.name}, against an empty call", "x", values, 4, "at most")
            )
    return report


def datetimes(form: Form) -> Report:
    """`add` and `between` with datetimes in and out against every peer that can be installed."""
    report = Report()
    if form.full:
        _install()
    if not INTERPRETER.exists():
        report.not_run.append(f"datetimes: {INTERPRETER} is not there; `python -m bench --full` makes it")
        return report
    done = subprocess.run(
        [INTERPRETER, "-m", "bench.peers", *(["--full"] if form.full else [])],
        capture_output=True, text=True, check=False, cwd=FOLDER.parent,
        env={**os.environ, "PYTHONPATH": str(FOLDER.parent)},
    )  # fmt: skip
    if done.returncode:
        report.not_run.append(f"datetimes: {done.stderr.strip().splitlines()[-1]}")
        return report
    for row in json.loads(done.stdout):
        if "not_run" in row:
            report.not_run.append(f"datetimes: {row['peer']}: {row['not_run']}")
            continue
        what = f"{row['question']}, {row['hours']}, against {row['peer']} {row['version']}"
        goal = 15.0 if row["peer"] == "django-bizcal" else 1.0
        note = f"{row['next_opening']} of {row['cases']} say the next opening" if row["next_opening"] else ""
        if row["wrong"]:
            report.disagreements.append(f"{what}: {row['wrong']} of {row['cases']} answers differ")
        report.findings.append(Finding("datetimes", what, "x", row["ratios"], goal, note=note))
    return report


def _install() -> None:
    """Each peer by itself, so that one that cannot be had does not keep the others away."""
    if not INTERPRETER.exists():
        import venv

        venv.create(INTERPRETER.parents[1], with_pip=True)
    for line in (FOLDER / "peers.txt").read_text(encoding="utf-8").split():
        subprocess.run([INTERPRETER, "-m", "pip", "install", "-q", line], check=False, capture_output=True)


def _call(function: Callable[[int, int], object], cases: list[tuple[int, int]]) -> None:
    for first, second in cases:
        function(first, second)


def _nothing(first: int, second: int) -> None:
    return None

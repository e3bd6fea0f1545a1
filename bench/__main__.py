"""`python -m bench [NAME...] [--full] [--output FOLDER]`: ours and others in one run, as ratios."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench.backtests import backtests, growth, memory
from bench.calendars import datetimes, integers
from bench.method import Finding, Form, Report
from bench.replays import replays

BENCHES: Mapping[str, Callable[[Form], Report]] = {
    "integers": integers,
    "datetimes": datetimes,
    "replays": replays,
    "backtests": backtests,
    "growth": growth,
    "memory": memory,
}
RESULTS = Path(__file__).parent / "results"
"""Where the full form writes."""

QUIET = 1.0
"""Figures are judged only when the load of the machine was at most this before the start."""


def main(arguments: list[str]) -> int:
    """Run benches and print a table, write the figures; exit status 1 when two sides do not agree."""
    options = _options(arguments)
    form = Form(options.full)
    load = _load()
    report = Report()
    for name in options.names or BENCHES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        found = BENCHES[name](form)
        report.findings.extend(found.findings)
        report.disagreements.extend(found.disagreements)
        report.not_run.extend(found.not_run)
    is_judged = form.full and load <= QUIET
    run = _run(load, is_judged)
    _show(run, report, is_judged, form)
    folder = options.output or (RESULTS if form.full else None)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{run['date'][:10]}.json"
        path.write_text(json.dumps({**run, **_record(report)}, indent=2) + "\n", encoding="utf-8")
        print(f"written to {path}", file=sys.stderr)
    return 1 if report.disagreements else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)}; all without a name")
    parser.add_argument("--full", action="store_true", help="a million tickets, long rounds, peers installed; judged")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="where to write the figures as DATE.json")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - BENCHES.keys())
    if unknown:
        parser.error(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    return options


def _run(load: float, is_judged: bool) -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit.stdout.strip() or None,
        "machine": {"processors": os.cpu_count(), "architecture": platform.machine(), "system": platform.system()},
        "versions": {"python": platform.python_version(), "numpy": version("numpy")},
        "load_before": load,
        "load_after": _load(),
        "judged": is_judged,
    }


def _load() -> float:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _record(report: Report) -> dict[str, Any]:
    return {
        "findings": [_finding(one) for one in report.findings],
        "disagreements": report.disagreements,
        "not_run": report.not_run,
    }


def _finding(one: Finding) -> dict[str, Any]:
    values = [float(f"{value:.4g}") for value in one.values]
    found = {"bench": one.bench, "what": one.what, "unit": one.unit, "values": values, "note": one.note}
    return {**found, "goal": one.goal, "sense": one.sense, "met": one.is_met}


def _show(run: Mapping[str, Any], report: Report, is_judged: bool, form: Form) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    machine, versions = run["machine"], run["versions"]
    console.print(
        f"{machine['processors']} processors, {machine['architecture']}, {machine['system']}; Python "
        f"{versions['python']}, NumPy {versions['numpy']}; commit {(run['commit'] or 'unknown')[:12]}; "
        f"load {run['load_before']:.2f} before, {run['load_after']:.2f} after"
    )
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("bench", "what"):
        table.add_column(column)
    for column in ("lowest", "median", "highest", "goal", ""):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("note")
    for one in report.findings:
        goal = "" if one.goal is None else f"{one.sense} {one.goal:,g} {one.unit}"
        values = (min(one.values), one.middle, max(one.values))
        table.add_row(one.bench, one.what, *(_figure(value, one.unit) for value in values), goal,
                      _verdict(one) if is_judged else "", one.note)  # fmt: skip
    console.print(table)
    for line in report.not_run:
        console.print(f"not run: {line}", markup=False)
    for line in report.disagreements:
        console.print(f"WRONG: {line}", markup=False)
    if not is_judged:
        reason = f"the load was above {QUIET:g} before the start" if form.full else "this is the short form"
        console.print(f"Not judged: {reason}.")


def _verdict(finding: Finding) -> str:
    return {None: "", True: "met", False: "missed"}[finding.is_met]


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

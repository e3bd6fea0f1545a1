"""The batch backtest: equal to the scalar engine, then how much faster, for how many, in how much memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.desk import columns, document, feed
from bench.method import Finding, Form, Report, measure, ratios
from slaplugin.backtest.batch import Backtest
from slaplugin.backtest.columns import Columns
from slaplugin.backtest.governing import Pairs
from slaplugin.backtest.outcomes import Outcome, from_timers
from slaplugin.domain.policies import Version
from slaplugin.domain.timers import replay

SAMPLE = 1_000
MEGABYTE = 1_000_000
DRAFTS = tuple(document(percent) for percent in (100, 90, 80, 110, 120))


def backtests(form: Form) -> Report:
    """All tickets from columns; the same with other targets; against the scalar engine on some of them."""
    report = Report()
    desk = columns(form.tickets)
    wrong = _wrong_tickets(desk)
    if wrong:
        report.disagreements.append(f"backtests: {wrong} of {SAMPLE} tickets differ from the scalar engine")
    sample = [feed(desk, ticket) for ticket in range(SAMPLE)]
    versions = (Version(0, DRAFTS[0]),)
    kept = _backtest(desk)
    kept.run(DRAFTS[0])
    turn = iter(range(10**9))
    found = measure(
        {
            "scalar": lambda: [replay(events, versions, desk.until) for events in sample],
            "batch": lambda: _backtest(desk).run(DRAFTS[0]),
            "moved": lambda: kept.run(DRAFTS[next(turn) % len(DRAFTS)]),
        },
        form,
    )
    scalar = [seconds / SAMPLE for seconds in found["scalar"]]
    batch = [seconds / len(desk) for seconds in found["batch"]]
    moved = [seconds / len(desk) for seconds in found["moved"]]
    size = f"{len(desk):,} tickets, {desk.events:,} events"
    report.findings.extend([
        Finding("backtests", f"{size}, against the scalar engine", "x", ratios(scalar, batch), 25),
        Finding("backtests", f"{size}, other targets, against the scalar engine", "x", ratios(scalar, moved)),
        Finding("backtests", f"{size}, from columns", "s", found["batch"], 5, "at most"),
        Finding("backtests", f"{size}, other targets", "s", found["moved"], 0.3, "at most"),
    ])  # fmt: skip
    return report


def growth(form: Form) -> Report:
    """Time a ticket at a hundredth, a tenth and all of the tickets: a flat line is the goal."""
    sizes = [form.tickets // 100, form.tickets // 10, form.tickets]
    desks = {size: columns(size) for size in sizes}
    cells = {str(size): (lambda desk=desk: _backtest(desk).run(DRAFTS[0])) for size, desk in desks.items()}
    found = measure(cells, form)
    each = {size: [seconds / size for seconds in found[str(size)]] for size in sizes}
    return Report(
        [
            Finding("growth", f"time a ticket, {after:,} tickets against {before:,}", "x",
                    ratios(each[after], each[before]), 1.5, "at most")
            for before, after in pairwise(sizes)
        ]
    )  # fmt: skip


def memory(form: Form) -> Report:
    """The most memory that a process has used which makes the columns and runs two documents of other shapes."""
    code = f"from bench.backtests import used_bytes; print(used_bytes({form.tickets}))"
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    used = int(done.stdout) / MEGABYTE
    return Report([Finding("memory", f"{form.tickets:,} tickets, whole process", "MB", [used], 3_000, "at most")])


def used_bytes(tickets: int) -> int:
    """Run and tell the peak of this process; Linux counts it in kilobytes, macOS in bytes."""
    import resource

    desk = columns(tickets)
    backtest = _backtest(desk)
    outcomes = [backtest.run(DRAFTS[0]), backtest.run(DRAFTS[1])]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) if outcomes else 0


def _backtest(desk: Columns) -> Backtest:
    return Backtest(desk, lambda ticket: feed(desk, int(ticket.removeprefix("T-"))))


def _wrong_tickets(desk: Columns) -> int:
    """How many of the first tickets have a timer that the scalar engine has not."""
    some = desk.part(0, SAMPLE)
    outcome = _backtest(some).run(DRAFTS[0])
    pairs, versions = Pairs(DRAFTS[0]), (Version(0, DRAFTS[0]),)
    timers = [(ticket, timer) for ticket in range(SAMPLE) for timer in replay(feed(some, ticket), versions, some.until)]
    wanted = from_timers(timers, pairs)
    wrong: set[int] = set()
    for metric, rows in wanted.items():
        own = {row[0:2]: row for row in _rows(outcome, metric)}
        other = {row[0:2]: row for row in zip(*(getattr(rows, one.name).tolist() for one in fields(rows)), strict=True)}
        wrong |= {key[0] for key in own.keys() | other.keys() if own.get(key) != other.get(key)}
    return len(wrong)


def _rows(outcome: Outcome, metric: str) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = []
    for rows in outcome.rows[metric]:
        found += zip(*(np.asarray(getattr(rows, one.name)).tolist() for one in fields(rows)), strict=True)
    return found

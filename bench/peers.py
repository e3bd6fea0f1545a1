"""Peers for business time, asked what we are asked, in one process; run by bench/.venv's interpreter.

An adapter gives two functions, `add(start, hours)` and `between(start, end)`, either None where the peer has no such
question, or raises Unable for hours it cannot express. Inputs are made in the form that a peer likes before the clock
starts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bench.hours import SPANS, Hours, make_calendar
from bench.method import Form, measure, ratios
from slaplugin.domain.instants import as_datetime

CASES = 200


class Unable(Exception):
    """These hours cannot be expressed."""


class Adapter(NamedTuple):
    """What a peer answers. `reads` turns an instant into its kind of datetime; `naive` ones answer in local time."""

    add: Callable[[Any, int], Any] | None
    between: Callable[[Any, Any], timedelta] | None
    reads: Callable[[datetime], Any]


def ours(hours: Hours) -> Adapter:
    calendar = make_calendar(hours)

    def add(start: datetime, hours: int) -> datetime:
        return as_datetime(calendar.add(int(start.timestamp()), hours * 3600))

    def between(start: datetime, end: datetime) -> timedelta:
        return timedelta(seconds=calendar.between(int(start.timestamp()), int(end.timestamp())))

    return Adapter(add, between, lambda at: at)


def django_bizcal(hours: Hours) -> Adapter:
    bizcal: Any = import_module("django_bizcal.calendars")
    providers: Any = import_module("django_bizcal.providers")
    calendar = bizcal.WorkingCalendar(
        tz=hours.time_zone,
        weekly_schedule={
            day: [(time(start), time(end), int(end <= start)) for start, end in hours.windows] for day in range(5)
        },
        holiday_provider=providers.SetHolidayProvider.from_dates(hours.holidays) if hours.holidays else None,
    )
    return Adapter(
        lambda start, hours: calendar.add_business_time(start, timedelta(hours=hours)),
        calendar.business_time_between,
        _local(hours),
    )


def businesstimedelta(hours: Hours) -> Adapter:
    _one_day_only(hours)
    package: Any = import_module("businesstimedelta")
    zone = import_module("pytz").timezone(hours.time_zone)
    rules: list[Any] = [
        package.WorkDayRule(
            start_time=time(hours.windows[0][0]), end_time=time(hours.windows[-1][1]), working_days=range(5), tz=zone
        )
    ]
    for (_, start), (end, _) in pairwise(hours.windows):
        rules.append(
            package.LunchTimeRule(
                start_time=time(start), end_time=time(end), working_days=range(5), tz=zone
            )
        )  # fmt: skip
    if hours.holidays:
        rules.append(package.HolidayRule(dict.fromkeys(hours.holidays, "holiday"), tz=zone))
    whole = package.Rules(rules)
    return Adapter(
        lambda start, hours: start + package.BusinessTimeDelta(whole, hours=hours),
        lambda start, end: whole.difference(start, end).timedelta,
        lambda at: at.astimezone(zone),
    )


def bizdurr(hours: Hours) -> Adapter:
    _one_window_only(hours)
    ((start, end),) = hours.windows
    names = ("monday", "tuesday", "wednesday", "thursday", "friday")
    duration = import_module("bizdurr").BusinessDuration(
        business_hours={name: {"start": f"{start:02}:00", "end": f"{end:02}:00"} for name in names},
        business_timezone=hours.time_zone,
        holidays=list(hours.holidays),
    )
    return Adapter(None, lambda start, end: duration.calculate(start=start, end=end), _local(hours))


def business_duration(hours: Hours) -> Adapter:
    _one_window_only(hours)
    if hours.time_zone != "UTC":
        raise Unable("no time zones")
    ((start, end),) = hours.windows
    duration: Any = import_module("business_duration").businessDuration
    options = {"starttime": time(start), "endtime": time(end), "holidaylist": list(hours.holidays) or None}
    return Adapter(None, lambda first, last: timedelta(seconds=duration(first, last, unit="sec", **options)), _naive)


def businesstime(hours: Hours) -> Adapter:
    _one_window_only(hours)
    if hours.time_zone != "UTC":
        raise Unable("no time zones")
    ((start, end),) = hours.windows
    calendar = import_module("businesstime").BusinessTime(
        business_hours=(time(start), time(end)), holidays=list(hours.holidays) or None
    )
    return Adapter(None, calendar.businesstime_hours, _naive)


def pandas(hours: Hours) -> Adapter:
    _one_day_only(hours)
    package: Any = import_module("pandas")
    offset = package.offsets.CustomBusinessHour(
        start=[f"{start:02}:00" for start, _ in hours.windows],
        end=[f"{end:02}:00" for _, end in hours.windows],
        holidays=list(hours.holidays),
    )
    zone = ZoneInfo(hours.time_zone)
    return Adapter(
        lambda start, hours: start + offset * hours, None, lambda at: package.Timestamp(at.astimezone(zone))
    )  # fmt: skip


PEERS: Mapping[str, Callable[[Hours], Adapter]] = {
    "django-bizcal": django_bizcal,
    "businesstimedelta": businesstimedelta,
    "bizdurr": bizdurr,
    "business-duration": business_duration,
    "businesstime": businesstime,
    "pandas": pandas,
}


def main(arguments: list[str]) -> None:
    """Print what was found as JSON, one row for each peer, calendar and question."""
    form = Form(full="--full" in arguments)
    rows: list[dict[str, Any]] = []
    for peer, adapter in PEERS.items():
        try:
            release = version(peer)
        except PackageNotFoundError:
            rows.append({"peer": peer, "not_run": "is not installed"})
            continue
        for hours in SPANS:
            try:
                theirs = adapter(hours)
            except Unable as reason:
                rows.append({"peer": f"{peer} {release}", "not_run": f"{hours.name}: {reason}"})
                continue
            common = {"peer": peer, "version": release, "hours": hours.name}
            rows += [{**common, **row} for row in _compare(ours(hours), theirs, hours, form)]
    json.dump(rows, sys.stdout)


def _compare(mine: Adapter, theirs: Adapter, hours: Hours, form: Form) -> list[dict[str, Any]]:
    random, calendar = Random(2), make_calendar(hours)
    cases = []
    for _ in range(CASES):
        start = as_datetime(hours.first + random.randrange(hours.days * 86_400))
        cases.append((start, random.randint(1, 40), start + timedelta(seconds=random.randrange(1, 30 * 86_400))))
    rows = []
    for question in ("add", "between"):
        asked = getattr(theirs, question)
        if asked is None:
            continue
        answer = getattr(mine, question)
        own = [(start, length if question == "add" else end) for start, length, end in cases]
        other = [
            (theirs.reads(start), length if question == "add" else theirs.reads(end)) for start, length, end in cases
        ]
        answers = [(_plain(answer(*one)), _plain(asked(*two))) for one, two in zip(own, other, strict=True)]
        differences = [pair for pair in answers if pair[0] != pair[1]]
        # Used up exactly at closing: some say the next opening, which is the same open time.
        same_moment = sum(question == "add" and calendar.next_opening(one) == two for one, two in differences)
        found = measure(
            {
                "ours": lambda answer=answer, own=own: _ask(answer, own),  # type: ignore[misc]
                "theirs": lambda asked=asked, other=other: _ask(asked, other),  # type: ignore[misc]
            },
            form,
        )
        rows.append(
            {
                "question": question, "cases": CASES, "next_opening": same_moment,
                "wrong": len(differences) - same_moment,
                "ratios": ratios(found["theirs"], found["ours"]),
            }
        )  # fmt: skip
    return rows


def _ask(function: Callable[[Any, Any], object], cases: list[tuple[Any, Any]]) -> None:
    for first, second in cases:
        function(first, second)


def _plain(answer: Any) -> int:
    if isinstance(answer, timedelta):
        return round(answer.total_seconds())
    return int((answer if answer.tzinfo else answer.replace(tzinfo=UTC)).timestamp())


def _local(hours: Hours) -> Callable[[datetime], datetime]:
    zone = ZoneInfo(hours.time_zone)
    return lambda at: at.astimezone(zone)


def _naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


def _one_day_only(hours: Hours) -> None:
    if any(end <= start for start, end in hours.windows):
        raise Unable("no windows across midnight")


def _one_window_only(hours: Hours) -> None:
    _one_day_only(hours)
    if len(hours.windows) > 1:
        raise Unable("one window a day")


if __name__ == "__main__":
    main(sys.argv[1:])

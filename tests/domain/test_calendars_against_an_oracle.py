"""Random calendars near jumps of the clock, against a walk over local days that shares no code with the module.

The oracle turns UTC into wall-clock time only and searches for the wall clock it wants; it keeps no cumulative sums,
no years and no merged intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from slaplugin.domain.calendars import Calendar, Window

DAY = 86_400

# Zone and a local day near which its clock jumps, or with which a year ends.
CHANGES = [
    ("America/New_York", date(2024, 3, 10)),
    ("America/New_York", date(2024, 11, 3)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/London", date(2025, 3, 30)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Sydney", date(2025, 10, 5)),
    ("America/Santiago", date(2024, 9, 8)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Havana", date(2024, 11, 3)),
    ("America/St_Johns", date(2006, 10, 29)),
    ("America/Toronto", date(1919, 3, 30)),
    ("Africa/Casablanca", date(2024, 4, 14)),
    ("Africa/Cairo", date(2024, 4, 26)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("Europe/Lisbon", date(2025, 12, 31)),
    ("Asia/Kolkata", date(2026, 12, 31)),
    ("Pacific/Honolulu", date(2025, 12, 31)),
    ("Pacific/Kiritimati", date(2025, 12, 31)),
    ("UTC", date(2027, 1, 1)),
]


@dataclass(frozen=True)
class Case:
    zone: str
    around: date
    week: tuple[tuple[Window, ...], ...]
    holidays: dict[date, str]
    exceptions: dict[date, tuple[Window, ...]]

    @property
    def calendar(self) -> Calendar:
        return Calendar("drawn", self.zone, self.week, self.holidays, self.exceptions)

    @property
    def noon(self) -> int:
        return epoch(datetime(self.around.year, self.around.month, self.around.day, 12))


def epoch(naive: datetime) -> int:
    return int((naive - datetime(1970, 1, 1)).total_seconds())


def wall(zone: ZoneInfo, at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=100_000)
def first_instant_showing(zone: ZoneInfo, naive: datetime) -> int:
    """The first instant at which the wall clock shows `naive`; if none does, as much after the jump as was skipped."""
    about = epoch(naive)
    hours = range(about - 27 * 3600, about + 28 * 3600, 3600)
    offsets = [epoch(wall(zone, at)) - at for at in hours]
    showing = [about - offset for offset in set(offsets) if wall(zone, about - offset) == naive]
    return min(showing) if showing else about - offsets[0]


def naive_windows(case: Case, first: date, days: int) -> list[tuple[int, int]]:
    zone, found = ZoneInfo(case.zone), []
    for number in range(days):
        day = first + timedelta(days=number)
        if day in case.exceptions:
            windows = case.exceptions[day]
        elif day in case.holidays:
            windows = ()
        else:
            windows = case.week[day.weekday()]
        midnight = datetime(day.year, day.month, day.day)
        found += [
            (
                first_instant_showing(zone, midnight + timedelta(seconds=window.opens_seconds)),
                first_instant_showing(zone, midnight + timedelta(seconds=window.closes_seconds)),
            )
            for window in windows
        ]
    return found


def pieces(windows: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int, bool]]:
    """[start, end) cut at every edge of a window, each piece with whether any window is open in it."""
    cuts = sorted({start, end, *(edge for window in windows for edge in window if start < edge < end)})
    return [(left, right, any(opens <= left < closes for opens, closes in windows)) for left, right in pairwise(cuts)]


ODD = st.integers(0, DAY - 1)
NEAR_A_JUMP = st.sampled_from(
    [h * 3600 + m * 60 for h in range(5) for m in (0, 1, 15, 30, 45)] + [22 * 3600, 82_800, 84_600]
)
OPENS = st.one_of(NEAR_A_JUMP, st.sampled_from([8 * 3600, 9 * 3600, 13 * 3600]), ODD)
LENGTHS = st.one_of(st.sampled_from([60, 900, 1800, 3600, 7200, 4 * 3600, 8 * 3600, DAY]), st.integers(1, DAY))
WINDOWS = st.builds(lambda opens, length: Window(opens, opens + length), OPENS, LENGTHS)
DAYS = st.lists(WINDOWS, max_size=3).map(tuple)
SPECIAL = st.integers(-4, 4)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, around = draw(st.sampled_from(CHANGES))
    working = draw(DAYS)
    week = tuple(draw(st.one_of(st.just(working), DAYS, st.just(()))) for _ in range(7))
    holidays = {around + timedelta(days=n): f"holiday {abs(n) % 2}" for n in draw(st.lists(SPECIAL, max_size=3))}
    exceptions = {
        around + timedelta(days=n): windows for n, windows in draw(st.dictionaries(SPECIAL, DAYS, max_size=2)).items()
    }
    return Case(zone, around, week, holidays, exceptions)


AROUND = st.integers(-3 * DAY, 3 * DAY)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(cases(), AROUND, st.integers(0, 9 * DAY))
def test_between_is_the_sum_of_the_open_pieces(case: Case, distance: int, length: int) -> None:
    start = case.noon + distance
    windows = naive_windows(case, case.around - timedelta(days=8), 24)
    expected = sum(right - left for left, right, is_open in pieces(windows, start, start + length) if is_open)
    assert case.calendar.between(start, start + length) == expected


@MANY
@given(cases(), AROUND, st.integers(1, 60 * 3600))
def test_add_is_where_a_walk_has_counted_enough(case: Case, distance: int, seconds: int) -> None:
    start = case.noon + distance
    windows = naive_windows(case, case.around - timedelta(days=8), 24)
    left_over, expected = seconds, None
    for left, right, is_open in pieces(windows, start, start + 9 * DAY):
        if is_open and right - left >= left_over:
            expected = left + left_over
            break
        left_over -= (right - left) * is_open
    if expected is not None:
        assert case.calendar.add(start, seconds) == expected
    else:
        assert case.calendar.between(start, start + 9 * DAY) == seconds - left_over


@MANY
@given(cases(), AROUND, st.integers(1, 9 * DAY))
def test_spans_are_the_pieces_with_the_days_they_lie_on(case: Case, distance: int, length: int) -> None:
    start, zone = case.noon + distance, ZoneInfo(case.zone)
    windows = naive_windows(case, case.around - timedelta(days=8), 24)
    days = [case.around + timedelta(days=number) for number in range(-6, 16)]
    midnights = [first_instant_showing(zone, datetime(day.year, day.month, day.day)) for day in days]
    expected: list[tuple[int, int, str, str | None]] = []
    for left, right, is_open in pieces([*windows, *((at, at) for at in midnights)], start, start + length):
        day = days[max(number for number, midnight in enumerate(midnights) if midnight <= left)]
        what: tuple[str, str | None] = ("closed", None)
        if is_open:
            what = ("open", None)
        elif day in case.exceptions:
            what = ("closed", "exception")
        elif day in case.holidays:
            what = ("holiday", case.holidays[day])
        if expected and expected[-1][2:] == what:
            expected[-1] = (expected[-1][0], right, *what)
        else:
            expected.append((left, right, *what))
    if case.calendar.is_always_open:
        expected = [(start, start + length, "open", None)]
    found = case.calendar.spans(start, start + length)
    assert [(span.start, span.end, span.kind, span.name) for span in found] == expected


@MANY
@given(cases(), AROUND)
def test_opening_and_closing_are_edges_of_pieces(case: Case, distance: int) -> None:
    at, calendar = case.noon + distance, case.calendar
    found = pieces(naive_windows(case, case.around - timedelta(days=8), 24), at, at + 9 * DAY)
    opening = next((left for left, _, is_open in found if is_open), None)
    assert calendar.is_open(at) is (opening == at)
    if opening is not None:
        assert calendar.next_opening(at) == opening
        closing = next((left for left, _, is_open in found if left > opening and not is_open), None)
        if closing is not None:
            assert calendar.open_until(opening) == closing


@MANY
@given(cases(), AROUND, st.integers(0, 20 * 7 * DAY))
def test_add_is_the_earliest_instant_that_counts_enough(case: Case, distance: int, seconds: int) -> None:
    start, calendar = case.noon + distance, case.calendar
    weekly = calendar.between(start + 30 * DAY, start + 37 * DAY)  # without what is special around the jump
    assume(weekly)
    seconds = 1 + seconds % (20 * weekly)
    due = calendar.add(start, seconds)
    assert calendar.between(start, due) == seconds
    assert calendar.between(start, due - 1) == seconds - 1


@MANY
@given(cases(), AROUND, st.integers(0, 300 * DAY), st.integers(0, 300 * DAY))
def test_between_adds_up_over_any_cut(case: Case, distance: int, first: int, second: int) -> None:
    start, calendar = case.noon + distance, case.calendar
    middle, end = start + first, start + first + second
    assert calendar.between(start, middle) + calendar.between(middle, end) == calendar.between(start, end)


@MANY
@given(cases(), AROUND, st.integers(1, 60 * DAY))
def test_spans_have_no_gap_and_their_open_time_is_what_counts(case: Case, distance: int, length: int) -> None:
    start, calendar = case.noon + distance, case.calendar
    spans = calendar.spans(start, start + length)
    assert [span.start for span in spans] + [start + length] == [start] + [span.end for span in spans]
    assert all(span.start < span.end for span in spans)
    assert all((a.kind, a.name) != (b.kind, b.name) for a, b in pairwise(spans))
    assert sum(span.end - span.start for span in spans if span.kind == "open") == calendar.between(
        start, start + length
    )

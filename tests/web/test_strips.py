"""Where the parts of a strip go: linear in real time, gap-free, and readable at the edges."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from slaplugin.services import tickets
from slaplugin.web.ui import strips
from slaplugin.web.ui.strips import Strip
from slaplugin.web.words import Words
from tests.conftest import move
from tests.services.parts import replied
from tests.test_wording import plain
from tests.web.desk import Desk
from tests.web.scene import opened


def draw(desk: Desk, ticket: str, metric: str = "resolution") -> Strip:
    with desk.state.read_session() as session:
        shown = tickets.page(session, desk.state.runtime.documents, desk.clock.now(), "desk", ticket)
    view = next(one for one in shown.timers if one.chip.metric == metric)
    strip = strips.draw(view, shown.marks, Words(desk.clock.now(), ZoneInfo("Europe/Berlin")), "title")
    assert strip is not None
    return strip


def percent(text: str) -> float:
    return float(text.rstrip("%"))


def test_blocks_touch_and_end_at_the_right_edge(busy_desk: Desk) -> None:
    blocks = draw(busy_desk, "405").blocks
    gaps = [abs(percent(one.x) + percent(one.width) - percent(other.x)) for one, other in pairwise(blocks)]
    assert max(gaps) < 0.02
    assert abs(percent(blocks[-1].x) + percent(blocks[-1].width) - 100) < 0.02


def test_widths_are_real_time(busy_desk: Desk) -> None:
    """45 minutes counted, 40 h 45 m paused."""
    counted, paused = draw(busy_desk, "405").blocks[:2]
    assert abs(percent(paused.width) / percent(counted.width) - 2445 / 45) < 0.6


def test_it_begins_on_the_hour_and_ends_with_the_window_of_the_due_day(busy_desk: Desk) -> None:
    """Created Wed 15:40, due 175,550 s later: from Wed 15:00 to a tenth past due, which is behind Fri 17:00."""
    first = percent(draw(busy_desk, "405").blocks[0].x)
    assert first == pytest.approx(100 * 2_400 / (2_400 + 175_500 * 1.1), abs=0.01)


def test_what_will_count_and_what_is_past_due_are_told_apart(busy_desk: Desk) -> None:
    assert [block.kind for block in draw(busy_desk, "405").blocks] == [
        "k-counted",
        "paused",
        "k-counted",
        "k-will",
        "k-after",
    ]


def test_a_holiday_and_closed_time_are_blocks_of_their_own(desk: Desk) -> None:
    desk.publish()
    desk.connect()
    desk.tell(opened("1", "2026-05-13T13:40:00Z", "Over Ascension Day", "normal"), replied("1", "2026-05-13T13:50:00Z"))
    kinds = [block.kind for block in draw(desk, "1").blocks]
    assert kinds[:5] == ["k-counted", "k-closed", "holiday", "k-closed", "k-counted"]


def test_days_are_lines_with_names(busy_desk: Desk) -> None:
    strip = draw(busy_desk, "405")
    assert len(strip.days) == 3
    assert [label.text for label in strip.labels if label.y == 113 and "minor" in label.css] == [
        "Wed 13 May", "Thu 14 May", "Fri 15 May",
    ]  # fmt: skip


def test_within_one_day_it_is_small(busy_desk: Desk) -> None:
    strip = draw(busy_desk, "402", "first_response")
    assert strip.is_small
    assert strip.days == ()


def test_now_and_due_share_a_label_on_a_phone(busy_desk: Desk) -> None:
    short = [label for label in draw(busy_desk, "405").labels if "short" in label.css and label.y == 11]
    assert [plain(label.text) for label in short] == ["now 15:24, due 16:25"]


def test_labels_of_one_row_never_come_nearer_than_44_px(busy_desk: Desk) -> None:
    for ticket in ("401", "405", "406", "408", "410"):
        labels = [label for label in draw(busy_desk, ticket).labels if "minor" in label.css]
        for row in {label.y for label in labels} - {11}:
            places = sorted(percent(label.x) for label in labels if label.y == row)
            assert all(after - before >= 100 * 44 / 700 - 0.01 for before, after in pairwise(places)), (ticket, row)


def test_longer_than_ten_days_closed_time_shrinks_to_joints(desk: Desk) -> None:
    desk.publish()
    desk.connect()
    desk.tell(opened("1", "2026-05-04T08:00:00Z", "Long", "normal"), replied("1", "2026-05-04T08:10:00Z"))
    move(desk.clock, "2026-05-29T08:00:00Z")
    strip = draw(desk, "1")
    closed = [percent(block.width) for block in strip.blocks if block.kind in ("k-closed", "holiday")]
    assert strip.is_joined
    assert len(closed) > 15
    assert max(closed) < 1.5


def test_dots_say_who_did_what(busy_desk: Desk) -> None:
    said = [(dot.actor, plain(dot.title)) for dot in draw(busy_desk, "401").dots]
    assert said == [("requester", "created by Una, 11:10"), ("agent", "reply by Ada, 11:20")]


def test_steps_that_never_happened_are_not_drawn(busy_desk: Desk) -> None:
    assert draw(busy_desk, "409").thresholds == ()
    assert len(draw(busy_desk, "405").thresholds) == 2

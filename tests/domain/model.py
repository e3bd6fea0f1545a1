"""A second engine, as simple as can be: it walks a ticket's life tick by tick and counts on its fingers.

Written from the rules alone, for one policy with three metrics; slow, and close to how a person would check a due
time. Everything happens on whole ticks: events, edges of opening hours, targets. It knows calendars only as the set of
ticks that are open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from slaplugin.domain.events import TicketEvent

DONE = ("solved", "closed")


@dataclass(frozen=True)
class Goal:
    """A target: so many open ticks of a calendar."""

    ticks: int
    calendar: str


@dataclass(frozen=True)
class Rules:
    """One policy. `goals` by (tier, metric); a tier without a goal promises nothing."""

    goals: Mapping[tuple[str, str], Goal]
    open_ticks: Mapping[str, AbstractSet[int]]
    default_tier: str | None
    on_change: str = "recount"
    breaches: str = "keep"
    reopen: str = "resume"
    stop: Sequence[str] = DONE
    pauses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    agent_created: str = "wait_for_requester"
    solve: str = "fulfil"


@dataclass(eq=False)
class Clock:
    """One timer. `live` says of each tick since the start whether it stood still, `counted` whether it counted."""

    metric: str
    start: int
    live: list[bool] = field(default_factory=list)
    counted: list[bool] = field(default_factory=list)
    cycle: int = 0
    tier: str | None = None
    goal: Goal | None = None
    in_force_since: int = 0
    lost_at: int | None = None
    lost_after: int = 0
    ended: int | None = None
    cancelled: bool = False
    breached: int | None = None
    by_change: bool = False
    first_due: int | None = None


class Walk:
    """The life of one ticket up to an instant."""

    def __init__(self, rules: Rules, events: Sequence[TicketEvent], until: int) -> None:
        self.rules = rules
        self.status = "new"
        self.priority: str | None = None
        self.clocks: list[Clock] = []
        self.stage = "not begun"  # of the first response: not begun, running, over
        self.question: int | None = None
        self.until = until
        events = [event for event in events if event.at <= until]
        for tick in range(events[0].at if events else until, until + 1):
            for event in events:
                if event.at == tick:
                    self.happen(event)
            if tick < until:
                self.pass_by(tick)

    def shown(self) -> dict[tuple[str, int], Mapping[str, object]]:
        return {(clock.metric, clock.cycle): self.record(clock) for clock in self.clocks if clock.goal is not None}

    def pass_by(self, tick: int) -> None:
        """From this tick to the next: what counts counts, and what is open with nothing left is late."""
        for clock in self.running():
            can_be_late = clock.goal is not None and clock.lost_at is None and clock.breached is None
            if can_be_late and self.reached(clock) is not None:
                self.late(clock)
            is_live = self.status not in self.rules.pauses.get(clock.metric, ())
            clock.live.append(is_live)
            clock.counted.append(is_live and self.is_open(clock, tick))
        for clock in self.clocks:
            if clock.ended is not None:
                clock.live.append(False)
                clock.counted.append(False)

    def happen(self, event: TicketEvent) -> None:
        is_first = self.stage == "not begun"
        was = self.status
        status = event.set.get("status", self.status)
        replied = event.role if event.kind == "replied" and event.public else None
        solved = status in DONE and (is_first or was not in DONE)
        moved = is_first or status != was
        if not is_first:
            self.finish(event.at, replied, solved, status if moved else None)
        self.status = status
        self.priority = event.set.get("priority", self.priority)
        fresh = self.begin(event, is_first, replied, solved)
        fresh += self.come_back(event.at, was) if moved and not is_first else []
        for clock in self.running():
            self.look_up(clock, event.at, clock in fresh)
        if is_first:
            self.finish(event.at, None, solved, status)

    def finish(self, now: int, replied: str | None, solved: bool, entered: str | None) -> None:
        for clock in self.running():
            if clock.metric == "resolution":
                if entered in self.rules.stop:
                    self.end(clock, now)
            elif replied == "agent":
                self.end(clock, now)
            elif solved:
                self.end(clock, now, clock.metric == "first_response" and self.rules.solve == "cancel")

    def end(self, clock: Clock, now: int, cancel: bool = False) -> None:
        clock.ended = now
        clock.cancelled = cancel and clock.lost_at is None
        if clock.goal is not None and clock.lost_at is None and clock.first_due is None:
            clock.first_due = self.due(clock)

    def begin(self, event: TicketEvent, is_first: bool, replied: str | None, solved: bool) -> list[Clock]:
        """Who has to be answered from now on; returns the clocks that this event starts."""
        before = len(self.clocks)
        waits = is_first and event.role == "agent" and self.rules.agent_created == "wait_for_requester"
        if waits:
            self.stage = "waiting"
        elif is_first:
            self.stage = "running"
            self.clocks.append(Clock("first_response", event.at))
        if is_first:
            self.clocks.append(Clock("resolution", event.at))
        if solved or (replied == "agent" and self.stage != "waiting"):
            self.stage, self.question = "over", None
        elif replied == "requester" and self.stage == "waiting":
            self.stage = "running"
            self.clocks.append(Clock("first_response", event.at))
        elif replied == "requester" and self.stage == "over" and self.question is None:
            self.question = event.at
        asked = any(clock.metric == "next_response" for clock in self.running())
        if self.question is not None and not asked and self.status not in DONE:
            clock = Clock("next_response", self.question)
            for _ in range(self.question, event.at):  # it waited on a solved ticket, which pauses nothing here
                clock.live.append(True)
                clock.counted.append(False)
            self.clocks.append(clock)
        return self.clocks[before:]

    def come_back(self, now: int, was: str) -> list[Clock]:
        ended = [clock for clock in self.clocks if clock.metric == "resolution"]
        if not ended or ended[-1].ended is None or was not in self.rules.stop:
            return []
        if self.status in self.rules.stop or self.status == "closed" or self.rules.reopen == "ignore":
            return []
        if self.rules.reopen == "new_cycle":
            self.clocks.append(Clock("resolution", now))
            return self.clocks[-1:]
        ended[-1].ended = None
        return ended[-1:]

    def look_up(self, clock: Clock, now: int, is_fresh: bool) -> None:
        tier = self.priority or self.rules.default_tier
        goal = self.rules.goals.get((tier or "", clock.metric))
        if goal is None:
            if clock.goal is not None and clock.lost_at is None:
                clock.lost_at, clock.lost_after = now, len(clock.counted)
            return
        is_changed = clock.goal is not None and clock.tier != tier
        if clock.goal is None:
            clock.cycle = 1 + sum(1 for other in self.clocks if other.metric == clock.metric and other.goal is not None)
        if is_changed or clock.goal is None:
            kept = len(clock.counted) if clock.lost_at is None else clock.lost_after
            if clock.goal is None or self.rules.on_change == "recount":
                kept = 0
            clock.tier, clock.goal = tier, goal
            if is_changed and self.rules.on_change == "restart":
                clock.start, clock.live, clock.counted = now, [], []
            for position in range(kept, len(clock.live)):
                clock.counted[position] = clock.live[position] and self.is_open(clock, clock.start + position)
            if is_changed and self.rules.breaches == "withdraw":
                clock.breached, clock.by_change = None, False
            is_fresh = True
        if is_fresh or clock.lost_at is not None:
            clock.in_force_since = now
        clock.lost_at = None
        due = self.due(clock)
        if clock.first_due is None:
            clock.first_due = due
        ran_out = self.reached(clock)
        if ran_out is not None and (ran_out < clock.in_force_since or due is None):
            self.late(clock)

    def late(self, clock: Clock) -> None:
        ran_out = self.reached(clock)
        assert ran_out is not None
        if clock.breached is None:
            clock.breached = max(ran_out, clock.in_force_since)
            clock.by_change = clock.breached > ran_out

    def reached(self, clock: Clock) -> int | None:
        """The tick at which the target was used up, if it was."""
        assert clock.goal is not None
        missing = clock.goal.ticks
        for position, counts in enumerate(clock.counted):
            missing -= counts
            if missing == 0:
                return clock.start + position + 1
        return None

    def due(self, clock: Clock) -> int | None:
        """When it runs out as things stand."""
        ran_out = self.reached(clock)
        is_paused = self.status in self.rules.pauses.get(clock.metric, ())
        if clock.ended is None and is_paused:
            return None
        if ran_out is not None:
            return ran_out
        assert clock.goal is not None
        missing = clock.goal.ticks - sum(clock.counted)
        tick = clock.start + len(clock.live) if clock.ended is None else clock.ended
        while missing:
            missing -= self.is_open(clock, tick)
            tick += 1
        return tick

    def record(self, clock: Clock) -> Mapping[str, object]:
        assert clock.goal is not None
        state, end, length = "active", self.until, len(clock.counted)
        if clock.lost_at is not None:
            state, end, length = "cancelled", clock.lost_at, clock.lost_after
        elif clock.ended is not None:
            state, end = "cancelled" if clock.cancelled else "fulfilled", clock.ended
        elif self.status in self.rules.pauses.get(clock.metric, ()):
            state = "paused"
        due = None if state == "cancelled" else self.due(clock)
        elapsed = sum(clock.counted[:length])
        return {
            "state": state,
            "priority": clock.tier,
            "started_at": clock.start,
            "fulfilled_at": end if state == "fulfilled" else None,
            "cancelled_at": end if state == "cancelled" else None,
            "elapsed": elapsed,
            "remaining": clock.goal.ticks - elapsed,
            "wall": end - clock.start,
            "due_at": due,
            "original_due_at": clock.first_due,
            "breached_at": clock.breached,
            "retroactive": clock.by_change,
        }

    def running(self) -> list[Clock]:
        return [clock for clock in self.clocks if clock.ended is None]

    def is_open(self, clock: Clock, tick: int) -> bool:
        return clock.goal is not None and tick in self.rules.open_ticks[clock.goal.calendar]

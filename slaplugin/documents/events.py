"""Event files and the records that replay prints: JSON, one object a line."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, NoReturn

from marshmallow import ValidationError

from slaplugin.documents import loading
from slaplugin.documents.event_schema import accepted, checked
from slaplugin.documents.fields import flat, nearest
from slaplugin.documents.paths import path_text, shown
from slaplugin.domain import instants
from slaplugin.domain.events import TicketEvent
from slaplugin.domain.explain import Segment
from slaplugin.domain.instants import Instant
from slaplugin.domain.timers import Timer
from slaplugin.errors import DocumentError, Problem

MAX_PROBLEMS = 1_000
"""So many are listed; the rest of a hopeless file is counted."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The events of a file by ticket, repeats left out, in the order of the file.

    `last_at` is the instant of the latest event, None in an empty file. `warnings` name tickets that get no timers and
    corrections that do nothing.
    """

    tickets: Mapping[str, Sequence[TicketEvent]]
    last_at: Instant | None
    warnings: tuple[Problem, ...]


def read(source: IO[bytes] | Iterable[bytes], name: str, tiers: Collection[str] | None = None) -> Feed:
    """Read an event file, plain or gzip, line by line. With `tiers` a priority has to be one of them.

    Raises DocumentError listing every problem with its line: then nothing of the file may be used.
    """
    reader = _Reader(tiers)
    number = 0
    try:
        for number, line in loading.lines(source):
            reader.take(number, line)
    except (OSError, EOFError, zlib.error) as error:
        reader.report(number + 1, "", loading.broken(error))
    if reader.problems:
        if reader.left_out:
            reader.problems.append(Problem("", f"{reader.left_out} more problems are not listed; mend these first"))
        raise DocumentError(name, reader.problems)
    tickets = {ticket: list(events.values()) for ticket, events in reader.tickets.items()}
    return Feed(tickets, reader.last_at, tuple(_warnings(tickets)))


def parse(record: Any, name: str = "event") -> TicketEvent:
    """The event of one decoded record; raises DocumentError listing its problems."""
    event = accepted(record)
    if event is not None:
        return event
    try:
        return checked(record)
    except ValidationError as error:
        raise DocumentError(name, _problems(error)) from error


def to_json_event(event: TicketEvent) -> dict[str, Any]:
    """The record of an event; `parse` gives the event back."""
    record: dict[str, Any] = {
        "id": event.id,
        "ticket": event.ticket,
        "at": instants.text(event.at),
        "seq": event.seq,
        "kind": event.kind,
    }
    actor = {key: value for key, value in (("id", event.actor_id), ("role", event.role)) if value is not None}
    if actor:
        record["actor"] = actor
    if event.kind == "replied":
        record["public"] = event.public
    if event.set:
        record["set"] = dict(event.set)
    if event.of is not None:
        record["of"] = event.of
    return record


def to_json(timer: Timer, at: Instant | None = None, explanation: Sequence[Segment] | None = None) -> dict[str, Any]:
    """The record of a timer, with the instant it was asked for and its explanation where given."""
    record: dict[str, Any] = {} if at is None else {"at": instants.text(at)}
    record |= {
        "ticket": timer.ticket,
        "metric": timer.metric,
        "cycle": timer.cycle,
        "policy": timer.policy,
        "priority": timer.priority,
        "calendar": timer.calendar,
        "state": timer.state,
        "started_at": instants.text(timer.started_at),
        "fulfilled_at": _text(timer.fulfilled_at),
        "cancelled_at": _text(timer.cancelled_at),
        "cancel_reason": timer.cancel_reason,
        "target_seconds": timer.target_seconds,
        "elapsed_seconds": timer.elapsed_seconds,
        "remaining_seconds": timer.remaining_seconds,
        "wall_seconds": timer.wall_seconds,
        "due_at": _text(timer.due_at),
        "original_due_at": _text(timer.original_due_at),
        "breached": timer.breached,
        "breached_at": _text(timer.breached_at),
        "retroactive": timer.retroactive,
        "escalations": [{"at": step.at, "instant": _text(step.instant)} for step in timer.escalations],
    }
    if explanation is not None:
        record["explain"] = [to_json_segment(segment) for segment in explanation]
    return record


def to_json_segment(segment: Segment) -> dict[str, Any]:
    """The record of one stretch of an explanation."""
    return {
        "from": instants.text(segment.start),
        "to": instants.text(segment.end),
        "kind": segment.kind,
        "seconds": segment.seconds,
        "because": segment.because,
    }


def _text(instant: Instant | None) -> str | None:
    return None if instant is None else instants.text(instant)


@dataclass(slots=True)
class _Reader:
    tiers: Collection[str] | None
    tickets: dict[str, dict[str, TicketEvent]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    last_at: Instant | None = None

    def report(self, number: int, path: str, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(path, message, number))
        else:
            self.left_out += 1

    def take(self, number: int, line: bytes | None) -> None:
        if line is None:
            megabytes = loading.MAX_LINE_BYTES // 1_000_000
            self.report(number, "", f"is longer than {megabytes} MB, the limit of one event; write one object a line")
            return
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line or line.isspace():
            return
        try:
            record = _decoded(line)
            event = accepted(record) or checked(record)
        except ValidationError as error:
            for problem in _problems(error):
                self.report(number, problem.path, problem.message)
        except _BadLine as error:
            self.report(number, "", str(error))
        else:
            self._add(number, event)

    def _add(self, number: int, event: TicketEvent) -> None:
        priority = event.set.get("priority")
        if priority is not None and self.tiers is not None and priority not in self.tiers:
            mend = nearest(priority, tuple(self.tiers))
            self.report(number, "set.priority", f"{shown(priority)} is no tier of the policy; {mend}")
        events = self.tickets.setdefault(event.ticket, {})
        known = events.setdefault(event.id, event)
        if known is not event and known != event:
            message = (
                f"{shown(event.id)} of ticket {shown(event.ticket)} came before with other content; ids are unique"
            )
            self.report(number, "id", message)
        if self.last_at is None or event.at > self.last_at:
            self.last_at = event.at


class _BadLine(ValueError):
    """A line that is no JSON object at all, in words."""


def _decoded(line: bytes) -> Any:
    """The line as JSON; raises _BadLine."""
    try:
        text = line.decode("utf-8")
        record = _DECODER.decode(text)
        if not _has_no_repeats(line, record):
            record = _PAIRS_DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise _BadLine("is not UTF-8 text; save the file as UTF-8") from error
    except RecursionError as error:
        raise _BadLine("is nested too deep; an event is a flat object") from error
    except json.JSONDecodeError as error:
        raise _BadLine(f"is not JSON: {error.msg} (column {error.colno})") from error
    except _BadLine:
        raise
    except ValueError as error:  # more digits than Python turns into a number
        raise _BadLine("holds too large a number") from error
    if b"\\u" in line:  # only an escape can smuggle in half a character
        try:
            json.dumps(record, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise _BadLine("holds half a surrogate pair; write the character itself") from error
    return record


def _has_no_repeats(line: bytes, record: Any) -> bool:
    """Whether no key can be there twice, told by counting: twice as fast as looking at every pair.

    Each key is followed by `":`, unless blanks stand between. Text may hold the same two characters, so a different
    count says nothing, but an equal one leaves no room for another key.
    """
    if type(record) is not dict or b" :" in line or b"\t:" in line or b"\r:" in line:
        return False
    keys = len(record)
    for value in record.values():
        if type(value) is dict:
            keys += len(value)
    return line.count(b'":') == keys


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _BadLine(f"the key {shown(max(keys, key=keys.count))} is written twice; keep one")
    return content


def _refuse_constant(word: str) -> NoReturn:
    raise _BadLine(f"holds {word}, which JSON does not know")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_PAIRS_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_mapping)


def _problems(error: ValidationError) -> list[Problem]:
    return [Problem(path_text(path), message) for path, message in flat(error.messages)]


def _warnings(tickets: Mapping[str, Sequence[TicketEvent]]) -> Iterable[Problem]:
    for ticket, events in tickets.items():
        created = {event.id for event in events if event.kind == "created"}
        if not created:
            yield Problem("", f"ticket {shown(ticket)} has no created event, so it gets no timers")
        for event in events:
            if event.kind == "withdrawn" and event.of in created:
                yield Problem(
                    "", f"ticket {shown(ticket)}: {shown(event.id)} withdraws its creation, which does nothing"
                )

"""A policy's `metrics` as written: options of built-in metrics, and metrics of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from slaplugin.documents.conditions import pause, trigger
from slaplugin.documents.fields import Items, Mold, StrictSchema, nearest, word
from slaplugin.documents.implications import implies
from slaplugin.documents.paths import Findings, Path, is_told, shown
from slaplugin.domain.conditions import Condition, Match
from slaplugin.domain.events import STATUSES
from slaplugin.domain.metrics import (
    BUILT_IN,
    DEFAULT_PAUSES,
    DONE,
    FIRST_RESPONSE,
    RESOLUTION_FAMILY,
    MetricOptions,
    Trigger,
)

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_OWN_KEYS = ("start", "stop", "pause", "cycles")
_AT_CREATION = RESOLUTION_FAMILY | {FIRST_RESPONSE}
_FIRST_STATUSES = ("new", "open")


def metric_name(value: Any) -> str:
    """A built-in metric, or a name that one of the policy's own may have."""
    if value not in BUILT_IN and _NAME.fullmatch(value) is None:
        raise ValueError("is not a name for a metric; use small letters, digits and underscores, as in vendor_fix")
    return str(value)


def _stop(value: Any) -> frozenset[str] | Trigger:
    if not isinstance(value, list):
        return trigger(value)
    problems = {
        index: [f"{shown(one)} is not a status; {nearest(one, STATUSES)}"]
        for index, one in enumerate(value)
        if one not in STATUSES
    }
    if problems:
        raise ValidationError(problems)
    if not value:
        raise ValidationError("is an empty list, so nothing ever ends the timer; name a status")
    return frozenset(value)


class MetricSchema(StrictSchema):
    """One entry: which keys a metric takes depends on what it is, and `build` knows."""

    pause = Items(Mold(pause))
    start = Mold(trigger)
    stop = Mold(_stop)
    cycles = Mold(word(("one", "many")))
    reopen = Mold(word(("resume", "new_cycle", "ignore")))
    agent_created = Mold(word(("wait_for_requester", "run")))
    solve = Mold(word(("fulfil", "cancel")))


def build(metric: str, written: Mapping[str, Any], path: Path, problems: Findings, warnings: Findings) -> MetricOptions:
    """The options of a loaded MetricSchema; keys that mean nothing for this metric are problems."""
    is_own = metric not in BUILT_IN
    allowed = _keys_of(metric)
    for key in sorted(written.keys() - set(allowed)):
        owner = "a metric of your own" if is_own else metric
        problems.append(((*path, key), f"is not an option of {owner}, which has {', '.join(allowed)}"))
    pauses = DEFAULT_PAUSES.get(metric, ())
    if "pause" in written:
        pauses = tuple(one for one in written["pause"] if one is not None)
    stop = written.get("stop")
    if is_own:
        for key in ("start", "stop"):
            if key not in written and not is_told(problems, (*path, key)):
                problems.append(
                    (path, f"is a metric of your own without {key}; add {key}: as in {{enters: {{status: open}}}}")
                )
        if isinstance(stop, frozenset):
            problems.append(((*path, "stop"), "is a list of statuses; write {enters: {status: [solved, closed]}}"))
    elif isinstance(stop, Trigger):
        problems.append(((*path, "stop"), "is a trigger; list statuses, as in [solved, closed]"))
    start = written.get("start")
    for one in pauses:
        if _covers_start(metric, start, one.match):
            warnings.append(((*path, "pause"), f"{one.label} holds when the timer starts, so it starts paused"))
    return MetricOptions(
        pause=pauses,
        stop=stop if isinstance(stop, frozenset) else DONE,
        reopen=written.get("reopen", "resume"),
        agent_created=written.get("agent_created", "wait_for_requester"),
        solve=written.get("solve", "fulfil"),
        start=start if is_own else None,
        stop_trigger=stop if is_own and isinstance(stop, Trigger) else None,
        many_cycles=written.get("cycles") == "many",
    )


def _keys_of(metric: str) -> tuple[str, ...]:
    if metric not in BUILT_IN:
        return _OWN_KEYS
    if metric in RESOLUTION_FAMILY:
        return ("pause", "stop", "reopen")
    return ("pause", "agent_created", "solve") if metric == FIRST_RESPONSE else ("pause",)


def _covers_start(metric: str, start: Trigger | None, pause: Match) -> bool:
    if start is not None and start.kind == "enters":
        return implies(start.match, pause)
    if metric in _AT_CREATION or (start is not None and start.kind == "created"):
        return any(implies((Condition("status", "in", (status,)),), pause) for status in _FIRST_STATUSES)
    return not pause

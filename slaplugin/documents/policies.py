"""The policy document: what was written, checked whole, and the engine's form of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import rfc8785
from marshmallow import ValidationError

from slaplugin.documents import calendars, escalations, metrics, trees
from slaplugin.documents.calendars import ALWAYS_HOURS, CalendarSchema, Hours
from slaplugin.documents.conditions import match
from slaplugin.documents.durations import Duration
from slaplugin.documents.escalations import EscalationSchema, duration
from slaplugin.documents.fields import Items, Mold, StrictSchema, Table, flat, nearest, part, text, word
from slaplugin.documents.implications import implies, is_impossible
from slaplugin.documents.metrics import MetricSchema, metric_name
from slaplugin.documents.paths import Findings, Path, shown
from slaplugin.domain.conditions import Match
from slaplugin.domain.metrics import BUILT_IN, Trigger
from slaplugin.domain.policies import Policy, PolicyDocument, Target
from slaplugin.errors import DocumentError, Problem

SCHEMA = "slaplugin/policy/1"


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy document that may be used.

    `canonical` is what was written, in the one byte form of RFC 8785: the same for YAML and JSON, and loading it gives
    an equal document. `warnings` are what a careful reader would ask about; none of them keeps it from being used.
    """

    document: PolicyDocument
    canonical: bytes
    warnings: tuple[Problem, ...]


def load(text: str | bytes, name: str) -> LoadedPolicy:
    """Read a policy document in YAML or JSON; `name` is what messages call it.

    Raises DocumentError listing every problem: syntax first, and once that is right, everything else at once.
    """
    tree = trees.parse(text, name)
    problems: Findings = []
    warnings: Findings = []
    try:
        written = DocumentSchema().load(tree.content)
    except ValidationError as error:
        problems += flat(error.messages)
        written = error.valid_data or {}
    document = _Build(written, problems, warnings).document()
    if problems:
        raise DocumentError(name, _in_order(tree, problems))
    return LoadedPolicy(document, rfc8785.dumps(tree.content), tuple(_in_order(tree, warnings)))


@dataclass(frozen=True, slots=True)
class WrittenTarget:
    """A target before its calendar is known."""

    within: Duration
    calendar: str | None = None


class _TargetSchema(StrictSchema):
    within = Mold(duration, required=True)
    calendar = Mold(text)


_TARGET = _TargetSchema()


def _target(value: Any) -> WrittenTarget:
    if not isinstance(value, dict):
        return WrittenTarget(duration(value))
    try:
        return WrittenTarget(**_TARGET.load(value))
    except ValidationError as error:
        raise ValidationError(error.messages) from error  # half a target is none


def _schema(value: Any) -> str:
    if value != SCHEMA:
        raise ValueError(f"{shown(value)} is not a format known here; write {SCHEMA}")
    return SCHEMA


class PolicySchema(StrictSchema):
    """One entry of `policies`."""

    name = Mold(text, required=True)
    match = Mold(match)
    calendar = Mold(text)
    on_change = Mold(word(("recount", "keep_elapsed", "restart")))
    breaches = Mold(word(("keep", "withdraw")))
    metrics = Table(part(MetricSchema), metric_name)
    targets = Table(Table(Mold(_target), text), text)
    escalations = Items(part(EscalationSchema))


class DocumentSchema(StrictSchema):
    """The whole document."""

    schema = Mold(_schema, required=True)
    priorities = Items(Mold(text), required=True)
    default_priority = Mold(text, allow_none=True)
    calendars = Table(part(CalendarSchema), text)
    policies = Items(part(PolicySchema), required=True)


def _in_order(tree: trees.Tree, findings: Findings) -> list[Problem]:
    """In the order of the document, each once."""
    found = dict.fromkeys(tree.problem(path, message) for path, message in findings)
    return sorted(found, key=lambda problem: problem.line or 0)


@dataclass(slots=True)
class _Build:
    """From the loaded schema to the engine's form, with the checks that take more than one field.

    Works on what is left of a document with problems too; then only `problems` matters.
    """

    written: Mapping[str, Any]
    problems: Findings
    warnings: Findings
    tiers: tuple[str, ...] = ()
    hours: dict[str, Hours | None] = field(default_factory=dict)

    def document(self) -> PolicyDocument:
        self.tiers = self._tiers()
        self.hours = {ALWAYS_HOURS.calendar.name: ALWAYS_HOURS}
        for name, one in (self.written.get("calendars") or {}).items():
            self.hours[name] = calendars.build(name, one, ("calendars", name), self.problems, self.warnings)
        policies = [
            self._policy(one, ("policies", index))
            for index, one in enumerate(self.written.get("policies") or ())
            if one is not None
        ]
        self._refuse_repeated_names(policies)
        self._warn_of_idle(policies)
        return PolicyDocument(
            priorities=self.tiers,
            default_priority=self.written.get("default_priority"),
            calendars={name: hours.calendar for name, hours in self.hours.items() if hours is not None},
            policies=tuple(policies),
        )

    def _tiers(self) -> tuple[str, ...]:
        written: Sequence[str | None] = self.written.get("priorities") or ()
        tiers = tuple(dict.fromkeys(one for one in written if one is not None))
        for index, one in enumerate(written):
            if one is not None and one in written[:index]:
                self.problems.append((("priorities", index), f"names {shown(one)} a second time; remove it"))
        if self.written.get("priorities") == []:
            self.problems.append((("priorities",), "names no tier; list them, most urgent first"))
        if self.written.get("policies") == []:
            self.problems.append((("policies",), "holds no policy; write at least one"))
        default = self.written.get("default_priority")
        if default is not None and tiers and default not in tiers:
            self.problems.append((("default_priority",), self._no_tier(default, tiers)))
        return tiers

    def _policy(self, written: Mapping[str, Any], path: Path) -> Policy:
        options = {
            metric: metrics.build(metric, one, (*path, "metrics", metric), self.problems, self.warnings)
            for metric, one in (written.get("metrics") or {}).items()
        }
        self._check_tiers_in_matches(written, path)
        calendar = written.get("calendar", ALWAYS_HOURS.calendar.name)
        if "calendar" in written:
            self._check_calendar(calendar, (*path, "calendar"))
        known = (*BUILT_IN, *(metric for metric in options if metric not in BUILT_IN))
        targets = self._targets(written.get("targets") or {}, (*path, "targets"), calendar, known)

        def refusal(length: Duration, timers: Sequence[str]) -> str | None:
            counted = {
                target.calendar
                for tier in targets.values()
                for metric, target in tier.items()
                if not timers or metric in timers
            }
            for name in sorted(counted or {calendar}):
                hours = self.hours.get(name)
                message = None if hours is None else hours.refuses(length)
                if message is not None:
                    return message
            return None

        rules = escalations.build(
            written.get("escalations") or (), (*path, "escalations"), known, refusal, self.problems
        )
        return Policy(
            name=written.get("name", ""),
            match=written.get("match", ()),
            on_change=written.get("on_change", "recount"),
            breaches=written.get("breaches", "keep"),
            metrics=options,
            targets=targets,
            escalations=rules,
        )

    def _targets(
        self, written: Mapping[str, Mapping[str, WrittenTarget]], path: Path, calendar: str, known: Sequence[str]
    ) -> dict[str, dict[str, Target]]:
        targets: dict[str, dict[str, Target]] = {}
        for tier, by_metric in written.items():
            if self.tiers and tier not in self.tiers:
                self.problems.append(((*path, tier), self._no_tier(tier, self.tiers)))
            targets[tier] = {}
            for metric, target in by_metric.items():
                here = (*path, tier, metric)
                if metric not in known:
                    self.problems.append((here, f"is no metric; {nearest(metric, known)}"))
                name = target.calendar or calendar
                if target.calendar is not None:
                    self._check_calendar(name, (*here, "calendar"))
                hours = self.hours.get(name)
                message = None if hours is None else hours.refuses(target.within)
                if message is not None:
                    self.problems.append((here, message))
                targets[tier][metric] = Target(target.within.seconds, name)
        missing = [tier for tier in self.tiers if not targets.get(tier)]
        if missing:
            self.warnings.append((path, f"has no target for {', '.join(missing)}: such tickets get no timers"))
        return targets

    def _check_calendar(self, name: str, path: Path) -> None:
        if name not in self.hours:
            self.problems.append((path, f"{shown(name)} is not a calendar; {nearest(name, tuple(self.hours))}"))

    def _check_tiers_in_matches(self, written: Mapping[str, Any], path: Path) -> None:
        found: list[tuple[Path, Match]] = [((*path, "match"), written.get("match", ()))]
        for metric, options in (written.get("metrics") or {}).items():
            here = (*path, "metrics", metric)
            for key in ("start", "stop"):
                trigger = options.get(key)
                if isinstance(trigger, Trigger):
                    found.append(((*here, key, trigger.kind), trigger.match))
            for index, pause in enumerate(options.get("pause") or ()):
                if pause is not None:
                    found.append(((*here, "pause", index), pause.match))
        for place, conditions in found:
            for condition in conditions:
                if condition.field != "priority" or not isinstance(condition.operand, tuple) or not self.tiers:
                    continue
                for value in condition.operand:
                    if value is not None and value not in self.tiers:
                        self.problems.append(((*place, "priority"), self._no_tier(value, self.tiers)))

    def _refuse_repeated_names(self, policies: Sequence[Policy]) -> None:
        seen: set[str] = set()
        for index, policy in enumerate(policies):
            if policy.name and policy.name in seen:
                message = f"{shown(policy.name)} is the name of another policy too; names are what reports tell apart"
                self.problems.append((("policies", index, "name"), message))
            seen.add(policy.name)

    def _warn_of_idle(self, policies: Sequence[Policy]) -> None:
        for index, policy in enumerate(policies):
            path = ("policies", index, "match")
            if is_impossible(policy.match):
                self.warnings.append((path, "can never hold: its conditions rule each other out"))
                continue
            taker = next((one for one in policies[:index] if implies(policy.match, one.match)), None)
            if taker is not None:
                message = f"can never match: {shown(taker.name)} before it takes every such ticket; move it up"
                self.warnings.append((path, message))

    @staticmethod
    def _no_tier(value: str, tiers: Sequence[str]) -> str:
        return f"{shown(value)} is no tier of this document; {nearest(value, tiers)}"

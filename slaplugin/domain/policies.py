"""The policy document in the engine's form: plain values, checked and resolved by `slaplugin.documents`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeAlias

from slaplugin.domain.calendars import Calendar
from slaplugin.domain.conditions import Fields, Match, matches
from slaplugin.domain.escalations import EscalationRule as EscalationRule
from slaplugin.domain.escalations import threshold_seconds
from slaplugin.domain.instants import Instant
from slaplugin.domain.metrics import DEFAULT_OPTIONS, NEVER_PAUSES, MetricOptions

OnChange: TypeAlias = Literal["recount", "keep_elapsed", "restart"]
Breaches: TypeAlias = Literal["keep", "withdraw"]
Apply: TypeAlias = Literal["new_tickets", "open_tickets"]


@dataclass(frozen=True, slots=True)
class Target:
    """The allowed duration in counted seconds of a calendar."""

    seconds: int
    calendar: str


@dataclass(frozen=True)
class Policy:
    """One entry of the ordered list: whom it is for, how its timers run, what is promised by tier and metric."""

    name: str
    match: Match = ()
    on_change: OnChange = "recount"
    breaches: Breaches = "keep"
    metrics: Mapping[str, MetricOptions] = field(default_factory=dict)
    targets: Mapping[str, Mapping[str, Target]] = field(default_factory=dict)
    escalations: tuple[EscalationRule, ...] = ()

    def escalations_for(self, metric: str) -> tuple[EscalationRule, ...]:
        """The steps that concern this metric, in document order."""
        return tuple(rule for rule in self.escalations if not rule.timers or metric in rule.timers)

    @cached_property
    def options(self) -> Mapping[str, MetricOptions]:
        """How it runs each metric that it knows: the built-in ones, defaults filled in, and its own."""
        return {**DEFAULT_OPTIONS, **self.metrics}

    @cached_property
    def own_metrics(self) -> Mapping[str, MetricOptions]:
        """Those that are not built in."""
        return {name: options for name, options in self.metrics.items() if options.start is not None}


@dataclass(frozen=True, eq=False, slots=True)
class Promise:
    """A policy's target for a tier and a metric, with all that it takes to keep time by it.

    A document has one object for each, so promises are told apart by identity. `thresholds` are the steps of its
    ladder: their names, and the counted seconds at which they happen.
    """

    policy: Policy
    tier: str
    target: Target
    calendar: Calendar
    options: MetricOptions
    thresholds: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class PolicyDocument:
    """Tiers, most urgent first, calendars by name and policies in order. "24x7" is always among the calendars."""

    priorities: tuple[str, ...]
    default_priority: str | None
    calendars: Mapping[str, Calendar]
    policies: tuple[Policy, ...]

    def governing(self, fields: Fields) -> Policy | None:
        """The first policy that matches."""
        return next((policy for policy in self.policies if matches(policy.match, fields)), None)

    def tier(self, fields: Fields) -> str | None:
        """The ticket's tier; the default one while its priority is null or no tier of this document."""
        priority = fields.get("priority")
        return priority if priority in self._tiers else self.default_priority

    def promises(self, policy: Policy | None, tier: str | None) -> Mapping[str, Promise]:
        """What a policy of this document promises a tier, by metric; nothing without policy or tier."""
        return NOTHING if policy is None else self._promises.get((policy.name, tier), NOTHING)

    def policy(self, name: str) -> Policy:
        """The policy of this name; raises KeyError."""
        return self._by_name[name]

    def calendar(self, name: str) -> Calendar:
        """The calendar of this name; raises KeyError."""
        return self.calendars[name]

    @cached_property
    def promised_metrics(self) -> frozenset[str]:
        """Metrics that have a target anywhere: no other can ever show a timer."""
        return frozenset(metric for policy in self.policies for tier in policy.targets.values() for metric in tier)

    @cached_property
    def deciding_fields(self) -> frozenset[str]:
        """Fields that policy and tier depend on: no other change can bring another promise."""
        return frozenset({"priority"} | {condition.field for policy in self.policies for condition in policy.match})

    @cached_property
    def _promises(self) -> Mapping[tuple[str, str | None], Mapping[str, Promise]]:
        return {
            (policy.name, tier): {
                metric: Promise(
                    policy, tier, target, self.calendars[target.calendar], options_of(policy, metric),
                    tuple([(one.at, threshold_seconds(one, target.seconds)) for one in policy.escalations_for(metric)]),
                )
                for metric, target in targets.items()
            }
            for policy in self.policies
            for tier, targets in policy.targets.items()
        }  # fmt: skip

    @cached_property
    def _tiers(self) -> frozenset[str]:
        return frozenset(self.priorities)

    @cached_property
    def _by_name(self) -> dict[str, Policy]:
        return {policy.name: policy for policy in self.policies}


NOTHING: Mapping[str, Promise] = MappingProxyType({})


def options_of(policy: Policy | None, metric: str) -> MetricOptions:
    """How a policy runs a metric, defaults filled in."""
    return (DEFAULT_OPTIONS if policy is None else policy.options).get(metric, NEVER_PAUSES)


@dataclass(frozen=True, slots=True)
class Version:
    """A document from an instant on: for tickets created since, or for every open timer too."""

    effective_at: Instant
    document: PolicyDocument
    apply: Apply = "new_tickets"

"""Which promise holds for which ticket when: the policies of a document over field states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from slaplugin.backtest.arrays import Bools, Ints, positions
from slaplugin.backtest.columns import Columns, FieldColumn
from slaplugin.domain.conditions import Condition, matches
from slaplugin.domain.metrics import DEFAULT_OPTIONS, FIRST_RESPONSE, MetricOptions
from slaplugin.domain.policies import Policy, PolicyDocument, Target

_NOTHING = MetricOptions()


class Pairs:
    """Pairs of policy and tier of a document as numbers; no policy and no tier have a number too."""

    def __init__(self, document: PolicyDocument) -> None:
        self.document = document
        self.width = len(document.priorities) + 1
        self.count = (len(document.policies) + 1) * self.width
        self.no_policy = len(document.policies)
        self.no_tier = len(document.priorities)
        self._target_seconds: dict[str, Ints] = {}
        self._answers: dict[tuple[int, Condition], Bools] = {}

    def policy(self, pair: int) -> Policy | None:
        """The policy of a pair."""
        index = pair // self.width
        return None if index == self.no_policy else self.document.policies[index]

    def options(self, pair: int, metric: str) -> MetricOptions:
        """How the policy of a pair runs a metric; as by default without a policy."""
        policy = self.policy(pair)
        own = None if policy is None else policy.metrics.get(metric)
        return DEFAULT_OPTIONS.get(metric, _NOTHING) if own is None else own

    def waits_for_requester(self, pair: int) -> bool:
        """Whether the first response to a ticket that an agent created waits for the requester to say something."""
        return self.options(pair, FIRST_RESPONSE).agent_created == "wait_for_requester"

    def target(self, pair: int, metric: str) -> Target | None:
        """What is promised to tickets of a pair for a metric."""
        policy, tier = self.policy(pair), pair % self.width
        if policy is None or tier == self.no_tier:
            return None
        return policy.targets.get(self.document.priorities[tier], {}).get(metric)

    def target_seconds(self, metric: str) -> Ints:
        """The target of every pair; 0 where there is none."""
        found = self._target_seconds.get(metric)
        if found is None:
            targets = (self.target(pair, metric) for pair in range(self.count))
            found = np.array([0 if target is None else target.seconds for target in targets], np.int64)
            self._target_seconds[metric] = found
        return found

    def holds(self, column: FieldColumn, condition: Condition) -> Bools:
        """Where a condition holds. Each value is looked at once, however many tickets have it."""
        key = (id(column.values), condition)
        answers = self._answers.get(key)
        if answers is None:
            found = [matches((condition,), {condition.field: value}) for value in column.values]
            answers = self._answers[key] = np.array(found, np.bool_)
        holds: Bools = answers[column.codes]
        return holds


@dataclass(frozen=True)
class Spells:
    """Stretches of events during which one pair governs a ticket: `pair` holds from `event` on.

    Ticket by ticket, the first spell of each begins with its creation; those of ticket `i` are `offsets[i]` to
    `offsets[i + 1]`.
    """

    event: Ints
    ticket: Ints
    pair: Ints
    offsets: Ints

    @cached_property
    def first(self) -> Ints:
        """The pair of every ticket at its creation."""
        return self.pair[self.offsets[:-1]]

    @cached_property
    def is_constant(self) -> Bools:
        """Whether one pair governs the ticket from its creation to its end."""
        return np.equal(np.diff(self.offsets), 1)

    def at_event(self, events: Ints) -> Ints:
        """The spell in which each event lies, after it was applied."""
        return np.searchsorted(self.event, events, side="right") - 1


def spells(columns: Columns, pairs: Pairs) -> Spells:
    """Look every field state up in the document, as the engine does after every event."""
    pair = _policy_of_states(columns, pairs) * pairs.width + _tier_of_states(columns, pairs)
    begins = np.append(True, pair[1:] != pair[:-1])
    begins[columns.state_offsets[:-1]] = True
    kept = positions(begins)
    event = columns.state_events[kept]
    before = np.append(0, np.cumsum(begins))
    return Spells(event, columns.ticket_of[event], pair[kept], before[columns.state_offsets])


def _policy_of_states(columns: Columns, pairs: Pairs) -> Ints:
    states = len(columns.state_events)
    found = np.full(states, pairs.no_policy, np.int64)
    free = np.ones(states, np.bool_)
    for index, policy in enumerate(pairs.document.policies):
        fits = free.copy()
        for condition in policy.match:
            fits &= pairs.holds(columns.fields[condition.field], condition)
        found[fits] = index
        free &= ~fits
    return found


def _tier_of_states(columns: Columns, pairs: Pairs) -> Ints:
    column = columns.fields["priority"]
    tiers = {tier: index for index, tier in enumerate(pairs.document.priorities)}
    found = (pairs.document.tier({"priority": value}) for value in column.values)
    tiers_by_value = [pairs.no_tier if tier is None else tiers[tier] for tier in found]
    return np.array(tiers_by_value, np.int64)[column.codes]

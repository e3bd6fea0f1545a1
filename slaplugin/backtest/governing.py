"""Which promise holds for which ticket when: the policies of a document over field states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from slaplugin.backtest.arrays import Bools, Ints, positions
from slaplugin.backtest.columns import Columns, FieldColumn
from slaplugin.domain.conditions import Condition, matches
from slaplugin.domain.policies import Policy, PolicyDocument, Target


class Pairs:
    """Pairs of policy and tier of a document as numbers; no policy and no tier have a number too."""

    def __init__(self, document: PolicyDocument) -> None:
        self.document = document
        self.width = len(document.priorities) + 1
        self.count = (len(document.policies) + 1) * self.width
        self.no_policy = len(document.policies)
        self.no_tier = len(document.priorities)

    def policy(self, pair: int) -> Policy | None:
        """The policy of a pair."""
        index = pair // self.width
        return None if index == self.no_policy else self.document.policies[index]

    def target(self, pair: int, metric: str) -> Target | None:
        """What is promised to tickets of a pair for a metric."""
        policy, tier = self.policy(pair), pair % self.width
        if policy is None or tier == self.no_tier:
            return None
        return policy.targets.get(self.document.priorities[tier], {}).get(metric)

    def target_seconds(self, metric: str) -> Ints:
        """The target of every pair; 0 where there is none."""
        targets = (self.target(pair, metric) for pair in range(self.count))
        return np.array([0 if target is None else target.seconds for target in targets], np.int64)


@dataclass(frozen=True)
class Spells:
    """Stretches of events during which one pair governs a ticket: `pair` holds from `event` on.

    Ticket by ticket, the first spell of each begins with its creation.
    """

    event: Ints
    ticket: Ints
    pair: Ints
    tickets: int

    @cached_property
    def first(self) -> Ints:
        """The pair of every ticket at its creation."""
        return self.pair[self.offsets[:-1]]

    @cached_property
    def offsets(self) -> Ints:
        """The spells of ticket `i` are `offsets[i]` to `offsets[i + 1]`."""
        return np.append(np.searchsorted(self.ticket, np.arange(self.tickets)), len(self.ticket))

    @cached_property
    def is_constant(self) -> Bools:
        """Whether one pair governs the ticket from its creation to its end."""
        return np.diff(self.offsets) == 1

    def at_event(self, events: Ints) -> Ints:
        """The spell in which each event lies, after it was applied."""
        return np.searchsorted(self.event, events, side="right") - 1


def spells(columns: Columns, pairs: Pairs) -> Spells:
    """Look every field state up in the document, as the engine does after every event."""
    pair = _policy_of_states(columns, pairs) * pairs.width + _tier_of_states(columns, pairs)
    begins = np.empty(len(pair), np.bool_)
    np.not_equal(pair[1:], pair[:-1], out=begins[1:])
    begins[columns.state_offsets[:-1]] = True
    kept = positions(begins)
    event = columns.state_events[kept]
    return Spells(event, columns.ticket_of[event], pair[kept], len(columns))


def _policy_of_states(columns: Columns, pairs: Pairs) -> Ints:
    states = len(columns.state_events)
    found = np.full(states, pairs.no_policy, np.int64)
    free: npt.NDArray[np.bool_] | None = None
    for index, policy in enumerate(pairs.document.policies):
        fits = None if free is None else free.copy()
        for condition in policy.match:
            holds = _holds(columns.fields[condition.field], condition)
            fits = holds if fits is None else fits & holds
        if fits is None:
            found[:] = index
            return found
        found[fits] = index
        free = ~fits if free is None else free & ~fits
        if not policy.match or not free.any():
            break
    return found


def _tier_of_states(columns: Columns, pairs: Pairs) -> Ints:
    column = columns.fields["priority"]
    tiers = {tier: index for index, tier in enumerate(pairs.document.priorities)}
    tiers_by_value = [
        tiers.get(tier, pairs.no_tier) if (tier := pairs.document.tier({"priority": value})) is not None else pairs.no_tier
        for value in column.values
    ]
    return np.array(tiers_by_value, np.int64)[column.codes]


def _holds(column: FieldColumn, condition: Condition) -> Bools:
    """Each value is looked at once, however many tickets have it."""
    answers = [matches((condition,), {condition.field: value}) for value in column.values]
    return np.array(answers, np.bool_)[column.codes]

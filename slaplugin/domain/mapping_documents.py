"""A source's mapping document, compiled: how the helpdesk's own values become the engine's.

The document itself is plain data (`documents.mappings` checks it); every key is optional here.

    schema: slaplugin/mapping/1
    tiers: [p1, p2, p3, p4]                      most urgent first
    statuses: {open: open, "closed:duplicate": removed}
    status_labels: {waiting-for-reporter: pending, blocked: on_hold}
    priorities: {urgent: p1}
    priority_labels: {"priority: P1": p1}
    people: {roles: {octo: agent}, marks: {bot: bot, "permission:write": agent}, bystanders: other}
    customer: {from: field, field: customer, values: {"360001": acme}}
    service: {from: constant, value: web-shop}
    team: [{from: field, field: team, values: {"77": network}}, {from: label, prefix: team/}]

Statuses, priorities and people are compared without case; labels also without regard to which of blank, colon, slash,
underscore and dash joins their words, because one repository writes `priority/P1` where the next has `priority: p1`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slaplugin.domain.events import STATUSES

SCHEMA = "slaplugin/mapping/1"
DEFAULT_TIERS = ("p1", "p2", "p3", "p4")
REMOVED = "removed"
CATEGORIES = (*STATUSES, REMOVED)
WAITING = ("pending", "on_hold")

_JOINTS = re.compile(r"[\s:/_-]+")
_NOT_SLUG = re.compile(r"[^\w.]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a slug comes from: a constant, a field's value, or a label that starts with a prefix.

    With `values` only what is listed there gets a slug, under the values it names; without, any value is its own slug.
    """

    kind: str
    value: str | None = None
    name: str | None = None
    field: str = ""
    prefix: str = ""
    values: Mapping[str, str] | None = None

    def apply(self, fields: Mapping[str, Any]) -> tuple[str, str | None] | None:
        """The slug and the name to show for a ticket's raw fields; None when the rule does not fit."""
        if self.kind == "constant":
            return None if self.value is None else (self.value, self.name)
        if self.kind == "field":
            raw = fields.get(self.field)
            return None if raw is None else self._named(str(raw), fields.get(f"{self.field}_name"), folded(str(raw)))
        for label in fields.get("tags") or ():
            key = label_key(label)
            if self.values is not None and key in self.values:
                return self.values[key], label
            if self.prefix and key.startswith(f"{self.prefix} "):
                rest = key.removeprefix(f"{self.prefix} ")
                found = self._named(rest, None, rest)
                if found is not None:
                    return found
        return None

    def _named(self, raw: str, name: Any, key: str) -> tuple[str, str | None] | None:
        shown = str(name) if name is not None else raw
        if self.values is None:
            return slug(raw), shown
        return (self.values[key], shown) if key in self.values else None


@dataclass(frozen=True, slots=True)
class MappingDocument:
    """A document ready to use; keys are folded, so that a look-up is one dictionary access."""

    tiers: tuple[str, ...] = DEFAULT_TIERS
    statuses: Mapping[str, str] = field(default_factory=dict)
    status_labels: Mapping[str, str] = field(default_factory=dict)
    priorities: Mapping[str, str] = field(default_factory=dict)
    priority_labels: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    bystanders: str = "other"
    customer: tuple[Rule, ...] = ()
    service: tuple[Rule, ...] = ()
    team: tuple[Rule, ...] = ()

    def urgency(self, tier: str) -> int:
        """Place in the tiers, 0 the most urgent; a tier that is not listed comes last."""
        return self.tiers.index(tier) if tier in self.tiers else len(self.tiers)


def compiled(document: Mapping[str, Any]) -> MappingDocument:
    """Compile a checked document; missing keys mean nothing is mapped."""
    people = document.get("people") or {}
    return MappingDocument(
        tiers=tuple(document.get("tiers") or DEFAULT_TIERS),
        statuses=_folded(document.get("statuses")),
        status_labels=_labels(document.get("status_labels")),
        priorities=_folded(document.get("priorities")),
        priority_labels=_labels(document.get("priority_labels")),
        roles=_folded(people.get("roles")),
        marks=dict(people.get("marks") or {}),
        bystanders=people.get("bystanders") or "other",
        customer=_rules(document.get("customer")),
        service=_rules(document.get("service")),
        team=_rules(document.get("team")),
    )


def folded(text: str) -> str:
    """The form in which statuses, priorities and people are compared."""
    return text.strip().casefold()


def label_key(label: str) -> str:
    """The form in which labels are compared: without case, words joined by single blanks."""
    return _JOINTS.sub(" ", label.casefold()).strip()


def slug(text: str) -> str:
    """A stable slug for a value that has none: `Network Ops` becomes network-ops."""
    return _NOT_SLUG.sub("-", text.casefold()).strip("-") or text


def _folded(pairs: Mapping[str, str] | None) -> dict[str, str]:
    return {folded(str(key)): value for key, value in (pairs or {}).items()}


def _labels(pairs: Mapping[str, str] | None) -> dict[str, str]:
    return {label_key(str(key)): value for key, value in (pairs or {}).items()}


def _rules(given: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None) -> tuple[Rule, ...]:
    if not given:
        return ()
    rules = [given] if isinstance(given, Mapping) else given
    return tuple(_rule(rule) for rule in rules)


def _rule(rule: Mapping[str, Any]) -> Rule:
    values = rule.get("values")
    fold = _labels if rule["from"] == "label" else _folded
    return Rule(
        kind=rule["from"],
        value=rule.get("value"),
        name=rule.get("name"),
        field=rule.get("field") or "",
        prefix=label_key(rule.get("prefix") or ""),
        values=None if values is None else fold(values),
    )

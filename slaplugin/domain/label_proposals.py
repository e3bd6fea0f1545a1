"""What a helpdesk's labels probably mean: a first mapping for the admin to look over, never more than that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slaplugin.domain.mapping_documents import DEFAULT_TIERS, label_key

_PRIORITY = re.compile(r"(?:priority |prio |severity |sev )?(?:([ps])([0-4])|(.+))")
_WORDS = {
    "critical": 0, "critical urgent": 0, "urgent": 0, "blocker": 0, "highest": 0,
    "high": 1, "major": 1, "important soon": 1,
    "medium": 2, "normal": 2, "moderate": 2, "important longterm": 2,
    "low": 3, "minor": 3, "lowest": 3, "trivial": 3, "backlog": 3,
}  # fmt: skip
_FIRST_WORDS = ("priority", "prio", "severity", "sev")
_BARE = frozenset({"critical", "urgent", "blocker", "high", "major", "medium", "normal", "low", "minor"})

PENDING_LABELS = (
    "waiting-for-reporter", "waiting-for-customer", "waiting-for-user", "waiting-for-author", "waiting-for-response",
    "waiting-for-feedback", "waiting-on-reporter", "waiting-on-customer", "waiting-on-user", "waiting-on-author",
    "awaiting-reporter", "awaiting-response", "awaiting-feedback", "awaiting-reply", "awaiting-more-information",
    "needs-info", "needs-more-info", "needs-information", "needs-more-information", "need-info", "need-more-info",
    "more-information-needed", "needs-feedback", "needs-reproduction", "needs-repro", "needinfo", "info-needed",
)  # fmt: skip
ON_HOLD_LABELS = (
    "blocked", "on-hold", "upstream", "waiting-for-upstream", "waiting-on-upstream", "waiting-for-vendor",
    "waiting-on-vendor", "waiting-for-third-party", "blocked-upstream", "external-dependency",
)  # fmt: skip
_STATUS_PREFIX = re.compile(r"(?:status|state|triage) ")
_STATUS = {
    **{label_key(label): "pending" for label in PENDING_LABELS},
    **{label_key(label): "on_hold" for label in ON_HOLD_LABELS},
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """Parts of a mapping document, for labels that were really seen."""

    priority_labels: dict[str, str]
    status_labels: dict[str, str]


def propose(labels: Iterable[str], tiers: Sequence[str] = DEFAULT_TIERS) -> Proposal:
    """Say which labels look like a priority and which like waiting.

    Numbered scales start at the most urgent tier with the lowest number that is in use: P0 is p1 where there is a P0,
    and P1 is p1 where there is none. What lies below the last tier gets the last tier.
    """
    names = list(labels)
    numbered = {name: scaled for name in names if (scaled := _numbered(label_key(name))) is not None}
    zero_based = {scale for scale, number in numbered.values() if number == 0}
    priorities: dict[str, str] = {}
    statuses: dict[str, str] = {}
    for name in names:
        key = label_key(name)
        if name in numbered:
            scale, number = numbered[name]
            priorities[name] = _tier(tiers, number if scale in zero_based else number - 1)
        elif (place := _worded(key)) is not None:
            priorities[name] = _tier(tiers, place)
        elif (status := _STATUS.get(_STATUS_PREFIX.sub("", key, count=1), _STATUS.get(key))) is not None:
            statuses[name] = status
    return Proposal(priorities, statuses)


def conventional_priority_labels(tiers: Sequence[str] = DEFAULT_TIERS) -> dict[str, str]:
    """Labels of the common conventions, for a source whose labels have not been read yet; P0 and P1 are both urgent."""
    found: dict[str, str] = {}
    for first in ("", "priority: ", "severity: "):
        found.update({f"{first}P{number}": _tier(tiers, max(number - 1, 0)) for number in range(5)})
        words = _WORDS if first == "priority: " else {word: place for word, place in _WORDS.items() if word in _BARE}
        found.update({f"{first}{word}": _tier(tiers, place) for word, place in words.items()})
    return found


def conventional_status_labels() -> dict[str, str]:
    """Waiting labels of the common conventions."""
    return {
        **dict.fromkeys(PENDING_LABELS, "pending"),
        **dict.fromkeys(ON_HOLD_LABELS, "on_hold"),
    }


def _numbered(key: str) -> tuple[str, int] | None:
    match = _PRIORITY.fullmatch(key)
    return None if match is None or match[1] is None else (match[1], int(match[2]))


def _worded(key: str) -> int | None:
    match = _PRIORITY.fullmatch(key)
    if match is None or match[3] is None:
        return None
    word = match[3]
    prefixed = key.split(" ")[0] in _FIRST_WORDS and word != key
    return _WORDS.get(word) if prefixed or word in _BARE else None


def _tier(tiers: Sequence[str], place: int) -> str:
    return tiers[min(place, len(tiers) - 1)]

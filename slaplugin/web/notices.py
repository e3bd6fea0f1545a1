"""How old the data is, in words: the line per source in the frame, and the one notice above the times."""

from __future__ import annotations

from dataclasses import dataclass

from slaplugin import wording
from slaplugin.domain.instants import Instant
from slaplugin.services.health import Notice, SourceHealth
from slaplugin.web.words import Words

_MISSING = "Replies since then are not in these times."


@dataclass(frozen=True, slots=True)
class Age:
    """One source in the frame. `stale_after` is the age in seconds from which on it is shown as stale."""

    name: str
    is_well: bool
    read_at: Instant | None
    stale_after: int
    text: str


@dataclass(frozen=True, slots=True)
class Worded:
    """A notice in words: `lead` is strong, then `text`, between them an age that the browser keeps up to date."""

    kind: str
    css: str
    icon: str
    lead: str
    before: str
    since: Instant | None
    age: str
    after: str
    link: str | None


def age(source: SourceHealth, now: Instant) -> Age:
    """The source's line."""
    text = "not read yet" if source.read_at is None else f"{wording.ago(now - source.read_at)} ago"
    is_well = source.state in ("fresh", "importing")
    return Age(source.name, is_well, source.read_at, 3 * source.pull_interval_seconds, text)


def worded(notice: Notice, words: Words) -> Worded:
    """The notice as the page says it."""
    since = notice.since
    passed = "" if since is None else words.ago(since)
    if notice.source is None:
        before = "The scheduler has not run for " if passed else "The scheduler has not run yet"
        return Worded("scheduler", "notice-over", "over", "", before, since, passed,
                      ". Countdowns are right, escalations wait.", None)  # fmt: skip
    source = notice.source
    kind = words.kind(source.kind)
    if notice.kind == "importing":
        total = "" if source.import_total is None else f" of {words.number(source.import_total)}"
        read = f" ({kind}): first import, {words.number(source.import_done)}{total} tickets read so far."
        return Worded("importing", "", "source", source.name, read, None, "",
                      " Nothing from before its end is ever sent.", "health")  # fmt: skip
    read = f" ({kind}) was last read " if passed else f" ({kind}) has not been read yet"
    why = "" if source.error is None else f" {source.error}"
    means = "Nothing is read until that is mended." if notice.kind == "stopped" else _MISSING
    after = f"{' ago' if passed else ''}.{why} {means}"
    return Worded(notice.kind, "notice-risk", "risk", source.name, read, since, passed, after, "health")

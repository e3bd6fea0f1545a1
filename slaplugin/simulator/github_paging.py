"""GitHub's two ways of paging: page numbers up to a wall, opaque cursors beyond it."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar
from urllib.parse import urlencode

MAX_PER_PAGE = 100
DEFAULT_PER_PAGE = 30
WALL_MESSAGE = (
    "Pagination with the page parameter is not supported for large datasets, "
    "please use cursor based pagination (after/before)"
)

Key: TypeAlias = tuple[int, int]
Query: TypeAlias = Mapping[str, str]
Row = TypeVar("Row")


class BehindTheWall(Exception):
    """A page number asks for rows that only a cursor reaches."""


class BadCursor(ValueError):
    """A cursor that was not made here."""


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """The rows of one page and the changed query parameters behind each `rel`; None takes a parameter away."""

    rows: Sequence[Row]
    links: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)


def per_page(query: Query) -> int:
    """Rows a page: 30 by default, 100 at most, nonsense ignored."""
    asked = query.get("per_page", "")
    return min(int(asked), MAX_PER_PAGE) if asked.isdecimal() and int(asked) > 0 else DEFAULT_PER_PAGE


def numbered(rows: Sequence[Row], query: Query, wall: int | None = None) -> Slice[Row]:
    """Cut a page by its number. Raises BehindTheWall when it reaches past `wall` rows."""
    size, page = per_page(query), _page_number(query)
    if wall is not None and page > 1 and page * size > wall:
        raise BehindTheWall
    last = max(1, -(-len(rows) // size))
    links: dict[str, dict[str, str | None]] = {}
    if page > 1:
        links["prev"] = {"page": str(min(page - 1, last))}
    if page < last:
        links["next"] = {"page": str(page + 1)}
        if wall is None or last * size <= wall:
            links["last"] = {"page": str(last)}
    if page > 1:
        links["first"] = {"page": "1"}
    return Slice(rows[(page - 1) * size : page * size], links)


def by_cursor(keys: Sequence[Key], query: Query, *, descending: bool, wall: int) -> Slice[Key]:
    """Cut a page out of ascending keys, by cursor or by number with cursor links from the wall on.

    A cursor names the last key seen, so rows that move while a walk runs are neither lost nor repeated by the
    cutting itself. Raises BadCursor and BehindTheWall.
    """
    size = per_page(query)
    after, before = query.get("after"), query.get("before")
    if after is None and before is None:
        cut = numbered(keys[::-1] if descending else keys, query, wall)
        links = dict(cut.links)
        if "next" in links and (_page_number(query) + 1) * size > wall:
            links["next"] = {"page": None, "before": None, "after": write_cursor(cut.rows[-1])}
        return Slice(cut.rows, links)
    start, stop = 0, len(keys)
    # `after` in descending order is what lies before the key in ascending order.
    if (after is not None) != descending:
        start = bisect_right(keys, read_cursor(after or before or ""))
    else:
        stop = bisect_left(keys, read_cursor(after or before or ""))
    takes_low_end = (after is not None) != descending
    found = list(keys[start : min(stop, start + size)] if takes_low_end else keys[max(start, stop - size) : stop])
    has_more = stop - start > size
    if descending:
        found.reverse()
    if not found:
        return Slice(found)
    following = {"page": None, "before": None, "after": write_cursor(found[-1])}
    preceding = {"page": None, "after": None, "before": write_cursor(found[0])}
    cursor_links: dict[str, dict[str, str | None]] = {}
    if after is not None:
        cursor_links["prev"] = preceding
        if has_more:
            cursor_links["next"] = following
    else:
        cursor_links["next"] = following
        if has_more:
            cursor_links["prev"] = preceding
    return Slice(found, cursor_links)


def link_header(url: str, query: Query, links: Mapping[str, Mapping[str, str | None]]) -> str:
    """Write the Link header: the query that was asked, with each link's changes."""
    written = []
    for rel, changes in links.items():
        kept = {name: value for name, value in query.items() if name not in changes}
        kept.update({name: value for name, value in changes.items() if value is not None})
        written.append(f'<{url}?{urlencode(kept)}>; rel="{rel}"')
    return ", ".join(written)


def write_cursor(key: Key) -> str:
    """Make an opaque cursor."""
    return base64.urlsafe_b64encode(f"cursor:{key[0]}:{key[1]}".encode()).decode()


def read_cursor(text: str) -> Key:
    """Read a cursor back. Raises BadCursor."""
    try:
        mark, first, second = base64.urlsafe_b64decode(text.encode()).decode().split(":")
        if mark != "cursor":
            raise BadCursor(text)
        return int(first), int(second)
    except (ValueError, binascii.Error) as error:
        raise BadCursor(text) from error


def _page_number(query: Query) -> int:
    asked = query.get("page", "")
    return max(1, int(asked)) if asked.isdecimal() else 1

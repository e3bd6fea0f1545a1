"""Days on which a calendar stays closed: those of a country, by the `holidays` library, and own ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from slaplugin.documents.fields import Items, Mold, StrictSchema, nearest, text
from slaplugin.documents.paths import Findings, Path, shown

OWN_DAY = "own closed day"

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LANGUAGE = "en_US"


def day(value: Any) -> date:
    """A date as documents write it; raises ValueError for anything else, an impossible date included."""
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        raise ValueError(f"{shown(value)} is not a date; write it as 2026-12-24")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value} does not exist; look at the month and the day") from error


class HolidaySchema(StrictSchema):
    """The `holidays` of a calendar."""

    country = Mold(text)
    subdivision = Mold(text)
    dates = Items(Mold(day))


def closed_days(
    written: Mapping[str, Any], path: Path, problems: Findings, warnings: Findings
) -> Mapping[date, str] | Callable[[int], Mapping[date, str]]:
    """The closed days by date, with their names; by year where a country is named.

    The library is imported only then, and asked for a year when that year is first needed. Its names are English where
    it has them: otherwise they would depend on the locale of the process.
    """
    dates = [one for one in written.get("dates") or () if one is not None]
    own = dict.fromkeys(dates, OWN_DAY)
    for one in sorted({one for one in dates if dates.count(one) > 1}):
        warnings.append(((*path, "dates"), f"names {one} more than once"))
    country, subdivision = written.get("country"), written.get("subdivision")
    if country is None:
        if subdivision is not None:
            problems.append(((*path, "subdivision"), "needs a country; add country: as in DE"))
        return own
    if not _exists(country, subdivision, path, problems):
        return own

    def of_year(year: int) -> Mapping[date, str]:
        found = _of_country(country, subdivision, year)
        return {**found, **{one: name for one, name in own.items() if one.year == year and one not in found}}

    for one in sorted(own):
        name = _of_country(country, subdivision, one.year).get(one)
        if name is not None:
            warnings.append(((*path, "dates"), f"{one} is a holiday of {subdivision or country} already ({name})"))
    return of_year


def _exists(country: str, subdivision: str | None, path: Path, problems: Findings) -> bool:
    import holidays

    known: Mapping[str, Sequence[str]] = holidays.list_supported_countries()
    if country not in known:
        codes = [code for code in known if len(code) == 2]
        problems.append(((*path, "country"), f"{shown(country)} is not a country code; {nearest(country, codes)}"))
        return False
    parts = list(known[country])
    if subdivision is not None and subdivision not in parts:
        message = f"{shown(subdivision)} is not a part of {country}; {nearest(subdivision, parts)}"
        problems.append(((*path, "subdivision"), message))
        return False
    return True


def _of_country(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    import holidays

    kind = getattr(holidays, country)
    language = _LANGUAGE if _LANGUAGE in kind.supported_languages else kind.default_language
    return dict(holidays.country_holidays(country, subdivision, year, expand=False, language=language))

"""Contrast of the tokens, measured: 4.5 for text, 3 for graphics and edges (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re

import pytest

from slaplugin.web.assets import STATIC

CSS = (STATIC / "tokens.css").read_text(encoding="utf-8")
STATES = ("ok", "risk", "over", "paused", "off")


def tokens(theme: str) -> dict[str, str]:
    start = CSS.index("[data-bs-theme=dark]") if theme == "dark" else 0
    end = CSS.index("}", start)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", CSS[start:end]))


def luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read_on_every_ground(theme: str) -> None:
    known = tokens(theme)
    grounds = ["canvas", "surface", "raised", "accent-soft", *(f"{state}-soft" for state in STATES)]
    measured = {(ink, one): contrast(known[ink], known[one]) for ink in ("ink", "ink-2", "ink-3") for one in grounds}
    assert {pair: value for pair, value in measured.items() if value < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_words_of_a_state_can_be_read_on_its_tint_and_on_cards(theme: str, state: str) -> None:
    known = tokens(theme)
    assert contrast(known[f"{state}-fg"], known[f"{state}-soft"]) >= 4.5
    assert contrast(known[f"{state}-fg"], known["surface"]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [*(f"{state}-bar" for state in STATES), "edge", "accent"])
def test_bars_and_edges_stand_out_from_cards(theme: str, name: str) -> None:
    known = tokens(theme)
    assert contrast(known[name], known["surface"]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["accent-fill", "accent-fill-2"])
def test_the_primary_button_can_be_read(theme: str, name: str) -> None:
    assert contrast("#ffffff", tokens(theme)[name]) >= 4.5


def test_no_stylesheet_but_the_tokens_names_a_colour() -> None:
    for name in ("app.css", "live.css"):
        css = re.sub(r"@media print \{.*", "", (STATIC / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{}]*\{)|rgb\(", css), name

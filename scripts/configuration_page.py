"""Writes docs/configuration.md from the table in slaplugin/config.py; a test compares the two."""

from __future__ import annotations

from pathlib import Path

from slaplugin.config import SETTINGS, Setting

PAGE = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"
HEAD = """# Configuration

Every setting is an environment variable, or a key of the same name in the configuration of the Flask application that
slaplugin is mounted in; the environment wins. Unknown keys are an error at start, with the nearest name. A setting
marked *secret* can be read from a file by adding `_FILE` to its name.

| key | default | what it is for |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_row(setting) for setting in SETTINGS)


def _row(setting: Setting) -> str:
    default = setting.default
    shown = "" if default in (None, (), "") else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    return f"| `{setting.key}`{' (secret)' if setting.secret else ''} | {shown} | {setting.doc} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

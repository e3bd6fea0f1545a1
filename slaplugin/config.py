"""Every setting: its key, default, parser and one line of documentation.

Keys come from the environment (`SLAPLUGIN_X`) or from the host application's config (same name); the environment
wins. `SLAPLUGIN_X_FILE` reads a secret from a file. docs/configuration.md is made from this table.
"""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from slaplugin import secrets
from slaplugin.errors import ConfigurationError

PREFIX = "SLAPLUGIN_"
KEY_FILE = "secret.key"
FOREIGN = ("SLAPLUGIN_TEST_", "SLAPLUGIN_API_", "SLAPLUGIN_OPENAPI_", "SLAPLUGIN_SPEC_")
"""Prefixes that are not ours to judge: the test-suite's and flask-smorest's."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table; `attribute` is its name on Config."""

    attribute: str
    default: Any
    parse: Callable[[str], Any]
    doc: str
    secret: bool = False

    @property
    def key(self) -> str:
        return PREFIX + self.attribute.upper()


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one installation, parsed and checked."""

    instance: Path
    database_url: str | None
    secret_keys: tuple[str, ...]
    public_url: str | None
    url_prefix: str
    scheduler: str
    time_zone: str
    allow_networks: tuple[str, ...]
    pull_interval: int
    helpdesk_deadline: int
    delivery_deadline: int
    delivery_lease: int
    leader_ttl: int
    sqlite_synchronous: str
    max_webhook_bytes: int
    demo: bool

    @property
    def resolved_database_url(self) -> str:
        """The configured URL, or a SQLite file in the instance folder."""
        return self.database_url or f"sqlite:///{(self.instance / 'slaplugin.sqlite3').absolute()}"


def load(environment: Mapping[str, str], host: Mapping[str, Any] | None = None) -> Config:
    """Read every setting; raises ConfigurationError naming all that is wrong at once."""
    host = host or {}
    by_key = {setting.key: setting for setting in SETTINGS}
    problems = [*_unknown(environment, by_key), *_unknown(host, by_key)]
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        try:
            raw = _raw(setting, environment, host)
            values[setting.attribute] = setting.default if raw is None else _parsed(setting, raw)
        except (ValueError, OSError) as error:
            problems.append(f"{setting.key}: {_reason(error)}")
    if not values.get("secret_keys") and isinstance(values.get("instance"), Path):
        values["secret_keys"] = _from_key_file(values["instance"] / KEY_FILE)
    if problems:
        raise ConfigurationError("\n".join(problems))
    return Config(**values)


def _from_key_file(path: Path) -> tuple[str, ...]:
    return (secrets.read_key_file(path),) if path.exists() else ()


def _raw(setting: Setting, environment: Mapping[str, str], host: Mapping[str, Any]) -> Any:
    path = environment.get(f"{setting.key}_FILE") if setting.secret else None
    if path is not None:
        if setting.key in environment:
            raise ValueError(f"set either this or {setting.key}_FILE, not both")
        return Path(path).read_text(encoding="utf-8").strip()
    return environment.get(setting.key, host.get(setting.key))


def _parsed(setting: Setting, raw: Any) -> Any:
    if isinstance(raw, str):
        return setting.parse(raw)
    if isinstance(raw, (list, tuple)):
        return setting.parse(",".join(str(item) for item in raw))
    return setting.parse(str(raw).lower() if isinstance(raw, bool) else str(raw))


def _unknown(given: Mapping[str, Any], by_key: Mapping[str, Setting]) -> list[str]:
    known = {*by_key, *(f"{key}_FILE" for key, setting in by_key.items() if setting.secret)}
    problems = []
    for key in sorted(given):
        if not key.startswith(PREFIX) or key in known or key.startswith(FOREIGN):
            continue
        near = difflib.get_close_matches(key, known, n=1)
        problems.append(f"{key} is not a setting; " + (f"did you mean {near[0]}?" if near else "remove it."))
    return problems


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"the file cannot be read ({error.strerror}); check its path and permissions"
    return str(error)


def _text(raw: str) -> str:
    if not raw.strip():
        raise ValueError("is empty; give a value or remove it")
    return raw.strip()


def _words(raw: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in raw.replace("\n", ",").split(",") if word.strip())


def _boolean(raw: str) -> bool:
    if raw not in ("true", "false"):
        raise ValueError(f"{raw!r} is not a yes or no; write true or false")
    return raw == "true"


def _seconds(low: int, high: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not raw.isdecimal() or not low <= int(raw) <= high:
            raise ValueError(f"{raw!r} is not a whole number from {low} to {high}")
        return int(raw)

    return parse


def _choice(*choices: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in choices:
            raise ValueError(f"{raw!r} is not one of {', '.join(choices)}")
        return raw

    return parse


def _url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("write it as https://sla.example.com, without a user name")
    return raw.rstrip("/")


def _prefix(raw: str) -> str:
    if raw in ("", "/"):
        return ""
    if not raw.startswith("/"):
        raise ValueError(f"{raw!r} must start with a slash, as in /sla")
    return raw.rstrip("/")


def _zone(raw: str) -> str:
    try:
        ZoneInfo(raw)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{raw!r} is not a time zone; write it as Europe/Berlin") from None
    return raw


def _networks(raw: str) -> tuple[str, ...]:
    words = _words(raw)
    for word in words:
        try:
            ipaddress.ip_network(word)
        except ValueError:
            raise ValueError(f"{word!r} is not a network; write it as 10.20.0.0/16") from None
    return words


SETTINGS: tuple[Setting, ...] = (
    Setting("instance", Path("instance"), lambda raw: Path(_text(raw)),
            "Folder for the database and the key file."),
    Setting("database_url", None, _text,
            "SQLAlchemy URL of the database; without it a SQLite file in the instance folder.", secret=True),
    Setting("secret_keys", (), _words,
            "Keys that encrypt stored secrets, newest first, separated by commas; `slaplugin init` makes one.",
            secret=True),
    Setting("public_url", None, _url, "Address under which people reach the pages; used in links of messages."),
    Setting("url_prefix", "/sla", _prefix, "Where a mounted installation lives inside its host application."),
    Setting("scheduler", "off", _choice("off", "inline"),
            "`inline` ticks in the web process; `slaplugin run` and `slaplugin worker` tick by themselves."),
    Setting("time_zone", "UTC", _zone, "Zone in which pages show instants before the browser says its own."),
    Setting("allow_networks", (), _networks,
            "Private networks (CIDR) that helpdesks and webhooks may live in; everything else private is refused."),
    Setting("pull_interval", 300, _seconds(1, 86_400), "Seconds between two pulls of a source."),
    Setting("helpdesk_deadline", 30, _seconds(1, 300), "Seconds after which a call to a helpdesk is cut."),
    Setting("delivery_deadline", 20, _seconds(1, 300), "Seconds after which a call to a receiver is cut."),
    Setting("delivery_lease", 30, _seconds(2, 600), "Seconds a worker may hold a message; longer than its call."),
    Setting("leader_ttl", 10, _seconds(1, 600), "Seconds without a beat after which another process plans."),
    Setting("sqlite_synchronous", "FULL", _choice("FULL", "NORMAL"),
            "FULL survives a power cut; NORMAL is faster and may lose the last commits with the power."),
    Setting("max_webhook_bytes", 5_000_000, _seconds(1_000, 50_000_000), "Largest inbound webhook body in bytes."),
    Setting("demo", False, _boolean, "Shows the demo inbox; set by `slaplugin demo`."),
)  # fmt: skip

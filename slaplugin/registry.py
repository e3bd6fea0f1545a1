"""Connector classes: built-in ones by name, third-party ones by entry point `slaplugin.connectors`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points

from slaplugin.errors import ConfigurationError, NotFound
from slaplugin.sdk.contract import Connector

GROUP = "slaplugin.connectors"
BUILTIN = {
    "github": "slaplugin.connectors.github:GitHubConnector",
}


@dataclass(frozen=True, slots=True)
class Registry:
    """What kinds of helpdesk can be connected; `broken` names those that failed to load, with the reason."""

    connectors: Mapping[str, type[Connector]]
    broken: Mapping[str, str] = field(default_factory=dict)

    def connector(self, kind: str) -> type[Connector]:
        """The class for a kind; raises NotFound naming the kinds there are."""
        if kind in self.connectors:
            return self.connectors[kind]
        if kind in self.broken:
            raise NotFound(f"connector {kind!r} cannot be loaded ({self.broken[kind]}); mend or remove its package")
        raise NotFound(f"there is no connector {kind!r}; there are {', '.join(sorted(self.connectors))}")


def load() -> Registry:
    """Find every connector. A package that fails to import is reported, never fatal; a kind taken twice is fatal."""
    targets = dict(BUILTIN)
    for point in entry_points(group=GROUP):
        if point.name in targets:
            raise ConfigurationError(
                f"connector kind {point.name!r} is offered twice ({targets[point.name]} and {point.value}); "
                "remove one of the packages"
            )
        targets[point.name] = point.value
    connectors: dict[str, type[Connector]] = {}
    broken: dict[str, str] = {}
    for kind, target in targets.items():
        try:
            connectors[kind] = _imported(target)
        except Exception as error:  # a third party's module may raise anything while it loads
            broken[kind] = f"{type(error).__name__}: {error}"
    return Registry(connectors, broken)


def _imported(target: str) -> type[Connector]:
    module, _, attribute = target.partition(":")
    found = getattr(import_module(module), attribute)
    if not (isinstance(found, type) and issubclass(found, Connector)):
        raise TypeError(f"{target} is not a Connector class")
    return found

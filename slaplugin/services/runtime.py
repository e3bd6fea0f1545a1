"""What the use cases of one installation share: parsed documents, connectors, secrets, the way out."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Engine

from slaplugin import registry
from slaplugin.clock import Clock
from slaplugin.config import Config
from slaplugin.outbound import Outbound
from slaplugin.registry import Registry
from slaplugin.secrets import SecretBox
from slaplugin.services.policies import Documents
from slaplugin.services.sources import Connections


class Runtime:
    """Made once for each app. What needs a key or the network is made when it is first asked for."""

    def __init__(self, config: Config, clock: Clock, engine: Engine) -> None:
        self.config = config
        self.clock = clock
        self.engine = engine
        self.documents = Documents()

    @cached_property
    def registry(self) -> Registry:
        """Every kind of helpdesk that can be connected."""
        return registry.load()

    @cached_property
    def secrets(self) -> SecretBox:
        """Opens and seals stored secrets; raises ConfigurationError when no key is configured."""
        return SecretBox(self.config.secret_keys)

    @cached_property
    def outbound(self) -> Outbound:
        """The guarded way to helpdesks and receivers."""
        return Outbound(self.config.allow_networks)

    @cached_property
    def connections(self) -> Connections:
        """Connectors of stored sources."""
        return Connections(self.registry, self.secrets, self.outbound, self.clock, self.config.helpdesk_deadline)

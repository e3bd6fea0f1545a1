"""What a connector raises, sorted by what the caller should do.

ConnectorError
├── TemporaryError          try again later; nothing is lost
│   └── RateLimited         try again after `retry_after` seconds
├── AuthenticationError     stop this source and tell the admin: the credentials are refused
├── ConfigurationError      stop this source and tell the admin: a setting is wrong
├── SignatureError          an inbound webhook is forged, stale or unsigned: refuse it
└── BadTicket               skip this ticket, record it, go on

Messages carry method, path and status, never bodies, headers, tokens or query strings.
"""

from __future__ import annotations

from slaplugin.errors import SLAPluginError


class ConnectorError(SLAPluginError):
    """Root of what connectors raise."""


class TemporaryError(ConnectorError):
    """The helpdesk is unreachable or unwell; the same call may work later."""


class RateLimited(TemporaryError):
    """The helpdesk asks us to wait `retry_after` seconds (clamped to 1..3600)."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = max(1, min(retry_after, 3600))


class AuthenticationError(ConnectorError):
    """The helpdesk refuses the credentials."""


class ConfigurationError(ConnectorError):
    """A setting names something that does not exist or is not allowed."""


class SignatureError(ConnectorError):
    """An inbound webhook does not prove that it comes from the helpdesk."""


class BadTicket(ConnectorError):
    """One ticket cannot be read; `ticket` is its stable id."""

    def __init__(self, ticket: str, message: str) -> None:
        super().__init__(message)
        self.ticket = ticket

"""The simulators' only way out: one POST to an address on this machine."""

from __future__ import annotations

import http.client
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from slaplugin.errors import ConfigurationError


def post(url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: int) -> int:
    """Send once and return the status; redirects are not followed and the answer's body is left unread.

    Raises ConfigurationError when the URL is not plain http to a loopback address, OSError or
    http.client.HTTPException when nothing sensible comes back.
    """
    host, port, target = _loopback_target(url)
    connection = http.client.HTTPConnection(host, port, timeout=timeout_seconds)
    try:
        connection.request("POST", target, body=body, headers=dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


def _loopback_target(url: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
    try:
        is_loopback = parts.scheme == "http" and host is not None and ipaddress.ip_address(host).is_loopback
        port = parts.port or 80
    except ValueError:
        is_loopback, port = False, 80
    if not is_loopback or host is None:
        raise ConfigurationError("a simulated helpdesk sends webhooks to http:// on 127.0.0.1 or ::1 only")
    target = parts.path or "/"
    return host, port, f"{target}?{parts.query}" if parts.query else target

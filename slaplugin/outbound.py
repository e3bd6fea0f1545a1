"""The one door to the network: every call goes to a checked address, ends in time and stays small.

requests times out per read and resolves a name again when it connects, so a checked URL proves nothing and a dripping
server holds a call for ever. Here the name is resolved once, every answer is judged, the checked address is the one
connected to, and a timer shuts the socket down in whatever phase the call is in.

Blocked                 the address is not a public one, or the URL is not one we follow
Unreachable             no answer: refused, reset, cut short, not TLS, no such name
├── DeadlineExceeded    cut by the total deadline
TooLarge                the answer is larger than the caller takes

A message names the host and nothing else: paths, query strings and headers may hold secrets. Those of Blocked,
refused and timed out are alike, so that nobody can scan ports through us; the class tells the caller.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from slaplugin import __version__
from slaplugin.errors import SLAPluginError

USER_AGENT = f"slaplugin/{__version__}"
DEADLINE_SECONDS = 30.0
BACKSTOP_SECONDS = 5.0
MAX_BYTES = 32_000_000
CHUNK_BYTES = 65_536
REFUSED_PORTS = frozenset({22, 25, 465, 587, 6379, 11211})

Network: TypeAlias = IPv4Network | IPv6Network

# Not public although `is_global` may say so: translations that lead back inside, and blocks without a public use.
_INWARD = tuple(ip_network(text) for text in (
    "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24",
    "::/96", "::ffff:0:0:0/96", "5f00::/16", "3fff::/20", "fec0::/10",
))  # fmt: skip
# Where clouds hand out credentials: no allow-list opens these.
_METADATA = tuple(ip_network(text) for text in (
    "169.254.0.0/16", "fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32",
))  # fmt: skip


class OutboundError(SLAPluginError):
    """A call that brought no answer."""


class Blocked(OutboundError):
    """The guard refuses the address or the URL; trying again changes nothing."""


class Unreachable(OutboundError):
    """The other side gave no whole answer; trying again may help."""


class DeadlineExceeded(Unreachable):
    """The call took longer than its total deadline and was cut."""


class TooLarge(OutboundError):
    """The answer, unpacked, is larger than the caller takes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. Header names are lower case; the body is unpacked and whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """Sends requests for everybody. Safe to share between threads; connections are kept and used again.

    `allow` lists private networks that may be reached (self-hosted helpdesks, tests). Redirects are never followed,
    cookies never kept, proxies and other settings of the environment never read, certificates always checked
    (against `ca_file` if one is given).
    """

    def __init__(self, allow: Iterable[str | Network] = (), *, ca_file: Path | None = None) -> None:
        networks = tuple(ip_network(network) for network in allow)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = True if ca_file is None else str(ca_file)
        self._session.cookies = _NoCookies()
        self._session.headers.clear()
        self._session.adapters.clear()
        adapter = _GuardedAdapter(networks)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> Answer:
        """Send one request and read its whole answer within the deadline.

        Raises Blocked, DeadlineExceeded, Unreachable, TooLarge. Name resolution is not cut by the deadline; the
        resolver has limits of its own.
        """
        host = _checked_host(url)
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate", **(headers or {})}
        failure: OutboundError
        with _Cut(deadline_seconds) as cut, _during(cut):
            try:
                return self._exchange(method, url, sent, body, deadline_seconds, max_bytes, cut)
            except OutboundError as error:
                failure = error
            except (requests.RequestException, HTTPError, OSError, ValueError):
                failure = DeadlineExceeded() if cut.hit else Unreachable()
        # Raised out here so that no library's error, with its URL and headers, hangs on ours.
        if isinstance(failure, TooLarge):
            raise TooLarge(f"{host} answered with more than {max_bytes} bytes; ask it for less at once")
        raise type(failure)(_unreachable(host))

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline_seconds: float,
        max_bytes: int,
        cut: _Cut,
    ) -> Answer:
        backstop = (
            deadline_seconds + BACKSTOP_SECONDS
        )  # the cut comes first, so that a call out of time is known as one
        with self._session.request(
            method, url, headers=headers, data=body, timeout=backstop, allow_redirects=False, stream=True
        ) as response:
            read = bytearray()
            for chunk in response.raw.stream(CHUNK_BYTES, decode_content=True):
                read += chunk
                if len(read) > max_bytes:
                    raise TooLarge
            if cut.hit:  # a body without a length ends silently when its socket is shut down
                raise DeadlineExceeded
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, bytes(read))


def is_public(address: str, allow: Iterable[Network] = ()) -> bool:
    """Whether we may connect to this address: a public one, or one in `allow`; never a cloud's metadata service."""
    parsed: IPv4Address | IPv6Address = ip_address(address.split("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if _within(parsed, _METADATA):
        return False
    if _within(parsed, allow):
        return True
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved and not _within(parsed, _INWARD)


def _within(address: IPv4Address | IPv6Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _checked_host(url: str) -> str:
    """The host of a URL we follow; raises Blocked for another scheme, a user part, a backslash or a refused port."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Blocked("the address is not a URL; write it as https://helpdesk.example.com") from None
    if parts.scheme not in ("http", "https") or not host or "\\" in url:
        raise Blocked("the address is not an http or https URL; write it as https://helpdesk.example.com")
    if parts.username is not None or parts.password is not None:
        raise Blocked(f"the address of {host} holds a user name; give credentials as settings instead")
    if port in REFUSED_PORTS:
        raise Blocked(_unreachable(host))
    return host


def _unreachable(host: str) -> str:
    return f"{host} cannot be reached; check the address, and SLAPLUGIN_ALLOW_NETWORKS if it is on a private network"


class _Cut:
    """Shuts the sockets of one call down when its time is over, in any phase: connect, handshake, headers, body.

    Works on duplicates of the descriptors, because a TLS wrapper detaches the original socket object.
    """

    def __init__(self, seconds: float) -> None:
        self.hit = False
        self._descriptors: list[int] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True

    def add(self, connection: socket.socket) -> None:
        """Register a socket; one that comes after the end is shut down at once."""
        with self._lock:
            descriptor = os.dup(connection.fileno())
            self._descriptors.append(descriptor)
            if self.hit:
                _shut_down(descriptor)

    def __enter__(self) -> _Cut:
        self._timer.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            while self._descriptors:
                os.close(self._descriptors.pop())

    def _fire(self) -> None:
        with self._lock:
            self.hit = True
            for descriptor in self._descriptors:
                _shut_down(descriptor)


def _shut_down(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as duplicate:
        try:
            duplicate.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # not connected yet, or closed by the other side


_current: ContextVar[_Cut] = ContextVar("slaplugin_outbound_cut")


@contextmanager
def _during(cut: _Cut) -> Iterator[None]:
    token = _current.set(cut)
    try:
        yield
    finally:
        _current.reset(token)


def _connect(connection: HTTPConnection, allow: tuple[Network, ...]) -> socket.socket:
    """Resolve once, refuse if any answer is not public, connect to the first that takes the call."""
    try:
        answers = socket.getaddrinfo(connection._dns_host, connection.port, 0, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NewConnectionError(connection, "no such name") from None
    if not answers or not all(is_public(str(answer[4][0]), allow) for answer in answers):
        raise Blocked
    for family, kind, protocol, _, address in answers:
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _current.get().add(opened)
            opened.settimeout(connection.timeout)
            opened.connect(address)
        except OSError:
            opened.close()
            continue
        return opened
    raise NewConnectionError(connection, "no address takes the call")


class _Guarded(HTTPConnection):
    allow: tuple[Network, ...] = ()

    def _new_conn(self) -> socket.socket:
        return _connect(self, self.allow)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # a kept connection: it belongs to this call's deadline now
            _current.get().add(self.sock)
        super().request(*args, **kwargs)


class _GuardedTls(HTTPSConnection):
    allow: tuple[Network, ...] = ()

    def _new_conn(self) -> socket.socket:
        return _connect(self, self.allow)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            _current.get().add(self.sock)
        super().request(*args, **kwargs)


class _GuardedAdapter(HTTPAdapter):
    """Opens connections through the guard, and none through a proxy."""

    def __init__(self, allow: tuple[Network, ...]) -> None:
        self._allow = allow
        super().__init__(max_retries=urllib3.Retry(0, read=False), pool_connections=8, pool_maxsize=8)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        plain = type("_Plain", (_Guarded,), {"allow": self._allow})
        secure = type("_Secure", (_GuardedTls,), {"allow": self._allow})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("_PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("_SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    def proxy_manager_for(self, proxy: str, **_: Any) -> Any:
        raise Blocked("proxies are not used; unset the proxy")


class _NoCookies(RequestsCookieJar):
    """Keeps nothing: one helpdesk's cookie must not reach the next call."""

    def set_cookie(self, *_: Any, **__: Any) -> None:
        return None

"""The one door out: nothing private is reached, nothing takes longer or grows larger than allowed, nothing leaks."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from slaplugin.outbound import (
    Blocked,
    DeadlineExceeded,
    Outbound,
    OutboundError,
    TooLarge,
    Unreachable,
    _Cut,
    is_public,
)
from tests.sdk import wire
from tests.sdk.wire import Wire
from tests.shared import shared_path

LOOPBACK = ("127.0.0.0/8",)
SHORT = 0.3
SECRET = "s3cr3t-canary-value"

NAMES = {
    "ok.test": ["93.184.215.14"],
    "loc.test": ["127.0.0.1"],
    "meta.test": ["169.254.169.254"],
    "multi.test": ["93.184.215.14", "10.0.0.5"],
    "rebind.test": ["93.184.215.14"],
}


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    opened = Outbound(LOOPBACK)
    yield opened
    opened.close()


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that would have been connected to; nothing leaves and test names resolve without a resolver."""
    connected: list[str] = []
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        name = (host.decode() if isinstance(host, bytes) else host or "").rstrip(".").lower()
        if name in NAMES:
            answers = NAMES[name] if name not in looked_up else ["127.0.0.1"] if name == "rebind.test" else NAMES[name]
            looked_up.append(name)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers]
        return real(host, port, *rest, **options)

    def connect(_: socket.socket, address: Any) -> None:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return connected


def hostile_urls() -> list[str]:
    lines = shared_path("design/ssrf-urls.txt").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[0] for line in lines if line and not line.startswith("#")]


OTHER_SPELLINGS = [
    "http://[0:0:0:0:0:0:0:1]/", "http://127.000.000.001/", "http://0x7f000001:8080/", "http://017700000001/",
    "http://[::127.0.0.1]/", "http://[::ffff:10.1.2.3]/", "http://[fe80::1%25lo]/", "http://LOCALHOST/",
    "http://localhost.localdomain/", "http://[::ffff:192.168.1.1]/", "http://192.168.1/", "http://0300.0250.1/",
    "http://[fc00::1]/", "http://[fd12:3456::1]/", "http://[2002:c0a8:101::]/", "http://[64:ff9b::a9fe:a9fe]/",
    "http://[5f00::1]/", "http://[3fff::1]/", "http://192.0.2.1/", "http://198.51.100.1/", "http://203.0.113.1/",
    "http://169.254.170.2/", "http://100.127.255.255/", "http://255.255.255.255:80/", "https://10.255.255.255/",
    "http://user:pass@loc.test/", "http://loc.test:22/", "http://ok.test:25/", "http://ok.test:6379/",
    "ws://ok.test/", "//ok.test/", "ok.test", "", "http://", "http:///etc/passwd", "http://ok.test:99999/",
    "dict://127.0.0.1:11211/", "jar:http://127.0.0.1/", "http://[::1", "http://ok.test\\@127.0.0.1/",
]  # fmt: skip
"""A second list, by another hand than the shared one."""


def test_no_hostile_url_reaches_a_private_address(attempts: list[str]) -> None:
    outbound = Outbound()
    reached = {}
    for url in [*hostile_urls(), *OTHER_SPELLINGS]:
        attempts.clear()
        with pytest.raises(OutboundError):
            outbound.request("GET", url, deadline_seconds=2)
        if any(address != "93.184.215.14" for address in attempts):
            reached[url] = list(attempts)
    assert reached == {}


def test_hostile_list_has_its_fifty_urls() -> None:
    assert len(hostile_urls()) == 50


def test_a_public_address_is_connected_to(attempts: list[str]) -> None:
    with pytest.raises(Unreachable):
        Outbound().request("GET", "http://ok.test/")
    assert attempts == ["93.184.215.14"]


@pytest.mark.parametrize("port", [22, 25, 465, 587, 6379, 11211])
def test_a_port_of_another_trade_is_refused_before_any_connection(attempts: list[str], port: int) -> None:
    with pytest.raises(Blocked):
        Outbound().request("GET", f"http://ok.test:{port}/")
    assert attempts == []


def test_a_name_with_one_private_answer_is_refused_before_any_connection(attempts: list[str]) -> None:
    with pytest.raises(Blocked):
        Outbound().request("GET", "http://multi.test/")
    assert attempts == []


def test_a_name_is_resolved_once_and_connected_to_what_was_checked(attempts: list[str]) -> None:
    with pytest.raises(Unreachable):
        Outbound().request("GET", "http://rebind.test/")
    assert attempts == ["93.184.215.14"]


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"])
def test_no_allow_list_opens_the_metadata_service(address: str) -> None:
    everything = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
    assert not is_public(address, everything)


def test_an_allowed_network_opens_its_addresses_only() -> None:
    allowed = [ipaddress.ip_network("10.20.0.0/16")]
    assert is_public("10.20.3.4", allowed)
    assert not is_public("10.21.3.4", allowed)


def test_blocked_refused_and_cut_calls_read_alike() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    said = set()
    outbound = Outbound(LOOPBACK)
    for opened, url, seconds in (
        (Outbound(), f"http://127.0.0.1:{port}/", 2.0),
        (outbound, f"http://127.0.0.1:{port}/", 2.0),
    ):
        with pytest.raises(OutboundError) as error:
            opened.request("GET", url, deadline_seconds=seconds)
        said.add(str(error.value))
    with Wire(wire.silent) as server, pytest.raises(OutboundError) as error:
        outbound.request("GET", server.url, deadline_seconds=SHORT)
    said.add(str(error.value))
    assert len(said) == 1


CHUNKED = wire.head(200, {"Transfer-Encoding": "chunked"})


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(wire.silent, id="silent"),
        pytest.param(wire.drip(wire.head(200, {"Content-Length": "100000"})), id="body with a length"),
        pytest.param(wire.drip(wire.head(200, {})), id="body without a length"),
        pytest.param(wire.drip(CHUNKED + b"fffff\r\n"), id="chunk"),
        pytest.param(wire.drip(b"HTTP/1.1 200 OK\r\nX-Slow: "), id="header"),
        pytest.param(wire.drip(b"HTTP/1.1 200 O"), id="status line"),
    ],
)
def test_a_slow_answer_is_cut_at_the_deadline(outbound: Outbound, script: wire.Script) -> None:
    with Wire(script) as server, pytest.raises(DeadlineExceeded):
        outbound.request("GET", server.url, deadline_seconds=SHORT)


def test_a_silent_tls_handshake_is_cut_at_the_deadline(outbound: Outbound) -> None:
    with Wire(wire.silent_handshake) as server, pytest.raises(DeadlineExceeded):
        outbound.request("GET", server.url.replace("http:", "https:"), deadline_seconds=SHORT)


@pytest.mark.timeout(20)
def test_a_connection_that_is_used_again_is_cut_as_well(outbound: Outbound) -> None:
    def first_quick_then_slow(connection: socket.socket, request: bytes) -> None:
        connection.sendall(wire.head(200, {"Content-Length": "2"}) + b"{}")
        wire.read_request(connection)
        wire.drip(wire.head(200, {"Content-Length": "100000"}))(connection, request)

    with Wire(first_quick_then_slow) as server:
        outbound.request("GET", server.url, deadline_seconds=5)
        with pytest.raises(DeadlineExceeded):
            outbound.request("GET", server.url, deadline_seconds=SHORT)
        assert len(server.requests) == 1


def test_a_socket_opened_after_the_deadline_is_cut_at_once() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, _Cut(0) as cut:
        cut._timer.join(5)
        cut.add(ours)
        assert theirs.recv(1) == b""


def test_connections_are_kept_and_used_again(outbound: Outbound) -> None:
    with Wire(wire.kept_alive(3)) as server:
        for _ in range(3):
            assert outbound.request("GET", server.url).status == 200
        assert len(server.requests) == 1


def test_no_descriptor_is_left_behind(outbound: Outbound) -> None:
    with Wire(wire.answer(b"{}")) as server:
        outbound.request("GET", server.url)
        before = _open_descriptors()
        for _ in range(20):
            outbound.request("GET", server.url)
        outbound.close()
        assert _open_descriptors() <= before + 2


def test_an_answer_above_the_limit_is_refused(outbound: Outbound) -> None:
    with Wire(wire.answer(b"x" * 5000)) as server, pytest.raises(TooLarge):
        outbound.request("GET", server.url, max_bytes=4999)


def test_an_answer_at_the_limit_is_taken(outbound: Outbound) -> None:
    with Wire(wire.answer(b"x" * 5000)) as server:
        assert len(outbound.request("GET", server.url, max_bytes=5000).body) == 5000


def test_the_limit_counts_unpacked_bytes(outbound: Outbound) -> None:
    bomb = gzip.compress(b"\0" * 3_000_000)
    with Wire(wire.answer(bomb, headers={"Content-Encoding": "gzip"})) as server, pytest.raises(TooLarge):
        outbound.request("GET", server.url, max_bytes=1_000_000)


def test_a_packed_answer_is_unpacked(outbound: Outbound) -> None:
    with Wire(wire.answer(gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"})) as server:
        assert outbound.request("GET", server.url).body == b"hello"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(wire.reset, id="reset"),
        pytest.param(wire.raw(), id="closed"),
        pytest.param(wire.raw(b"\x00\x01garbage\r\n\r\n"), id="garbage"),
        pytest.param(wire.raw(wire.head(200, {"Content-Length": "100"}), b"short"), id="truncated"),
        pytest.param(wire.raw(CHUNKED, b"5\r\nhel"), id="truncated chunk"),
        pytest.param(wire.answer(b"not gzip", headers={"Content-Encoding": "gzip"}), id="broken packing"),
    ],
)
def test_a_broken_answer_is_unreachable_and_never_half_an_answer(outbound: Outbound, script: wire.Script) -> None:
    with Wire(script) as server, pytest.raises(Unreachable) as error:
        outbound.request("GET", server.url, deadline_seconds=5)
    assert not isinstance(error.value, DeadlineExceeded)


def test_an_unknown_name_is_unreachable(attempts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable):
        Outbound().request("GET", "http://nowhere.test/")


def test_a_redirect_is_an_answer_and_not_followed(outbound: Outbound) -> None:
    with Wire(wire.answer(b"", 302, {"Location": "http://169.254.169.254/"})) as server:
        answer = outbound.request("GET", server.url)
        assert (answer.status, answer.headers["location"]) == (302, "http://169.254.169.254/")
        assert len(server.requests) == 1


def test_header_names_come_back_in_lower_case(outbound: Outbound) -> None:
    with Wire(wire.answer(b"", 200, {"X-RateLimit-Remaining": "7"})) as server:
        assert outbound.request("GET", server.url).headers["x-ratelimit-remaining"] == "7"


def test_proxies_of_the_environment_are_ignored(outbound: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(wire.answer(b"proxy")) as proxy, Wire(wire.answer(b"server")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert outbound.request("GET", server.url).body == b"server"


def test_credentials_of_netrc_are_ignored(outbound: Outbound, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login someone password {SECRET}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with Wire(wire.answer(b"")) as server:
        outbound.request("GET", server.url)
        assert b"uthorization" not in server.requests[0]


def test_cookies_are_not_kept(outbound: Outbound) -> None:
    with Wire(wire.answer(b"", 200, {"Set-Cookie": "id=1"})) as server:
        outbound.request("GET", server.url)
        outbound.request("GET", server.url)
        assert b"ookie" not in server.requests[1]


def test_every_call_says_who_we_are(outbound: Outbound) -> None:
    with Wire(wire.answer(b"")) as server:
        outbound.request("GET", server.url)
        assert b"User-Agent: slaplugin/" in server.requests[0]


def test_a_body_is_sent_as_it_is(outbound: Outbound) -> None:
    with Wire(wire.answer(b"")) as server:
        outbound.request("POST", server.url, body=b'{"a": 1}', headers={"Content-Type": "application/json"})
        assert server.requests[0].endswith(b'\r\n\r\n{"a": 1}')


@pytest.mark.parametrize(
    ("script", "limit"),
    [(wire.reset, 100), (wire.silent, 100), (wire.answer(b"x" * 500), 100)],
    ids=["reset", "silent", "too large"],
)
def test_no_secret_is_in_an_error_or_behind_it(outbound: Outbound, script: wire.Script, limit: int) -> None:
    with Wire(script) as server, pytest.raises(OutboundError) as error:
        outbound.request(
            "GET", f"{server.url}/{SECRET}?key={SECRET}", headers={"Authorization": SECRET}, body=SECRET.encode(),
            deadline_seconds=SHORT, max_bytes=limit,
        )  # fmt: skip
    assert SECRET not in _everything(error.value)


def test_a_header_that_cannot_be_sent_is_not_shown(outbound: Outbound) -> None:
    with Wire(wire.answer(b"")) as server, pytest.raises(OutboundError) as error:
        outbound.request("GET", server.url, headers={"Authorization": f"{SECRET}\nX: é"})
    assert SECRET not in _everything(error.value)


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _everything(error: BaseException | None) -> str:
    """Messages and representations of an error and all that hangs on it."""
    text = ""
    while error is not None:
        text += f"{error} {error!r} {error.args!r}"
        error = error.__cause__ or error.__context__
    return text


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[ssl.SSLContext, Path]]:
    """A self-signed certificate for a name or address: a server's context and the file to trust."""
    folder = tmp_path_factory.mktemp("tls")

    def make(name: str) -> tuple[ssl.SSLContext, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        start = datetime.now(UTC) - timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3))
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = folder / f"{name}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context, path

    return make


Certificates = Callable[[str], tuple[ssl.SSLContext, Path]]


def test_a_certificate_nobody_trusts_is_refused(outbound: Outbound, certificates: Certificates) -> None:
    context, _ = certificates("127.0.0.1")
    with Wire(wire.answer(b"in"), tls=context) as server, pytest.raises(Unreachable):
        outbound.request("GET", server.url)


def test_an_own_authority_is_trusted_by_its_file(certificates: Certificates) -> None:
    context, path = certificates("127.0.0.1")
    with Wire(wire.answer(b"in"), tls=context) as server:
        assert Outbound(LOOPBACK, ca_file=path).request("GET", server.url).body == b"in"


def test_a_trusted_certificate_for_another_name_is_refused(certificates: Certificates) -> None:
    context, path = certificates("other.test")
    with Wire(wire.answer(b"in"), tls=context) as server, pytest.raises(Unreachable):
        Outbound(LOOPBACK, ca_file=path).request("GET", server.url)


def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, path = certificates("helpdesk.test")
    with Wire(wire.answer(b"in"), tls=context) as server:
        here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)
        outbound = Outbound(LOOPBACK, ca_file=path)
        assert outbound.request("GET", f"https://helpdesk.test:{server.port}/").body == b"in"

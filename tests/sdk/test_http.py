"""Calls of connectors: what is tried again, what becomes which error, and where credentials never go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from slaplugin.clock import SystemClock
from slaplugin.outbound import Outbound
from slaplugin.sdk.errors import AuthenticationError, ConfigurationError, ConnectorError, RateLimited, TemporaryError
from slaplugin.sdk.http import Api, HttpClient
from slaplugin.sdk.testing import FakeClock
from tests.sdk import wire
from tests.sdk.wire import Wire, answer

SECRET = "s3cr3t-canary"
Open = Callable[[Wire], Api]


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    opened = Outbound(["127.0.0.0/8"])
    yield opened
    opened.close()


@pytest.fixture
def api(outbound: Outbound, clock: FakeClock) -> Open:
    def opened(server: Wire) -> Api:
        client = HttpClient(outbound, clock, deadline_seconds=5)
        return client.api(server.url + "/base/", {"Authorization": f"Bearer {SECRET}"})

    return opened


def test_a_path_is_below_the_base_and_parameters_are_quoted(api: Open) -> None:
    with Wire(answer({"a": 1})) as server:
        assert api(server).get("/things", {"q": "a b&c", "n": 2}).item == {"a": 1}
        assert server.requests[0].startswith(b"GET /base/things?q=a+b%26c&n=2 HTTP/1.1\r\n")


def test_credentials_go_with_every_call(api: Open) -> None:
    with Wire(answer({})) as server:
        api(server).get("x")
        assert f"Authorization: Bearer {SECRET}".encode() in server.requests[0]


def test_a_cut_connection_is_tried_once_more(api: Open) -> None:
    with Wire(wire.reset, answer({"a": 1})) as server:
        assert api(server).get("x").item == {"a": 1}


def test_an_unwell_helpdesk_is_tried_once_more(api: Open) -> None:
    with Wire(answer(b"<html>", 502), answer({"a": 1})) as server:
        assert api(server).get("x").item == {"a": 1}


def test_what_fails_twice_is_temporary(api: Open) -> None:
    with Wire(wire.reset) as server, pytest.raises(TemporaryError):
        api(server).get("x")
    assert len(server.requests) == 2


def test_a_post_is_never_repeated(api: Open) -> None:
    with Wire(wire.reset) as server, pytest.raises(TemporaryError):
        api(server).post("x", {})
    assert len(server.requests) == 1


def test_both_tries_share_one_deadline(outbound: Outbound) -> None:
    with Wire(wire.silent) as server:
        client = HttpClient(outbound, SystemClock(), deadline_seconds=0.3)
        with pytest.raises(TemporaryError):
            client.api(server.url, {}).get("x")
        assert len(server.requests) == 1


def test_a_call_that_took_all_its_time_is_not_tried_again(outbound: Outbound, clock: FakeClock) -> None:
    with Wire(wire.silent) as server:
        with pytest.raises(TemporaryError):
            HttpClient(outbound, clock, deadline_seconds=0.2).api(server.url, {}).get("x")
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(answer(b"<html>Sign in</html>"), id="HTML"),
        pytest.param(answer(b"{]"), id="broken JSON"),
        pytest.param(answer(b""), id="nothing"),
        pytest.param(answer(b"[" * 100_000), id="deep"),
        pytest.param(answer(b'"\xff"'), id="not UTF-8"),
    ],
)
def test_a_200_without_json_is_temporary(api: Open, script: wire.Script) -> None:
    with Wire(script) as server, pytest.raises(TemporaryError, match="not JSON"):
        api(server).get("x")


@pytest.mark.parametrize("body", [{"message": "no"}, "text", 5, None, ["text"]])
def test_a_list_that_is_none_is_temporary(api: Open, body: object) -> None:
    with Wire(answer(body)) as server, pytest.raises(TemporaryError):
        _ = api(server).get("x").items


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_an_object_that_is_none_is_temporary(api: Open, body: object) -> None:
    with Wire(answer(body)) as server, pytest.raises(TemporaryError):
        _ = api(server).get("x").item


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ConfigurationError),
        (401, AuthenticationError),
        (403, AuthenticationError),
        (404, ConfigurationError),
        (410, ConfigurationError),
        (422, ConfigurationError),
        (304, ConfigurationError),
        (500, TemporaryError),
        (503, TemporaryError),
        (599, TemporaryError),
    ],
)
def test_a_status_becomes_what_to_do(api: Open, status: int, error: type[ConnectorError]) -> None:
    with Wire(answer({}, status)) as server, pytest.raises(error):
        api(server).get("x")


def test_a_status_the_caller_knows_is_an_answer(api: Open) -> None:
    with Wire(answer({"message": "gone"}, 410)) as server:
        assert api(server).get("x", accept=(410,)).status == 410


def test_a_limit_says_how_long_to_wait(api: Open) -> None:
    with Wire(answer({}, 429, {"Retry-After": "17"})) as server, pytest.raises(RateLimited) as error:
        api(server).get("x")
    assert error.value.retry_after == 17


def test_an_unwell_helpdesk_may_say_how_long_too(api: Open) -> None:
    with Wire(answer({}, 503, {"Retry-After": "9"})) as server, pytest.raises(RateLimited) as error:
        api(server).get("x")
    assert error.value.retry_after == 9
    assert len(server.requests) == 1


def test_no_call_leaves_while_we_were_told_to_wait(api: Open, clock: FakeClock) -> None:
    with Wire(answer({}, 429, {"Retry-After": "17"}), answer({"a": 1})) as server:
        opened = api(server)
        for _ in range(3):
            with pytest.raises(RateLimited):
                opened.get("x")
        assert opened.calls == 1
        clock.advance(17)
        assert opened.get("x").item == {"a": 1}


def test_an_empty_budget_stops_the_next_call(api: Open, clock: FakeClock) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(clock.now() + 50)}
    with Wire(answer({}, headers=headers)) as server:
        opened = api(server)
        opened.get("x")
        with pytest.raises(RateLimited) as error:
            opened.get("x")
    assert error.value.retry_after == 50
    assert opened.calls == 1


def test_an_etag_is_sent_and_304_is_an_answer(api: Open) -> None:
    with Wire(answer(b"", 304)) as server:
        assert api(server).get("x", etag='W/"1"').status == 304
        assert b'If-None-Match: W/"1"' in server.requests[0]


def test_a_redirect_inside_the_helpdesk_is_followed(api: Open) -> None:
    with Wire(answer(b"", 301, {"Location": "/repositories/5?a=1"}), answer({"id": 5})) as server:
        reply = api(server).get("x")
    assert (reply.item, reply.moved, reply.url) == ({"id": 5}, True, f"{server.url}/repositories/5?a=1")


def test_a_redirect_elsewhere_gets_no_credentials(api: Open) -> None:
    with Wire(answer({})) as other, Wire(answer(b"", 302, {"Location": f"{other.url}/x"})) as server:
        with pytest.raises(ConfigurationError):
            api(server).get("x")
        assert other.requests == []


def test_a_post_is_not_redirected(api: Open) -> None:
    with Wire(answer(b"", 307, {"Location": "/y"})) as server, pytest.raises(ConfigurationError):
        api(server).post("x", {})
    assert len(server.requests) == 1


def test_redirects_without_end_are_temporary(api: Open) -> None:
    with Wire(answer(b"", 302, {"Location": "/x"})) as server, pytest.raises(TemporaryError):
        api(server).get("x")


@pytest.mark.parametrize(
    ("base", "elsewhere"),
    [
        ("https://api.example.com", "http://api.example.com/x"),
        ("https://api.example.com", "https://api.example.com:8443/x"),
        ("https://api.example.com", "https://api.example.com.evil.test/x"),
        ("https://api.example.com", "https://api.example.com@evil.test/x"),
        ("https://api.example.com", "https://evil.test/?https://api.example.com"),
        ("https://api.example.com", "https://api.example.com:port/x"),
    ],
)
def test_another_origin_is_refused_before_any_call(
    outbound: Outbound, clock: FakeClock, base: str, elsewhere: str
) -> None:
    opened = HttpClient(outbound, clock).api(base, {"Authorization": SECRET})
    with pytest.raises(ConfigurationError):
        opened.get(elsewhere)
    assert opened.calls == 0


def test_pages_follow_the_next_link_as_it_is(api: Open) -> None:
    with Wire(answer([{"n": 1}]), answer([{"n": 2}])) as server:
        link = f'<{server.url}/base/x?after=abc%3D&p=1>; rel="next", <{server.url}/base/x?p=9>; rel="last"'
        server._scripts[0] = answer([{"n": 1}], headers={"Link": link})
        assert [page.items for page in api(server).pages("x")] == [[{"n": 1}], [{"n": 2}]]
        assert server.requests[1].startswith(b"GET /base/x?after=abc%3D&p=1 HTTP")


def test_pages_that_lead_in_a_circle_are_stopped(api: Open) -> None:
    with Wire(answer([])) as server:
        server._scripts[0] = answer([], headers={"Link": f'<{server.url}/base/x>; rel="next"'})
        with pytest.raises(TemporaryError, match="circle"):
            list(api(server).pages("x"))


def test_the_same_page_under_a_new_address_is_stopped(api: Open) -> None:
    with Wire(answer([]), answer([])) as server:
        first = answer([{"n": 1}], headers={"Link": f'<{server.url}/base/x?t=1>; rel="next"'})
        second = answer([{"n": 1}], headers={"Link": f'<{server.url}/base/x?t=2>; rel="next"'})
        server._scripts[:] = [first, second]
        with pytest.raises(TemporaryError, match="twice"):
            list(api(server).pages("x"))


def test_a_next_link_elsewhere_gets_no_credentials(api: Open) -> None:
    with Wire(answer([])) as other, Wire(answer([])) as server:
        server._scripts[0] = answer([{"n": 1}], headers={"Link": f'<{other.url}/x>; rel="next"'})
        with pytest.raises(ConfigurationError):
            list(api(server).pages("x"))
        assert other.requests == []


@pytest.mark.parametrize(
    "script", [wire.reset, answer(b"nonsense"), answer({"token": SECRET}, 401), answer({}, 404), answer({}, 500)]
)
def test_no_secret_is_in_a_message(api: Open, script: wire.Script) -> None:
    with Wire(script) as server, pytest.raises(ConnectorError) as error:
        api(server).get("x", {"key": SECRET})
    assert SECRET not in f"{error.value}{error.value!r}{error.value.__cause__!r}"


def test_a_blocked_address_is_a_wrong_setting(clock: FakeClock) -> None:
    with Wire(answer({})) as server, pytest.raises(ConfigurationError):
        HttpClient(Outbound(), clock).api(server.url, {}).get("x")
    assert server.requests == []


def test_an_answer_that_is_too_large_is_not_asked_for_twice(outbound: Outbound, clock: FakeClock) -> None:
    with Wire(answer(b"x" * 5000)) as server, pytest.raises(TemporaryError, match="less at once"):
        HttpClient(outbound, clock, max_bytes=1000).api(server.url, {}).get("x")
    assert len(server.requests) == 1

from __future__ import annotations

import pytest

from slaplugin.errors import ConfigurationError
from slaplugin.simulator import loopback
from tests.simulator.support import Sink


def test_a_post_to_loopback_returns_the_status(sink: Sink) -> None:
    sink.status = 418
    assert loopback.post(f"{sink.url}?a=1", {"X-A": "b"}, b"{}", 5) == 418
    assert (sink.got[0].headers["x-a"], sink.got[0].body) == ("b", b"{}")


def test_localhost_means_loopback(sink: Sink) -> None:
    assert loopback.post(sink.url.replace("127.0.0.1", "localhost"), {}, b"{}", 5) == 204


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/x",
        "http://example.com/x",
        "https://127.0.0.1/x",
        "http://0.0.0.0/x",
        "http://[::ffff:192.0.2.1]/x",
        "http://127.0.0.1:port/x",
        "http:///x",
        "file:///etc/passwd",
    ],
)
def test_everything_that_is_not_plain_http_to_loopback_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        loopback.post(url, {}, b"{}", 5)

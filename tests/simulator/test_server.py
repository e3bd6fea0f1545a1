from __future__ import annotations

import socket
import threading

from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.server import Answer, LoopbackServer
from tests.simulator.support import Caller, StillClock


def test_the_server_listens_on_loopback_only(github: GitHubSimulator) -> None:
    assert github.base_url.startswith("http://127.0.0.1:")


def test_the_address_is_known_before_the_start(clock: StillClock) -> None:
    simulator = GitHubSimulator(clock)
    assert int(simulator.base_url.rpartition(":")[2]) > 0
    simulator.stop()


def test_a_stopped_server_frees_its_port(clock: StillClock) -> None:
    first = GitHubSimulator(clock)
    first.start()
    port = int(first.base_url.rpartition(":")[2])
    first.stop()
    first.stop()
    second = GitHubSimulator(clock, port=port)
    second.stop()


def test_a_connection_is_kept_for_the_next_call(github: GitHubSimulator, caller: Caller) -> None:
    port = int(github.base_url.rpartition(":")[2])
    request = b"GET /versions HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for _ in range(2):
            connection.sendall(request)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK")


def test_a_body_of_unknown_length_is_refused(github: GitHubSimulator) -> None:
    port = int(github.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 400 ")


def test_the_request_log_forgets_the_oldest_calls(clock: StillClock) -> None:
    server = LoopbackServer(lambda received: Answer(200), clock, log_size=2)
    server.start()
    port = int(server.base_url.rpartition(":")[2])
    for number in range(3):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"GET /{number} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
            while connection.recv(100):
                pass
    server.stop()
    assert [entry.received.path for entry in server.request_log] == ["/1", "/2"]


def test_calls_are_answered_while_another_waits(github: GitHubSimulator, caller: Caller) -> None:
    port = int(github.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as idle:
        idle.sendall(b"GET /versions HTTP/1.1\r\n")
        assert caller.get("/versions").status_code == 200


def test_many_threads_write_without_losing_anything(github: GitHubSimulator) -> None:
    def write() -> None:
        for _ in range(20):
            github.comment("acme/web", 1, "mira", "x")

    issue = github.open_issue("acme/web", "Broken", "ann")
    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({comment.id for comment in issue.comments}) == 160

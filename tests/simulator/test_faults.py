from __future__ import annotations

import socket
import time

import pytest
import requests

from slaplugin.simulator.faults import Fault, FaultPlan
from slaplugin.simulator.github import GitHubSimulator
from tests.simulator.support import REPO, Caller


def test_a_reset_on_accept_cuts_the_next_connection_and_only_that(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("reset_on_accept"))
    with pytest.raises(requests.ConnectionError):
        caller.repo()
    assert caller.repo().status_code == 200


def test_a_reset_on_accept_reaches_the_client_as_a_reset_not_as_an_end(github: GitHubSimulator) -> None:
    def connect_and_read() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.recv(100)

    github.faults.add(Fault("reset_on_accept"))
    port = int(github.base_url.rpartition(":")[2])
    with pytest.raises(ConnectionResetError):
        connect_and_read()


def test_a_reset_after_the_request_has_carried_the_call_out(github: GitHubSimulator, caller: Caller) -> None:
    issue = github.open_issue(REPO, "Broken", "ann")
    github.faults.add(Fault("reset_after_request", path="*/comments", method="POST"))
    with pytest.raises(requests.ConnectionError):
        caller.repo("/issues/1/comments", "POST", json={"body": "on it"})
    assert [comment.body for comment in issue.comments] == ["on it"]


def test_a_hanging_call_gives_no_answer_until_the_client_gives_up(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("hang"))
    with pytest.raises(requests.ReadTimeout):
        caller.session.get(f"{github.base_url}/meta", timeout=0.1)


def test_stopping_ends_a_hanging_call(github: GitHubSimulator) -> None:
    github.faults.add(Fault("hang"))
    port = int(github.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET /meta HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\n\r\n")
        while not github.request_log:
            time.sleep(0.005)
        github.stop()
        assert connection.recv(100) == b""


def test_a_truncated_body_ends_before_its_length(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("truncated_body"))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        caller.repo()


def test_garbage_comes_with_200_and_is_no_json(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("garbage"))
    answer = caller.repo()
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_html_comes_with_200(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("html"))
    answer = caller.repo()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_dripping_answer_is_whole_in_the_end(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("drip", pause_ms=0))
    assert "2026-03-10" in caller.get("/versions").json()


def test_a_server_error_carries_the_retry_after_it_was_given(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("status", status=503, retry_after="7"))
    answer = caller.repo()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


def test_a_server_error_without_retry_after_has_none(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("status", status=502))
    assert "Retry-After" not in caller.repo().headers


def test_a_refusing_fault_does_not_carry_the_call_out(github: GitHubSimulator, caller: Caller) -> None:
    issue = github.open_issue(REPO, "Broken", "ann")
    github.faults.add(Fault("status", status=502))
    caller.repo("/issues/1/comments", "POST", json={"body": "on it"})
    assert issue.comments == []


def test_a_fault_hits_its_path_after_skipping_and_so_often(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("status", path=f"/repos/{REPO}/issues", skip=2, times=2))
    paths = ["/labels", *["/issues"] * 5]
    assert [caller.repo(path).status_code for path in paths] == [200, 200, 200, 502, 502, 200]


def test_a_fault_without_a_number_of_times_stays_until_it_is_cleared() -> None:
    plan = FaultPlan()
    fault = Fault("garbage", times=None)
    plan.add(fault)
    assert [plan.on_call("GET", "/x") for _ in range(3)] == [fault] * 3
    plan.clear()
    assert (plan.on_call("GET", "/x"), plan.pending) == (None, 0)


def test_the_request_log_tells_which_fault_a_call_met(github: GitHubSimulator, caller: Caller) -> None:
    github.faults.add(Fault("status", status=504))
    caller.repo("/labels")
    caller.repo("/labels?per_page=5")
    assert [(entry.status, entry.fault) for entry in github.request_log] == [(504, "status"), (200, None)]
    assert github.request_log[-1].received.query == "per_page=5"

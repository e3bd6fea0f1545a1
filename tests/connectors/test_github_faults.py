"""Every kind of fault at every call: the right error, nothing lost, nothing passed over, the same end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from slaplugin.connectors.github import GitHubConnector

from slaplugin.domain.instants import text
from slaplugin.sdk.contract import Cursor, Page
from slaplugin.sdk.errors import AuthenticationError, ConnectorError, RateLimited, TemporaryError
from slaplugin.sdk.testing import FakeClock, events_of
from slaplugin.simulator.faults import Fault
from slaplugin.simulator.github import GitHubSimulator
from slaplugin.simulator.github_limits import SecondaryLimit
from tests.connectors.conftest import DAY, REPOSITORY, TOKEN, Asked, Connect, populate

TEMPORARY = [
    pytest.param(Fault("reset_on_accept", times=None), id="reset on accept"),
    pytest.param(Fault("reset_after_request", times=None), id="reset after request"),
    pytest.param(Fault("hang", times=None), id="hang"),
    pytest.param(Fault("truncated_body", times=None), id="truncated body"),
    pytest.param(Fault("garbage", times=None), id="garbage"),
    pytest.param(Fault("html", times=None), id="HTML with 200"),
    pytest.param(Fault("drip", times=None, pause_ms=40), id="drip"),
    pytest.param(Fault("status", status=502, times=None), id="502"),
    pytest.param(Fault("status", status=500, times=None), id="500"),
    pytest.param(Fault("status", status=504, times=None), id="504"),
]
PATHS = ["*/issues", "*/issues/5/timeline", "*/issues/comments", "*/collaborators/mo/permission"]


class Store:
    """Keeps what a real store keeps: events once, and the cursor of the last page."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.cursor: Cursor | None = None

    def pull(self, connector: GitHubConnector) -> ConnectorError | None:
        try:
            for page in connector.pull(self.cursor):
                self.pages.append(page)
                self.cursor = page.cursor
        except ConnectorError as error:
            return error
        return None


@pytest.fixture
def busy(github: GitHubSimulator, clock: FakeClock) -> GitHubSimulator:
    """A repository with a history, whose comments list is asked for as well."""
    populate(github, 12, clock.now() - DAY)
    return github


def faulty_pull(store: Store, connect: Connect, github: GitHubSimulator, fault: Fault) -> ConnectorError | None:
    connector = connect(deadline=0.25, page_size=10)
    connector.context.http.outbound.close()  # kept connections have been accepted already
    github.faults.add(fault)
    try:
        return store.pull(connector)
    finally:
        github.faults.clear()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("fault", TEMPORARY)
def test_a_fault_loses_nothing_and_the_end_is_the_same(
    busy: GitHubSimulator, connect: Connect, clock: FakeClock, fault: Fault, path: str
) -> None:
    if fault.kind == "reset_on_accept":
        path = "*"  # a connection that is cut at once has no path
    store, calm = Store(), Store()
    calm.pull(connect())
    if path == "*/issues/comments":
        store.pull(connect())
        clock.advance(600)
        busy.comment(REPOSITORY, 2, "zoe")
        calm.pull(connect())
    affected = Fault(fault.kind, path=path, times=None, status=fault.status, pause_ms=fault.pause_ms)
    error = faulty_pull(store, connect, busy, affected)
    assert isinstance(error, TemporaryError)
    assert not isinstance(error, RateLimited)
    assert store.pull(connect()) is None
    assert events_of(store.pages) == events_of(calm.pages)


@pytest.mark.parametrize("skip", range(1, 16, 3))
def test_a_fault_after_any_number_of_calls_loses_nothing(busy: GitHubSimulator, connect: Connect, skip: int) -> None:
    store, calm = Store(), Store()
    calm.pull(connect())
    error = faulty_pull(store, connect, busy, Fault("status", status=502, skip=skip, times=None))
    assert isinstance(error, TemporaryError)
    assert store.pull(connect()) is None
    assert events_of(store.pages) == events_of(calm.pages)


def test_what_was_read_before_a_fault_is_handed_out(busy: GitHubSimulator, connect: Connect) -> None:
    store = Store()
    faulty_pull(store, connect, busy, Fault("status", status=502, path="*/issues/9/timeline", times=None))
    first = {event.raw["number"] for event in events_of(store.pages).values() if event.kind == "created"}
    assert first
    assert 9 not in first


def test_a_single_fault_is_not_even_noticed(busy: GitHubSimulator, connect: Connect) -> None:
    assert faulty_pull(Store(), connect, busy, Fault("status", status=502, path="*/issues", times=1)) is None


Limit = Callable[[GitHubSimulator, FakeClock], None]


def secondary(status: int, retry_after: str | None, **more: object) -> Limit:
    def apply(github: GitHubSimulator, _: FakeClock) -> None:
        github.limits.refuse_next(SecondaryLimit(status=status, retry_after=retry_after, **more))  # type: ignore[arg-type]

    return apply


def primary(github: GitHubSimulator, clock: FakeClock) -> None:
    account = github.accounts[TOKEN]
    account.used, account.resets_at = account.limit, clock.now() + 900


@pytest.mark.parametrize(
    ("limit", "wait"),
    [
        pytest.param(secondary(403, "seconds", seconds=37), 37, id="403 with seconds"),
        pytest.param(secondary(429, "seconds", seconds=37), 37, id="429 with seconds"),
        pytest.param(secondary(403, "http-date", seconds=45), 45, id="403 with a date"),
        pytest.param(secondary(429, "http-date", seconds=45), 45, id="429 with a date"),
        pytest.param(secondary(403, None), 60, id="403 without a wait"),
        pytest.param(secondary(429, None), 60, id="429 without a wait"),
        pytest.param(primary, 900, id="primary limit"),
    ],
)
def test_a_limit_is_a_limit_whatever_it_looks_like(
    busy: GitHubSimulator, connect: Connect, clock: FakeClock, limit: Limit, wait: int
) -> None:
    limit(busy, clock)
    error = Store().pull(connect())
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


def test_a_limit_in_the_middle_keeps_what_was_read_and_goes_on_there(
    busy: GitHubSimulator, connect: Connect, clock: FakeClock, asked: list[Asked]
) -> None:
    calm = Store()
    calm.pull(connect())
    account = busy.accounts[TOKEN]
    account.used, account.resets_at = account.limit - 9, clock.now() + 900
    store = Store()
    error = store.pull(connect())
    assert isinstance(error, RateLimited)
    read_before = {event.ticket for event in events_of(store.pages).values()}
    assert read_before
    clock.advance(error.retry_after)
    asked.clear()
    assert store.pull(connect()) is None
    assert events_of(store.pages) == events_of(calm.pages)
    assert len([one for one in asked if one.path.endswith("/timeline")]) <= 12 - len(read_before) + 1


def test_a_small_budget_brings_the_import_to_its_end(busy: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    calm = Store()
    calm.pull(connect())
    busy.accounts[TOKEN].limit = 6
    busy.accounts[TOKEN].used = 0
    store = Store()
    for _ in range(12):
        error = store.pull(connect())
        if error is None:
            break
        assert isinstance(error, RateLimited)
        clock.advance(error.retry_after)
    assert events_of(store.pages) == events_of(calm.pages)


def test_a_refusal_is_no_limit(busy: GitHubSimulator, connect: Connect) -> None:
    error = faulty_pull(Store(), connect, busy, Fault("status", status=403, path="*/issues", times=None))
    assert isinstance(error, AuthenticationError)


def test_a_revoked_token_stops_the_source(busy: GitHubSimulator, connect: Connect) -> None:
    busy.revoke_token(TOKEN)
    assert isinstance(Store().pull(connect()), AuthenticationError)


def test_a_server_error_with_a_wait_is_waited_for(busy: GitHubSimulator, connect: Connect, clock: FakeClock) -> None:
    for given in ("12", None):
        fault = Fault("status", status=503, retry_after=given, path="*/issues", times=None)
        error = faulty_pull(Store(), connect, busy, fault)
        assert isinstance(error, RateLimited) is (given is not None)


def test_no_fault_shows_a_secret(busy: GitHubSimulator, connect: Connect) -> None:
    for kind in ("garbage", "html", "reset_after_request", "truncated_body"):
        error = faulty_pull(Store(), connect, busy, Fault(kind, times=None))  # type: ignore[arg-type]
        assert TOKEN not in f"{error}{error!r}"


@pytest.mark.parametrize("clock_error", [-7200, 0, 7200])
def test_a_wrong_clock_of_ours_loses_nothing(
    busy: GitHubSimulator, connect: Connect, clock: FakeClock, clock_error: int
) -> None:
    store, calm = Store(), Store()
    store.pull(connect())
    now = clock.now()
    clock.jump(clock_error)
    store.pull(connect())
    busy.comment(REPOSITORY, 4, "mo", at=now + 5)
    store.pull(connect())
    clock.jump(-clock_error)
    clock.advance(600)
    store.pull(connect())
    calm.pull(connect())
    missing = events_of(calm.pages).keys() - events_of(store.pages).keys()
    assert missing == set(), text(now)

"""What views work with: the state that the extension keeps for the app they run in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

from flask import current_app

from slaplugin.clock import Clock
from slaplugin.config import Config
from slaplugin.services.runtime import Runtime


class State(Protocol):
    """The part of the extension's state that pages use. Sessions are opaque here: SQL is the store's business."""

    config: Config
    clock: Clock

    @property
    def runtime(self) -> Runtime:
        """Documents, secrets and the rest that use cases share."""
        ...

    def session(self) -> AbstractContextManager[Any]:
        """A session for services that write; they open and close its transactions."""
        ...

    def read_session(self) -> AbstractContextManager[Any]:
        """A session that cannot write: every GET view uses this one."""
        ...


def current() -> State:
    """The state of the app that serves this request."""
    return cast(State, current_app.extensions["slaplugin"])

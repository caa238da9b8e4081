"""The client's clock, and the time that one operation may take over all its requests and waits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from pulumi_auth0_permissions.auth0.errors import ManagementApiError

DEFAULT_MINUTES = 30.0
LONGEST_MINUTES = 1440.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Clock:
    """The client's time and randomness; tests put one in its place whose sleeps take no time."""

    def now(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()

    def wall(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Pause."""
        time.sleep(seconds)

    def jitter(self) -> float:
        """Return a random number from 0 to 1, so that runs which share a tenant do not act in step."""
        return random.random()  # noqa: S311 - no secret


@dataclass(slots=True)
class _Operation:
    minutes: float
    started_s: float | None = None  # by the clock of its first request


_current: ContextVar[_Operation | None] = ContextVar("operation", default=None)


@contextmanager
def operation(minutes: float) -> Iterator[None]:
    """Bound the time of what this thread does inside: a hook of the engine, a command's look at a tenant."""
    token = _current.set(_Operation(minutes))
    try:
        yield
    finally:
        _current.reset(token)


def check_time(now_s: float, wait_s: float = 0.0) -> None:
    """Check that this thread's operation, if it is part of one, has time for a wait and what follows it.

    Raises:
        ManagementApiError: it has not.
    """
    under_way = _current.get()
    if under_way is None:
        return
    if under_way.started_s is None:
        under_way.started_s = now_s
    if now_s + wait_s > under_way.started_s + under_way.minutes * 60:
        raise ManagementApiError(
            f"the operation takes longer than {under_way.minutes:g} minutes, so the next request was not sent",
            "Run again: what is there will be read first. auth0-permissions:operationTimeout sets the limit.",
        )


def carried(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return the function as part of this thread's operation, for other threads to run."""
    context = copy_context()

    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return context.copy().run(function, *args, **kwargs)

    return run

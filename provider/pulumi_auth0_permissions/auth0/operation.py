"""The time that one operation may take, over all its requests and waits: a hook of the engine, a look at a tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from pulumi_auth0_permissions.auth0.errors import ManagementApiError

__all__ = ["DEFAULT_MINUTES", "LONGEST_MINUTES", "carried", "check_time", "operation"]

DEFAULT_MINUTES = 30.0
LONGEST_MINUTES = 1440.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(slots=True)
class _Operation:
    minutes: float
    started_s: float | None = None  # by the clock of its first request


_current: ContextVar[_Operation | None] = ContextVar("operation", default=None)


@contextmanager
def operation(minutes: float) -> Iterator[None]:
    """Bound the time of what this thread does inside."""
    with _bound(_Operation(minutes)):
        yield


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
    """Return the function as part of this thread's operation, for another thread to run."""
    under_way = _current.get()

    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        with _bound(under_way):
            return function(*args, **kwargs)

    return run


@contextmanager
def _bound(one: _Operation | None) -> Iterator[None]:
    token = _current.set(one)
    try:
        yield
    finally:
        _current.reset(token)

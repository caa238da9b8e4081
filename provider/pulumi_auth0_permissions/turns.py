"""Read, decide, write, and look again: the one loop in which whole lists are replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, RateLimited

_T = TypeVar("_T")
_U = TypeVar("_U")

MAX_ATTEMPTS = 4  # reads of one thing, each followed by at most one write
FIRST_PAUSE_S = 0.5  # before the second attempt after a lost answer; doubled each time

Lock = Callable[[str, bool], AbstractContextManager[bool]]
"""Takes a lock by its name, waits for it if asked to, and gives whether it is held."""


def no_lock(_name: str, _wait: bool, /) -> AbstractContextManager[bool]:  # noqa: FBT001 - a Lock
    """Stand in for a lock where there are no other writers."""
    return nullcontext(enter_result=True)


@dataclass(frozen=True, slots=True)
class Settled(Generic[_T]):
    """What the last attempt found and left.

    Attributes:
        asked_at: when its read was sent.
        before: what the read brought.
        after: what is there after the write; ``before`` itself where nothing was missing.
    """

    asked_at: datetime
    before: _T
    after: _T


class Turns:
    """Writes to one tenant; the writers of one machine take turns.

    Args:
        client: the Management API client.
        lock: held from a read to its write.
    """

    def __init__(self, client: ManagementClient, lock: Lock = no_lock) -> None:
        self._client = client
        self._lock = lock

    def settle(
        self,
        name: str,
        read: Callable[[], _T],
        decide: Callable[[_T, bool], _U | None],
        write: Callable[[_T, _U], _T],
    ) -> Settled[_T]:
        """Write what is missing.

        Level-based: every attempt starts from what is read now. A write whose answer was lost is not repeated
        blindly; the next attempt reads, and finds it done or not done.

        Args:
            name: what is written to, for the lock.
            read: returns what is there.
            decide: returns what to write, or ``None`` where nothing is missing; is told whether an earlier attempt
                may have been carried out.
            write: writes once, and returns what is there after that.

        Raises:
            ManagementApiError: it could not be read or written.
        """
        lost: ManagementApiError | None = None  # a write of which nobody knows whether it was carried out
        for attempt in range(1, MAX_ATTEMPTS + 1):
            with self._turn(name):
                asked_at = datetime.now(UTC)
                try:
                    found = read()
                except RateLimited as error:
                    if not error.worth_another_try or attempt == MAX_ATTEMPTS:
                        raise lost or error from error
                    continue  # the next turn waits until there is room again
                except ManagementApiError as error:
                    if lost is None:
                        raise
                    raise lost from error
                target = decide(found, lost is not None)
                if target is None:
                    return Settled(asked_at, found, found)
                try:
                    return Settled(asked_at, found, write(found, target))
                except ManagementApiError as error:
                    if not error.worth_another_try or attempt == MAX_ATTEMPTS:
                        raise
                    lost = None if error.nothing_was_written else error
                    pause_s = error.retry_after_s or FIRST_PAUSE_S * 2 ** (attempt - 1)
            self._client.pause(pause_s)
        raise AssertionError("unreachable: the last attempt returns or raises")

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        """Hold a lock for a read and its write.

        Both have their place in the rate limit before the lock is taken: the time in which another's write could go
        unseen is one round trip, and nobody waits for the lock while its holder waits for the tenant. No place is
        kept while waiting for the lock, which the holder may need.
        """
        while True:
            with self._client.reserve(2), self._lock(name, False) as held:  # noqa: FBT003 - a Lock
                if held:
                    yield
                    return
            with self._lock(name, True):  # noqa: FBT003 - a Lock
                pass

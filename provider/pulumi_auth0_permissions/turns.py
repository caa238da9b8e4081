"""Turns of the writers of one machine: one reads and writes while the others wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

__all__ = ["Lock", "PacePort", "no_lock", "turn"]

Lock = Callable[[str, bool], AbstractContextManager[bool]]
"""Takes a lock by its name, waits for it if asked to, and gives whether it is held."""


class PacePort(Protocol):
    """What a turn needs of a Management API client."""

    def reserve(self, requests: int) -> AbstractContextManager[None]:
        """Wait until that many requests may be sent without a pause between them."""


def no_lock(_name: str, _wait: bool, /) -> AbstractContextManager[bool]:  # noqa: FBT001 - a Lock
    """Stand in for a lock where there are no other writers."""
    return nullcontext(enter_result=True)


@contextmanager
def turn(management: PacePort, lock: Lock, name: str) -> Iterator[None]:
    """Hold a lock for a read and its write.

    Both have their place in the rate limit before the lock is taken, so that nobody waits for it while its holder
    waits for the tenant; and no place is kept while waiting for the lock, which the holder may need.
    """
    while True:
        with management.reserve(2), lock(name, False) as held:  # noqa: FBT003 - a Lock
            if held:
                yield
                return
        with lock(name, True):  # noqa: FBT003 - a Lock
            pass

"""What the APIs of one tenant were observed to be, shared by everything that reads in one process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_auth0_permissions.management.models import Api

__all__ = ["Observations"]


class Observations:
    """Remembers reads for as long as the process lives, and makes each of them once.

    A preview and an update are processes of their own, each a second or so long. Whatever is about to be written
    is read anew; this is for looking.

    Args:
        read: reads the API of an identifier or id.
    """

    def __init__(self, read: Callable[[str], Api]) -> None:
        self._read = read
        self._guard = threading.Lock()
        self._reading: dict[str, threading.Lock] = {}
        self._seen: dict[str, Api] = {}

    def get(self, api: str) -> Api:
        """Return the API of that identifier or id, read at most once; threads that ask together share the read."""
        with self._guard:
            reading = self._reading.setdefault(api, threading.Lock())
        with reading:
            seen = self.peek(api)
            if seen is None:
                seen = self._read(api)
                self.put(seen)
            return seen

    def peek(self, api: str) -> Api | None:
        """Return what was read of it already, or ``None``; sends nothing."""
        with self._guard:
            return self._seen.get(api)

    def put(self, api: Api) -> None:
        """Remember what the API answered to somebody else's read or to a write."""
        with self._guard:
            self._seen[api.id] = self._seen[api.identifier] = api

    def forget(self, api: Api) -> None:
        """Forget an API that may have changed."""
        with self._guard:
            self._seen.pop(api.id, None)
            self._seen.pop(api.identifier, None)

"""How far an update has come, for those who watch it wait."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Progress"]


class Progress:
    """Counts the APIs that an update is done with.

    Args:
        planned: returns how many it is about, as far as the run's preview showed; asked once, when it is first needed.
    """

    def __init__(self, planned: Callable[[], int]) -> None:
        self._planned = planned
        self._guard = threading.Lock()
        self._done = 0
        self._of: int | None = None

    def done(self) -> None:
        """Count one more."""
        with self._guard:
            self._done += 1

    def waiting(self, seconds: float, reason: str) -> str:
        """Return what to say of a wait: how long, for what, and how much is done already."""
        with self._guard:
            text = f"waiting {seconds:.0f} s for {reason}"
            if not self._done:
                return text
            self._of = self._planned() if self._of is None else self._of
            of = f" of {self._of}" if self._of >= self._done else ""  # what is deleted, no preview has counted
            return f"{text}, {self._done}{of} {'API' if self._done == 1 and not of else 'APIs'} done"

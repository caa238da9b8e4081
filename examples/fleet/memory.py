"""The memory of processes and of all that they start, as Linux tells it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Sampler"]

SAMPLE_EVERY_S = 0.25


class Sampler:
    """Looks at the memory of a process and of all that it has started, until told to stop.

    Attributes:
        peak_mb: the most that all held together; pages that several share count once.
        peak_of_one_mb: the most that one `pulumi` below it and all of its processes held.
    """

    def __init__(self, pid: int) -> None:
        self.peak_mb = self.peak_of_one_mb = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_EVERY_S):
            each = [sum(held_mb(pid) for pid in (child, *below(child))) for child in children(self._pid)]
            self.peak_of_one_mb = max(self.peak_of_one_mb, *each, 0.0)
            self.peak_mb = max(self.peak_mb, held_mb(self._pid) + sum(each))


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, from whichever thread."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []


def below(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those that these have started."""
    for child in children(pid):
        yield child
        yield from below(child)


def held_mb(pid: int) -> float:
    """Return a process's share of memory: pages that several processes share are divided among them."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in text.splitlines() if line.startswith("Pss:")), 0.0)

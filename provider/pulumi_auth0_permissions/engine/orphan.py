"""End a provider process whose engine is gone: nobody would see what it does, and it would keep its locks."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

__all__ = ["stop_with_parent"]

INTERVAL_S = 1.0


def stop_with_parent(
    *, interval_s: float = INTERVAL_S, stop: Callable[[int], None] = os._exit, parent: Callable[[], int] = os.getppid
) -> threading.Thread:
    """Start a thread that ends this process once it has been handed to another parent.

    Args:
        interval_s: seconds between two looks.
        stop: ends the process with an exit code, whatever its other threads wait for.
        parent: returns the parent's process id.
    """
    started_by = parent()

    def watch() -> None:
        while parent() == started_by:
            time.sleep(interval_s)
        stop(1)

    thread = threading.Thread(target=watch, name="stop-with-parent", daemon=True)
    thread.start()
    return thread

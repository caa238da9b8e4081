"""End a provider process whose engine is gone: nobody would see what it does, and it would keep its locks."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

__all__ = ["stop_without"]

INTERVAL_S = 1.0


def stop_without(
    engine_is_alive: Callable[[], bool], *, interval_s: float = INTERVAL_S, stop: Callable[[int], None] = os._exit
) -> threading.Thread:
    """Start a thread that ends this process once its engine has ended.

    The parent's id would not tell: a shell may stand between the two, and stays when the engine is killed.

    Args:
        engine_is_alive: tells whether the engine still runs.
        interval_s: seconds between two looks.
        stop: ends the process with an exit code, whatever its other threads wait for.
    """

    def watch() -> None:
        while engine_is_alive():
            time.sleep(interval_s)
        stop(1)

    thread = threading.Thread(target=watch, name="stop-without-engine", daemon=True)
    thread.start()
    return thread

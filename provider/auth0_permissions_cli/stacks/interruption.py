"""Ctrl-C and SIGTERM while the engine is at work: it ends in order, and nothing is left to repair.

On SIGINT, the engine finishes the write that is under way, records it and lets go of the stack. Left alone by us in the
middle of that, it would die of a broken pipe, and the stack would stay locked.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import TypeVar

import psutil

_T = TypeVar("_T")


def to_its_end(work: Callable[[], _T]) -> _T:
    """Do the work to its end and return what it returns; only then raise what Ctrl-C raises."""
    interrupted = False
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        while not working.done():
            try:
                wait([working])
            except KeyboardInterrupt:
                interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return working.result()


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, for as long as this is open.

    A terminal sends Ctrl-C to the whole process group, and so to the engine too; SIGTERM comes to this process alone,
    and is passed on.
    """

    def interrupt(_signal: int, _frame: object) -> None:
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGINT)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

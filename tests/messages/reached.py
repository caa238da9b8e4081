"""Which lines of the product are run: that a message comes from the very place where its text stands."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from messages.texts import PROVIDER

if TYPE_CHECKING:
    from _typeshed import TraceFunction

__all__ = ["reached_lines"]


@contextmanager
def reached_lines() -> Iterator[dict[str, set[int]]]:
    """Give the lines of the product that are run, in all threads that start meanwhile: file → line numbers.

    Files are named relative to the folder of the packages.
    """
    root = f"{PROVIDER}/"
    lines: dict[str, set[int]] = {}

    def on_call(frame: FrameType, _event: str, _arg: object) -> TraceFunction | None:
        file = frame.f_code.co_filename
        if not file.startswith(root):
            return None
        reached = lines.setdefault(file.removeprefix(root), set())

        def on_line(frame: FrameType, _event: str, _arg: object) -> TraceFunction | None:
            reached.add(frame.f_lineno)
            return on_line

        return on_line

    before, before_in_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(on_call)
    sys.settrace(on_call)
    try:
        yield lines
    finally:
        sys.settrace(before)
        threading.settrace(before_in_threads)

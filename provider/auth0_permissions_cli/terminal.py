"""Output for people: tables that fit, colour where there is a terminal, progress where something takes long."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.status import Status
from rich.table import Table
from rich.text import Text

__all__ = ["UNLIMITED_WIDTH", "Column", "Progress", "paragraphs", "plain_console", "progress", "table"]

UNLIMITED_WIDTH = 1_000_000  # cells; in a file or pipe a row is one line, for grep and the like


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: its heading.
        is_fixed: whether it is never broken into lines; other columns give way.
    """

    title: str
    is_fixed: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as text, with colour where standard output is a terminal (and ``NO_COLOR`` is not set).

    On a terminal long cells are broken into lines so that the table fits; elsewhere nothing is broken.

    Args:
        columns: the columns, from the left.
        rows: a cell for each column; text is taken as it is, markup means nothing.
    """
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        grid.add_column(Text(column.title), overflow="fold", no_wrap=column.is_fixed)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    return _rendered(grid)


def paragraphs(texts: Iterable[str]) -> str:
    """Return texts, each on lines of its own, broken between words where standard output is a terminal."""
    return _rendered(Group(*(Text(text) for text in texts)))


def plain_console() -> Console:
    """Return a console that takes text as it is, as wide as the terminal; elsewhere nothing is broken into lines."""
    is_unlimited = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=UNLIMITED_WIDTH if is_unlimited else None, highlight=False, markup=False, emoji=False)


def _rendered(content: RenderableType) -> str:
    console = plain_console()
    with console.capture() as capture:
        console.print(content)
    return "\n".join(line.rstrip() for line in capture.get().split("\n")).rstrip("\n")


class Progress:
    """Says what is going on, in a line that goes away, where standard error is a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    def __call__(self, message: str) -> None:
        """Show a message in place of the one before."""
        if not self._console.is_terminal:
            return
        if self._status is None:
            self._status = self._console.status("")
            self._status.start()
        self._status.update(Text(message))

    def waiting(self, seconds: float, reason: str) -> None:
        """Show that nothing happens for a while, and why."""
        self(f"waiting {seconds:.0f} s: {reason}")

    def clear(self) -> None:
        """Take the line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


@contextmanager
def progress() -> Iterator[Progress]:
    """Give a progress line for as long as something takes."""
    line = Progress(Console(stderr=True, highlight=False, markup=False, emoji=False))
    try:
        yield line
    finally:
        line.clear()

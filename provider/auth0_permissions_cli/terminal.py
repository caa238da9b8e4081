"""Output for people: tables that fit, colour on a terminal, progress of what takes long."""

import os
import sys
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.status import Status
from rich.table import Table
from rich.text import Text

_UNLIMITED_WIDTH = 1_000_000  # cells; in a file or pipe a row is one line, for grep and the like


def grid(header_style: str = "bold") -> Table:
    """Return an empty table without lines; its cells are to be `Text`, in which markup means nothing."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=header_style)


def rendered(*contents: RenderableType, err: bool = False) -> str:
    """Return contents as lines, with colour where they go to a terminal (and ``NO_COLOR`` is not set).

    On a terminal, long lines and cells are broken so that everything fits; elsewhere nothing is broken. ``err``: it
    goes to standard error.
    """
    stream = sys.stderr if err else sys.stdout
    is_unlimited = not stream.isatty() and "COLUMNS" not in os.environ
    width = _UNLIMITED_WIDTH if is_unlimited else None
    console = Console(width=width, stderr=err, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(*contents, sep="\n", crop=False)
    return "\n".join(line.rstrip() for line in capture.get().split("\n")).rstrip("\n") + "\n"


_COMMANDS = ("pulumi ", "auth0-permissions ", "export ")
_STYLES = {"+ ": "green", "- ": "red", "~ ": "yellow", "> ": "cyan", "refused": "bold red", "error": "bold red"}


def rendered_plan(text: str, *, err: bool = False) -> str:
    """Return the lines of a plan, its changes coloured by their signs; a long one goes on below its beginning."""
    lines: list[RenderableType] = []
    for line in text.splitlines():
        content = line.lstrip()
        indent = len(line) - len(content)
        style = next((style for sign, style in _STYLES.items() if content.startswith(sign)), "dim" if indent else "")
        is_title = bool(content) and not indent and not style
        words = Text(content, style="bold" if is_title else style)
        if content.startswith(_COMMANDS):  # in one piece, to be copied
            lines.append(Group(Text(line, style=style, no_wrap=True, overflow="ignore")))
        else:
            lines.append(Padding(words, (0, 0, 0, indent)) if indent else words)
    return rendered(*lines, err=err)


class Progress(Status):
    """A progress line, where standard error is a terminal; it disappears at the end."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__("", console=console or Console(stderr=True, highlight=False, markup=False, emoji=False))

    def __enter__(self) -> Self:
        return self  # it appears with the first message

    def __call__(self, message: str) -> None:
        """Show a message in place of the one before."""
        self.update(Text(message))
        self.start()

    def waiting(self, seconds: float, reason: str) -> None:
        """Show how long nothing happens, and why."""
        self(f"waiting {seconds:.0f} s: {reason}")

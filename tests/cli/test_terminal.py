"""Progress: a line for people who wait at a terminal, and nothing for anybody else."""

from __future__ import annotations

import io

from rich.console import Console

from auth0_permissions_cli.terminal import Progress


def shown_on(console: Console, message: str) -> str:
    """Return what a console is sent when a message is shown and taken away again."""
    line = Progress(console)
    line(message)
    line.stop()
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_terminal_shows_what_is_going_on() -> None:
    """The message stands on the terminal, markup meaning nothing, and the cursor is back in the end."""
    sent = shown_on(Console(file=io.StringIO(), force_terminal=True, width=80, markup=False), "role 3 of [bold]9")

    assert "role 3 of [bold]9" in sent
    assert sent.rindex("\x1b[?25h") > sent.rindex("\x1b[?25l")


def test_a_file_is_sent_nothing() -> None:
    """Where standard error is no terminal, progress leaves no trace."""
    assert shown_on(Console(file=io.StringIO(), force_terminal=False), "role 3 of 9") == ""

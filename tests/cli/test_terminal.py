"""Progress: a line for people who wait at a terminal, and nothing for anybody else."""

from __future__ import annotations

import io

from rich.console import Console

from auth0_permissions_cli.terminal import Progress


def shown_on(console: Console, message: str) -> str:
    """Return what a console is sent when a message is shown and taken away again."""
    line = Progress(console)
    line(message)
    line.clear()
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


def test_a_wait_is_shown_with_its_reason() -> None:
    """A wait is told in whole seconds, with what is waited for."""
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    line = Progress(console)
    line.waiting(12.4, "for the tenant's rate limit")
    line.clear()

    assert isinstance(console.file, io.StringIO)
    assert "waiting 12 s: for the tenant's rate limit" in console.file.getvalue()


def test_taking_away_what_is_not_there_does_nothing() -> None:
    """A command that was quick has shown nothing, and takes nothing away."""
    console = Console(file=io.StringIO(), force_terminal=True, width=80)

    Progress(console).clear()

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""

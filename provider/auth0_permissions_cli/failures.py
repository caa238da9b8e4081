"""Foreseeable failures: what is said of them, and their exit code."""

from __future__ import annotations

import click

from auth0_permissions_cli.exit_codes import ExitCode
from pulumi_auth0_permissions.core.errors import Conflict, PermissionsError, UnsafePlan


class CommandFailed(Exception):
    """Raised by a command with the message for the user and the exit code."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def exit_code_of(error: Exception) -> int | None:
    """Say the error's message on standard error and return its exit code; ``None`` for one that nobody foresaw."""
    if isinstance(error, click.ClickException):  # wrong usage, with a hint at --help
        error.show()
        return error.exit_code
    if isinstance(error, CommandFailed):
        click.echo(f"Error: {error}", err=True)
        return error.exit_code

    if isinstance(error, PermissionsError):
        click.echo(f"Error: {error}", err=True)
        return ExitCode.REFUSED if isinstance(error, (UnsafePlan, Conflict)) else ExitCode.FAILED
    return None

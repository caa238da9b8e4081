"""Foreseeable failures: what is said of them, and their exit code."""

from __future__ import annotations

from auth0_permissions_cli.exit_codes import ExitCode
from pulumi_auth0_permissions.core.errors import Conflict, PermissionsError, UnsafePlan


class CommandFailed(Exception):
    """Raised by a command with the message for the user and the exit code."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def exit_code_of(error: Exception) -> ExitCode | None:
    """Return the exit code of a foreseeable failure; ``None`` for a defect."""
    if isinstance(error, CommandFailed):
        return error.exit_code
    if isinstance(error, (UnsafePlan, Conflict)):
        return ExitCode.REFUSED
    return ExitCode.FAILED if isinstance(error, PermissionsError) else None

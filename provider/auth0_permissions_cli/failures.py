"""Foreseeable failures of commands, and what exit codes mean: scripts rely on the numbers."""

from enum import IntEnum
from importlib.util import find_spec
from typing import Final

from pulumi_auth0_permissions.core.errors import PermissionsError


class ExitCode(IntEnum):
    """The exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    MISSING_EXTRA = 3
    REFUSED = 4
    DIFFERENT = 5
    INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


EXIT_CODES_HELP: Final = """\b
Exit codes:
  0    done
  1    failed, or done in part; the message on standard error says why
  2    wrong usage
  3    an extra of the package is not installed (the message names it)
  4    refused by a rule
  5    --check found differences, or something to do
  130  interrupted"""


class CommandFailed(Exception):
    """Raised by a command with the message for the user and the exit code."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Refused(CommandFailed):
    """Raised when a rule refuses an operation; nothing was done."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.REFUSED)


def exit_code_of(error: CommandFailed | PermissionsError) -> ExitCode:
    """Return the exit code of a foreseeable failure."""
    return error.exit_code if isinstance(error, CommandFailed) else ExitCode.FAILED


_DISTRIBUTION: Final = "pulumi-auth0-permissions"
_PACKAGES: Final = {"cli": ("click", "jinja2", "rich"), "tenant": ("flask", "cryptography", "jwt")}


def missing_extra(extra: str) -> str | None:
    """Return what to install, or ``None`` if the extra's packages are there."""
    absent = [package for package in _PACKAGES[extra] if find_spec(package) is None]
    if not absent:
        return None
    return f"not installed: {', '.join(absent)}. Install them with: pip install '{_DISTRIBUTION}[{extra}]'"

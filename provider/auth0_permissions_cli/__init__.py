"""The command line ``auth0-permissions``: parse arguments, ask, print, exit code; no rules of its own.

It is an extra (``pulumi-auth0-permissions[cli]``); nothing else imports it.
"""

import sys

from auth0_permissions_cli.failures import ExitCode, missing_extra

__all__ = ["main"]


def main() -> None:
    """Run the command that the process's arguments name, and exit with its code."""
    if sentence := missing_extra("cli"):
        sys.stderr.write(f"Error: {sentence}\n")
        raise SystemExit(ExitCode.MISSING_EXTRA)
    # Only now: it imports what the extra brings.
    from auth0_permissions_cli.app import run

    raise SystemExit(run(sys.argv[1:]))

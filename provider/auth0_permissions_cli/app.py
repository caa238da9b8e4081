"""The group of commands, and how their errors are reported: one message, no traceback, an exit code."""

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from auth0_permissions_cli.failures import EXIT_CODES_HELP, CommandFailed, ExitCode, exit_code_of
from pulumi_auth0_permissions import __version__
from pulumi_auth0_permissions.core.errors import PermissionsError

_NAME = "auth0-permissions"


class _Commands(click.Group):
    """The commands, each imported when it is needed: some import Pulumi's SDK, which the others do not need."""

    names = ("tenant", "holders", "export", "matrix", "plan", "schema", "promote")

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the base class's
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        if cmd_name not in self.names:
            return None
        command = getattr(importlib.import_module(f"auth0_permissions_cli.commands.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - tells the type checker
        return command


@click.group(
    cls=_Commands, name=_NAME, epilog=EXIT_CODES_HELP, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name=_NAME, message="%(prog)s %(version)s")
def group() -> None:
    """Export, compare, plan and promote the permissions of Auth0 APIs; try it all on a local tenant."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every failure is reported on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names may contain what the terminal's encoding lacks
    try:
        code = group.main(list(arguments), prog_name=_NAME, standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe, `| head` for instance
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it exits
        return ExitCode.FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as error:  # wrong usage, with a hint at --help
        error.show()
        return error.exit_code
    except (CommandFailed, PermissionsError) as error:  # anything else is a defect, and reported with its traceback
        click.echo(f"Error: {error}", err=True)
        return exit_code_of(error)
    return code if isinstance(code, int) else ExitCode.DONE

"""Which tenant a command asks, with which credentials: options that several commands share, and the client."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from auth0_permissions_cli.failures import CommandFailed

if TYPE_CHECKING:
    from auth0_permissions_cli.terminal import Progress
    from pulumi_auth0_permissions.management.client import ManagementClient

__all__ = ["CREDENTIALS_HELP", "open_tenant", "tenant_options"]

CREDENTIALS_HELP: Final = """
The tenant and the credentials are those of the environment, AUTH0_DOMAIN with AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET,
or with AUTH0_API_TOKEN; or, with --stack, those of a Pulumi stack: its auth0:domain, auth0:clientId,
auth0:clientSecret or auth0:apiToken, and where it does not set one, the environment's. The stack's secrets are
decrypted by the `pulumi` command, as for `pulumi config --show-secrets`."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def tenant_options(command: _Command) -> _Command:
    """Add the options ``--stack`` and ``--cwd``."""
    command = click.option(
        "--cwd",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder of the Pulumi project whose stack is meant; this one, if not given.",
    )(command)
    return click.option("--stack", metavar="NAME", help="Take tenant and credentials from this Pulumi stack.")(command)


@contextmanager
def open_tenant(stack: str | None, cwd: Path | None, line: Progress) -> Iterator[ManagementClient]:
    """Give a client of the tenant that options and environment name.

    Args:
        stack: a Pulumi stack, or ``None`` for the environment alone.
        cwd: folder of the stack's project; this one, if not given.
        line: is told of waits.

    Raises:
        InvalidInputs: if the settings are wrong or missing.
        CommandFailed: if the stack's configuration cannot be read.
    """
    if cwd is not None and stack is None:
        raise click.UsageError("--cwd is of use with --stack only.")
    # Imported here: they bring Pulumi's SDK and an HTTP library, which `--help` can do without.
    from pulumi_auth0_permissions.management.client import ManagementClient
    from pulumi_auth0_permissions.settings import Settings

    config = {} if stack is None else _stack_config(stack, cwd, line)
    settings = Settings.read(config.get, os.environ)
    client = ManagementClient(
        settings.domain,
        settings.credentials,
        requests_per_second=settings.requests_per_second,
        on_wait=line.waiting,
    )
    try:
        yield client
    finally:
        client.close()


def _stack_config(stack: str, cwd: Path | None, line: Progress) -> Mapping[str, str]:
    """Return a stack's configuration, secrets in clear, as `pulumi` tells it; nothing of it is shown or kept."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise CommandFailed(
            "--stack needs the `pulumi` command, which is not on PATH. Install it "
            "(https://www.pulumi.com/docs/install/), or give the credentials in the environment."
        )
    from pulumi_auth0_permissions.core.wording import shown

    line(f"reading the configuration of stack {shown(stack)}")
    done = subprocess.run(  # noqa: S603 - no shell; the stack's name is one argument
        [pulumi, "config", "--json", "--show-secrets", "--non-interactive", "--stack", stack],
        cwd=cwd,
        env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        reason = shown(_last_error(done.stderr))
        raise CommandFailed(f'the configuration of stack "{shown(stack)}" could not be read: {reason}')
    try:
        entries = json.loads(done.stdout)
        return {key: entry["value"] for key, entry in entries.items() if isinstance(entry.get("value"), str)}
    except (ValueError, AttributeError, KeyError):
        # What it printed stays out of the message: there are secrets in it.
        message = f'the configuration of stack "{shown(stack)}" is not what `pulumi config --json` prints'
        raise CommandFailed(message) from None


def _last_error(stderr: str) -> str:
    lines = [text.strip() for text in stderr.splitlines() if text.strip()]
    errors = [text.removeprefix("error:").strip() for text in lines if text.startswith("error:")]
    return (errors or lines or ["`pulumi config` failed without a word"])[-1]

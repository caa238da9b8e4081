"""Which tenant a command asks, with which credentials: the options for it, a stack's environment, the client."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from auth0_permissions_cli.reports import project_option
from auth0_permissions_cli.stacks.pulumi import read_stack_config
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.deadline import operation
from pulumi_auth0_permissions.core.wording import shown
from pulumi_auth0_permissions.promotion.config import short_name
from pulumi_auth0_permissions.pulumi_adapter.token_file import kept_token
from pulumi_auth0_permissions.settings import Settings

CREDENTIALS_HELP: Final = """
The tenant and the credentials are those of the environment, AUTH0_DOMAIN with AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET,
or with AUTH0_API_TOKEN; or, with --stack, those of a Pulumi stack: its auth0:domain, auth0:clientId,
auth0:clientSecret or auth0:apiToken, and where it does not set one, the environment's, of which
AUTH0_CLIENT_SECRET_PROD and the like are for the stack prod alone. The stack's secrets are decrypted by the `pulumi`
command, as for `pulumi config --show-secrets`."""

_CREDENTIALS: Final = (
    "AUTH0_CLIENT_ID",
    "AUTH0_CLIENT_SECRET",
    "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY",
    "AUTH0_CLIENT_ASSERTION_SIGNING_ALG",
    "AUTH0_API_TOKEN",
)
_STAGES: Final = tuple(f"{name}_" for name in _CREDENTIALS)  # before the name of a stage
_ADDRESS: Final = ("AUTH0_DOMAIN", "AUTH0_AUDIENCE", "AUTH0_CUSTOM_DOMAIN_HEADER")

_Command = TypeVar("_Command", bound=Callable[..., Any])


def tenant_options(command: _Command) -> _Command:
    """Add the options ``--stack`` and ``--cwd``."""
    return click.option("--stack", metavar="NAME", help="Take tenant and credentials from this Pulumi stack.")(
        project_option(command)
    )


@contextmanager
def open_tenant(stack: str | None, cwd: Path | None, line: Progress) -> Iterator[ManagementClient]:
    """Give a client of the tenant that options and environment name."""
    if cwd is not None and stack is None:
        raise click.UsageError("--cwd is of use with --stack only.")

    config: Mapping[str, str] = {}
    environ: Mapping[str, str] = os.environ
    if stack is not None:
        line(f"reading the configuration of stack {shown(stack)}")
        environ = stage_environ(stack, os.environ)
        config = read_stack_config(stack, cwd=cwd, environ=environ)
    settings = Settings.read(config.get, environ, config)
    with connect(settings, line.waiting) as management, operation(settings.operation_minutes):
        yield management


def connect(settings: Settings, on_wait: Callable[[float, str], None]) -> closing[ManagementClient]:
    """Give a client of the tenant that settings name, for as long as it is needed."""
    return closing(
        ManagementClient(
            settings.domain,
            settings.credentials,
            audience=settings.audience,
            custom_domain=settings.custom_domain,
            tokens=kept_token(settings, lambda text: click.echo(f"warning: {text}", err=True)),
            requests_per_second=settings.requests_per_second,
            on_wait=on_wait,
        )
    )


def stage_environ(stack: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for one stack: ``AUTH0_CLIENT_SECRET_PROD`` counts as ``AUTH0_CLIENT_SECRET`` on ``prod``.

    A promotion works on two tenants at once, and the names of the official provider hold the credentials of one.
    Where a stack has any credentials of its own, those of all stacks are not looked at. Those of other stacks are left
    out.

    Args:
        stack: the stack; the last part of its name, in capitals, with ``_`` for all but letters and digits, is the
            ending of the variables.
        environ: the process's environment.
    """
    ending = "_" + re.sub(r"[^A-Z0-9]", "_", short_name(stack).upper())
    # The program runs with this: what is for other stages is none of its business.
    result = {name: value for name, value in environ.items() if not name.startswith(_STAGES)}
    own = {name: environ[name + ending] for name in _CREDENTIALS if environ.get(name + ending)}
    if own:
        result |= {name: own.get(name, "") for name in _CREDENTIALS}
    result |= {name: environ[name + ending] for name in _ADDRESS if environ.get(name + ending)}
    return result

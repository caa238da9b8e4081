"""Which tenant a command reads, with which credentials: its options, a stack's environment, the client."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.output import project_option
from auth0_permissions_cli.stacks.pulumi import Stack, StackError, is_in_project, selected_stack
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Api
from pulumi_auth0_permissions.core.text import did_you_mean, escape, join
from pulumi_auth0_permissions.pulumi_adapter.tenant_client import client_for, nearest_apis
from pulumi_auth0_permissions.settings import Settings, StageConfig

CREDENTIALS_HELP: Final = """
Tenant and credentials come from the stack's configuration (auth0:domain, auth0:clientId and so on, decrypted by the
`pulumi` command), otherwise from the environment: AUTH0_DOMAIN, AUTH0_CLIENT_ID and so on, of which
AUTH0_CLIENT_SECRET_PROD and the like apply to the stack prod only."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def tenant_options(command: _Command) -> _Command:
    """Add the options ``--stack`` and ``--cwd``."""
    about = "Pulumi stack that names tenant, credentials and logical API names; by default the selected one."
    return click.option("--stack", metavar="NAME", help=about)(project_option(command))


@dataclass(frozen=True, slots=True)
class OpenTenant:
    """A tenant to read, and the logical API names of its stack."""

    management: ManagementClient
    stack: Stack | None  # whose tenant it is; None where it is the environment's
    apis: Mapping[str, str]  # logical API name → identifier or id

    def get_api(self, name: str) -> Api:
        """Return the API of a logical name, identifier or id.

        Raises:
            CommandFailed: there is none; the message suggests similar names and the option that helps.
        """
        try:
            return self.management.get_api(self.apis.get(name, name))
        except NotFound as error:
            near = did_you_mean(name, self.apis) or nearest_apis(self.management, name).strip()
            hint = near or "`auth0-permissions export --all` lists the APIs."
            stack = ""
            if self.stack is not None:
                names = f", whose APIs are {join(list(self.apis))}" if self.apis else ""
                stack = f' This is stack "{escape(self.stack.name)}"{names}; use --stack for another.'
            raise CommandFailed(f"{error.what}. {hint}{stack}") from None


@contextmanager
def open_tenant(name: str | None, cwd: Path | None, line: Progress) -> Iterator[OpenTenant]:
    """Yield the tenant that the options, the selected stack and the environment name."""
    if name is None and is_in_project(cwd):
        line("looking for the selected stack")
        with suppress(StackError):  # then the environment has to have everything
            name = selected_stack(cwd)
    if cwd is not None and name is None:
        raise click.UsageError("--cwd works only with a stack: name it with --stack.")
    stack, config = None, {}
    if name is not None:
        line(f"reading the configuration of stack {escape(name)}")
        stack = Stack.of(name, cwd)
        config = stack.config()
    apis: Mapping[str, str] = {}
    with suppress(InvalidInputs):  # what is wrong with them is reported where a program needs them
        apis = StageConfig.read(config.get).apis
    with connect(settings_of(stack, config), line) as management:
        yield OpenTenant(management, stack, apis)


def settings_of(stack: Stack | None, config: Mapping[str, str]) -> Settings:
    """Return what a stack's configuration and its environment set.

    Raises:
        CommandFailed: something is wrong or missing; the message lists all of it.
    """
    try:
        return Settings.read(config.get, stack.environ if stack else os.environ, config)
    except InvalidInputs as error:
        of = "without --stack"
        if stack is not None:
            of = f'the configuration of stack "{escape(stack.name)}" (use --stack for another)'
        raise CommandFailed(f"{of}: {error}") from None


@contextmanager
def connect(settings: Settings, line: Progress) -> Iterator[ManagementClient]:
    """Yield a client for the tenant that the settings name, for one operation."""
    client = client_for(settings, warn=lambda text: click.echo(f"warning: {text}", err=True), on_wait=line.waiting)
    with closing(client), operation(settings.operation_minutes):
        yield client


def new_reader(management: ManagementClient, apis: int) -> ApiReader:
    """Return a reader for that many of a tenant's APIs."""
    reader = ApiReader(management)
    reader.expect(apis)
    return reader


def one_stack(*named: str | None, cwd: Path | None) -> Stack:
    """Return the stack that was named, by position or option, or the selected one."""
    given = [name for name in named if name]
    if len(given) > 1:
        raise click.UsageError(f"Name one stack: {given[0]} or {given[1]}.")
    return Stack.of(given[0] if given else selected_stack(cwd), cwd)

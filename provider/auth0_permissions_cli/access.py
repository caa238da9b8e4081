"""Which tenant a command asks, with which credentials: the options for it, a stack's environment, the client."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.output import project_option
from auth0_permissions_cli.stacks.pulumi import Stack, StackError, is_in_project, selected_stack
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Api
from pulumi_auth0_permissions.core.text import did_you_mean, escape, join
from pulumi_auth0_permissions.pulumi_adapter.connection import client_for, nearest_apis
from pulumi_auth0_permissions.settings import Settings
from pulumi_auth0_permissions.stage_config import StageConfig

CREDENTIALS_HELP: Final = """
Tenant and credentials are those of the stack (auth0:domain, auth0:clientId and so on, decrypted by the `pulumi`
command); where it sets none, or there is no stack, the environment's: AUTH0_DOMAIN, AUTH0_CLIENT_ID and so on, of which
AUTH0_CLIENT_SECRET_PROD and the like are for the stack prod alone."""

_READERS: Final = 16  # threads: what is asked for at once is read by the page

_Command = TypeVar("_Command", bound=Callable[..., Any])


def tenant_options(command: _Command) -> _Command:
    """Add the options ``--stack`` and ``--cwd``."""
    about = "Take tenant, credentials and logical API names from this Pulumi stack; the selected one, if not given."
    return click.option("--stack", metavar="NAME", help=about)(project_option(command))


@dataclass(frozen=True, slots=True)
class OpenTenant:
    """A tenant to ask, and what the stack that it is of calls its APIs."""

    management: ManagementClient
    stack: Stack | None  # whose tenant it is; None where it is the environment's
    apis: Mapping[str, str]  # logical API name → identifier or id

    def get_api(self, name: str) -> Api:
        """Return the API of a logical name, identifier or id.

        Raises:
            CommandFailed: there is none; the message names those that are near, and the option that helps.
        """
        try:
            return self.management.get_api(self.apis.get(name, name))
        except NotFound as error:
            names = f" Logical names are {join(list(self.apis))}." if self.apis else ""
            where = ""
            if self.stack is not None:
                where = f'These are the APIs of stack "{escape(self.stack.name)}"; --stack names another.'
            near = did_you_mean(name, self.apis)
            hint = f" {near}" if near else nearest_apis(self.management, name)
            hint = hint or " `auth0-permissions export --all` lists the APIs."
            raise CommandFailed(f"{error.what}.{hint}{names} {where}".rstrip()) from None


@contextmanager
def open_tenant(name: str | None, cwd: Path | None, line: Progress) -> Iterator[OpenTenant]:
    """Give the tenant that options, the selected stack and the environment name."""
    if name is None and is_in_project(cwd):
        line("looking for the selected stack")
        with suppress(StackError):  # then the environment has to have everything
            name = selected_stack(cwd)
    if cwd is not None and name is None:
        raise click.UsageError("--cwd is of use with a stack only: name it with --stack.")

    stack, config = None, {}
    if name is not None:
        line(f"reading the configuration of stack {escape(name)}")
        stack = Stack.of(name, cwd)
        config = stack.config()
    settings = settings_of(stack, config)
    with connect(settings, line.waiting) as management, operation(settings.operation_minutes):
        yield OpenTenant(management, stack, _logical_names(config))


def settings_of(stack: Stack | None, config: Mapping[str, str]) -> Settings:
    """Return what a stack's configuration and its environment set.

    Raises:
        CommandFailed: something is wrong or missing; the message has all of it.
    """
    try:
        return Settings.read(config.get, stack.environ if stack else os.environ, config)
    except InvalidInputs as error:
        of = "without --stack"
        if stack is not None:
            of = f'the configuration of stack "{escape(stack.name)}" (--stack names another)'
        raise CommandFailed(f"{of}: {error}") from None


def look(management: ManagementClient, apis: Iterable[str]) -> list[Api | ManagementApiError]:
    """Return a tenant's APIs as they are now, in order; for one that cannot be read, why."""
    names = list(apis)
    reader = ApiReader(management)  # a new one each time, to look anew
    reader.expect(len(names))

    def read(api: str) -> Api | ManagementApiError:
        try:
            return reader.get(api)
        except ManagementApiError as error:
            return error

    with ThreadPoolExecutor(_READERS) as pool:  # the client's rate limit is what limits them
        context = copy_context()  # whose operation these reads are part of
        return list(pool.map(lambda name: context.copy().run(read, name), names))


def connect(settings: Settings, on_wait: Callable[[float, str], None]) -> closing[ManagementClient]:
    """Return a client of the tenant that settings name, for as long as it is needed."""
    return closing(client_for(settings, warn=lambda text: click.echo(f"warning: {text}", err=True), on_wait=on_wait))


def one_stack(*named: str | None, cwd: Path | None) -> Stack:
    """Return the stack that was named, by position or option, or the selected one."""
    given = [name for name in named if name]
    if len(given) > 1:
        raise click.UsageError(f"Name one stack: {given[0]} or {given[1]}.")
    return Stack.of(given[0] if given else selected_stack(cwd), cwd)


def _logical_names(config: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return StageConfig.read(config.get).apis
    except InvalidInputs:
        return {}  # not set; what is wrong with it is reported where a program needs it

"""Which tenant a command asks, with which credentials: the options for it, a stack's environment, the client."""

from __future__ import annotations

import os
import re
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
from auth0_permissions_cli.stacks.pulumi import StackError, is_in_project, read_stack_config, selected_stack
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Api
from pulumi_auth0_permissions.core.text import did_you_mean, escape, join
from pulumi_auth0_permissions.promotion.config import StageConfig, short_name
from pulumi_auth0_permissions.pulumi_adapter import connection
from pulumi_auth0_permissions.pulumi_adapter.connection import nearest_apis
from pulumi_auth0_permissions.settings import Settings

CREDENTIALS_HELP: Final = """
Tenant and credentials are those of the stack (auth0:domain, auth0:clientId and so on, decrypted by the `pulumi`
command); where it sets none, or there is no stack, the environment's: AUTH0_DOMAIN, AUTH0_CLIENT_ID and so on, of which
AUTH0_CLIENT_SECRET_PROD and the like are for the stack prod alone."""

_CREDENTIALS: Final = (
    "AUTH0_CLIENT_ID",
    "AUTH0_CLIENT_SECRET",
    "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY",
    "AUTH0_CLIENT_ASSERTION_SIGNING_ALG",
    "AUTH0_API_TOKEN",
)
_STAGES: Final = tuple(f"{name}_" for name in _CREDENTIALS)  # before the name of a stage
_READERS: Final = 16  # threads: what is asked for at once is read by the page
_ADDRESS: Final = ("AUTH0_DOMAIN", "AUTH0_AUDIENCE", "AUTH0_CUSTOM_DOMAIN_HEADER")

_Command = TypeVar("_Command", bound=Callable[..., Any])


def tenant_options(command: _Command) -> _Command:
    """Add the options ``--stack`` and ``--cwd``."""
    about = "Take tenant, credentials and logical API names from this Pulumi stack; the selected one, if not given."
    return click.option("--stack", metavar="NAME", help=about)(project_option(command))


@dataclass(frozen=True, slots=True)
class OpenTenant:
    """A tenant to ask, and what the stack that it is of calls its APIs."""

    management: ManagementClient
    stack: str | None  # whose tenant it is; None where it is the environment's
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
            where = f'These are the APIs of stack "{escape(self.stack)}"; --stack names another.' if self.stack else ""
            near = did_you_mean(name, self.apis)
            hint = f" {near}" if near else nearest_apis(self.management, name)
            hint = hint or " `auth0-permissions export --all` lists the APIs."
            raise CommandFailed(f"{error.what}.{hint}{names} {where}".rstrip()) from None


@contextmanager
def open_tenant(stack: str | None, cwd: Path | None, line: Progress) -> Iterator[OpenTenant]:
    """Give the tenant that options, the selected stack and the environment name."""
    if stack is None and is_in_project(cwd):
        line("looking for the selected stack")
        with suppress(StackError):  # then the environment has to have everything
            stack = selected_stack(cwd=cwd, environ=os.environ)
    if cwd is not None and stack is None:
        raise click.UsageError("--cwd is of use with a stack only: name it with --stack.")

    config: Mapping[str, str] = {}
    environ: Mapping[str, str] = os.environ
    if stack is not None:
        line(f"reading the configuration of stack {escape(stack)}")
        environ = stage_environ(stack, os.environ)
        config = read_stack_config(stack, cwd=cwd, environ=environ)
    settings = settings_of(stack, config, environ)
    with connect(settings, line.waiting) as management, operation(settings.operation_minutes):
        yield OpenTenant(management, stack, _logical_names(config))


def settings_of(stack: str | None, config: Mapping[str, str], environ: Mapping[str, str]) -> Settings:
    """Return what a stack's configuration and its environment set.

    Raises:
        CommandFailed: something is wrong or missing; the message has all of it.
    """
    try:
        return Settings.read(config.get, environ, config)
    except InvalidInputs as error:
        of = f'the configuration of stack "{escape(stack)}" (--stack names another)' if stack else "without --stack"
        raise CommandFailed(f"{of}: {error}") from None


def look(management: ManagementClient, apis: Iterable[str]) -> list[Api | ManagementApiError]:
    """Return a tenant's APIs as they are now, in order; for one that cannot be read, why."""
    names = list(apis)
    reader = ApiReader(lambda: management)  # a new one each time, to look anew
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
    return connection.connect(settings, warn=lambda text: click.echo(f"warning: {text}", err=True), on_wait=on_wait)


def one_stack(*named: str | None, cwd: Path | None) -> str:
    """Return the stack that was named, by position or option, or the selected one."""
    given = [name for name in named if name]
    if len(given) > 1:
        raise click.UsageError(f"Name one stack: {given[0]} or {given[1]}.")
    return given[0] if given else selected_stack(cwd=cwd, environ=os.environ)


def _logical_names(config: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return StageConfig.read(config.get).apis
    except InvalidInputs:
        return {}  # not set; what is wrong with it is reported where a program needs it


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

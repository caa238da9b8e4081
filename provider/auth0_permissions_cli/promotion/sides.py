"""The two stacks of a promotion: what their configuration, their state and their tenants say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auth0_permissions_cli.failures import CommandFailed
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.wording import shown
from pulumi_auth0_permissions.management.client import ManagementClient
from pulumi_auth0_permissions.observations import Observations, Wish
from pulumi_auth0_permissions.promotion.config import StageConfig, short_name
from pulumi_auth0_permissions.promotion.receipt import RECEIPT_OUTPUT, Receipt
from pulumi_auth0_permissions.settings import Settings
from pulumi_auth0_permissions.stacks import NoStateYet, StackSnapshot, read_stack, read_stack_config

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_auth0_permissions.management.models import Api

__all__ = ["Side", "Tenant", "open_side", "read_receipt", "read_side", "read_stage", "stage_environ"]

_CREDENTIALS: Final = ("AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_API_TOKEN")
_READERS = 8  # threads that read APIs of a tenant; the client's pace is what limits them


@dataclass(frozen=True, slots=True, repr=False)
class Side:
    """One stack of a promotion; its environment and settings hold secrets, so it has no ``repr``.

    Attributes:
        name: the stack, as it was given.
        environ: the environment in which the engine works on this stack.
        stage: its place in the chain.
        settings: its tenant, credentials and defaults.
        snapshot: what its state holds; of a stack that nothing was applied to, nothing.
        receipt: what it has applied as a stage; ``None`` where it has not.
    """

    name: str
    environ: Mapping[str, str]
    stage: StageConfig
    settings: Settings
    snapshot: StackSnapshot
    receipt: Receipt | None


class Tenant:
    """A side's tenant, to look at.

    Args:
        side: whose tenant.
        client: its Management API client.
    """

    def __init__(self, side: Side, client: ManagementClient) -> None:
        self._side = side
        self.client = client

    def look(self, apis: Mapping[str, str]) -> dict[str, Api]:
        """Return APIs as they are now.

        Args:
            apis: logical name → identifier or id.

        Raises:
            ManagementApiError: one could not be read; the message names it.
        """
        observations = Observations(lambda: self.client)  # shares the requests; a new one each time, to look anew
        with ThreadPoolExecutor(_READERS) as pool:
            found = pool.map(observations.get, [Wish.of_input(api) for api in apis.values()])
            return dict(zip(apis, found, strict=True))


def stage_environ(stack: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for one stack: ``AUTH0_CLIENT_SECRET_PROD`` counts as ``AUTH0_CLIENT_SECRET`` on ``prod``.

    A promotion works on two tenants at once, and the names of the official provider hold the credentials of one.
    Where a stack has any credentials of its own, those of all stacks are not looked at.

    Args:
        stack: the stack; the last part of its name, in capitals, with ``_`` for all but letters and digits, is the
            ending of the variables.
        environ: the process's environment.
    """
    ending = "_" + re.sub(r"[^A-Z0-9]", "_", short_name(stack).upper())
    result = dict(environ)
    own = {name: environ[name + ending] for name in _CREDENTIALS if environ.get(name + ending)}
    if own:
        result |= {name: own.get(name, "") for name in _CREDENTIALS}
    if domain := environ.get("AUTH0_DOMAIN" + ending):
        result["AUTH0_DOMAIN"] = domain
    return result


def read_side(name: str, cwd: Path, environ: Mapping[str, str]) -> Side:
    """Read a stack's configuration and state; nothing of the secrets is shown or kept anywhere else.

    Args:
        name: the stack.
        cwd: folder of its project.
        environ: the process's environment.

    Raises:
        StackError: the stack cannot be read.
        CommandFailed: its configuration is wrong.
    """
    own = stage_environ(name, environ)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_snapshot, name, cwd, own)
        config = read_stack_config(name, cwd=cwd, environ=own)
        snapshot = reading.result()
    try:
        stage = StageConfig.read(config.get)
        settings = Settings.read(config.get, own)
    except InvalidInputs as error:
        raise CommandFailed(f'the configuration of stack "{shown(name)}": {error}') from None
    return Side(name, own, stage, settings, snapshot, _receipt(snapshot))


def read_receipt(side: Side, cwd: Path) -> Receipt | None:
    """Read a side's receipt anew.

    Raises:
        StackError: the stack cannot be read.
        CommandFailed: its receipt is of another version.
    """
    return _receipt(_snapshot(side.name, cwd, side.environ))


def read_stage(name: str, cwd: Path, environ: Mapping[str, str]) -> StageConfig:
    """Read a stack's place in the chain only.

    Raises:
        StackError: the stack cannot be read.
        InvalidInputs: its configuration is wrong.
    """
    return StageConfig.read(read_stack_config(name, cwd=cwd, environ=environ).get)


@contextmanager
def open_side(side: Side, on_wait: Callable[[float, str], None]) -> Iterator[Tenant]:
    """Give a side's tenant for as long as it is looked at.

    Args:
        side: the side.
        on_wait: is told how many seconds nothing happens, and why.
    """
    settings = side.settings
    client = ManagementClient(
        settings.domain, settings.credentials, requests_per_second=settings.requests_per_second, on_wait=on_wait
    )
    try:
        yield Tenant(side, client)
    finally:
        client.close()


def _snapshot(name: str, cwd: Path, environ: Mapping[str, str]) -> StackSnapshot:
    try:
        return read_stack(name, cwd=cwd, environ=environ)
    except NoStateYet:
        return StackSnapshot(name)


def _receipt(snapshot: StackSnapshot) -> Receipt | None:
    value = snapshot.outputs.get(RECEIPT_OUTPUT)
    if value is None:
        return None
    try:
        return Receipt.from_output(value)
    except ValueError as error:
        raise CommandFailed(
            f'the output {RECEIPT_OUTPUT} of stack "{shown(snapshot.name)}": {error}. '
            f"Run `pulumi up --stack {shown(snapshot.name)}` with this version."
        ) from None

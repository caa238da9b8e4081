"""The two stacks of a promotion: what their configuration, their state and their tenants say."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from auth0_permissions_cli.access import look, settings_of
from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.stacks.pulumi import NoStateYet, Stack
from auth0_permissions_cli.stacks.state import StackSnapshot, read_stack
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Api
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.promotion.config import StageConfig
from pulumi_auth0_permissions.promotion.receipt import RECEIPT_OUTPUT, Receipt
from pulumi_auth0_permissions.settings import Settings


@dataclass(frozen=True, slots=True, repr=False)
class Side:
    """One stack of a promotion; its settings hold secrets, so it has no ``repr``."""

    stack: Stack
    stage: StageConfig  # its place in the chain
    settings: Settings  # its tenant, credentials and defaults
    snapshot: StackSnapshot  # what its state holds; of a stack that nothing was applied to, nothing
    receipt: Receipt | None  # what it has applied as a stage; None where it has not

    @property
    def name(self) -> str:
        """The stack's name, as it was given."""
        return self.stack.name


def read_side(stack: Stack) -> Side:
    """Read a stack's configuration and state; nothing of the secrets is shown or kept anywhere else."""
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_snapshot, stack)
        config = stack.config()
        snapshot = reading.result()
    settings = settings_of(stack, config)
    try:
        stage = StageConfig.read(config.get)
    except InvalidInputs as error:
        raise CommandFailed(f'the configuration of stack "{escape(stack.name)}": {error}') from None
    return Side(stack, stage, settings, snapshot, _receipt(snapshot))


def read_receipt(side: Side) -> Receipt | None:
    """Read a side's receipt anew."""
    return _receipt(_snapshot(side.stack))


def look_at(management: ManagementClient, apis: Mapping[str, str]) -> dict[str, Api]:
    """Return a tenant's APIs as they are now, by logical name.

    Raises:
        ManagementApiError: one of them cannot be read.
    """
    found = {}
    for name, api in zip(apis, look(management, apis.values()), strict=True):
        if not isinstance(api, Api):
            raise api
        found[name] = api
    return found


def _snapshot(stack: Stack) -> StackSnapshot:
    try:
        return read_stack(stack)
    except NoStateYet:
        return StackSnapshot(stack.name)


def _receipt(snapshot: StackSnapshot) -> Receipt | None:
    value = snapshot.outputs.get(RECEIPT_OUTPUT)
    if value is None:
        return None
    try:
        return Receipt.from_output(value)
    except ValueError as error:
        raise CommandFailed(
            f'the output {RECEIPT_OUTPUT} of stack "{escape(snapshot.name)}": {error}. '
            f"Run `pulumi up --stack {escape(snapshot.name)}` with this version."
        ) from None

"""Stacks from outside: what their state and their configuration say, by the `pulumi` command."""

from __future__ import annotations

from auth0_permissions_cli.stacks.command import last_error, run_pulumi, stack_failure
from auth0_permissions_cli.stacks.deployment import RESOURCE_TYPE, parse_deployment
from auth0_permissions_cli.stacks.errors import (
    NoStateYet,
    NoSuchStack,
    PulumiNotFound,
    StackError,
    StackLocked,
    StackUndecryptable,
    StackUnreadable,
)
from auth0_permissions_cli.stacks.reading import read_stack, read_stack_config
from auth0_permissions_cli.stacks.snapshots import ApiState, StackSnapshot

__all__ = [
    "RESOURCE_TYPE",
    "ApiState",
    "NoStateYet",
    "NoSuchStack",
    "PulumiNotFound",
    "StackError",
    "StackLocked",
    "StackSnapshot",
    "StackUndecryptable",
    "StackUnreadable",
    "last_error",
    "parse_deployment",
    "read_stack",
    "read_stack_config",
    "run_pulumi",
    "stack_failure",
]

"""Stacks from outside: what their state and their configuration say, by the `pulumi` command."""

from __future__ import annotations

from pulumi_auth0_permissions.core.snapshots import ApiState, StackSnapshot
from pulumi_auth0_permissions.stacks.command import last_error, run_pulumi, stack_failure
from pulumi_auth0_permissions.stacks.deployment import RESOURCE_TYPE, parse_deployment
from pulumi_auth0_permissions.stacks.errors import (
    NoStateYet,
    NoSuchStack,
    PulumiNotFound,
    StackError,
    StackLocked,
    StackUndecryptable,
    StackUnreadable,
)
from pulumi_auth0_permissions.stacks.reading import read_stack, read_stack_config

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

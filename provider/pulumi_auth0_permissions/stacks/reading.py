"""Read what stacks hold, by the Pulumi command line: with it every back end works, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pulumi_auth0_permissions.core.snapshots import StackSnapshot
from pulumi_auth0_permissions.core.wording import shown
from pulumi_auth0_permissions.stacks.command import told
from pulumi_auth0_permissions.stacks.deployment import parse_deployment
from pulumi_auth0_permissions.stacks.errors import StackUnreadable

__all__ = ["read_stack", "read_stack_config"]


def read_stack(name: str, *, cwd: Path | None, environ: Mapping[str, str]) -> StackSnapshot:
    """Return what a stack's state holds; nothing is refreshed, written or decrypted.

    Args:
        name: the stack, as for ``pulumi --stack``.
        cwd: folder of the stack's project; the process's own, if ``None``.
        environ: the environment of the `pulumi` command.

    Raises:
        StackError: one of its kinds above.
    """
    text = told(name, ["stack", "export"], cwd=cwd, environ=environ)
    try:
        exported = json.loads(text)
        deployment = exported.get("deployment")
    except (ValueError, RecursionError, AttributeError):
        raise StackUnreadable(
            name, f'stack "{shown(name)}": `pulumi stack export` printed no JSON object; run it to see what.'
        ) from None
    return parse_deployment(name, deployment)


def read_stack_config(name: str, *, cwd: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Return a stack's configuration as ``namespace:key`` → text, secrets in clear: not to be shown or kept.

    Lists and maps come as JSON text, as Pulumi hands them over.

    Args:
        name: the stack, as for ``pulumi --stack``.
        cwd: folder of the stack's project; the process's own, if ``None``.
        environ: the environment of the `pulumi` command.

    Raises:
        StackError: one of its kinds above.
    """
    text = told(name, ["config", "--json", "--show-secrets"], cwd=cwd, environ=environ)
    try:
        entries = json.loads(text)
        return {key: entry["value"] for key, entry in entries.items() if isinstance(entry.get("value"), str)}
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        # What was printed stays out of the message: there are secrets in it.
        raise StackUnreadable(
            name,
            f'the configuration of stack "{shown(name)}" is not what `pulumi config --json` prints; '
            "run it to see what it is.",
        ) from None

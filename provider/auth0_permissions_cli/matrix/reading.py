"""Stacks and their tenants, read for a report: one after the other, with a line on what is going on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from auth0_permissions_cli.access import connect, look, settings_of, stage_environ
from auth0_permissions_cli.matrix.comparison import Held, Live
from auth0_permissions_cli.stacks.pulumi import NoStateYet, read_stack_config
from auth0_permissions_cli.stacks.state import StackSnapshot, read_stack
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.deadline import operation
from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.core.model import Api, Impact, Permissions
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, HolderLookup

_THREADS: Final = 8  # that read APIs of a tenant; the rate limiter is what limits them


def read_stacks(
    names: Sequence[str], cwd: Path | None, line: Progress
) -> tuple[tuple[StackSnapshot, ...], tuple[str, ...]]:
    """Return what the stacks hold, in the order given, and a remark on each that holds nothing yet."""
    snapshots: list[StackSnapshot] = []
    remarks: list[str] = []
    for number, name in enumerate(names, 1):
        line(f"reading stack {escape(name)} ({number} of {len(names)})")
        try:
            snapshots.append(read_stack(name, cwd=cwd, environ=os.environ))
        except NoStateYet as error:
            remarks.append(str(error))
            snapshots.append(StackSnapshot(name))
    return tuple(snapshots), tuple(remarks)


def look_at_tenants(
    snapshots: Sequence[StackSnapshot], cwd: Path | None, line: Progress, *, with_holders: bool
) -> tuple[Live, Held]:
    """Return what the tenants hold of the stacks' APIs at this moment, each with its stack's credentials.

    ``with_holders``: who holds it, too; else the second part is empty.
    """
    live: dict[str, dict[str, Permissions | None]] = {}
    held: dict[str, Impact] = {}
    for snapshot in snapshots:
        line(f"looking at the tenant of stack {escape(snapshot.name)}")
        here = live[snapshot.name] = {}
        if not snapshot.apis:
            continue
        environ = stage_environ(snapshot.name, os.environ)
        settings = settings_of(snapshot.name, read_stack_config(snapshot.name, cwd=cwd, environ=environ), environ)
        with connect(settings, line.waiting) as management, operation(settings.operation_minutes):
            lookup = HolderLookup(management, on_progress=line, max_applications_named=ALL_APPLICATIONS)
            found = look(management, (state.api_id for state in snapshot.apis))
            for state, api in zip(snapshot.apis, found, strict=True):
                if isinstance(api, Api):
                    here[state.urn] = api.permissions
                    if with_holders:
                        held[state.urn] = lookup.look_up(api)
                elif isinstance(api, NotFound):
                    here[state.urn] = None
                else:
                    raise api
    return live, held

"""Stacks and their tenants, read for a report: one after the other, with a line on what is going on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from auth0_permissions_cli.access import connect, stage_environ
from auth0_permissions_cli.matrix.comparison import Held, Live
from auth0_permissions_cli.stacks.pulumi import NoStateYet, read_stack_config
from auth0_permissions_cli.stacks.state import ApiState, StackSnapshot, read_stack
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.deadline import carried, operation
from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.model import Api, Impact, Permissions
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, HolderLookup
from pulumi_auth0_permissions.settings import Settings

_THREADS: Final = 8  # that read APIs of a tenant; the client's pace is what limits them


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
        live[snapshot.name] = {}
        for state, api in _look(snapshot, cwd, line, held if with_holders else None) if snapshot.apis else ():
            live[snapshot.name][state.urn] = None if api is None else api.permissions
    return live, held


def _look(
    snapshot: StackSnapshot, cwd: Path | None, line: Progress, held: dict[str, Impact] | None
) -> list[tuple[ApiState, Api | None]]:
    environ = stage_environ(snapshot.name, os.environ)
    config = read_stack_config(snapshot.name, cwd=cwd, environ=environ)
    settings = Settings.read(config.get, environ, config)
    with (
        connect(settings, line.waiting) as management,
        operation(settings.operation_minutes),
        ThreadPoolExecutor(_THREADS) as threads,
    ):
        reader = ApiReader(lambda: management)
        reader.expect(len(snapshot.apis))

        def read(state: ApiState) -> tuple[ApiState, Api | None]:
            try:
                return state, reader.get(state.api_id)
            except NotFound:
                return state, None

        found = list(threads.map(carried(read), snapshot.apis))
        if held is not None:
            lookup = HolderLookup(management, on_progress=line, max_applications_named=ALL_APPLICATIONS)
            held |= {state.urn: lookup.look_up(api) for state, api in found if api is not None}
        return found

"""A matrix as JSON data."""

from __future__ import annotations

from auth0_permissions_cli.matrix.comparison import ApiTable, Cell, Matrix, Row
from auth0_permissions_cli.reports import csv_text
from auth0_permissions_cli.stacks.state import ApiState
from pulumi_auth0_permissions.core.model import revision_of
from pulumi_auth0_permissions.core.review import FORMAT, api_data, holder_data
from pulumi_auth0_permissions.version import VERSION


def matrix_data(matrix: Matrix) -> dict[str, object]:
    """Return the matrix as plain dictionaries and lists.

    Texts are as they are in state and tenant: whoever shows them has to escape them.
    """
    return {
        "format": FORMAT,
        "stacks": list(matrix.stacks),
        "tenants": {stack: tenant or None for stack, tenant in zip(matrix.stacks, matrix.tenants, strict=True)},
        "time": matrix.time.isoformat(timespec="seconds"),
        "version": VERSION,
        "live": matrix.is_live,
        "only_differences": matrix.is_filtered,
        "differs": matrix.differs,
        "permissions": matrix.total,
        "differing": matrix.differing,
        "counts": dict(zip(matrix.stacks, matrix.counts, strict=True)),
        "apis": [_api(matrix.stacks, api) for api in matrix.apis],
    }


def matrix_csv(matrix: Matrix) -> str:
    """Return the matrix as comma-separated values: a line for each permission in each stack."""
    columns = ("resource", "permission", "stack", "tenant", "api", "status", "description", "drift", "live_description")
    lines = [
        (api.name, row.value, stack, tenant, state.identifier if state else "", *list(_cell(cell).values())[:4])
        for api in matrix.apis
        for row in api.rows
        for stack, tenant, state, cell in zip(matrix.stacks, matrix.tenants, api.states, row.cells, strict=True)
    ]
    return csv_text(columns, lines)


def _api(stacks: tuple[str, ...], api: ApiTable) -> dict[str, object]:
    states = zip(stacks, api.states, api.gone, strict=True)
    return {
        "resource": api.name,
        "differs": api.differs,
        "stacks": {stack: None if state is None else _state(state, is_gone=gone) for stack, state, gone in states},
        "permissions": [_row(stacks, row) for row in api.rows],
    }


def _state(state: ApiState, *, is_gone: bool) -> dict[str, object]:
    return {
        "resource": state.resource_name,
        "urn": state.urn,
        "api": api_data(state.api_id, state.identifier, state.api_name),
        "tenant": state.tenant or None,
        "revision": state.revision,
        "managed_revision": revision_of(state.managed),
        "gone": is_gone,
    }


def _row(stacks: tuple[str, ...], row: Row) -> dict[str, object]:
    return {
        "permission": row.value,
        "differs": row.differs,
        "stacks": {stack: _cell(cell) for stack, cell in zip(stacks, row.cells, strict=True)},
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {
        "status": cell.status.value,
        "description": cell.description,
        "drift": cell.drift.value if cell.drift else None,
        "live_description": cell.live_description,
        "holders": None if cell.holders is None else [holder_data(holder) for holder in cell.holders],
    }

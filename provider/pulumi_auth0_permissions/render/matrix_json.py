"""A matrix as data for programs; keys are only ever added."""

from __future__ import annotations

from dataclasses import asdict

from pulumi_auth0_permissions.core.matrix import ApiTable, Cell, Matrix, Row
from pulumi_auth0_permissions.core.snapshots import ApiState

__all__ = ["FORMAT", "matrix_data"]

FORMAT = 1  # goes up when a key changes its meaning or goes away


def matrix_data(matrix: Matrix) -> dict[str, object]:
    """Return the matrix as plain dictionaries and lists.

    Texts are as they are in state and tenant: whoever shows them has to escape them.
    """
    return {
        "format": FORMAT,
        "stacks": list(matrix.stacks),
        "tenants": {stack: tenant or None for stack, tenant in zip(matrix.stacks, matrix.tenants, strict=True)},
        "live": matrix.is_live,
        "only_differences": matrix.is_filtered,
        "differs": matrix.differs,
        "permissions": matrix.total,
        "differing": matrix.differing,
        "counts": {stack: asdict(counts) for stack, counts in zip(matrix.stacks, matrix.counts, strict=True)},
        "apis": [_api(matrix.stacks, api) for api in matrix.apis],
    }


def _api(stacks: tuple[str, ...], api: ApiTable) -> dict[str, object]:
    states = zip(stacks, api.states, api.gone, strict=True)
    return {
        "name": api.name,
        "differs": api.differs,
        "stacks": {stack: None if state is None else _state(state, is_gone=gone) for stack, state, gone in states},
        "permissions": [_row(stacks, row) for row in api.rows],
    }


def _state(state: ApiState, *, is_gone: bool) -> dict[str, object]:
    return {
        "resource": state.resource_name,
        "urn": state.urn,
        "id": state.api_id,
        "identifier": state.identifier,
        "name": state.api_name,
        "tenant": state.tenant or None,
        "revision": state.revision,
        "managed_revision": state.managed.revision,
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
    }

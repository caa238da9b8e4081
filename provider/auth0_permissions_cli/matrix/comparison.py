"""Compare what stacks hold: permission by stack for every API, and drift if the tenants are read.

Stages of one program name their resources alike while identifiers differ, so APIs are matched by the resource's name;
where names differ, by identifier.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from auth0_permissions_cli.stacks.state import ApiState, StackSnapshot
from pulumi_auth0_permissions.core.model import Impact, Permissions, revision_of, without
from pulumi_auth0_permissions.core.review import api_data, holder_data


@dataclass(frozen=True, slots=True)
class Observed:
    """What a tenant currently holds of one API."""

    permissions: Permissions | None  # None where the API is gone
    impact: Impact | None = None  # who holds them; None if not looked up


Live = Mapping[tuple[str, str], Observed]
"""By stack and URN; stacks of two organizations may share URNs."""


class Status(StrEnum):
    """What a stack's state says of one permission of one API."""

    PRESENT = "present"  # the stack manages it
    DIFFERENT = "different"  # the stack manages it, and its description is another than in the stacks before
    UNMANAGED = "unmanaged"  # it is on the API, and no resource of this stack manages it
    MISSING = "missing"  # the stack has the API without it
    NO_API = "no_api"  # the stack does not have the API


class Drift(StrEnum):
    """How the tenant differs from a stack's state in one permission."""

    GONE = "gone"  # the state has it, the API does not
    APPEARED = "appeared"  # the API has it, the state does not
    REDESCRIBED = "redescribed"  # the API has another description than the state


@dataclass(frozen=True, slots=True)
class Cell:
    """One permission in one stack; as in all that follows, the names are those of the JSON."""

    status: Status  # what the state says
    description: str | None  # the description by the state; None where the state has no such permission
    drift: Drift | None  # how the tenant differs from the state; None where it does not, or was not read
    live_description: str | None  # the description in the tenant where it has drifted and is there
    holders: Sequence[Mapping[str, object]] | None  # who holds it; None if not looked up


@dataclass(frozen=True, slots=True)
class Row:
    """One permission in all stacks."""

    permission: str
    differs: bool  # whether the stacks that have the API differ in it, or a tenant from its stack
    stacks: Mapping[str, Cell]

    @property
    def texts(self) -> tuple[str, ...]:
        """Its descriptions, in order of first appearance."""
        return tuple(dict.fromkeys(cell.description for cell in self.stacks.values() if cell.description is not None))


@dataclass(frozen=True, slots=True)
class StackApi:
    """One API in one stack."""

    resource: str  # the resource's name
    urn: str
    api: Mapping[str, object]  # id, identifier and name
    tenant: str | None  # the tenant's host; None where the state does not tell
    revision: str  # of everything on the API, by the state
    managed_revision: str  # of what the stack manages
    gone: bool  # whether the API no longer exists in the tenant


@dataclass(frozen=True, slots=True)
class ApiTable:
    """One API in all stacks."""

    resource: str  # the resource's name
    differs: bool  # whether there is any difference
    total: int  # how many permissions there are, shown or not
    differing: int  # how many of them differ
    stacks: Mapping[str, StackApi | None]  # None for a stack without the API
    permissions: tuple[Row, ...]  # by value

    @property
    def is_everywhere(self) -> bool:
        """Whether every stack has the API, and so has every tenant that was read."""
        return all(one is not None and not one.gone for one in self.stacks.values())


@dataclass(frozen=True, slots=True)
class Matrix:
    """The comparison; counts are of all permissions, whatever is shown."""

    stacks: tuple[str, ...]  # in the order asked for
    tenants: Mapping[str, str | None]  # stack → its tenant's host, None where the state does not tell
    time: str  # when it was compared, in ISO 8601
    live: bool  # whether the tenants were read
    only_differences: bool  # whether equal permissions were left out
    differs: bool  # whether there is any difference: between the stacks, or between a tenant and its stack
    permissions: int  # how many are compared
    differing: int  # how many of them differ
    counts: Mapping[str, Mapping[str, int]]  # stack → how many permissions have which status, and how many have drifted
    apis: tuple[ApiTable, ...]  # by name


def build_matrix(snapshots: Sequence[StackSnapshot], live: Live | None = None) -> Matrix:
    """Compare stacks, in the order of the columns; with ``live``, also with what their tenants hold.

    Raises:
        KeyError: if ``live`` leaves an API out, so that nothing unread passes for unchanged.
    """
    apis = tuple(_table(name, states, snapshots, live) for name, states in _matched(snapshots))
    stacks = tuple(snapshot.name for snapshot in snapshots)
    return Matrix(
        stacks=stacks,
        tenants={snapshot.name: snapshot.tenant or None for snapshot in snapshots},
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        live=live is not None,
        only_differences=False,
        differs=any(api.differs for api in apis),
        permissions=sum(api.total for api in apis),
        differing=sum(api.differing for api in apis),
        counts={stack: _counts([row.stacks[stack] for api in apis for row in api.permissions]) for stack in stacks},
        apis=apis,
    )


def only_differences(matrix: Matrix) -> Matrix:
    """Return the same with only those APIs and permissions that differ."""
    differing = (api for api in matrix.apis if api.differs)
    apis = (replace(api, permissions=tuple(row for row in api.permissions if row.differs)) for api in differing)
    return replace(matrix, apis=tuple(apis), only_differences=True)


def _matched(snapshots: Sequence[StackSnapshot]) -> list[tuple[str, dict[str, ApiState]]]:
    """Return the APIs of the stacks by name, each with its state in the stacks that have it."""
    groups: dict[tuple[str, str], dict[str, ApiState]] = {}
    for snapshot in snapshots:
        names = [api.resource_name for api in snapshot.apis]
        for api in snapshot.apis:
            # Under components names may repeat; the types above the resource, a part of its URN, then tell them apart.
            path = api.urn.split("::", 2)[-1] if names.count(api.resource_name) > 1 else ""
            groups.setdefault((api.resource_name, path), {})[snapshot.name] = api
    merged: list[tuple[str, dict[str, ApiState]]] = []
    for (name, _path), states in groups.items():
        same = next((others for _, others in merged if _is_same_api(others, states)), None)
        if same is None:
            merged.append((name, states))
        else:
            same.update(states)
    return sorted(merged, key=lambda group: (group[0], min(api.urn for api in group[1].values())))


def _is_same_api(ones: Mapping[str, ApiState], others: Mapping[str, ApiState]) -> bool:
    """Tell whether two groups are one API under several resource names: no stack has both, identifiers are shared."""
    identifiers = [{api.identifier for api in states.values()} for states in (ones, others)]
    return ones.keys().isdisjoint(others) and not identifiers[0].isdisjoint(identifiers[1])


@dataclass(frozen=True, slots=True)
class _Column:
    """What one stack has of an API, except what its other resources manage there: that is in their tables."""

    managed: Permissions  # what the resource manages
    recorded: Permissions | None  # what is on the API by the state; None where the stack does not have the API
    there: Permissions | None  # what the tenant holds, or if not read, what is recorded; None where it is gone
    impact: Impact | None  # who holds them; None if not looked up


def _table(
    name: str, states: Mapping[str, ApiState], snapshots: Sequence[StackSnapshot], live: Live | None
) -> ApiTable:
    columns = {snapshot.name: _column(snapshot, states.get(snapshot.name), live) for snapshot in snapshots}
    values = {value for one in columns.values() for value in {**(one.recorded or {}), **(one.there or {})}}
    rows = tuple(_row(value, columns) for value in sorted(values))
    stacks = {
        stack: _stack_api(states[stack], is_gone=column.there is None) if stack in states else None
        for stack, column in columns.items()
    }
    differing = sum(row.differs for row in rows)
    table = ApiTable(name, differing > 0, len(rows), differing, stacks, rows)
    return table if table.is_everywhere else replace(table, differs=True)


def _stack_api(state: ApiState, *, is_gone: bool) -> StackApi:
    return StackApi(
        resource=state.resource_name,
        urn=state.urn,
        api=api_data(state.api_id, state.identifier, state.api_name),
        tenant=state.tenant or None,
        revision=state.revision,
        managed_revision=revision_of(state.managed),
        gone=is_gone,
    )


def _column(snapshot: StackSnapshot, state: ApiState | None, live: Live | None) -> _Column:
    if state is None:
        return _Column({}, None, {}, None)
    others = (api for api in snapshot.apis if api.api_id == state.api_id and api.urn != state.urn)
    elsewhere = {value for api in others for value in api.managed}.difference(state.managed)
    observed = Observed(state.effective) if live is None else live[snapshot.name, state.urn]
    there = None if observed.permissions is None else without(observed.permissions, elsewhere)
    return _Column(state.managed, without(state.effective, elsewhere), there, observed.impact)


def _row(value: str, columns: Mapping[str, _Column]) -> Row:
    cells: dict[str, Cell] = {}
    first: str | None = None  # the description that others are compared with
    for stack, column in columns.items():
        known, there = (column.recorded or {}).get(value), (column.there or {}).get(value)
        first = known if first is None else first
        if column.recorded is None:
            status = Status.NO_API
        elif known is None:
            status = Status.MISSING
        elif value not in column.managed:
            status = Status.UNMANAGED
        else:
            status = Status.PRESENT if known == first else Status.DIFFERENT
        impact, drift = column.impact, _drift(known, there)
        held = None if impact is None else [*impact.holders.get(value, ()), *impact.all_scope_grants]
        holders = None if held is None else [holder_data(holder) for holder in held]
        cells[stack] = Cell(status, known, drift, there if drift else None, holders)
    statuses = {cell.status for cell in cells.values() if cell.status is not Status.NO_API}
    texts = {cell.description for cell in cells.values() if cell.description is not None}
    differs = len(statuses) > 1 or len(texts) > 1 or any(cell.drift for cell in cells.values())
    return Row(value, differs, cells)


def _drift(was: str | None, now: str | None) -> Drift | None:
    if was == now:
        return None
    if now is None:
        return Drift.GONE
    return Drift.APPEARED if was is None else Drift.REDESCRIBED


def _counts(cells: Sequence[Cell]) -> dict[str, int]:
    counted = Counter(cell.status for cell in cells)
    return {status.value: counted[status] for status in Status} | {"drifted": sum(bool(cell.drift) for cell in cells)}

"""Compare what stacks hold: permission by stack for every API, and with a live look what has drifted.

Stages of one program name their resources alike while identifiers differ, so APIs are matched by the resource's name;
where names differ, by identifier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import repeat

from auth0_permissions_cli.stacks.state import ApiState, StackSnapshot
from pulumi_auth0_permissions.core.model import Holder, Impact, Permissions

Live = Mapping[str, Mapping[str, Permissions | None]]
"""Stack → URN → what the API holds at this moment; ``None`` where the API is gone."""

Held = Mapping[str, Impact]
"""URN → who holds the API's permissions."""


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
    """One permission in one stack."""

    status: Status  # what the state says
    description: str | None = None  # the description by the state; None where the state has no such permission
    drift: Drift | None = None  # how the tenant differs from the state; None where it does not, or nobody looked
    live_description: str | None = None  # the description in the tenant where it has drifted and is there
    holders: tuple[Holder, ...] | None = None  # who holds it; None where nobody looked


@dataclass(frozen=True, slots=True)
class Row:
    """One permission in all stacks; ``cells`` has one for each stack, in the matrix's order."""

    value: str
    cells: tuple[Cell, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Its descriptions, in order of first appearance."""
        return tuple(dict.fromkeys(cell.description for cell in self.cells if cell.description is not None))

    @property
    def differs(self) -> bool:
        """Whether the stacks that have the API differ in it, or a tenant from its stack."""
        statuses = {cell.status for cell in self.cells if cell.status is not Status.NO_API}
        return len(statuses) > 1 or len(self.texts) > 1 or any(cell.drift for cell in self.cells)


@dataclass(frozen=True, slots=True)
class ApiTable:
    """One API in all stacks."""

    name: str  # the resource's name
    states: tuple[ApiState | None, ...]  # what each stack has; None for a stack without the API
    rows: tuple[Row, ...]  # its permissions, by value
    gone: tuple[bool, ...]  # whether a stack's API does not exist in the tenant any more, for each stack
    total: int  # how many permissions there are, shown or not
    differing: int  # how many of them differ

    @property
    def is_everywhere(self) -> bool:
        """Whether every stack has the API, and so has every tenant as far as somebody looked."""
        return None not in self.states and not any(self.gone)

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return self.differing > 0 or not self.is_everywhere


@dataclass(frozen=True, slots=True)
class Matrix:
    """The comparison; counts are of all permissions, whatever is shown."""

    stacks: tuple[str, ...]  # names of the stacks, in the order that was asked for
    apis: tuple[ApiTable, ...]  # the APIs, by name
    # for each stack, how many permissions have which status; beside them, how many have drifted
    counts: tuple[Mapping[str, int], ...]
    total: int  # how many permissions are compared
    differing: int  # how many of them differ
    compared: int  # how many APIs are compared
    is_live: bool = False  # whether the tenants were looked at
    is_filtered: bool = False  # whether only differences are left
    tenants: tuple[str, ...] = ()  # each stack's tenant, its host; empty where the state does not tell
    time: datetime = field(default_factory=lambda: datetime.now(UTC))  # when it was compared

    @property
    def differs(self) -> bool:
        """Whether there is any difference: between the stacks, or between a tenant and its stack."""
        return any(api.differs for api in self.apis)

    def only_differences(self) -> Matrix:
        """Return the same with only those APIs and permissions that differ."""
        apis = (replace(api, rows=tuple(row for row in api.rows if row.differs)) for api in self.apis if api.differs)
        return replace(self, apis=tuple(apis), is_filtered=True)


def build_matrix(snapshots: Sequence[StackSnapshot], live: Live | None = None, held: Held | None = None) -> Matrix:
    """Compare stacks, in the order of the columns; with ``live``, also with what their tenants hold.

    With ``held``, the cells have the holders.

    Raises:
        ValueError: if a stack is given twice.
        KeyError: if ``live`` leaves an API out, so that nothing unseen passes for unchanged.
    """
    stacks = tuple(snapshot.name for snapshot in snapshots)
    if len(set(stacks)) != len(stacks):
        raise ValueError("a stack is given twice")
    groups = sorted(_matched(snapshots), key=lambda group: (group[0], min(one.urn for one in group[1] if one)))
    apis = tuple(_table(name, states, snapshots, live, held or {}) for name, states in groups)
    return Matrix(
        stacks=stacks,
        apis=apis,
        counts=tuple(_counts([row.cells[n] for api in apis for row in api.rows]) for n in range(len(stacks))),
        total=sum(api.total for api in apis),
        differing=sum(api.differing for api in apis),
        compared=len(apis),
        is_live=live is not None,
        tenants=tuple(snapshot.tenant for snapshot in snapshots),
    )


def _matched(snapshots: Sequence[StackSnapshot]) -> list[tuple[str, list[ApiState | None]]]:
    """Return the APIs of the stacks by name, each with what every stack has of it."""
    groups: dict[tuple[str, str], tuple[str, list[ApiState | None]]] = {}
    for place, snapshot in enumerate(snapshots):
        names = [api.resource_name for api in snapshot.apis]
        for api in snapshot.apis:
            # Under components names may repeat; the types above the resource, a part of its URN, then tell them apart.
            path = api.urn.split("::", 2)[-1] if names.count(api.resource_name) > 1 else ""
            group = groups.setdefault((api.resource_name, path), (api.resource_name, [None] * len(snapshots)))
            group[1][place] = api
    merged: list[tuple[str, list[ApiState | None]]] = []
    for name, states in groups.values():
        same = next((others for _, others in merged if _is_same_api(others, states)), None)
        if same is None:
            merged.append((name, states))
        else:
            same[:] = [one or other for one, other in zip(same, states, strict=True)]
    return merged


def _is_same_api(ones: Sequence[ApiState | None], others: Sequence[ApiState | None]) -> bool:
    """Tell whether two groups are one API under several resource names: no stack has both, identifiers are shared."""
    if any(one and other for one, other in zip(ones, others, strict=True)):
        return False
    return bool({one.identifier for one in ones if one} & {other.identifier for other in others if other})


def _table(
    name: str, states: Sequence[ApiState | None], snapshots: Sequence[StackSnapshot], live: Live | None, held: Held
) -> ApiTable:
    columns: list[tuple[ApiState | None, Permissions, frozenset[str]]] = []
    gone = []
    for snapshot, state in zip(snapshots, states, strict=True):
        # Where nobody looked, the tenant counts as what the state says, which is no drift.
        there = None if state is None else state.effective if live is None else live[snapshot.name][state.urn]
        gone.append(state is not None and there is None)
        columns.append((state, there or {}, _managed_by_others(snapshot, state)))
    values = {
        value
        for state, there, elsewhere in columns
        if state is not None
        for value in {*state.managed, *state.effective, *there} - elsewhere
    }
    impacts = [held.get(state.urn) if state else None for state in states]
    rows = tuple(
        Row(value, tuple(map(_with_holders, _cells(value, columns), repeat(value), impacts)))
        for value in sorted(values)
    )
    return ApiTable(name, tuple(states), rows, tuple(gone), len(rows), sum(row.differs for row in rows))


def _managed_by_others(snapshot: StackSnapshot, state: ApiState | None) -> frozenset[str]:
    """Return what other resources of the stack manage on the same API: it stands in their tables."""
    if state is None:
        return frozenset()
    others = (api for api in snapshot.apis if api.api_id == state.api_id and api.urn != state.urn)
    return frozenset(value for api in others for value in api.managed) - frozenset(state.managed)


def _cells(value: str, columns: Sequence[tuple[ApiState | None, Permissions, frozenset[str]]]) -> Iterator[Cell]:
    first: str | None = None  # the description that others are compared with
    for state, there, elsewhere in columns:
        if state is None or value in elsewhere:
            yield Cell(Status.NO_API if state is None else Status.MISSING)
            continue
        ours, recorded = state.managed.get(value), state.effective.get(value)
        drift, live_description = _drift(recorded, there.get(value))
        known = ours if recorded is None else recorded
        if known is None:
            yield Cell(Status.MISSING, None, drift, live_description)
            continue
        first = known if first is None else first
        managed = Status.PRESENT if known == first else Status.DIFFERENT
        yield Cell(Status.UNMANAGED if ours is None else managed, known, drift, live_description)


def _with_holders(cell: Cell, value: str, impact: Impact | None) -> Cell:
    if impact is None:
        return cell
    return replace(cell, holders=(*impact.holders_of(value), *impact.all_scope_grants))


def _drift(was: str | None, now: str | None) -> tuple[Drift | None, str | None]:
    if was is None:
        return (None, None) if now is None else (Drift.APPEARED, now)
    if now is None:
        return Drift.GONE, None
    return (None, None) if was == now else (Drift.REDESCRIBED, now)


def _counts(cells: Sequence[Cell]) -> dict[str, int]:
    counted = Counter(cell.status for cell in cells)
    return {status.value: counted[status] for status in Status} | {"drifted": sum(bool(cell.drift) for cell in cells)}

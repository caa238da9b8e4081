"""Compare what stacks hold: permission by stack for every API, and with a live look what has drifted.

Stages of one program name their resources alike while identifiers differ, so APIs are matched by the resource's name;
where names tell nothing, by identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.core.snapshots import ApiState, StackSnapshot

__all__ = ["ApiTable", "Cell", "Counts", "Drift", "Live", "Matrix", "Row", "Status", "build_matrix"]

Live = Mapping[str, Mapping[str, PermissionSet | None]]
"""Stack → URN → what the API holds at this moment; ``None`` where the API is gone."""


class Status(StrEnum):
    """What a stack's state says of one permission of one API."""

    PRESENT = "present"  # the stack manages it
    DIFFERENT = "different"  # the stack manages it, and its description is another than in the stacks before
    UNMANAGED = "unmanaged"  # it is on the API, and nobody's in this stack
    MISSING = "missing"  # the stack has the API without it
    NO_API = "no_api"  # the stack does not have the API


class Drift(StrEnum):
    """How the tenant differs from a stack's state in one permission."""

    GONE = "gone"  # the state has it, the API does not
    APPEARED = "appeared"  # the API has it, the state does not
    REDESCRIBED = "redescribed"  # the API describes it in other words than the state


@dataclass(frozen=True, slots=True)
class Cell:
    """One permission in one stack.

    Attributes:
        status: what the state says.
        description: the description by the state; ``None`` where the state has no such permission.
        variant: which of the row's texts that is, from 0; ``None`` likewise.
        drift: how the tenant differs from the state; ``None`` where it does not, or nobody looked.
        live_description: the description in the tenant where it has drifted and is there.
    """

    status: Status
    description: str | None = None
    variant: int | None = None
    drift: Drift | None = None
    live_description: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One permission in all stacks.

    Attributes:
        value: the permission.
        cells: one for each stack, in the matrix's order.
        texts: its descriptions, in order of first appearance.
    """

    value: str
    cells: tuple[Cell, ...]
    texts: tuple[str, ...]

    @property
    def has_drifted(self) -> bool:
        """Whether a tenant differs from its stack's state."""
        return any(cell.drift for cell in self.cells)

    @property
    def differs(self) -> bool:
        """Whether the stacks that have the API differ in it, or a tenant from its stack."""
        told = {cell.status for cell in self.cells if cell.status is not Status.NO_API}
        return len(told) > 1 or len(self.texts) > 1 or self.has_drifted


@dataclass(frozen=True, slots=True)
class ApiTable:
    """One API in all stacks.

    Attributes:
        name: the resource's name.
        states: what each stack has; ``None`` for a stack without the API.
        rows: its permissions, by value.
        gone: whether a stack's API does not exist in the tenant any more, for each stack.
        total: how many permissions there are, shown or not.
        differing: how many of them differ.
    """

    name: str
    states: tuple[ApiState | None, ...]
    rows: tuple[Row, ...]
    gone: tuple[bool, ...]
    total: int
    differing: int

    @property
    def is_everywhere(self) -> bool:
        """Whether every stack has the API, and so has every tenant as far as somebody looked."""
        return None not in self.states and not any(self.gone)

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return self.differing > 0 or not self.is_everywhere


@dataclass(frozen=True, slots=True)
class Counts:
    """How many permissions of one stack are what; ``drifted`` counts besides."""

    present: int = 0
    different: int = 0
    unmanaged: int = 0
    missing: int = 0
    no_api: int = 0
    drifted: int = 0


@dataclass(frozen=True, slots=True)
class Matrix:
    """The comparison; counts are of all permissions, whatever is shown.

    Attributes:
        stacks: names of the stacks, in the order that was asked for.
        apis: the APIs, by name.
        counts: for each stack.
        total: how many permissions are compared.
        differing: how many of them differ.
        compared: how many APIs are compared.
        is_live: whether the tenants were looked at.
        is_filtered: whether only differences are left.
        tenants: each stack's tenant, its host; empty where the state does not tell.
    """

    stacks: tuple[str, ...]
    apis: tuple[ApiTable, ...]
    counts: tuple[Counts, ...]
    total: int
    differing: int
    compared: int
    is_live: bool = False
    is_filtered: bool = False
    tenants: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether there is any difference: between the stacks, or between a tenant and its stack."""
        return any(api.differs for api in self.apis)

    def only_differences(self) -> Matrix:
        """Return the same with only those APIs and permissions that differ."""
        apis = tuple(
            replace(api, rows=tuple(row for row in api.rows if row.differs)) for api in self.apis if api.differs
        )
        return replace(self, apis=apis, is_filtered=True)


def build_matrix(snapshots: Sequence[StackSnapshot], live: Live | None = None) -> Matrix:
    """Compare stacks.

    Args:
        snapshots: what the stacks hold, in the order of the columns; a description counts as different against the
            first stack that has the permission.
        live: what the tenants hold; ``None``: nobody looked. It has to tell of every API of every stack.

    Raises:
        ValueError: if a stack is given twice.
        KeyError: if ``live`` leaves an API out, so that nothing unseen passes for unchanged.
    """
    stacks = tuple(snapshot.name for snapshot in snapshots)
    if len(set(stacks)) != len(stacks):
        raise ValueError("a stack is given twice")
    apis = []
    for name, states in sorted(_matched(snapshots), key=_by_name):
        seen = [
            None if live is None or state is None else _Seen(live[stack][state.urn])
            for stack, state in zip(stacks, states, strict=True)
        ]
        shared = [_managed_by_others(snapshot, state) for snapshot, state in zip(snapshots, states, strict=True)]
        rows = tuple(_rows(states, seen, shared))
        apis.append(
            ApiTable(
                name=name,
                states=tuple(states),
                rows=rows,
                gone=tuple(one is not None and one.permissions is None for one in seen),
                total=len(rows),
                differing=sum(row.differs for row in rows),
            )
        )
    counts = tuple(_counts(row.cells[place] for api in apis for row in api.rows) for place in range(len(stacks)))
    return Matrix(
        stacks=stacks,
        apis=tuple(apis),
        counts=counts,
        total=sum(api.total for api in apis),
        differing=sum(api.differing for api in apis),
        compared=len(apis),
        is_live=live is not None,
        tenants=tuple(snapshot.tenant for snapshot in snapshots),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look at a tenant brought; ``permissions`` is ``None`` where the API is gone."""

    permissions: PermissionSet | None


_Group = tuple[str, list[ApiState | None]]


def _by_name(group: _Group) -> tuple[str, str]:
    name, states = group
    return name, min(state.urn for state in states if state)


def _matched(snapshots: Sequence[StackSnapshot]) -> list[_Group]:
    """Return the APIs of the stacks, each with what every stack has of it."""
    groups: dict[tuple[str, str], _Group] = {}
    for place, snapshot in enumerate(snapshots):
        names = [api.resource_name for api in snapshot.apis]
        for api in snapshot.apis:
            # Under components names may repeat; the types above the resource, a part of its URN, then tell them apart.
            path = api.urn.split("::", 2)[-1] if names.count(api.resource_name) > 1 else ""
            group = groups.setdefault((api.resource_name, path), (api.resource_name, [None] * len(snapshots)))
            group[1][place] = api
    merged: list[_Group] = []
    for group in groups.values():
        home = next((other for other in merged if _is_same_api(other[1], group[1])), None)
        if home is None:
            merged.append(group)
        else:
            home[1][:] = [one or other for one, other in zip(home[1], group[1], strict=True)]
    return merged


def _is_same_api(ones: Sequence[ApiState | None], others: Sequence[ApiState | None]) -> bool:
    """Tell whether two groups are one API under several resource names: no stack has both, identifiers are shared."""
    if any(one and other for one, other in zip(ones, others, strict=True)):
        return False
    return bool({one.identifier for one in ones if one} & {other.identifier for other in others if other})


def _managed_by_others(snapshot: StackSnapshot, state: ApiState | None) -> frozenset[str]:
    """Return what other resources of the stack manage on the same API: it stands in their tables."""
    if state is None:
        return frozenset()
    others = (api for api in snapshot.apis if api.api_id == state.api_id and api.urn != state.urn)
    return frozenset(value for api in others for value in api.managed.values()) - frozenset(state.managed.values())


def _rows(
    states: Sequence[ApiState | None], seen: Sequence[_Seen | None], shared: Sequence[frozenset[str]]
) -> Iterable[Row]:
    values: set[str] = set()
    for state, look, elsewhere in zip(states, seen, shared, strict=True):
        if state is not None:
            values |= {*state.managed.values(), *state.effective.values()} - elsewhere
        if look is not None and look.permissions is not None:
            values |= set(look.permissions.values()) - elsewhere
    for value in sorted(values):
        texts: dict[str, int] = {}
        cells = tuple(
            _cell(value, state, look, texts)
            if value not in elsewhere
            else Cell(Status.NO_API if state is None else Status.MISSING)
            for state, look, elsewhere in zip(states, seen, shared, strict=True)
        )
        yield Row(value, cells, tuple(texts))


def _cell(value: str, state: ApiState | None, look: _Seen | None, texts: dict[str, int]) -> Cell:
    """Return one cell; ``texts`` collects the row's descriptions and gives each its number."""
    if state is None:
        return Cell(Status.NO_API)
    ours, there = state.managed.get(value), state.effective.get(value)
    recorded = there or ours
    drift, live_description = _drift(value, state.effective, look)
    if recorded is None:
        return Cell(Status.MISSING, drift=drift, live_description=live_description)
    variant = texts.setdefault(recorded.text, len(texts))
    managed = Status.DIFFERENT if variant else Status.PRESENT
    status = Status.UNMANAGED if ours is None else managed
    return Cell(status, recorded.text, variant, drift, live_description)


def _drift(value: str, recorded: PermissionSet, look: _Seen | None) -> tuple[Drift | None, str | None]:
    if look is None:
        return None, None
    was, now = recorded.get(value), (look.permissions or PermissionSet()).get(value)
    if was is not None and now is None:
        return Drift.GONE, None
    if was is None and now is not None:
        return Drift.APPEARED, now.text
    if was is not None and now is not None and not was.says_the_same_as(now):
        return Drift.REDESCRIBED, now.text
    return None, None


def _counts(cells: Iterable[Cell]) -> Counts:
    told = list(cells)
    by_status = {status.value: sum(cell.status is status for cell in told) for status in Status}
    return Counts(**by_status, drifted=sum(cell.drift is not None for cell in told))

"""Compute the plan: the minimal list of changes from observed to desired, and what is left alone and why.

A plan is a pure value. It says what will be on the API (`Plan.result`); what was written is read from it, so a
preview and the write cannot differ.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pulumi_auth0_permissions.core.changes import Change, Kind
from pulumi_auth0_permissions.core.modes import Unmanaged
from pulumi_auth0_permissions.core.ownership import Siblings
from pulumi_auth0_permissions.core.permissions import Permissions, without

__all__ = ["Plan", "compute_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation does to the permissions of one API.

    Attributes:
        observed: what the API holds.
        changes: what is to be done, ordered by `Change.sort_key`; empty when there is nothing to do.
        unchanged: declared permissions that are as they shall be.
        adopted: declared permissions that the API held before they were ours; some of them may be in ``changes``.
        left_alone: permissions of somebody else that stay untouched (``unmanaged`` is ``keep``).
        in_the_way: permissions of somebody else that stop the plan (``unmanaged`` is ``refuse``).
        collisions: renames onto a permission that exists in its own right; they stop the plan.
        result: everything on the API afterwards, kept permissions in the place they had.
        handed_over: permissions that this resource owned and lets go, which another resource of the program declares.
        claimed: renames of a permission that another resource of the program declares; they stop the plan.
        interim: what has to be on the API while access moves from old names to new ones: ``result`` and all that
            will go. Equal to ``result`` where nothing is renamed.
        postponed: what is not done, since no preview of this run showed it and the program did not change it.
        resumed: renamed value → whether its rename takes back, and not finishes, one that was interrupted.
        interrupted: interrupted renames that the program leaves no way to finish or take back; they stop the plan.
    """

    observed: Permissions
    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]
    adopted: tuple[str, ...]
    left_alone: tuple[str, ...]
    in_the_way: tuple[str, ...]
    collisions: tuple[Change, ...]
    result: Permissions
    interim: Permissions
    handed_over: tuple[str, ...] = ()
    claimed: tuple[Change, ...] = ()
    postponed: tuple[Change, ...] = ()
    resumed: Mapping[str, bool] = field(default_factory=dict)
    interrupted: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.changes

    def of_kind(self, kind: Kind) -> tuple[Change, ...]:
        """Return the changes of one kind, in order."""
        return tuple(change for change in self.changes if change.kind is kind)

    @property
    def removes(self) -> tuple[str, ...]:
        """Values that the API lacks afterwards, in order: of deletions and of renames."""
        return tuple(change.removes for change in self.changes if change.removes is not None)


def compute_plan(
    *,
    desired: Permissions,
    prior: Collection[str],
    observed: Permissions,
    unmanaged: Unmanaged = Unmanaged.REFUSE,
    renames: Mapping[str, str] | None = None,
    siblings: Siblings | None = None,
    ignored: Collection[str] = (),
    only: Collection[Change] | None = None,
    unfinished: Mapping[str, str] | None = None,
) -> Plan:
    """Compute what brings ``observed`` to ``desired``, and nothing else.

    Order and a missing description are no difference.

    Args:
        desired: what the program declares now; its order places what is added.
        prior: the values that the resource has owned until now.
        observed: what the API holds at this moment.
        unmanaged: what to do with values that are in neither ``desired`` nor ``prior``.
        renames: old value → new value; an entry counts while the old value is still on the API, and no longer once
            the new value alone is ours: then the rename is done, and an old value that comes back is somebody else's.
        siblings: what other resources of the program declare and have owned on this API.
        ignored: values that stay as they are, whatever the program declares (``ignore_changes``).
        unfinished: old value → new value of renames that were interrupted after their first write.
        only: the changes that may be done, as without a preview; all others are postponed. ``None``: all.
    """
    others = siblings or Siblings()
    desired = without(desired, ignored) if ignored else desired
    leftovers = _leftovers(renames or {}, unfinished or {}, desired=desired, observed=observed, others=others)
    prior = {*prior, *leftovers.owned}
    moves, collisions = _sort_renames(
        leftovers.renames,
        desired=desired,
        prior=prior,
        observed=observed,
        unmanaged=unmanaged,
        resumed=leftovers.resumed,
    )
    claimed = [moves.pop(old) for old in list(moves) if old in others.declared]
    changes: list[Change] = list(moves.values())
    unchanged: list[str] = []
    strangers: list[str] = []
    handed_over: list[str] = []
    arriving = {change.renamed_to for change in moves.values()}
    for value, existing in observed.items():
        wanted = desired.get(value)
        if value in moves or value in arriving:
            continue
        if wanted is not None:
            if wanted == existing:
                unchanged.append(value)
            else:
                changes.append(Change(value, existing, wanted))
        elif value in others.declared or value in ignored:
            if value in prior and value not in ignored:
                handed_over.append(value)
        elif value in prior or unmanaged is Unmanaged.REMOVE:
            changes.append(Change(value, existing, None))
        else:
            strangers.append(value)
    changes.extend(
        Change(value, None, new) for value, new in desired.items() if value not in observed and value not in arriving
    )
    changes.sort(key=lambda change: change.sort_key)
    postponed: list[Change] = []
    if only is not None:
        # What the program has dropped goes, whatever its description has become since.
        dropped = {change.value for change in only if change.removes}
        allowed = set(only)
        postponed = [one for one in changes if one.removes not in dropped and one not in allowed]
        changes = [one for one in changes if one not in postponed]
    result = _after(observed, changes, desired, removals=True) if changes else observed
    blocking = [value for value in strangers if value not in others.released and not others.pending]
    refuses = unmanaged is Unmanaged.REFUSE or others.refuse_unmanaged
    return Plan(
        observed=observed,
        changes=tuple(changes),
        unchanged=tuple(unchanged),
        adopted=tuple(v for v in observed if v in desired and v not in prior and v not in arriving),
        left_alone=tuple(strangers) if unmanaged is Unmanaged.KEEP else (),
        in_the_way=tuple(blocking) if refuses else (),
        collisions=tuple(collisions),
        result=result,
        interim=_after(observed, changes, desired, removals=False) if moves else result,
        handed_over=tuple(handed_over),
        claimed=tuple(claimed),
        postponed=tuple(postponed),
        resumed={value: undoes for value, undoes in leftovers.resumed.items() if value in moves},
        interrupted=leftovers.interrupted,
    )


@dataclass(frozen=True, slots=True)
class _Leftovers:
    """What interrupted renames have left on the API, and what becomes of it.

    Attributes:
        renames: the program's renames, and those that finish or take back an interrupted one.
        resumed: as in `Plan`.
        owned: new names, which are this resource's although no update has recorded that.
        interrupted: as in `Plan`.
    """

    renames: Mapping[str, str]
    resumed: Mapping[str, bool]
    owned: frozenset[str]
    interrupted: tuple[tuple[str, str], ...]


def _leftovers(
    renames: Mapping[str, str],
    unfinished: Mapping[str, str],
    *,
    desired: Permissions,
    observed: Permissions,
    others: Siblings,
) -> _Leftovers:
    wanted = dict(renames)
    resumed: dict[str, bool] = {}
    owned = set()
    interrupted = []
    for old, new in unfinished.items():
        if old not in observed or new not in observed or new in others.declared:
            continue
        owned.add(new)
        if new in desired and old not in desired:
            wanted[old] = new
            resumed[old] = False
        elif old in desired and new not in desired:
            wanted[new] = old
            resumed[new] = True
        elif old in renames:  # to a third name: access that has moved to the second one would be lost
            interrupted.append((old, new))
    return _Leftovers(wanted, resumed, frozenset(owned), tuple(interrupted))


def _sort_renames(
    renames: Mapping[str, str],
    *,
    desired: Permissions,
    prior: Collection[str],
    observed: Permissions,
    unmanaged: Unmanaged,
    resumed: Collection[str],
) -> tuple[dict[str, Change], list[Change]]:
    """Split the renames that still have an effect into those that can be done and those that collide."""
    # Whoever owns the whole list owns, after a refresh, what an interrupted rename has added as well, so that having
    # owned the new name tells nothing.
    owned = () if unmanaged is Unmanaged.REMOVE else prior
    moves: dict[str, Change] = {}
    collisions: list[Change] = []
    for old, new in renames.items():
        existing, wanted = observed.get(old), desired.get(new)
        if old in resumed and existing is not None and wanted is not None:
            moves[old] = Change(old, existing, wanted, new)
            continue
        is_done = new in prior and old not in prior
        # Under `keep`, a permission that this resource never owned belongs to somebody else.
        is_theirs = unmanaged is Unmanaged.KEEP and old not in prior
        if existing is None or wanted is None or old in desired or is_done or is_theirs:
            continue
        change = Change(old, existing, wanted, new)
        if new not in observed or _is_under_way(change, owned=owned, observed=observed):
            moves[old] = change
        else:
            collisions.append(change)
    return moves, collisions


def _is_under_way(change: Change, *, owned: Collection[str], observed: Permissions) -> bool:
    """Tell an interrupted rename of ours from a permission that has a life of its own.

    The first step of a rename puts the new permission right behind the old one, with its final description; what
    others add goes to the end of the list. The API offers no better mark.
    """
    assert change.renamed_to is not None  # noqa: S101 - it is a rename; tells the type checker
    values = list(observed)
    follows = values.index(change.renamed_to) == values.index(change.value) + 1
    return change.renamed_to not in owned and observed[change.renamed_to] == change.new and follows


def _after(observed: Permissions, changes: Collection[Change], desired: Permissions, *, removals: bool) -> Permissions:
    """Return the list after the changes; with ``removals`` false, what they take away is still there."""
    by_value = {change.value: change for change in changes}
    moved = {change.renamed_to for change in changes}
    result: Permissions = {}
    for value, existing in observed.items():
        change = by_value.get(value)
        if value in moved:
            continue  # it stands where the old one stands or stood
        if change is None:
            result[value] = existing
            continue
        if change.removes is None or not removals:
            result[value] = change.new if change.kind is Kind.UPDATE and change.new is not None else existing
        if change.kind is Kind.RENAME and change.after is not None:
            result.update([change.after])
    for value, new in desired.items():
        if value in by_value and by_value[value].kind is Kind.CREATE:
            result[value] = new
    return result

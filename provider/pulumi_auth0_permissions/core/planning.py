"""Compute the plan: the least that brings an API from observed to desired, and what is left alone and why.

A plan is a pure value. It says what will be on the API (`Plan.result`), and what is written is read from it, so that
a preview and the write cannot differ. What any resource of a program declares on an API is never taken by another
one, nor by the old self of a replaced, renamed or moved one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi_auth0_permissions.core.model import Change, Kind, Permissions, Unmanaged, without


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one resource of the program declares.

    Attributes:
        name: the resource's name in the program.
        api: the API as the program names it, by identifier or id.
        values: the declared permissions.
        prior: what the resource owned before this run.
        refuses_unmanaged: whether its ``unmanaged`` mode is ``refuse``.
    """

    name: str
    api: str
    values: frozenset[str]
    prior: frozenset[str] = frozenset()
    refuses_unmanaged: bool = False


@dataclass(frozen=True, slots=True)
class Siblings:
    """What the other resources of the program have to do with one API.

    Attributes:
        declared: permission → name of the resource that declares it; never taken away.
        released: what they owned before this run; it is theirs to remove, not an unmanaged permission.
        pending: whether some of them were not checked yet, so that what they released is not known.
        refuse_unmanaged: whether one of them refuses unmanaged permissions.
    """

    declared: Mapping[str, str] = field(default_factory=dict)
    released: frozenset[str] = frozenset()
    pending: bool = False
    refuse_unmanaged: bool = False


def siblings_among(
    checked: Iterable[Declaration], named: Collection[Declaration], api_names: Collection[str]
) -> Siblings:
    """Return what other resources declare on an API.

    Args:
        checked: the other resources that the engine had checked in this process.
        named: the other resources that the program named, checked or not.
        api_names: the API's id and identifier.
    """
    here = [one for one in checked if one.api in api_names]
    expected = [one for one in named if one.api in api_names]
    return Siblings(
        declared={value: one.name for one in (*expected, *here) for value in sorted(one.values)},
        released=frozenset().union(*(one.prior for one in here)),
        pending=len(expected) > len(here),
        refuse_unmanaged=any(one.refuses_unmanaged for one in here),
    )


class RenameBlock(StrEnum):
    """Why a rename cannot be done."""

    EXISTS = "exists"  # the new name is on the API in its own right
    DECLARED = "declared"  # another resource of the program declares the old name
    INTERRUPTED = "interrupted"  # it was cut short, and the program neither finishes nor takes it back


@dataclass(frozen=True, slots=True)
class BlockedRename:
    """A rename that stops the plan: from ``old`` to ``new``, and why."""

    old: str
    new: str
    why: RenameBlock


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation does to the permissions of one API.

    Attributes:
        observed: what the API holds.
        changes: what is to be done, ordered by `Change.sort_key`; empty when there is nothing to do.
        unchanged: declared values that are as they shall be.
        adopted: declared values that the API held before they were ours; some of them may be in ``changes``.
        left_alone: unmanaged values that stay untouched (``unmanaged`` is ``keep``).
        blocking: unmanaged values that stop the plan (``unmanaged`` is ``refuse``).
        blocked_renames: renames that stop the plan.
        result: everything on the API afterwards, kept permissions in the place they had.
        interim: what has to be on the API while access moves from old names to new ones: ``result`` and all that
            will go. Equal to ``result`` where nothing is renamed.
        handed_over: values that this resource owned and lets go → name of the resource that declares them now.
        postponed: what is not done, since no preview of this run showed it and the program did not change it.
        resumed: renamed value → whether its rename takes back, and not finishes, one that was interrupted.
    """

    observed: Permissions
    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]
    adopted: tuple[str, ...]
    left_alone: tuple[str, ...]
    blocking: tuple[str, ...]
    blocked_renames: tuple[BlockedRename, ...]
    result: Permissions
    interim: Permissions
    handed_over: Mapping[str, str] = field(default_factory=dict)
    postponed: tuple[Change, ...] = ()
    resumed: Mapping[str, bool] = field(default_factory=dict)

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
    allowed: Collection[Change] | None = None,
    unfinished: Mapping[str, str] | None = None,
) -> Plan:
    """Compute what brings ``observed`` to ``desired``, and nothing else.

    Args:
        desired: what the program declares now; its order places what is added.
        prior: the values that the resource has owned until now.
        observed: what the API holds at this moment.
        unmanaged: what to do with values that are in neither ``desired`` nor ``prior``.
        renames: old value → new value; an entry counts while the old value is still on the API, and no longer once
            the new value alone is ours: then the rename is done, and an old value that comes back is unmanaged.
        siblings: what other resources of the program declare and have owned on this API.
        ignored: values that stay as they are, whatever the program declares (``ignore_changes``).
        allowed: the changes that may be done, as without a preview; all others are postponed. ``None``: all.
        unfinished: old value → new value of renames that were interrupted after their first write.
    """
    others = siblings or Siblings()
    desired = without(desired, ignored)
    moves = _sort_renames(renames or {}, unfinished or {}, desired, prior, observed, unmanaged, others)
    prior = moves.owned
    arriving = {change.renamed_to for change in moves.changes.values()}
    changes = [*moves.changes.values()]
    unchanged: list[str] = []
    rest: list[str] = []
    handed_over: dict[str, str] = {}
    for value, existing in observed.items():
        if value in moves.changes or value in arriving:
            continue
        if value in desired:
            if desired[value] == existing:
                unchanged.append(value)
            else:
                changes.append(Change(value, existing, desired[value]))
        elif value in ignored:
            continue
        elif value in others.declared:
            if value in prior:
                handed_over[value] = others.declared[value]
        elif value in prior or unmanaged is Unmanaged.REMOVE:
            changes.append(Change(value, existing, None))
        else:
            rest.append(value)
    there = {*observed, *arriving}
    changes += [Change(value, None, new) for value, new in desired.items() if value not in there]
    changes.sort(key=lambda change: change.sort_key)
    postponed: list[Change] = []
    if allowed is not None:
        # What the program has dropped goes, whatever its description has become since.
        dropped = {change.removes for change in allowed} - {None}
        done = [change for change in changes if change in allowed or change.removes in dropped]
        postponed = [change for change in changes if change not in done]
        changes = done
    refuses = unmanaged is Unmanaged.REFUSE or others.refuse_unmanaged
    return Plan(
        observed=observed,
        changes=tuple(changes),
        unchanged=tuple(unchanged),
        adopted=tuple(v for v in observed if v in desired and v not in prior and v not in arriving),
        left_alone=tuple(rest) if unmanaged is Unmanaged.KEEP else (),
        blocking=tuple(v for v in rest if v not in others.released) if refuses and not others.pending else (),
        blocked_renames=tuple(moves.blocked),
        result=_after(observed, changes, desired, removals=True),
        interim=_after(observed, changes, desired, removals=not moves.changes),
        handed_over=handed_over,
        postponed=tuple(postponed),
        resumed={value: undoes for value, undoes in moves.resumed.items() if value in moves.changes},
    )


@dataclass(frozen=True, slots=True)
class _Renames:
    """The renames that have an effect, by old value, and those that cannot be done.

    ``owned`` has the values that the resource has owned until now; the new name of an interrupted rename is among
    them although no update has recorded that. ``resumed`` is as in `Plan`.
    """

    owned: set[str]
    changes: dict[str, Change] = field(default_factory=dict)
    blocked: list[BlockedRename] = field(default_factory=list)
    resumed: dict[str, bool] = field(default_factory=dict)


def _sort_renames(
    renames: Mapping[str, str],
    unfinished: Mapping[str, str],
    desired: Permissions,
    prior: Collection[str],
    observed: Permissions,
    unmanaged: Unmanaged,
    others: Siblings,
) -> _Renames:
    found = _Renames({*prior})
    wanted = dict(renames)
    for old, new in unfinished.items():
        if old not in observed or new not in observed or new in others.declared:
            continue
        found.owned.add(new)
        if new in desired and old not in desired:
            wanted[old] = new
            found.resumed[old] = False
        elif old in desired and new not in desired:
            wanted[new] = old
            found.resumed[new] = True
        elif old in renames:  # to a third name: access that has moved to the second one would be lost
            found.blocked.append(BlockedRename(old, new, RenameBlock.INTERRUPTED))
    # Whoever owns the whole list owns, after a refresh, what an interrupted rename has added as well, so that having
    # owned the new name means nothing.
    lived: set[str] = set() if unmanaged is Unmanaged.REMOVE else found.owned
    for old, new in wanted.items():
        starts = old not in found.resumed
        if old not in observed or new not in desired or (starts and _is_void(old, new, desired, found, unmanaged)):
            continue
        if starts and new in observed and (new in lived or not _is_first_step(old, new, desired[new], observed)):
            found.blocked.append(BlockedRename(old, new, RenameBlock.EXISTS))
        elif old in others.declared:
            found.blocked.append(BlockedRename(old, new, RenameBlock.DECLARED))
        else:
            found.changes[old] = Change(old, observed[old], desired[new], new)
    return found


def _is_void(old: str, new: str, desired: Permissions, found: _Renames, unmanaged: Unmanaged) -> bool:
    """Tell whether an entry of ``renames`` has no effect: it is done, or the old permission is somebody else's."""
    is_done = new in found.owned and old not in found.owned
    # Under `keep`, a permission that this resource never owned belongs to somebody else.
    is_theirs = unmanaged is Unmanaged.KEEP and old not in found.owned
    return old in desired or is_done or is_theirs


def _is_first_step(old: str, new: str, description: str, observed: Permissions) -> bool:
    """Tell what the first step of a rename has left from a permission that has a life of its own.

    That step puts the new permission right behind the old one, with its final description; what others add goes to
    the end of the list. The API offers no better mark.
    """
    values = list(observed)
    return observed[new] == description and values.index(new) == values.index(old) + 1


def _after(observed: Permissions, changes: Collection[Change], desired: Permissions, *, removals: bool) -> Permissions:
    """Return the list after the changes; with ``removals`` false, what they take away is still there."""
    by_value = {change.value: change for change in changes}
    arriving = {change.renamed_to for change in changes}
    result: Permissions = {}
    for value, existing in observed.items():
        change = by_value.get(value)
        if value in arriving:
            continue  # it stands where the old one stands or stood
        if change is None or (change.removes is not None and not removals):
            result[value] = existing
        if change is not None and change.after is not None:
            result.update([change.after])
    return {**result, **{value: new for value, new in desired.items() if value in by_value and value not in observed}}

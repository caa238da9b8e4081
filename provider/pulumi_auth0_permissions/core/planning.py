"""Compute the plan: the least that takes an API from observed to desired, and what is left alone and why.

A plan is a pure value. It says what will be on the API (`Plan.result`), and the write is taken from it, so that preview
and write cannot differ. What any resource of a program declares on an API is never removed by another one, nor by
the former self of a replaced, renamed or moved one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pulumi_auth0_permissions.core.model import Change, Intent, Permissions, Unmanaged, without
from pulumi_auth0_permissions.core.renames import BlockedRename, sort_renames


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation does to the permissions of one API."""

    observed: Permissions  # what the API holds
    changes: tuple[Change, ...]  # what is to be done, ordered by kind as listed in `Kind`, then by value
    unchanged: tuple[str, ...]  # declared values that need no change
    adopted: tuple[str, ...]  # declared values that were there before they were ours; some may be in ``changes``
    left_alone: tuple[str, ...]  # unmanaged values that stay (``unmanaged`` is ``keep``)
    blocking: tuple[str, ...]  # unmanaged values that stop the plan (``unmanaged`` is ``refuse``)
    blocked_renames: tuple[BlockedRename, ...]  # renames that stop the plan
    result: Permissions  # everything on the API afterwards, kept permissions in the place they had
    interim: Permissions  # while access moves to new names: ``result`` and all removed values; else ``result``
    handed_over: Mapping[str, str]  # value that was owned → name of the resource that now declares it
    postponed: tuple[Change, ...]  # not made: no preview of this run showed them, nor are they new in the program
    resumed: frozenset[str]  # old values of renames that finish or undo an interrupted one

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.changes

    @property
    def removes(self) -> tuple[str, ...]:
        """Values that deletions and renames remove from the API, in order."""
        return tuple(change.removes for change in self.changes if change.removes is not None)


def compute_plan(intent: Intent, observed: Permissions) -> Plan:
    """Compute what takes ``observed`` to what is intended, and nothing else."""
    if intent.basis is None:
        return _plan(intent, observed, None)
    own = _plan(replace(intent, unmanaged=Unmanaged.KEEP), intent.basis or observed, None)
    return _plan(intent, observed, frozenset(own.changes))


def _plan(intent: Intent, observed: Permissions, allowed: frozenset[Change] | None) -> Plan:
    """Compute the plan; changes that are not among those ``allowed`` are postponed."""
    others, mode = intent.siblings, intent.unmanaged
    desired = without(observed if intent.ignores_all else intent.desired, intent.ignored)
    renames = sort_renames(intent, desired, observed)
    owned, renamed = renames.owned, renames.renamed
    arriving = frozenset(renamed.values())
    kept = [value for value in observed if value in desired and value not in arriving]
    rest = [value for value in without(observed, intent.ignored) if value not in desired and value not in renamed]
    free = [value for value in rest if value not in others.declared]
    taken = {value for value in free if value in owned or mode is Unmanaged.REMOVE}
    unmanaged = [value for value in free if value not in taken]
    changed = [value for value in kept if observed[value] != desired[value]]
    changes = [  # in the order of `Kind`, and by value within it
        *(Change(value, observed[value], None) for value in sorted(taken)),
        *(Change(old, observed[old], desired[new], new) for old, new in sorted(renamed.items())),
        *(Change(value, None, desired[value]) for value in sorted(desired.keys() - observed.keys() - arriving)),
        *(Change(value, observed[value], desired[value]) for value in sorted(changed)),
    ]
    postponed: list[Change] = []
    if allowed is not None:
        # What the program has dropped is removed, whatever its description is by now.
        dropped = {change.removes for change in allowed} - {None}
        postponed = [change for change in changes if change not in allowed and change.removes not in dropped]
        changes = [change for change in changes if change in allowed or change.removes in dropped]
    refuses = (mode is Unmanaged.REFUSE or others.refuse_unmanaged) and not others.pending
    return Plan(
        observed=observed,
        changes=tuple(changes),
        unchanged=tuple(value for value in kept if observed[value] == desired[value]),
        adopted=tuple(value for value in kept if value not in owned),
        left_alone=tuple(unmanaged) if mode is Unmanaged.KEEP else (),
        blocking=tuple(value for value in unmanaged if refuses and value not in others.released),
        blocked_renames=tuple(renames.blocked),
        result=_after(observed, changes, removals=True),
        interim=_after(observed, changes, removals=not renamed),
        handed_over={value: others.declared[value] for value in rest if value in owned and value in others.declared},
        postponed=tuple(postponed),
        resumed=renames.resumed.intersection(renamed),
    )


def _after(observed: Permissions, changes: Iterable[Change], *, removals: bool) -> Permissions:
    """Return the list after the changes; with ``removals`` false, nothing is removed yet."""
    by_value = {change.value: change for change in changes}
    arriving = {change.renamed_to for change in by_value.values()}
    result: Permissions = {}
    for value, existing in observed.items():
        change = by_value.pop(value, None)
        if value in arriving:
            continue  # it is placed where the old one is or was
        if change is None or (change.removes is not None and not removals):
            result[value] = existing
        if change is not None and change.after is not None:
            result.update([change.after])
    result.update(change.after for change in by_value.values() if change.after is not None)
    return result

"""Compute the plan: the least that takes an API from observed to desired, and what is left alone and why.

A plan is a pure value. It says what will be on the API (`Plan.result`), and the write is taken from it, so that preview
and write cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pulumi_auth0_permissions.core.model import Change, Intent, Permissions, Unmanaged, without
from pulumi_auth0_permissions.core.renames import sort_renames


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation does to the permissions of one API."""

    observed: Permissions  # what the API holds
    changes: tuple[Change, ...]  # what is to be done, ordered by kind as listed in `Kind`, then by value
    unchanged: int  # how many declared values need no change
    adopted: tuple[str, ...]  # declared values that were there before they were ours; some may be in ``changes``
    left_alone: tuple[str, ...]  # unmanaged values that stay (``unmanaged`` is ``keep``)
    blocking: tuple[str, ...]  # unmanaged values that stop the plan (``unmanaged`` is ``refuse``)
    blocked_renames: tuple[str, ...]  # why renames stop the plan, a sentence each
    handed_over: Mapping[str, str]  # value that was owned → name of the resource that now declares it
    postponed: tuple[Change, ...] = ()  # not made: no preview of this run showed them, nor are they new in the program

    @property
    def removes(self) -> tuple[str, ...]:
        """Values that deletions and renames remove from the API, in order."""
        return tuple(change.removes for change in self.changes if change.removes is not None)

    @property
    def interim(self) -> Permissions:
        """Everything on the API while access moves: new names stand behind old ones, and nothing is removed yet."""
        after = {change.value: change.after for change in self.changes if change.after is not None}
        arriving = {change.renamed_to for change in self.changes}
        permissions: Permissions = {}
        for value, description in self.observed.items():
            if value not in arriving:
                permissions[value] = description
            if value in after:
                new_value, new_description = after[value]
                permissions[new_value] = new_description
        return permissions | dict(after.values())  # what is added comes last

    @property
    def result(self) -> Permissions:
        """Everything on the API afterwards, kept permissions in the place they had."""
        return without(self.interim, frozenset(self.removes))


def compute_plan(intent: Intent, observed: Permissions) -> Plan:
    """Compute what takes ``observed`` to what is intended; what a run without a preview must not do is postponed."""
    plan = _plan(intent, observed)
    if intent.basis is None:
        return plan
    # Without a preview: only what the program itself has changed. That is the plan against what it last applied; for a
    # new resource, which has applied nothing, the plan against what is observed.
    own = frozenset(_plan(replace(intent, unmanaged=Unmanaged.KEEP), intent.basis or observed).changes)
    # What the program has dropped is removed, whatever its description is by now; a new name is added also where
    # somebody else has deleted the old one.
    dropped = {change.removes for change in own if change.removes is not None}
    renamed = {Change(change.renamed_to, None, change.new) for change in own if change.renamed_to is not None}
    made = frozenset(change for change in plan.changes if change in own | renamed or change.removes in dropped)
    postponed = tuple(change for change in plan.changes if change not in made)
    return replace(plan, changes=tuple(change for change in plan.changes if change in made), postponed=postponed)


def _plan(intent: Intent, observed: Permissions) -> Plan:
    """Compute the plan of everything that is intended, whether a preview showed it or not."""
    others, mode = intent.siblings, intent.unmanaged
    desired = without(observed if intent.ignores_all else intent.desired, intent.ignored)
    renames = sort_renames(intent, desired, observed)
    owned, renamed = renames.owned, renames.renamed
    arriving = {change.renamed_to for change in renamed.values()}
    kept = [value for value in observed if value in desired and value not in arriving]
    rest = [value for value in without(observed, intent.ignored) if value not in desired and value not in renamed]
    undeclared = [value for value in rest if value not in others.declared]
    removed = {value for value in undeclared if value in owned or mode is Unmanaged.REMOVE}
    unmanaged = [value for value in undeclared if value not in removed]
    changed = [value for value in kept if observed[value] != desired[value]]
    refuses = (mode is Unmanaged.REFUSE or others.refuse_unmanaged) and not others.pending
    return Plan(
        observed=observed,
        changes=(  # in the order of `Kind`, and by value within it
            *(Change(value, observed[value], None) for value in sorted(removed)),
            *(renamed[old] for old in sorted(renamed)),
            *(Change(value, None, desired[value]) for value in sorted(desired.keys() - observed.keys() - arriving)),
            *(Change(value, observed[value], desired[value]) for value in sorted(changed)),
        ),
        unchanged=len(kept) - len(changed),
        adopted=tuple(value for value in kept if value not in owned),
        left_alone=tuple(unmanaged) if mode is Unmanaged.KEEP else (),
        blocking=tuple(value for value in unmanaged if refuses and value not in others.released),
        blocked_renames=renames.blocked,
        handed_over={value: others.declared[value] for value in rest if value in owned and value in others.declared},
    )

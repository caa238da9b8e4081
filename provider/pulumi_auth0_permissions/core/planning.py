"""Compute the plan: the least that brings an API from observed to desired, and what is left alone and why.

A plan is a pure value. It says what will be on the API (`Plan.result`), and what is written is read from it, so that
a preview and the write cannot differ. What any resource of a program declares on an API is never taken by another
one, nor by the old self of a replaced, renamed or moved one.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.model import Change, Kind, Permissions, Unmanaged, without

_ALIKE = 0.85  # of `difflib.SequenceMatcher`: one letter in seven differs
_MOST_COMPARED = 40  # deletions, and additions: each with each takes a while


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
    """What an operation does to the permissions of one API."""

    observed: Permissions  # what the API holds
    changes: tuple[Change, ...]  # what is to be done, ordered by `Change.sort_key`
    unchanged: tuple[str, ...]  # declared values that are as they shall be
    adopted: tuple[str, ...]  # declared values that were there before they were ours; some may be in ``changes``
    left_alone: tuple[str, ...]  # unmanaged values that stay (``unmanaged`` is ``keep``)
    blocking: tuple[str, ...]  # unmanaged values that stop the plan (``unmanaged`` is ``refuse``)
    blocked_renames: tuple[BlockedRename, ...]  # renames that stop the plan
    result: Permissions  # everything on the API afterwards, kept permissions in the place they had
    interim: Permissions  # while access moves to new names: ``result`` and all that goes; else the same as ``result``
    handed_over: Mapping[str, str]  # what was owned and is let go → name of the resource that declares it now
    postponed: tuple[Change, ...]  # not done: no preview of this run showed it, nor has the program changed it
    resumed: Mapping[str, bool]  # renamed value → whether that takes back, and not finishes, an interrupted rename

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


def compute_plan(intent: Intent, observed: Permissions) -> Plan:
    """Compute what brings ``observed`` to what is wanted, and nothing else."""
    if intent.basis is None:
        return _plan(intent, observed, None)
    own = _plan(replace(intent, unmanaged=Unmanaged.KEEP), intent.basis or observed, None)
    return _plan(intent, observed, own.changes)


def _plan(intent: Intent, observed: Permissions, allowed: Collection[Change] | None) -> Plan:
    """Compute the plan; changes that are not among those ``allowed`` are postponed."""
    others, unmanaged = intent.siblings, intent.unmanaged
    desired = without(observed if intent.ignores_all else intent.desired, intent.ignored)
    moves = _sort_renames(intent, desired, observed)
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
        elif value in intent.ignored:
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
    """The renames that have an effect, and those that cannot be done."""

    owned: set[str]  # by the resource until now; also what an interrupted rename added, though nothing recorded that
    changes: dict[str, Change] = field(default_factory=dict)  # by old value
    blocked: list[BlockedRename] = field(default_factory=list)
    resumed: dict[str, bool] = field(default_factory=dict)  # as in `Plan`


def _sort_renames(intent: Intent, desired: Permissions, observed: Permissions) -> _Renames:
    found = _Renames({*intent.prior})
    declared = {} if intent.ignores_all else intent.renames
    wanted = dict(declared)
    for old, new in intent.unfinished.items():
        if old not in observed or new not in observed or new in intent.siblings.declared:
            continue
        found.owned.add(new)
        if new in desired and old not in desired:
            wanted[old] = new
            found.resumed[old] = False
        elif old in desired and new not in desired:
            wanted[new] = old
            found.resumed[new] = True
        elif old in declared:  # to a third name: access that has moved to the second one would be lost
            found.blocked.append(BlockedRename(old, new, RenameBlock.INTERRUPTED))
    # Whoever owns the whole list owns, after a refresh, what an interrupted rename has added as well, so that having
    # owned the new name means nothing.
    lived: set[str] = set() if intent.unmanaged is Unmanaged.REMOVE else found.owned
    for old, new in wanted.items():
        starts = old not in found.resumed
        if old not in observed or new not in desired or (starts and _is_void(old, new, desired, found, intent)):
            continue
        if starts and new in observed and (new in lived or not _is_first_step(old, new, desired[new], observed)):
            found.blocked.append(BlockedRename(old, new, RenameBlock.EXISTS))
        elif old in intent.siblings.declared:
            found.blocked.append(BlockedRename(old, new, RenameBlock.DECLARED))
        else:
            found.changes[old] = Change(old, observed[old], desired[new], new)
    return found


def _is_void(old: str, new: str, desired: Permissions, found: _Renames, intent: Intent) -> bool:
    """Tell whether an entry of ``renames`` has no effect: it is done, or the old permission is somebody else's."""
    is_done = new in found.owned and old not in found.owned
    # Under `keep`, a permission that this resource never owned belongs to somebody else.
    is_theirs = intent.unmanaged is Unmanaged.KEEP and old not in found.owned
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


def likely_renames(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Return deleted and added permissions that are probably one: old value, new value; each value once.

    The surest sign counts first: two Unicode forms or spellings in other letters of one name, the same description,
    nearly the same name or description.
    """
    gone = [change for change in changes if change.kind is Kind.DELETE]
    come = [change for change in changes if change.kind is Kind.CREATE]
    if max(len(gone), len(come)) > _MOST_COMPARED:
        return []
    found: dict[str, str] = {}
    pairs = sorted((-_likeness(old, new), old.value, new.value) for old in gone for new in come)
    for unlikeness, old, new in pairs:
        if -unlikeness >= _ALIKE and old not in found and new not in found.values():
            found[old] = new
    return list(found.items())


def _likeness(gone: Change, come: Change) -> float:
    """Return how alike two permissions are, from 0; above 1 for what is the same."""
    names = [unicodedata.normalize("NFKC", change.value).casefold() for change in (gone, come)]
    if names[0] == names[1]:
        return 3
    texts = gone.existing or "", come.new or ""
    if texts[0] and texts[0] == texts[1]:
        return 2
    compared = ((gone.value, come.value), texts) if all(texts) else ((gone.value, come.value),)
    return max(difflib.SequenceMatcher(None, *both, autojunk=False).ratio() for both in compared)

"""Compute the plan: the least that brings an API from observed to desired, and what is left alone and why.

A plan is a pure value. It says what will be on the API (`Plan.result`), and what is written is read from it, so that
a preview and the write cannot differ. What any resource of a program declares on an API is never taken by another
one, nor by the old self of a replaced, renamed or moved one.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.model import Change, Kind, Permissions, Unmanaged, without

_ALIKE = 0.15  # differ one letter in seven, or fewer
_MOST_COMPARED = 1600  # pairs of a deletion and an addition: more take a while


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
    changes: tuple[Change, ...]  # what is to be done, ordered by kind as listed in `Kind`, then by value
    unchanged: tuple[str, ...]  # declared values that are as they shall be
    adopted: tuple[str, ...]  # declared values that were there before they were ours; some may be in ``changes``
    left_alone: tuple[str, ...]  # unmanaged values that stay (``unmanaged`` is ``keep``)
    blocking: tuple[str, ...]  # unmanaged values that stop the plan (``unmanaged`` is ``refuse``)
    blocked_renames: tuple[BlockedRename, ...]  # renames that stop the plan
    result: Permissions  # everything on the API afterwards, kept permissions in the place they had
    interim: Permissions  # while access moves to new names: ``result`` and all that goes; else the same as ``result``
    handed_over: Mapping[str, str]  # what was owned and is let go → name of the resource that declares it now
    postponed: tuple[Change, ...]  # not done: no preview of this run showed it, nor has the program changed it
    resumed: frozenset[str]  # old values of renames that finish or take back one that was interrupted

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.changes

    @property
    def removes(self) -> tuple[str, ...]:
        """Values that the API lacks afterwards, in order: of deletions and of renames."""
        return tuple(change.removes for change in self.changes if change.removes is not None)


def compute_plan(intent: Intent, observed: Permissions) -> Plan:
    """Compute what brings ``observed`` to what is wanted, and nothing else."""
    if intent.basis is None:
        return _plan(intent, observed, None)
    own = _plan(replace(intent, unmanaged=Unmanaged.KEEP), intent.basis or observed, None)
    return _plan(intent, observed, frozenset(own.changes))


def _plan(intent: Intent, observed: Permissions, allowed: frozenset[Change] | None) -> Plan:
    """Compute the plan; changes that are not among those ``allowed`` are postponed."""
    others, mode = intent.siblings, intent.unmanaged
    desired = without(observed if intent.ignores_all else intent.desired, intent.ignored)
    renames = _sort_renames(intent, desired, observed)
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
        # What the program has dropped goes, whatever its description has become since.
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


@dataclass(frozen=True, slots=True)
class _Renames:
    """The renames that have an effect, and those that cannot be done."""

    owned: frozenset[str]  # by the resource until now, and what an interrupted rename added, which nothing recorded
    renamed: Mapping[str, str]  # old value → new value
    resumed: frozenset[str]  # old values of those that finish or take back one that was interrupted
    blocked: Sequence[BlockedRename]


def _sort_renames(intent: Intent, desired: Permissions, observed: Permissions) -> _Renames:
    theirs = intent.siblings.declared
    declared = {} if intent.ignores_all else intent.renames
    begun = {
        old: new for old, new in intent.unfinished.items() if old in observed and new in observed and new not in theirs
    }
    owned = intent.prior.union(begun.values())
    resumed: dict[str, str] = {}
    blocked: list[BlockedRename] = []
    for old, new in begun.items():
        if new in desired and old not in desired:
            resumed[old] = new
        elif old in desired and new not in desired:
            resumed[new] = old
        elif old in declared:  # to a third name: access that has moved to the second one would be lost
            blocked.append(BlockedRename(old, new, RenameBlock.INTERRUPTED))
    # Whoever owns the whole list owns, after a refresh, what an interrupted rename has added as well, so that having
    # owned the new name means nothing.
    lived = frozenset[str]() if intent.unmanaged is Unmanaged.REMOVE else owned
    renamed: dict[str, str] = {}
    for old, new in {**declared, **resumed}.items():
        if old not in observed or new not in desired:
            continue
        starts = old not in resumed
        if starts and (old in desired or _is_void(old, new, owned, intent.unmanaged)):
            continue
        if starts and new in observed and (new in lived or not _is_first_step(old, new, desired[new], observed)):
            blocked.append(BlockedRename(old, new, RenameBlock.EXISTS))
        elif old in theirs:
            blocked.append(BlockedRename(old, new, RenameBlock.DECLARED))
        else:
            renamed[old] = new
    return _Renames(owned, renamed, frozenset(resumed), blocked)


def _is_void(old: str, new: str, owned: frozenset[str], mode: Unmanaged) -> bool:
    """Tell whether a rename is done; or is not ours: under `keep`, what was never owned belongs to somebody else."""
    return old not in owned and (new in owned or mode is Unmanaged.KEEP)


def _is_first_step(old: str, new: str, description: str, observed: Permissions) -> bool:
    """Tell what the first step of a rename has left from a permission that has a life of its own.

    That step puts the new permission right behind the old one, with its final description; what others add goes to
    the end of the list. The API offers no better mark.
    """
    values = list(observed)
    return observed[new] == description and values.index(new) == values.index(old) + 1


def _after(observed: Permissions, changes: Iterable[Change], *, removals: bool) -> Permissions:
    """Return the list after the changes; with ``removals`` false, what they take away is still there."""
    by_value = {change.value: change for change in changes}
    arriving = {change.renamed_to for change in by_value.values()}
    result: Permissions = {}
    for value, existing in observed.items():
        change = by_value.pop(value, None)
        if value in arriving:
            continue  # it stands where the old one stands or stood
        if change is None or (change.removes is not None and not removals):
            result[value] = existing
        if change is not None and change.after is not None:
            result.update([change.after])
    result.update(change.after for change in by_value.values() if change.after is not None)
    return result


def likely_renames(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Return deleted and added permissions that are probably one: old value, new value; each once, the surest first."""
    gone = [change for change in changes if change.kind is Kind.DELETE]
    come = [change for change in changes if change.kind is Kind.CREATE]
    if len(gone) * len(come) > _MOST_COMPARED:
        return []
    pairs = sorted((_unlikeness(old, new), old.value, new.value) for old in gone for new in come)
    found: dict[str, str] = {}
    for (unlikeness, _), old, new in pairs:
        if unlikeness <= _ALIKE and old not in found and new not in found.values():
            found[old] = new
    return list(found.items())


def _unlikeness(gone: Change, come: Change) -> tuple[float, float]:
    """Return how much two permissions differ, from 0 to 1: in name or description, whichever is less, and in name."""
    names = [unicodedata.normalize("NFKC", change.value).casefold() for change in (gone, come)]
    texts = [gone.existing or "", come.new or ""]
    by_name, by_text = (1 - difflib.SequenceMatcher(a=a, b=b, autojunk=False).ratio() for a, b in (names, texts))
    return min(by_name, by_text) if all(texts) else by_name, by_name

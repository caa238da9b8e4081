"""Decide which renames are carried out, resumed or blocked, and find those that were probably intended.

A rename adds the new permission, moves access and deletes the old one, so it can be interrupted in between.
"""

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi_auth0_permissions.core.model import Change, Intent, Kind, Permissions, Unmanaged
from pulumi_auth0_permissions.core.text import join

_ALIKE = 0.15  # differ one letter in seven, or fewer
_MOST_COMPARED = 1600  # pairs of a deletion and an addition: more take too long

_EXISTS = (
    "cannot rename {old} to {new}: the API already has a permission of that name, and its holders could no longer be "
    "told from those of the old one. Choose another name, or remove the entry from `renames` and delete the old "
    "permission instead."
)
_DECLARED_BY_ANOTHER = (
    "cannot rename {old}: another resource of this program declares it on the same API. Remove it there, or remove the "
    "entry from `renames`."
)
_INTERRUPTED = (
    "the rename of {old} to {new} was interrupted, and some access may have moved. Declare {new} to finish it, or "
    "{old} to undo it, before you rename again."
)


@dataclass(frozen=True, slots=True)
class Renames:
    """The renames that have an effect, and those that cannot be done."""

    owned: frozenset[str]  # what the resource owned until now, and what interrupted renames added, which no state holds
    renamed: Mapping[str, Change]  # by old value
    blocked: tuple[str, ...]  # why not, a sentence each


def sort_renames(intent: Intent, desired: Permissions, observed: Permissions) -> Renames:
    """Decide which renames to carry out, declared or interrupted; the rest is blocked, or has no effect any more."""
    theirs = intent.siblings.declared
    declared = {} if intent.ignores_all else intent.renames
    begun = {
        old: new for old, new in intent.unfinished.items() if old in observed and new in observed and new not in theirs
    }
    owned = intent.prior.union(begun.values())
    resumed: dict[str, str] = {}
    blocked: list[tuple[str, str, str]] = []
    for old, new in begun.items():
        if new in desired and old not in desired:
            resumed[old] = new
        elif old in desired and new not in desired:
            resumed[new] = old
        elif old in declared:  # to a third name: access that has moved to the second one would be lost
            blocked.append((_INTERRUPTED, old, new))
    # A new name that the resource owned before was not added by an interrupted rename. Under `remove` that proves
    # nothing: the resource owns the whole list, and so, after a refresh, also what such a rename has added.
    owned_before = frozenset[str]() if intent.unmanaged is Unmanaged.REMOVE else owned
    renamed: dict[str, Change] = {}
    for old, new in {**declared, **resumed}.items():
        if old not in observed or new not in desired:
            continue
        starts = old not in resumed
        # An old name that is not owned: the rename was done already, or, under `keep`, the name is somebody else's.
        has_no_effect = old not in owned and (new in owned or intent.unmanaged is Unmanaged.KEEP)
        if starts and (old in desired or has_no_effect):
            continue
        exists = new in observed and (new in owned_before or not _is_first_step(old, new, desired[new], observed))
        if starts and exists:
            blocked.append((_EXISTS, old, new))
        elif old in theirs:
            blocked.append((_DECLARED_BY_ANOTHER, old, new))
        else:
            details = () if starts else ("resolves an interrupted rename",)
            renamed[old] = Change(old, observed[old], desired[new], new, details)
    sentences = (why.format(old=join([old]), new=join([new])) for why, old, new in blocked)
    return Renames(owned, renamed, tuple(sentences))


def _is_first_step(old: str, new: str, description: str, observed: Permissions) -> bool:
    """Tell whether the new permission was added by the first step of this rename, rather than by somebody else.

    That step puts the new permission right behind the old one, with its final description; what others add goes to
    the end of the list. The API offers no better evidence.
    """
    values = list(observed)
    return observed[new] == description and values.index(new) == values.index(old) + 1


def likely_renames(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Return deletions and additions that are probably renames (old value, new value), each once, likeliest first."""
    deleted = [change for change in changes if change.kind is Kind.DELETE]
    added = [change for change in changes if change.kind is Kind.CREATE]
    if len(deleted) * len(added) > _MOST_COMPARED:
        return []
    pairs = sorted((_unlikeness(old, new), old.value, new.value) for old in deleted for new in added)
    found: dict[str, str] = {}
    for (unlikeness, _), old, new in pairs:
        if unlikeness <= _ALIKE and old not in found and new not in found.values():
            found[old] = new
    return list(found.items())


def _unlikeness(deleted: Change, added: Change) -> tuple[float, float]:
    """Return how much two permissions differ, from 0 to 1: in name or description, whichever is less, and in name."""
    names = [unicodedata.normalize("NFKC", change.value).casefold() for change in (deleted, added)]
    texts = [deleted.existing or "", added.new or ""]
    by_name, by_text = (1 - difflib.SequenceMatcher(a=a, b=b, autojunk=False).ratio() for a, b in (names, texts))
    return min(by_name, by_text) if all(texts) else by_name, by_name

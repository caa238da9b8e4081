"""What a program intends for one API: what it declares, which resource declares what, and what may be removed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pulumi_auth0_permissions.core.model import Permissions, Removal, Unmanaged


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one resource of the program declares."""

    name: str  # the resource's name in the program
    api: str  # the API as the program names it, by identifier or id
    values: frozenset[str]  # the declared permissions
    prior: frozenset[str] = frozenset()  # what the resource owned before this run
    refuses_unmanaged: bool = False  # whether its ``unmanaged`` mode is ``refuse``


@dataclass(frozen=True, slots=True)
class Siblings:
    """What the other resources of the program declare and own on one API."""

    declared: Mapping[str, str] = field(default_factory=dict)  # permission → who declares it; never taken away
    released: frozenset[str] = frozenset()  # what they owned before this run: theirs to remove, and not unmanaged
    pending: bool = False  # whether some were not checked yet, so that what they released is not known
    refuse_unmanaged: bool = False  # whether one of them refuses unmanaged permissions


def siblings_among(
    checked: Iterable[Declaration], named: Collection[Declaration], api_names: Collection[str]
) -> Siblings:
    """Return what other resources declare on an API, named by id or identifier: the engine has checked some of them."""
    here = [one for one in checked if one.api in api_names]
    expected = [one for one in named if one.api in api_names]
    return Siblings(
        declared={value: one.name for one in (*expected, *here) for value in sorted(one.values)},
        released=frozenset().union(*(one.prior for one in here)),
        pending=len(expected) > len(here),
        refuse_unmanaged=any(one.refuses_unmanaged for one in here),
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be removed."""

    removal: Removal = Removal.WARN  # how a removal is made and what it requires
    approved: frozenset[str] = frozenset()  # values that ``approvedRemovals`` names for this API
    max_removals: int | None = None  # more than this in one run are refused; None: no limit was set
    approvals: int = 0  # entries that ``approvedRemovals`` has already: a command to approve adds the next one
    destroying: bool = False  # whether the resource goes away, which is the approval to empty the API
    removed_by_others: frozenset[str] = frozenset()  # from the same API in this run; guards count them too


@dataclass(frozen=True, slots=True)
class Intent:
    """What the program intends for one API."""

    api: str  # identifier or id
    desired: Permissions  # what the program declares, in the order of adding; empty when the resource goes away
    prior: frozenset[str] = frozenset()  # values that the resource has owned until now
    unmanaged: Unmanaged = Unmanaged.REFUSE  # what to do with values that are in neither of them

    # Old value → new value. An entry counts while the old value is still on the API, and no longer once the new value
    # alone is ours: then the rename is done, and an old value that comes back is unmanaged.
    renames: Mapping[str, str] = field(default_factory=dict)
    unfinished: Mapping[str, str] = field(default_factory=dict)  # renames interrupted after their first write

    policy: Policy = field(default_factory=Policy)
    siblings: Siblings = field(default_factory=Siblings)
    ignored: frozenset[str] = frozenset()  # values that stay as they are, whatever is declared (``ignore_changes``)
    ignores_all: bool = False  # whether all permissions stay as they are

    # Without a preview, what the API held when the program was last applied, empty for a new resource: only what the
    # program has changed since then is done. None: a preview showed the plan.
    basis: Permissions | None = None

    @property
    def needs_holders(self) -> bool:
        """Whether a removal requires its holders to be known."""
        return self.moves_access or self.policy.removal is Removal.REFUSE_IF_HELD

    @property
    def moves_access(self) -> bool:
        """Whether roles and client grants are changed: by a rename, or before a removal."""
        return bool(self.renames or self.unfinished) or self.policy.removal is Removal.REVOKE

    def begun_on(self, observed: Permissions) -> Intent:
        """Return the intent without the interrupted renames that never wrote anything to the API.

        They are recorded before their first write: a new name that appears later was not added by one that failed.
        """
        return replace(self, unfinished={old: new for old, new in self.unfinished.items() if new in observed})

    def without_preview(self, last_applied: Permissions, recorded: Permissions) -> Intent:
        """Return the intent of a run without a preview: it does what the program itself has changed.

        What it declared when it was last applied is empty for a new resource; what the API held then may not be known.
        """
        return replace(
            self,
            prior=frozenset(last_applied),
            renames=self.renames if last_applied else {},  # a new resource has owned nothing that it could rename
            basis={**recorded, **last_applied},
        )

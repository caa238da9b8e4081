"""The values that the rules are about: permissions, an API, a change, holders, an intent, modes; and Auth0's limits."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from pulumi_auth0_permissions.core.ownership import Siblings

MAX_VALUE_LENGTH = 280  # characters; OpenAPI description of the Management API, ResourceServerScope.value
MAX_DESCRIPTION_LENGTH = 500  # characters; the same, ResourceServerScope.description
MAX_IDENTIFIER_LENGTH = 600  # characters; the same, identifier of a resource server
MAX_PERMISSIONS_PER_API = 1000  # documented by Auth0 as an entity limit

USERS_NOT_KNOWN = "permissions assigned to users directly are not known: Auth0 has no way to look them up"
"""What no lookup can find, whatever the token may read; shown wherever holders are named."""

Permissions = dict[str, str]
"""Permission (scope) value → description, ``""`` for none; both as they are: the API neither trims nor folds them.

The API keeps the order in which they were sent, so writes preserve it; otherwise it means nothing.
"""


def only(permissions: Mapping[str, str], values: Collection[str]) -> Permissions:
    """Return the permissions whose value is among ``values``, in their own order."""
    return {value: description for value, description in permissions.items() if value in values}


def without(permissions: Mapping[str, str], values: Collection[str]) -> Permissions:
    """Return the permissions whose value is not among ``values``, in their own order."""
    return {value: description for value, description in permissions.items() if value not in values}


def revision_of(permissions: Mapping[str, str]) -> str:
    """Return a digest of the content: equal sets have equal revisions on any stack, in any order."""
    canonical = json.dumps(sorted(permissions.items()), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:32]  # 128 bits: nobody can make two sets share one


@dataclass(frozen=True, slots=True)
class Api:
    """An API (resource server)."""

    id: str  # 24 hexadecimal digits
    identifier: str  # the audience: any text, often a URL
    name: str  # for people; "" where the API has none
    is_system: bool  # whether it is one of Auth0's own (Management API, …), whose permissions are not ours to change
    token_lifetime_s: int | None  # seconds that an issued token lives; None where the service does not say
    permissions: Permissions  # in the service's order; empty where it holds no ``scopes`` at all


class Unmanaged(StrEnum):
    """What to do with permissions that the resource neither declares nor has owned."""

    REFUSE = "refuse"  # fail and list them: nothing is deleted unasked
    KEEP = "keep"  # leave them: several stacks share one API
    REMOVE = "remove"  # delete them: the resource owns the API's whole list


class Removal(StrEnum):
    """What to do when a permission is to be deleted."""

    WARN = "warn"  # say who holds it and go on
    REVOKE = "revoke"  # take it from every role and client grant first, then delete it
    REFUSE_IF_HELD = "refuse_if_held"  # fail if a role or client grant holds it
    REFUSE = "refuse"  # fail unless it is named in approvedRemovals


class Kind(StrEnum):
    """What a change does; listed in display order: removals come first."""

    DELETE = "delete"
    RENAME = "rename"
    CREATE = "create"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done to one permission."""

    value: str  # the permission; of a rename, its old value
    existing: str | None  # its description as observed; None for a creation
    new: str | None  # its desired description; None for a deletion
    renamed_to: str | None = None  # the new value of a rename
    details: tuple[str, ...] = field(default=(), compare=False)  # sentences about the change

    @property
    def kind(self) -> Kind:
        """What this change does."""
        if self.existing is None:
            return Kind.CREATE
        if self.new is None:
            return Kind.DELETE
        return Kind.UPDATE if self.renamed_to is None else Kind.RENAME

    @property
    def removes(self) -> str | None:
        """The value that the API lacks afterwards (deletion and rename), or ``None``."""
        return self.value if self.kind in (Kind.DELETE, Kind.RENAME) else None

    @property
    def after(self) -> tuple[str, str] | None:
        """Value and description afterwards; ``None`` for a deletion."""
        if self.new is None:
            return None
        return (self.value if self.renamed_to is None else self.renamed_to, self.new)


class Scope(StrEnum):
    """What a token of the Management API may do, by the security of each operation in its OpenAPI description."""

    READ_APIS = "read:resource_servers"
    UPDATE_APIS = "update:resource_servers"
    READ_ROLES = "read:roles"
    UPDATE_ROLES = "update:roles"
    READ_ROLE_MEMBERS = "read:role_members"
    READ_GRANTS = "read:client_grants"
    UPDATE_GRANTS = "update:client_grants"
    READ_APPLICATIONS = "read:clients"


class HolderKind(StrEnum):
    """What holds a permission."""

    ROLE = "role"
    CLIENT_GRANT = "client grant"


@dataclass(frozen=True, slots=True)
class Holder:
    """A role or client grant that holds a permission."""

    kind: HolderKind
    id: str  # the vendor's: ``rol_…`` or ``cgr_…``
    name: str  # a role's name; for a grant the application's name or client id, or what it is a default for
    users: int | None = None  # how many users a role has; None where they were not counted


@dataclass(frozen=True, slots=True)
class Impact:
    """Who is affected when permissions of one API are removed."""

    # By permission, of those that anybody holds: roles, then grants.
    holders: Mapping[str, tuple[Holder, ...]] = field(default_factory=dict)
    all_scope_grants: tuple[Holder, ...] = ()  # grants with ``allow_all_scopes``: they follow the list both ways
    unknown: tuple[str, ...] = ()  # what could not be read: phrases that name the missing scope or the fault
    token_lifetime_s: int | None = None  # of the API's access tokens, in seconds; None where it does not say


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

    def begun_on(self, observed: Permissions) -> Self:
        """Return the intent without the interrupted renames that never wrote anything to the API.

        They are recorded before their first write: a new name that appears later was not added by one that failed.
        """
        return replace(self, unfinished={old: new for old, new in self.unfinished.items() if new in observed})

    def without_preview(self, last_applied: Permissions, recorded: Permissions) -> Self:
        """Return the intent of a run without a preview, by what was declared when the program was last applied.

        ``recorded`` is what the API held then, as far as that is known. A new resource has owned nothing to rename.
        """
        renames = self.renames if last_applied else {}
        return replace(self, prior=frozenset(last_applied), renames=renames, basis={**recorded, **last_applied})

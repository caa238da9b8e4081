"""Who holds a permission: the facts an impact check brings, and what it could not find out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["NOT_LOOKED_UP", "Holder", "HolderKind", "Impact"]

NOT_LOOKED_UP = "permissions given to users directly are not known: Auth0 has no look-up for them"
"""What no look-up can find out, whatever the token may read; to be said wherever holders are shown."""


class HolderKind(StrEnum):
    """What holds a permission."""

    ROLE = "role"
    CLIENT_GRANT = "client grant"


@dataclass(frozen=True, slots=True)
class Holder:
    """A role or client grant that holds a permission.

    Attributes:
        kind: role or client grant.
        id: the vendor's id: ``rol_…`` or ``cgr_…``.
        name: a role's name; for a grant the application's name or client id, or what it is a default for.
        users: how many users a role has; ``None`` where they were not counted.
    """

    kind: HolderKind
    id: str
    name: str
    users: int | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """Who is hit when permissions of one API go away.

    Attributes:
        holders: permission value → who names it, roles before grants, by name.
        whole_list_grants: client grants with ``allow_all_scopes``: they follow the API's list both ways.
        unknown: what could not be looked at, each a phrase that names the missing scope or the fault.
        token_lifetime_s: how long the API's access tokens live, in seconds; ``None`` where the API does not say.
    """

    holders: Mapping[str, tuple[Holder, ...]] = field(default_factory=dict)
    whole_list_grants: tuple[Holder, ...] = ()
    unknown: tuple[str, ...] = ()
    token_lifetime_s: int | None = None

    def holders_of(self, value: str) -> tuple[Holder, ...]:
        """Return the roles and grants that name the permission."""
        return self.holders.get(value, ())

"""The scopes of the Management API: those of its calls, and those that a plan needs beyond reading.

Source: the security section of each operation in Auth0's OpenAPI description of the Management API.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from pulumi_auth0_permissions.core.changes import Kind
from pulumi_auth0_permissions.core.holders import HolderKind, Impact
from pulumi_auth0_permissions.core.modes import Removal
from pulumi_auth0_permissions.core.plan import Plan
from pulumi_auth0_permissions.core.wording import listed

__all__ = ["Scope", "how_to_grant", "missing_scopes", "needed_scopes"]


class Scope(StrEnum):
    """What a token of the Management API may do."""

    READ_APIS = "read:resource_servers"
    UPDATE_APIS = "update:resource_servers"
    READ_ROLES = "read:roles"
    UPDATE_ROLES = "update:roles"
    READ_ROLE_MEMBERS = "read:role_members"
    READ_GRANTS = "read:client_grants"
    UPDATE_GRANTS = "update:client_grants"
    READ_APPLICATIONS = "read:clients"
    READ_LOGS = "read:logs"


_UPDATE_HOLDERS = {HolderKind.ROLE: Scope.UPDATE_ROLES, HolderKind.CLIENT_GRANT: Scope.UPDATE_GRANTS}


def how_to_grant(what: str) -> str:
    """Return the next action when the token lacks a scope."""
    return f"Grant {what} to the application under Applications → APIs → Auth0 Management API, then run again."


def needed_scopes(plan: Plan, removal: Removal, impact: Impact | None) -> tuple[str, ...]:
    """Return the scopes that carrying out the plan needs: none where there is nothing to write."""
    if plan.is_empty:
        return ()
    moving = [change.value for change in plan.of_kind(Kind.RENAME)]
    if removal is Removal.REVOKE:
        moving += [change.value for change in plan.of_kind(Kind.DELETE)]
    kinds = {holder.kind for value in moving for holder in (impact.holders_of(value) if impact else ())}
    return (Scope.UPDATE_APIS, *(scope for kind, scope in _UPDATE_HOLDERS.items() if kind in kinds))


def missing_scopes(needed: Collection[str], granted: Collection[str] | None) -> tuple[str, ...]:
    """Return what stands against a plan because of the token: one message, or none.

    Args:
        needed: the scopes that the plan needs.
        granted: the token's scopes; ``None`` where the token does not say.
    """
    missing = [] if granted is None else [scope for scope in needed if scope not in granted]
    if not missing:
        return ()
    return (
        f"the token lacks {listed(missing, quoted=False)}, which this plan needs. "
        + how_to_grant("it" if len(missing) == 1 else "them"),
    )

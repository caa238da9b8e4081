"""What is wanted of one API: the program's word on it, and the policy that judges the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_auth0_permissions.core.modes import Removal, Unmanaged
from pulumi_auth0_permissions.core.ownership import Siblings
from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.core.plan import Plan, compute_plan
from pulumi_auth0_permissions.core.safety import Policy

__all__ = ["Intent"]


@dataclass(frozen=True, slots=True)
class Intent:
    """What is wanted of one API.

    Attributes:
        api: identifier or id.
        desired: what the program declares; empty when the resource goes away.
        prior: values that the resource has owned until now.
        unmanaged: what to do with values that are nobody's.
        renames: old value → new value.
        policy: what may be removed.
        siblings: what other resources of the program declare and have owned on this API.
        ignored: values that stay as they are (``ignore_changes``).
        ignores_all: whether all permissions stay as they are.
    """

    api: str
    desired: PermissionSet
    prior: frozenset[str] = frozenset()
    unmanaged: Unmanaged = Unmanaged.REFUSE
    renames: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    siblings: Siblings = field(default_factory=Siblings)
    ignored: frozenset[str] = frozenset()
    ignores_all: bool = False

    @property
    def needs_holders(self) -> bool:
        """Whether removing something needs to know who holds it."""
        return bool(self.renames) or self.policy.removal in (Removal.REVOKE, Removal.REFUSE_IF_HELD)

    @property
    def moves_access(self) -> bool:
        """Whether roles and client grants are changed: by a rename, or before a removal."""
        return bool(self.renames) or self.policy.removal is Removal.REVOKE

    def plan_for(self, observed: PermissionSet) -> Plan:
        """Compute the plan that brings ``observed`` to what is wanted."""
        return compute_plan(
            desired=observed if self.ignores_all else self.desired,
            prior=self.prior,
            observed=observed,
            unmanaged=self.unmanaged,
            renames={} if self.ignores_all else self.renames,
            siblings=self.siblings,
            ignored=self.ignored,
        )

"""What is wanted of one API: the program's word on it, and the policy that judges the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_auth0_permissions.core.modes import Removal, Unmanaged
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
    """

    api: str
    desired: PermissionSet
    prior: frozenset[str] = frozenset()
    unmanaged: Unmanaged = Unmanaged.REFUSE
    renames: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    @property
    def needs_holders(self) -> bool:
        """Whether removing something needs to know who holds it."""
        return bool(self.renames) or self.policy.removal in (Removal.REVOKE, Removal.REFUSE_IF_HELD)

    def plan_for(self, observed: PermissionSet) -> Plan:
        """Compute the plan that brings ``observed`` to what is wanted."""
        return compute_plan(
            desired=self.desired,
            prior=self.prior,
            observed=observed,
            unmanaged=self.unmanaged,
            renames=self.renames,
        )

"""What is wanted of one API: what the program declares, and the policy that judges the plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from pulumi_auth0_permissions.core.model import Change, Permissions, Removal, Unmanaged
from pulumi_auth0_permissions.core.planning import Plan, Siblings, compute_plan
from pulumi_auth0_permissions.core.safety import Policy


@dataclass(frozen=True, slots=True)
class Intent:
    """What is wanted of one API.

    Attributes:
        api: identifier or id.
        desired: what the program declares; empty when the resource goes away.
        prior: values that the resource has owned until now.
        unmanaged: what to do with unmanaged values.
        renames: old value → new value.
        policy: what may be removed.
        siblings: what other resources of the program declare and have owned on this API.
        ignored: values that stay as they are (``ignore_changes``).
        ignores_all: whether all permissions stay as they are.
        unfinished: old value → new value of renames that were interrupted after their first write.
        basis: without a preview, what the API held when the program was last applied, empty for a new resource: only
            what the program has changed since then is done. ``None``: a preview showed the plan.
    """

    api: str
    desired: Permissions
    prior: frozenset[str] = frozenset()
    unmanaged: Unmanaged = Unmanaged.REFUSE
    renames: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    siblings: Siblings = field(default_factory=Siblings)
    ignored: frozenset[str] = frozenset()
    ignores_all: bool = False
    basis: Permissions | None = None
    unfinished: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_holders(self) -> bool:
        """Whether removing something needs to know who holds it."""
        return self._renames or self.policy.removal in (Removal.REVOKE, Removal.REFUSE_IF_HELD)

    @property
    def moves_access(self) -> bool:
        """Whether roles and client grants are changed: by a rename, or before a removal."""
        return self._renames or self.policy.removal is Removal.REVOKE

    @property
    def _renames(self) -> bool:
        return bool(self.renames or self.unfinished)

    def plan_for(self, observed: Permissions) -> Plan:
        """Compute the plan that brings ``observed`` to what is wanted."""
        if self.basis is None:
            return self._plan(observed, self.unmanaged)
        own = self._plan(self.basis or observed, Unmanaged.KEEP)
        return self._plan(observed, self.unmanaged, allowed=set(own.changes))

    def begun_on(self, observed: Permissions) -> Intent:
        """Return the intent without the interrupted renames that never wrote anything to the API.

        A rename is noted before its first write. One that failed at that write has left nothing to finish, and a new
        name that appears later was not put there by it.
        """
        begun = {old: new for old, new in self.unfinished.items() if new in observed}
        return replace(self, unfinished=begun)

    def without_preview(self, last_applied: Permissions, recorded: Permissions) -> Intent:
        """Return the intent that no preview of this run showed: it does what the program itself has changed.

        Args:
            last_applied: what the program declared when it was last applied; empty for a new resource.
            recorded: what the API held then, as far as that is known.
        """
        return replace(
            self,
            prior=frozenset(last_applied),
            renames=self.renames if last_applied else {},  # a new resource has owned nothing that it could rename
            basis={**recorded, **last_applied},
        )

    def _plan(self, observed: Permissions, unmanaged: Unmanaged, allowed: Collection[Change] | None = None) -> Plan:
        return compute_plan(
            desired=observed if self.ignores_all else self.desired,
            prior=self.prior,
            observed=observed,
            unmanaged=unmanaged,
            renames={} if self.ignores_all else self.renames,
            siblings=self.siblings,
            ignored=self.ignored,
            allowed=allowed,
            unfinished=self.unfinished,
        )

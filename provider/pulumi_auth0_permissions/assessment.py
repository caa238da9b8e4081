"""Plan and judge: what applying an intent to an API as observed would do, and what stands against it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from pulumi_auth0_permissions.auth0.models import Api
from pulumi_auth0_permissions.core.holders import Impact
from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.needs import missing_scopes, needed_scopes
from pulumi_auth0_permissions.core.plan import Plan
from pulumi_auth0_permissions.core.safety import objections
from pulumi_auth0_permissions.core.wording import shown

__all__ = ["Assessment", "Assessor", "HoldersLookup", "ScopesPort"]


class ScopesPort(Protocol):
    """What an assessor needs of a Management API client."""

    def granted_scopes(self, needed: Collection[str] = ()) -> frozenset[str] | None:
        """Return the token's scopes, after a look whether one that lacks a needed scope can be replaced."""


HoldersLookup = Callable[[Api, Sequence[str]], Impact]
"""Returns who holds the given permissions of an API."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What would happen, and what stands against it; nothing was written.

    Attributes:
        api: the API as observed.
        plan: what would be done.
        impact: who is hit, where something is removed and it was looked up.
        objections: what stops the plan, one message each.
    """

    api: Api
    plan: Plan
    impact: Impact | None
    objections: tuple[str, ...]


class Assessor:
    """Assesses intents; writes nothing.

    Args:
        management: the Management API.
        holders: looks up who holds permissions of an API.
    """

    def __init__(self, management: ScopesPort, holders: HoldersLookup) -> None:
        self._management = management
        self._holders = holders

    def assess(self, intent: Intent, api: Api, *, with_impact: bool = True) -> Assessment:
        """Tell what applying the intent to the API as observed would do; writes nothing.

        Args:
            intent: what is wanted.
            api: the API as observed.
            with_impact: whether to look up who is hit by a removal also where the policy does not need it.
        """
        plan = intent.plan_for(api.permissions)
        wanted = plan.removes and not api.is_system and (with_impact or intent.needs_holders)
        impact = self._holders(api, plan.removes) if wanted else None
        return self.judge(intent, api, plan, impact)

    def judge(self, intent: Intent, api: Api, plan: Plan, impact: Impact | None) -> Assessment:
        """Hold a plan for the API against the policy, what the token may do, and who is hit, where that is known."""
        policy = intent.policy
        needed = needed_scopes(plan, policy.removal, impact)
        granted = self._management.granted_scopes(needed) if needed else None
        stands_against = _system_objections(api) or [
            *objections(plan, policy, impact),
            *missing_scopes(needed, granted),
        ]
        return Assessment(api, plan, impact, tuple(stands_against))


def _system_objections(api: Api) -> list[str]:
    if not api.is_system:
        return []
    return [
        f"{shown(api.identifier)} is one of Auth0's own APIs; its permissions are Auth0's to define and cannot be "
        "managed. Name an API of your own."
    ]

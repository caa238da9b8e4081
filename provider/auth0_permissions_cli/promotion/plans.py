"""What a promotion does and what came of it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pulumi_auth0_permissions.core.changes import Change

__all__ = ["ApiPlan", "Outcome", "Promoted", "PromotionPlan"]


class Outcome(StrEnum):
    """What came of a promotion; also the words of ``--json``."""

    PROMOTED = "promoted"
    NOTHING_TO_DO = "nothing-to-do"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """What a promotion does to one API of the target.

    Attributes:
        name: logical name.
        identifier: the API's identifier in the target's tenant.
        changes: what will be done, in the order of a plan.
        text: the plan and who is hit, as the preview said it; empty where there is nothing to do.
        before: revision of everything on the API now.
        source: revision of what the source has applied; ``None`` for an API that leaves the target.
    """

    name: str
    identifier: str
    changes: tuple[Change, ...]
    text: str
    before: str
    source: str | None


@dataclass(frozen=True, slots=True)
class PromotionPlan:
    """What a promotion does.

    Attributes:
        source: the stack it takes from.
        target: the stack it changes.
        source_tenant: the source's tenant, its host.
        target_tenant: the target's.
        apis: the target's APIs, in the order of its configuration, then those that leave it.
        left_out: APIs that the source has and the target does not.
        is_recorded: whether the target's receipt says already what it will say.
    """

    source: str
    target: str
    source_tenant: str
    target_tenant: str
    apis: tuple[ApiPlan, ...]
    left_out: tuple[str, ...]
    is_recorded: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do, neither in the tenant nor in the stack."""
        return self.is_recorded and not any(api.changes for api in self.apis)


@dataclass(frozen=True, slots=True)
class Promoted:
    """What was promoted.

    Attributes:
        plan: what was shown, and done.
        revisions: logical name → revision of everything on the target's API afterwards, as read from its tenant.
    """

    plan: PromotionPlan
    revisions: Mapping[str, str]

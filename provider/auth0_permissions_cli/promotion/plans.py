"""What a promotion does and what came of it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pulumi_auth0_permissions.core.changes import Change


class Outcome(StrEnum):
    """What came of a promotion; also the words of the JSON."""

    PROMOTED = "promoted"
    NOTHING_TO_DO = "nothing_to_do"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """What a promotion does to one API of the target.

    Attributes:
        name: logical name.
        api_id: the API's id in the target's tenant.
        identifier: its identifier there.
        api_name: its name there; may be empty.
        changes: what will be done, in the order of a plan.
        text: the plan and who is hit, as the preview said it; empty where there is nothing to do.
        before: revision of everything on the API now.
        source: revision of what the source has applied; ``None`` for an API that leaves the target.
    """

    name: str
    api_id: str
    identifier: str
    api_name: str
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
        apis: the target's APIs, in the order of its configuration, then those that leave it.
        left_out: APIs that the source has and the target does not.
        is_recorded: whether the target's receipt says already what it will say.
    """

    source: str
    target: str
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

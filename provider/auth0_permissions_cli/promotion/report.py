"""What a promotion does and what came of it: as values, as text for people and as JSON for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pulumi_auth0_permissions.core.model import Change
from pulumi_auth0_permissions.core.review import FORMAT, api_data, change_data
from pulumi_auth0_permissions.core.text import escape, join

_SHORT = 12  # digits of a revision that people are shown


class Outcome(StrEnum):
    """What came of a promotion; also the words of the JSON."""

    PROMOTED = "promoted"
    NOTHING_TO_DO = "nothing_to_do"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """What a promotion does to one API of the target."""

    name: str  # logical name
    api_id: str  # the API's id in the target's tenant
    identifier: str  # its identifier there
    api_name: str  # its name there; may be empty
    changes: tuple[Change, ...]  # what will be done, in the order of a plan
    text: str  # the plan and who is hit, as the preview said it; empty where there is nothing to do
    before: str  # revision of everything on the API now
    source: str | None  # revision of what the source has applied; None for an API that leaves the target


@dataclass(frozen=True, slots=True)
class PromotionPlan:
    """What a promotion does."""

    source: str  # the stack it takes from
    target: str  # the stack it changes
    source_tenant: str  # the source's tenant, its host
    target_tenant: str  # the target's
    apis: tuple[ApiPlan, ...]  # the target's APIs, in the order of its configuration, then those that leave it
    left_out: tuple[str, ...]  # APIs that the source has and the target does not
    is_recorded: bool  # whether the target's receipt says already what it will say

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do, neither in the tenant nor in the stack."""
        return self.is_recorded and not any(api.changes for api in self.apis)


def plan_lines(plan: PromotionPlan) -> list[str]:
    """Return what a promotion would do: a paragraph for each API, and who is hit."""
    source, target = _place(plan.source, plan.source_tenant), _place(plan.target, plan.target_tenant)
    lines = [f"Promotion of {source} to {target}:", ""]
    for api in plan.apis:
        lines += [f"{escape(api.name)}: {api.text or f'{escape(api.identifier)}: no changes'}", ""]
    if plan.left_out:
        lines += [
            f"Left out: {join(plan.left_out)}, which {escape(plan.target)} does not name in its "
            "auth0-permissions:apis.",
            "",
        ]
    return lines[:-1]


def receipt_lines(plan: PromotionPlan, revisions: Mapping[str, str]) -> list[str]:
    """Return the receipt: what is where now, by revision."""
    lines = [f"Promoted {escape(plan.source)} to {escape(plan.target)}; verified in {escape(plan.target_tenant)}:"]
    names = max(len(escape(api.name)) for api in plan.apis)
    identifiers = max(len(escape(api.identifier)) for api in plan.apis)
    for api in plan.apis:
        what = f"  {escape(api.name):{names}}  {escape(api.identifier):{identifiers}}"
        if api.source is None:
            lines.append(f"{what}  no longer managed")
            continue
        after = revisions[api.name]
        moved = f"{api.before[:_SHORT]} => {after[:_SHORT]}" if api.before != after else f"{after[:_SHORT]}, as before"
        lines.append(f"{what}  revision {moved}")
    return lines


def promotion_data(
    source: str,
    target: str,
    outcome: Outcome,
    plan: PromotionPlan | None,
    *,
    revisions: Mapping[str, str] | None = None,
    message: str | None = None,
) -> dict[str, object]:
    """Return a promotion as JSON data."""
    return {
        "format": FORMAT,
        "from": source,
        "to": target,
        "tenants": {"from": plan.source_tenant, "to": plan.target_tenant} if plan else None,
        "outcome": outcome,
        "apis": [_api_data(api, (revisions or {}).get(api.name)) for api in plan.apis] if plan else [],
        "left_out": list(plan.left_out) if plan else [],
        "message": message,
    }


def _place(stack: str, tenant: str) -> str:
    return f"{escape(stack)} ({escape(tenant)})"


def _api_data(api: ApiPlan, after: str | None) -> dict[str, object]:
    return {
        "resource": api.name,
        "api": api_data(api.api_id, api.identifier, api.api_name),
        "changes": [change_data(change, {}) for change in api.changes],
        "text": api.text,
        "revision": {"source": api.source, "before": api.before, "after": after},
    }

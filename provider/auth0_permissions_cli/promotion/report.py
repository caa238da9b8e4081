"""A promotion as text for people and as JSON for scripts; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from auth0_permissions_cli.promotion.plans import Outcome
from pulumi_auth0_permissions.core.wording import listed, shown

if TYPE_CHECKING:
    from auth0_permissions_cli.promotion.plans import ApiPlan, Promoted, PromotionPlan
    from pulumi_auth0_permissions.core.changes import Change

__all__ = ["plan_data", "plan_lines", "promoted_data", "receipt_lines", "stopped_data"]

_SHORT = 12  # digits of a revision that people are shown


def plan_lines(plan: PromotionPlan) -> list[str]:
    """Return what a promotion would do: a paragraph for each API, and who is hit."""
    source, target = _place(plan.source, plan.source_tenant), _place(plan.target, plan.target_tenant)
    lines = [f"Promotion of {source} to {target}:", ""]
    for api in plan.apis:
        if api.text:
            lines += [f"{shown(api.name)}: {api.text}", ""]
        else:
            lines += [f"{shown(api.name)}: {shown(api.identifier)}: no changes", ""]
    if plan.left_out:
        lines += [
            f"Left out: {listed(plan.left_out)}, which {shown(plan.target)} does not name in its "
            "auth0-permissions:apis.",
            "",
        ]
    return lines[:-1]


def receipt_lines(promoted: Promoted) -> list[str]:
    """Return the receipt: what is where now, by revision."""
    plan = promoted.plan
    lines = [f"Promoted {shown(plan.source)} to {shown(plan.target)}; verified in {shown(plan.target_tenant)}:"]
    names = max(len(shown(api.name)) for api in plan.apis)
    identifiers = max(len(shown(api.identifier)) for api in plan.apis)
    for api in plan.apis:
        what = f"  {shown(api.name):{names}}  {shown(api.identifier):{identifiers}}"
        if api.source is None:
            lines.append(f"{what}  no longer managed")
            continue
        after = promoted.revisions[api.name]
        moved = f"{api.before[:_SHORT]} => {after[:_SHORT]}" if api.before != after else f"{after[:_SHORT]}, as before"
        lines.append(f"{what}  revision {moved}")
    return lines


def plan_data(plan: PromotionPlan, outcome: Outcome) -> dict[str, object]:
    """Return a plan that was not applied as JSON data."""
    return _data(plan, outcome, {})


def promoted_data(promoted: Promoted) -> dict[str, object]:
    """Return the receipt as JSON data."""
    return _data(promoted.plan, Outcome.PROMOTED, promoted.revisions)


def stopped_data(
    source: str, target: str, outcome: Outcome, message: str, plan: PromotionPlan | None
) -> dict[str, object]:
    """Return as JSON data why a promotion stopped, with the plan where there was one."""
    known: dict[str, object] = {"from": source, "to": target, "outcome": outcome, "apis": [], "leftOut": []}
    return {**(plan_data(plan, outcome) if plan else known), "message": message}


def _data(plan: PromotionPlan, outcome: Outcome, revisions: Mapping[str, str]) -> dict[str, object]:
    return {
        "from": plan.source,
        "to": plan.target,
        "tenants": {"from": plan.source_tenant, "to": plan.target_tenant},
        "outcome": outcome,
        "apis": [_api_data(api, revisions.get(api.name)) for api in plan.apis],
        "leftOut": list(plan.left_out),
    }


def _place(stack: str, tenant: str) -> str:
    return f"{shown(stack)} ({shown(tenant)})"


def _api_data(api: ApiPlan, after: str | None) -> dict[str, object]:
    return {
        "name": api.name,
        "identifier": api.identifier,
        "changes": [_change_data(change) for change in api.changes],
        "text": api.text,
        "revision": {"source": api.source, "before": api.before, "after": after},
    }


def _change_data(change: Change) -> dict[str, object]:
    old, new = change.existing, change.new
    return {
        "kind": change.kind,
        "old": {"value": old.value, "description": old.text} if old else None,
        "new": {"value": new.value, "description": new.text} if new else None,
    }

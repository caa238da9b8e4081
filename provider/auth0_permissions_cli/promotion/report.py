"""What a promotion does and its outcome: as values, as text for people and as JSON for scripts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from auth0_permissions_cli.review.stack_review import REVISION_SHOWN, Evidence, api_lines
from pulumi_auth0_permissions.core.review import FORMAT, Review, review_data
from pulumi_auth0_permissions.core.text import escape, join


class Outcome(StrEnum):
    """The outcome of a promotion; also the words of the JSON."""

    PROMOTED = "promoted"
    NOTHING_TO_DO = "nothing_to_do"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """What a promotion does to one API of the target."""

    name: str  # logical name
    review: Review  # what will be done; its ``before`` is what was seen when the plan was made
    source: str | None  # revision of what the source has applied; None for an API that leaves the target


@dataclass(frozen=True, slots=True)
class PromotionPlan:
    """What a promotion does."""

    source: str  # the stack it takes from
    target: str  # the stack it changes
    source_tenant: str  # the source's tenant, its host
    evidence: Evidence  # the target's tenant; when, and by whom, it was planned
    apis: tuple[ApiPlan, ...]  # the target's APIs, in the order of its configuration, then those that leave it
    left_out: tuple[str, ...]  # APIs that the source has and the target does not
    is_recorded: bool  # whether the target's receipt is already what it will be

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do, neither in the tenant nor in the stack."""
        return self.is_recorded and not any(api.review.changes for api in self.apis)


def plan_lines(plan: PromotionPlan) -> list[str]:
    """Return what a promotion would do: a paragraph for each API, and who is affected."""
    source, target = escape(plan.source), escape(plan.target)
    tenants = escape(plan.source_tenant), escape(plan.evidence.tenant)
    lines = [f"Promotion of {source} ({tenants[0]}) to {target} ({tenants[1]}):", ""]
    for api in plan.apis:
        first, *rest = api_lines(api.review)
        lines += [f"{escape(api.name)}: {first}", *rest, ""]
    if plan.left_out:
        lines += [f"Left out: {join(plan.left_out)}, which {target} does not name in its auth0-permissions:apis.", ""]
    return lines[:-1]


def receipt_lines(plan: PromotionPlan, revisions: Mapping[str, str]) -> list[str]:
    """Return the receipt: the revision of each API before and after."""
    evidence = Evidence(plan.evidence.tenant, plan.evidence.user)
    lines = [f"Promoted {escape(plan.source)} to {escape(plan.target)}, and verified {evidence}:"]
    names = max(len(escape(api.name)) for api in plan.apis)
    identifiers = max(len(escape(api.review.identifier)) for api in plan.apis)
    for api in plan.apis:
        what = f"  {escape(api.name):{names}}  {escape(api.review.identifier):{identifiers}}"
        if api.source is None:
            lines.append(f"{what}  no longer managed")
            continue
        before, after = api.review.before[:REVISION_SHOWN], revisions[api.name][:REVISION_SHOWN]
        lines.append(f"{what}  revision {f'{before} => {after}' if before != after else f'{after}, as before'}")
    return lines


def promotion_data(
    source: str,
    target: str,
    outcome: Outcome,
    plan: PromotionPlan | None,
    revisions: Mapping[str, str],
    message: str | None = None,
) -> dict[str, object]:
    """Return a promotion as JSON data."""
    evidence = Evidence(plan.evidence.tenant, plan.evidence.user) if plan else Evidence("", "")
    return {
        "format": FORMAT,
        "from": source,
        "to": target,
        "tenants": {"from": plan.source_tenant, "to": plan.evidence.tenant} if plan else None,
        **evidence.data(),
        "outcome": outcome,
        "apis": [_api_data(api, revisions.get(api.name)) for api in plan.apis] if plan else [],
        "left_out": list(plan.left_out) if plan else [],
        "message": message,
    }


def _api_data(api: ApiPlan, after: str | None) -> dict[str, object]:
    revision = {"source": api.source, "before": api.review.before, "after": after}
    return {**review_data(api.review), "resource": api.name, "revision": revision}

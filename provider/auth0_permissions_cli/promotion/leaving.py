"""APIs that leave a stage: their resource goes from the program, and the engine previews no more than that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from auth0_permissions_cli.promotion.report import ApiPlan
from auth0_permissions_cli.promotion.sides import Side, look
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.core.model import Unmanaged, revision_of
from pulumi_auth0_permissions.core.planning import compute_plan
from pulumi_auth0_permissions.core.text import all_scope_notes, holder_lines, impact_notes, plan_text
from pulumi_auth0_permissions.holders import HolderLookup


def leaving_apis(target: Side, management: ManagementClient, on_progress: Callable[[str], None]) -> Iterator[ApiPlan]:
    """Yield what happens to each API that the stack manages and its configuration names no more, and who is hit."""
    lookup = HolderLookup(management, on_progress=on_progress)
    for state in target.snapshot.apis:
        if state.resource_name in target.stage.apis:
            continue
        try:
            api = look(management, {state.resource_name: state.api_id})[state.resource_name]
        except NotFound:
            continue  # the API is gone, and its permissions with it
        plan = compute_plan(
            desired={},
            prior=state.managed,
            observed=api.permissions,
            unmanaged=Unmanaged.KEEP,
        )
        impact = lookup.look_up(api, plan.removes)
        text = plan_text(
            api.name,
            api.identifier,
            plan,
            tenant=management.host,
            details=holder_lines(plan.changes, impact, state.removal),
            notes=[
                "the stack's configuration names this API no more",
                *all_scope_notes(plan.changes, impact),
                *impact_notes(plan.changes, impact, datetime.now(UTC)),
            ],
        )
        yield ApiPlan(
            name=state.resource_name,
            api_id=api.id,
            identifier=api.identifier,
            api_name=api.name,
            changes=plan.changes,
            text=text,
            before=revision_of(api.permissions),
            source=None,
        )

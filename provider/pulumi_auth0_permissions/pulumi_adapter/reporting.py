"""What the user is told of a plan, and of what was done; a plan also in a file for reviews, where one is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.model import revision_of
from pulumi_auth0_permissions.core.planning import likely_renames
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import (
    applied_text,
    handed_over_notes,
    impact_notes,
    plan_text,
    postponed_text,
    rename_hint,
)
from pulumi_auth0_permissions.pulumi_adapter.records import leave_plan

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.intent import Intent
    from pulumi_auth0_permissions.pulumi_adapter.session import Session
    from pulumi_auth0_permissions.reconcile import Applied, Assessment


def report_plan(session: Session, review: Review) -> None:
    """Show the plan, and who is hit by it; as a warning where somebody is, or where that is not known.

    Args:
        session: the process's session.
        review: what is planned.
    """
    impact, removed = review.impact, [change.removes for change in review.changes if change.removes]
    hit = impact is not None and (impact.unknown or impact.all_scope_grants or any(map(impact.holders_of, removed)))
    (session.messages.warn if hit else session.messages.info)(plan_text(review), review.urn)
    leave_plan(review)


def review_of(
    urn: str, intent: Intent, assessment: Assessment, tenant: str, now: datetime, *, leaves_api: bool = False
) -> Review:
    """Return what is planned for one API, and who is hit, as a value.

    Args:
        urn: the resource's URN where it is known.
        intent: what is wanted.
        assessment: what it comes to.
        tenant: the tenant's host.
        now: the time, with its zone.
        leaves_api: whether it is about an API that the resource leaves.
    """
    api, plan, impact, removal = assessment.api, assessment.plan, assessment.impact, intent.policy.removal
    notes = [*handed_over_notes(plan), *(rename_hint(old, new) for old, new in likely_renames(plan.changes))]
    if impact is not None:
        notes += impact_notes(plan.changes, impact, now)
    elif plan.removes and not assessment.objections:
        notes.append("who holds what is deleted was not looked up (auth0-permissions:impact is off)")
    details = {
        value: [f"{'takes back' if undoes else 'finishes'} a rename that was interrupted"]
        for value, undoes in plan.resumed.items()
    }
    before = revision_of(api.permissions)
    return Review(
        urn=urn,
        identifier=api.identifier,
        api_id=api.id,
        api_name=api.name,
        tenant=tenant,
        changes=plan.changes,
        unchanged=len(plan.unchanged),
        adopted=plan.adopted,
        left_alone=plan.left_alone,
        objections=assessment.objections,
        details=details,
        notes=tuple(notes),
        removal=removal,
        impact=impact,
        leaves_api=leaves_api,
        before=before,
        after=before if plan.is_empty else revision_of(plan.result),
        approved=tuple(sorted(intent.policy.approved.intersection(plan.removes))),
    )


def report_unknown(session: Session, urn: str, identifier: str, why: str) -> Review:
    """Say that the plan is known after apply, and return that as what was shown.

    Args:
        session: the process's session.
        urn: the resource's URN.
        identifier: the API's identifier or id; empty where that isn't known either.
        why: what has not happened yet.
    """
    review = Review(urn=urn, identifier=identifier, tenant=session.tenant, not_known=f"{why} yet")
    session.messages.info(plan_text(review), urn)
    leave_plan(review)
    return review


def report_applied(session: Session, urn: str, applied: Applied) -> None:
    """Say what was done, and warn of others who wrote at the same moment.

    Args:
        session: the process's session.
        urn: the resource's URN where it is known.
        applied: what has happened.
    """
    api = applied.api
    session.messages.info(applied_text(api, applied.plan, session.tenant, applied.moved), urn)
    if applied.plan.postponed:
        session.messages.warn(postponed_text(api.identifier, applied.plan), urn)
    for sentence in applied.rivals:
        session.messages.warn(sentence, urn)

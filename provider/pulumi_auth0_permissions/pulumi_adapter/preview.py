"""What `check` does for one resource: observe, plan, show, keep a record, and say what stands against it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, raise_on_conflict
from pulumi_auth0_permissions.core.errors import Conflict, Problem
from pulumi_auth0_permissions.core.model import revision_of
from pulumi_auth0_permissions.core.planning import likely_renames
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import escape, handed_over_notes, impact_notes, plan_text, rename_hint
from pulumi_auth0_permissions.core.validation import sibling_problems
from pulumi_auth0_permissions.pulumi_adapter import intents, state
from pulumi_auth0_permissions.pulumi_adapter.connection import nearest_apis
from pulumi_auth0_permissions.pulumi_adapter.records import leave_plan
from pulumi_auth0_permissions.reconcile import Assessment, assess

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.intent import Intent
    from pulumi_auth0_permissions.core.validation import Inputs
    from pulumi_auth0_permissions.pulumi_adapter.session import Session
    from pulumi_auth0_permissions.pulumi_adapter.state import Context

Checked = tuple[list[Problem], Mapping[str, object]]
"""What stops the operation, and which API it is about, as outputs; these are empty where that is not known."""


def leaving_key(api_id: str, values: Collection[str]) -> str:
    """Return what the record of a resource that leaves an API goes by: `delete` is not given the URN."""
    return f"leaving {api_id} {json.dumps(sorted(values))}"


def another_tenant(session: Session, properties: Mapping[str, object]) -> str | None:
    """Return why an API that is not found is no reason to change the state; ``None`` in the same tenant."""
    recorded = properties.get("tenant")
    if not isinstance(recorded, str) or recorded == session.tenant:
        return None
    return (
        f"the state of this resource is about the tenant {escape(recorded)}, the configuration names "
        f"{escape(session.tenant)}, and the API with id {escape(str(properties.get('api_id')))} is not there. Nothing "
        "was changed. Correct auth0:domain (or AUTH0_DOMAIN), or use a stack of its own for each tenant, or take the "
        "resource out of the state on purpose: `pulumi state delete URN`."
    )


def show(
    session: Session,
    context: Context,
    inputs: Inputs,
    olds: Mapping[str, object],
    checked: Mapping[str, object],
    *,
    again: bool = False,
) -> Checked:
    """Show what will happen and return what stands against it; writes nothing to the API.

    Args:
        session: the process's session.
        context: where the hook is called.
        inputs: the new inputs.
        olds: the old inputs; empty for a resource without state.
        checked: the new inputs as they will be compared with the old ones.
        again: a plan of other inputs was shown before, so this one is shown also where it changes nothing.
    """
    moved_from = olds.get("api")
    was_here = isinstance(moved_from, str) and moved_from == inputs.api
    if not isinstance(inputs.api, str) or not inputs.is_known:
        problems = _not_known_yet(session, context, inputs.api, "what it depends on has not been created")
        if not isinstance(inputs.api, str):
            problems += _problems_of_leaving(session, context, olds)
        return problems, state.identity_of(olds) if was_here else {}
    try:
        api = session.reader.get(inputs.api)
    except NotFound:
        return _show_missing(session, context, inputs.api, olds), {}
    except ManagementApiError as error:
        return [_problem_of(error)], {}
    if was_here and (problems := _tenant_problems(session, olds, api.id)):
        return problems, {}
    moves = isinstance(moved_from, str) and moved_from not in (inputs.api, api.id, api.identifier)
    prior = frozenset() if moves else state.managed(olds)
    intent = intents.applying(session, context, inputs, prior, api.id, api.identifier)
    assessment = assess(session.client, session.holders, intent, api, with_impact=session.settings.impact)
    if session.reviewed is not None:
        assessment = _held_to(session.reviewed.of(context.urn, api.id), intent, assessment)
    problems = [Problem("permissions", objection) for objection in assessment.objections]
    review = review_of(context.urn, intent, assessment, session.tenant, datetime.now(UTC))
    if again or problems or review.changes or dict(checked) != state.inputs_of(olds):
        _report(session, review)
    session.declarations.removes(api.id, context.urn, assessment.plan.removes)
    _keep(session, context.urn, review)
    if moves:
        problems += _problems_of_leaving(session, context, olds)
    return problems, state.identity(api.id, api.identifier, api.name, session.tenant)


def look_before_writing(session: Session, context: Context, inputs: Inputs, olds: Mapping[str, object]) -> Checked:
    """Look before the engine deletes what the new inputs replace: afterwards it is too late."""
    if not isinstance(inputs.api, str):
        return [], {}
    if problems := sibling_problems(context.others, inputs.api):
        return problems, {}
    stays = olds.get("api") == inputs.api
    record = session.records.load(context.urn)
    known = state.identity_of(olds) if stays else {}
    if record is not None and record.api_id:
        known = state.identity(record.api_id, record.identifier, record.api_name, record.tenant)
    if known and (stays or not olds) and not another_tenant(session, olds):
        return [], known
    try:
        api = session.reader.get(inputs.api)
    except NotFound:
        return [_no_such_api(session, inputs.api, olds)], {}
    except ManagementApiError as error:
        return [_problem_of(error)], {}
    found = state.identity(api.id, api.identifier, api.name, session.tenant)
    return _tenant_problems(session, olds, api.id) if stays else [], known or found


def _show_missing(session: Session, context: Context, api: str, olds: Mapping[str, object]) -> list[Problem]:
    """Tell an API that is still to be made from one that is gone and from a wrong name."""
    if not context.follows_resources or (olds.get("api") == api and another_tenant(session, olds)):
        return [_no_such_api(session, api, olds)]
    if olds.get("api") == api:
        reason = (
            f"the API {escape(api)} was managed here and does not exist any more. Run "
            "`pulumi refresh` to see what else is gone, then create the API again."
        )
        return [Problem("api", reason)]
    problems = _not_known_yet(session, context, api, f"the API {escape(api)} has not been created")
    return problems + _problems_of_leaving(session, context, olds)


def _no_such_api(session: Session, api: str, olds: Mapping[str, object]) -> Problem:
    if olds.get("api") == api and (sentence := another_tenant(session, olds)):
        return Problem("auth0:domain", sentence)
    hint = nearest_apis(session.client, api) or " Create it first, or correct the identifier or id."
    return Problem("api", f'there is no API "{escape(api)}" in {session.tenant}.{hint}')


def _tenant_problems(session: Session, olds: Mapping[str, object], api_id: str) -> list[Problem]:
    """Return what is wrong where an API of another tenant would be taken for the one in the state."""
    sentence = another_tenant(session, olds)
    return [Problem("auth0:domain", sentence)] if sentence and olds.get("api_id") not in (None, api_id) else []


def _problem_of(error: ManagementApiError) -> Problem:
    return Problem(error.setting, str(error))


def _problems_of_leaving(session: Session, context: Context, olds: Mapping[str, object]) -> list[Problem]:
    """Show what leaves the API that the resource had before: in a preview, the engine calls no hook for that."""
    if not isinstance(olds.get("api"), str):
        return []
    try:
        found = session.reader.get(str(olds.get("api_id") or olds["api"]))
        intent = intents.leaving(session, olds, found.id, found.identifier, context.urn)
        review = show_leaving(session, intent, found.id, context.urn)
    except NotFound:
        return []  # nothing to remove any more
    except ManagementApiError as error:
        return [_problem_of(error)]
    _keep(session, leaving_key(found.id, intent.prior), review)
    removed = (change.removes for change in review.changes)
    session.declarations.removes(found.id, f"leaving {context.urn}", filter(None, removed))
    return [Problem("api", objection) for objection in review.objections]


def show_leaving(session: Session, intent: Intent, name: str, urn: str = "") -> Review:
    """Show what leaves an API, and who is hit by that.

    Args:
        session: the process's session.
        intent: to remove what a resource manages.
        name: the API's id or identifier.
        urn: the resource's URN where it is known.

    Raises:
        NotFound: the API is gone.
    """
    api = session.reader.get(name)
    assessment = assess(session.client, session.holders, intent, api, with_impact=session.settings.impact)
    if session.reviewed is not None:
        assessment = _held_to(session.reviewed.leaving(api.id), intent, assessment)
    review = review_of(urn, intent, assessment, session.tenant, datetime.now(UTC), leaves_api=True)
    if review.changes:
        _report(session, review)
    return review


def _held_to(reviewed: ApprovedChanges, intent: Intent, assessment: Assessment) -> Assessment:
    """Return the assessment with an objection to what nobody has reviewed."""
    impact = assessment.impact if intent.moves_access else None
    try:
        raise_on_conflict(assessment.plan, reviewed, api=assessment.api.identifier, impact=impact)
    except Conflict as conflict:
        return replace(assessment, objections=(*assessment.objections, str(conflict)))
    return assessment


def _not_known_yet(session: Session, context: Context, api: object, why: str) -> list[Problem]:
    """Say that the plan is known after apply."""
    identifier = api if isinstance(api, str) else ""
    review = Review(context.urn, identifier, tenant=session.tenant, not_known=f"{why} yet")
    session.messages.info(plan_text(review), context.urn)
    leave_plan(review)
    _keep(session, context.urn, review)
    if session.reviewed is None:
        return []
    return [
        Problem(
            "api",
            f"{why} yet, so what would be done cannot be held to the reviewed plan. Create that first, in an update of "
            "its own; then save a plan and review it.",
        )
    ]


def _report(session: Session, review: Review) -> None:
    """Show a plan and who is hit by it; as a warning where somebody is, or where that is not known."""
    impact, removed = review.impact, [change.removes for change in review.changes if change.removes]
    hit = impact is not None and (impact.unknown or impact.all_scope_grants or any(map(impact.holders_of, removed)))
    (session.messages.warn if hit else session.messages.info)(plan_text(review), review.urn)
    leave_plan(review)


def _keep(session: Session, key: str, review: Review) -> None:
    """Leave what is shown for the update of this run, or say that it cannot be left."""
    why = session.records.save(key, review)
    if why and session.reviewed is None:  # which the update is held to otherwise
        session.messages.warn(
            f"what this preview shows cannot be kept for the update, since {why}: an update will do only what the "
            "program itself has changed since it was last applied"
        )


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

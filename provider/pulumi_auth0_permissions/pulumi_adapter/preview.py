"""What a preview does for one resource: observe, plan, show, keep a record, and say what stands against it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, raise_on_conflict
from pulumi_auth0_permissions.core.errors import Conflict, Problem
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.pulumi_adapter import intents, state
from pulumi_auth0_permissions.pulumi_adapter.connection import nearest_apis
from pulumi_auth0_permissions.pulumi_adapter.records import no_record
from pulumi_auth0_permissions.pulumi_adapter.reporting import report_plan, report_unknown, review_of
from pulumi_auth0_permissions.reconcile import Assessment, assess

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.intent import Intent
    from pulumi_auth0_permissions.core.validation import Inputs
    from pulumi_auth0_permissions.pulumi_adapter.context import Context
    from pulumi_auth0_permissions.pulumi_adapter.session import Session


@dataclass(frozen=True, slots=True)
class Preview:
    """What a preview of one resource came to.

    Attributes:
        problems: what stops the operation.
        identity: which API it is about, as outputs; empty where that is not known.
    """

    problems: list[Problem]
    identity: Mapping[str, object] = field(default_factory=dict)


def identity_of(review: Review) -> dict[str, object]:
    """Return which API a review is about, as outputs; empty where that was not known."""
    if not review.api_id:
        return {}
    return state.identity(review.api_id, review.identifier, review.api_name, review.tenant)


def leaving_key(api_id: str, values: Collection[str]) -> str:
    """Return what the record of a resource that leaves an API goes by: `delete` is not given the URN."""
    return f"leaving {api_id} {json.dumps(sorted(values))}"


def is_another_tenant(session: Session, properties: Mapping[str, object]) -> bool:
    """Tell whether the state was recorded under another host than the configured one."""
    recorded = properties.get("tenant")
    return isinstance(recorded, str) and recorded != session.tenant


def another_tenant(session: Session, properties: Mapping[str, object]) -> str | None:
    """Return why an API that is not found is no reason to change the state; ``None`` in the same tenant."""
    if not is_another_tenant(session, properties):
        return None
    return (
        f"the state of this resource is about the tenant {escape(str(properties['tenant']))}, the configuration names "
        f"{escape(session.tenant)}, and the API with id {escape(str(properties.get('api_id')))} is not there. Nothing "
        "was changed. Correct auth0:domain (or AUTH0_DOMAIN), or use a stack of its own for each tenant, or take the "
        "resource out of the state on purpose: `pulumi state delete URN`."
    )


def tenant_problems(session: Session, olds: Mapping[str, object], api_id: str) -> list[Problem]:
    """Return what is wrong where an API of another tenant would be taken for the one in the state."""
    sentence = another_tenant(session, olds)
    return [Problem("auth0:domain", sentence)] if sentence and olds.get("api_id") not in (None, api_id) else []


def no_such_api(session: Session, api: str, olds: Mapping[str, object]) -> Problem:
    """Return the problem of an API that does not exist."""
    if olds.get("api") == api and (sentence := another_tenant(session, olds)):
        return Problem("auth0:domain", sentence)
    hint = nearest_apis(session.client, api) or " Create it first, or correct the identifier or id."
    return Problem("api", f'there is no API "{escape(api)}" in {session.tenant}.{hint}')


def show(
    session: Session,
    context: Context,
    inputs: Inputs,
    olds: Mapping[str, object],
    checked: Mapping[str, object],
    *,
    again: bool = False,
) -> Preview:
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
        if isinstance(moved_from, str) and not isinstance(inputs.api, str):
            problems += _problems_of_leaving(session, context, moved_from, olds)
        return Preview(problems, state.identity_of(olds) if was_here else {})
    try:
        api = session.reader.get(inputs.api)
    except NotFound:
        return _show_missing(session, context, inputs.api, olds)
    except ManagementApiError as error:
        return Preview([problem_of(error)])
    if was_here and (found := tenant_problems(session, olds, api.id)):
        return Preview(found)
    moves = isinstance(moved_from, str) and moved_from not in (inputs.api, api.id, api.identifier)
    prior = frozenset() if moves else state.managed(olds)
    intent = intents.applying(session, context, inputs, prior, api.id, api.identifier)
    assessment = assess(session.client, session.holders, intent, api, with_impact=session.settings.impact)
    if session.reviewed is not None:
        assessment = _held_to(session.reviewed.of(context.urn, api.id), intent, assessment)
    problems = [Problem("permissions", objection) for objection in assessment.objections]
    review = review_of(context.urn, intent, assessment, session.tenant, datetime.now(UTC))
    if again or problems or review.changes or dict(checked) != state.inputs_of(olds):
        report_plan(session, review)
    session.declarations.removes(api.id, context.urn, assessment.plan.removes)
    _keep(session, context.urn, review)
    if moves:
        problems += _problems_of_leaving(session, context, str(moved_from), olds)
    return Preview(problems, identity_of(review))


def _show_missing(session: Session, context: Context, api: str, olds: Mapping[str, object]) -> Preview:
    """Tell an API that is still to be made from one that is gone and from a wrong name."""
    moved_from = olds.get("api")
    was_here = moved_from == api
    if was_here and context.follows_resources and not is_another_tenant(session, olds):
        return Preview(
            [
                Problem(
                    "api",
                    f"the API {escape(api)} was managed here and does not exist any more. Run "
                    "`pulumi refresh` to see what else is gone, then create the API again.",
                )
            ]
        )
    if context.follows_resources and not was_here:
        why = f"the API {escape(api)} has not been created"
        problems = _not_known_yet(session, context, api, why)
        if isinstance(moved_from, str):
            problems += _problems_of_leaving(session, context, moved_from, olds)
        return Preview(problems)
    return Preview([no_such_api(session, api, olds)])


def _keep(session: Session, key: str, review: Review) -> None:
    """Leave what is shown for the update of this run, or say that it cannot be left."""
    why = session.records.save(key, review)
    if why and session.reviewed is None:  # which the update is held to otherwise
        session.messages.warn(no_record(why))


def problem_of(error: ManagementApiError) -> Problem:
    """Return the input that a failure of the Management API is about, and the failure's sentence."""
    return Problem(error.setting, str(error))


def _problems_of_leaving(session: Session, context: Context, api: str, olds: Mapping[str, object]) -> list[Problem]:
    """Show what leaves the API that the resource had before: in a preview, the engine calls no hook for that."""
    try:
        found = session.reader.get(str(olds.get("api_id") or api))
        intent = intents.leaving(session, olds, found.id, found.identifier, urn=context.urn)
        objections = show_leaving(session, intent, found.id, context.urn, keep_record=True)
    except NotFound:
        return []  # nothing to remove any more
    except ManagementApiError as error:
        return [problem_of(error)]
    return [Problem("api", objection) for objection in objections]


def show_leaving(
    session: Session, intent: Intent, name: str, urn: str = "", *, keep_record: bool = False
) -> tuple[str, ...]:
    """Show what leaves an API, and who is hit by that; return what stands against it.

    Args:
        session: the process's session.
        intent: to remove what a resource manages.
        name: the API's id or identifier.
        urn: the resource's URN where it is known.
        keep_record: whether the deletion that carries it out is held to what is shown here.

    Raises:
        NotFound: the API is gone.
    """
    api = session.reader.get(name)
    assessment = assess(session.client, session.holders, intent, api, with_impact=session.settings.impact)
    if session.reviewed is not None:
        assessment = _held_to(session.reviewed.leaving(api.id), intent, assessment)
    review = review_of(urn, intent, assessment, session.tenant, datetime.now(UTC), leaves_api=True)
    if review.changes:
        report_plan(session, review)
    if keep_record:
        _keep(session, leaving_key(api.id, intent.prior), review)
        session.declarations.removes(api.id, f"leaving {urn}", assessment.plan.removes)
    return assessment.objections


def _held_to(reviewed: ApprovedChanges, intent: Intent, assessment: Assessment) -> Assessment:
    """Return the assessment with an objection to what nobody has reviewed."""
    impact = assessment.impact if intent.moves_access else None
    try:
        raise_on_conflict(assessment.plan, reviewed, api=assessment.api.identifier, impact=impact)
    except Conflict as conflict:
        return replace(assessment, objections=(*assessment.objections, str(conflict)))
    return assessment


def _not_known_yet(session: Session, context: Context, api: object, why: str) -> list[Problem]:
    _keep(session, context.urn, report_unknown(session, context.urn, api if isinstance(api, str) else "", why))
    if session.reviewed is None:
        return []
    return [
        Problem(
            "api",
            f"{why} yet, so what would be done cannot be held to the reviewed plan. Create that first, in an update of "
            "its own; then save a plan and review it.",
        )
    ]

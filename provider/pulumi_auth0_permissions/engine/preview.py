"""What a preview does for one resource: observe, plan, show, keep a record, and say what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.errors import Problem
from pulumi_auth0_permissions.core.reviews import Review
from pulumi_auth0_permissions.core.wording import shown
from pulumi_auth0_permissions.engine import intents, state
from pulumi_auth0_permissions.engine.plan_files import leave_plan
from pulumi_auth0_permissions.engine.records import PreviewRecord
from pulumi_auth0_permissions.management.errors import (
    BadCredentials,
    Forbidden,
    ManagementApiError,
    NotFound,
    Unauthorized,
    Unreachable,
)
from pulumi_auth0_permissions.observations import Wish
from pulumi_auth0_permissions.render.impact import holder_lines, impact_notes
from pulumi_auth0_permissions.render.text import plan_text

if TYPE_CHECKING:
    from pulumi_auth0_permissions.assessment import Assessment
    from pulumi_auth0_permissions.core.inputs import Inputs
    from pulumi_auth0_permissions.core.intent import Intent
    from pulumi_auth0_permissions.engine.context import Context
    from pulumi_auth0_permissions.engine.session import Session

__all__ = ["problem_of", "show", "show_departure"]


def show(
    session: Session, context: Context, inputs: Inputs, olds: Mapping[str, object], checked: Mapping[str, object]
) -> list[Problem]:
    """Show what will happen and return what stands against it; writes nothing to the API.

    Args:
        session: the process's session.
        context: where the hook is called.
        inputs: the new inputs.
        olds: the old inputs; empty for a resource without state.
        checked: the new inputs as they will be compared with the old ones.
    """
    if not isinstance(inputs.api, str) or not inputs.is_known:
        return _not_known_yet(session, context, inputs.api, "what it depends on has not been created")
    try:
        api = session.observations.get(Wish.of_input(inputs.api, len(state.managed(checked))))
    except NotFound:
        if context.follows_resources:
            return _not_known_yet(session, context, inputs.api, f"the API {shown(inputs.api)} has not been created")
        return [
            Problem(
                "api",
                f"there is no API {shown(inputs.api)} in {session.settings.domain}. "
                "Create it first, or correct the identifier or id.",
            )
        ]
    except ManagementApiError as error:
        return [problem_of(error)]
    moved_from = olds.get("api")
    moves = isinstance(moved_from, str) and moved_from not in (inputs.api, api.id, api.identifier)
    prior = frozenset() if moves else state.owned_by_inputs(olds)
    intent = intents.applying(inputs, prior, session.settings, api=inputs.api, identifier=api.identifier)
    assessment = session.assessor.assess(intent, api, with_impact=session.settings.impact)
    problems = [Problem("permissions", objection) for objection in assessment.objections]
    if problems or not assessment.plan.is_empty or dict(checked) != state.inputs_of(olds):
        _say(session, context.urn, intent, assessment)
    session.records.save(context.urn, PreviewRecord(api.id, assessment.plan.changes))
    if moves:
        problems += _problems_of_leaving(session, context, str(moved_from), olds)
    return problems


def problem_of(error: ManagementApiError) -> Problem:
    """Return the input that a failure of the Management API is about, and the failure's sentence."""
    properties: tuple[tuple[type[ManagementApiError], str], ...] = (
        (BadCredentials, "auth0:clientSecret"),
        (Unauthorized, "auth0:apiToken"),
        (Forbidden, "auth0:clientId"),
        (Unreachable, "auth0:domain"),
    )
    return Problem(next((name for kind, name in properties if isinstance(error, kind)), "api"), str(error))


def _problems_of_leaving(session: Session, context: Context, api: str, olds: Mapping[str, object]) -> list[Problem]:
    """Show what leaves the API that the resource had before: in a preview, the engine calls no hook for that."""
    try:
        wish = Wish.of_input(api, len(state.managed(olds)))
        objections = show_departure(session, intents.removing(olds, session.settings, api=api), wish, context.urn)
    except NotFound:
        return []  # nothing to remove any more
    except ManagementApiError as error:
        return [problem_of(error)]
    return [Problem("api", objection) for objection in objections]


def show_departure(session: Session, intent: Intent, wish: Wish, urn: str = "") -> tuple[str, ...]:
    """Show what leaves an API, and who is hit by that; return what stands against it.

    Args:
        session: the process's session.
        intent: to remove what a resource manages.
        wish: the API, as it is to be looked at.
        urn: the resource's URN where it is known.

    Raises:
        NotFound: the API is gone.
    """
    api = session.observations.get(wish)
    assessment = session.assessor.assess(intent, api, with_impact=session.settings.impact)
    if not assessment.plan.is_empty:
        _say(session, urn, intent, assessment, is_departure=True)
    return assessment.objections


def _say(session: Session, urn: str, intent: Intent, assessment: Assessment, *, is_departure: bool = False) -> None:
    """Show the plan, and who is hit by it; as a warning where somebody is, or where that is not known."""
    api, plan, impact = assessment.api, assessment.plan, assessment.impact
    if impact is None:
        details: dict[str, list[str]] = {}
        off = ["who holds what is deleted was not looked up (auth0-permissions:impact is off)"]
        notes = off if plan.removes and not assessment.objections else []
        hit = False
    else:
        details = holder_lines(plan, impact, intent.policy.removal)
        notes = impact_notes(plan, impact, datetime.now(UTC))
        held = any(impact.holders_of(value) for value in plan.removes)
        hit = bool(impact.unknown or impact.whole_list_grants or held)
    text = plan_text(api.name, api.identifier, plan, details=details, notes=notes)
    (session.messages.warn if hit else session.messages.info)(text, urn)
    leave_plan(
        Review(
            urn=urn,
            identifier=api.identifier,
            api_id=api.id,
            api_name=api.name,
            changes=plan.changes,
            unchanged=len(plan.unchanged),
            adopted=tuple(permission.value for permission in plan.adopted),
            left_alone=tuple(permission.value for permission in plan.left_alone),
            objections=assessment.objections,
            details=details,
            notes=tuple(notes),
            impact=impact,
            is_departure=is_departure,
            shown=text,
        )
    )


def _not_known_yet(session: Session, context: Context, api: object, why: str) -> list[Problem]:
    session.records.save(context.urn, PreviewRecord(None))
    text = f"the plan is known after apply: {why} yet"
    session.messages.info(text, context.urn)
    identifier = api if isinstance(api, str) else ""
    leave_plan(Review(urn=context.urn, identifier=identifier, not_known=f"{why} yet", shown=text))
    return []

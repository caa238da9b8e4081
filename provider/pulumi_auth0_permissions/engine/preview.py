"""What a preview does for one resource: observe, plan, show, keep a record, and say what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.errors import Problem
from pulumi_auth0_permissions.core.wording import shown
from pulumi_auth0_permissions.engine import intents, state
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
        _tell(session, context.urn, intent, assessment)
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
        _tell(session, urn, intent, assessment, is_departure=True)
    return assessment.objections


def _not_known_yet(session: Session, context: Context, api: object, why: str) -> list[Problem]:
    from pulumi_auth0_permissions.engine import telling

    session.records.save(context.urn, PreviewRecord(None))
    telling.tell_not_known(session, context.urn, api if isinstance(api, str) else "", why)
    return []


def _tell(session: Session, urn: str, intent: Intent, assessment: Assessment, *, is_departure: bool = False) -> None:
    # Brings what words and reports are made with, which a run without changes has no use for.
    from pulumi_auth0_permissions.engine import telling

    telling.tell_plan(session, urn, intent, assessment, is_departure=is_departure)

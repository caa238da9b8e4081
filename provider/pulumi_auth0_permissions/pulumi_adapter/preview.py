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
    from pulumi_auth0_permissions.core.model import Api
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


class Check:
    """The check of one resource; writes nothing to the API.

    Args:
        session: what the hooks of the process share.
        context: where the hook is called.
        inputs: the new inputs.
        olds: the old inputs or outputs; empty for a resource without state.
    """

    def __init__(self, session: Session, context: Context, inputs: Inputs, olds: Mapping[str, object]) -> None:
        self._session, self._context, self._inputs, self._olds = session, context, inputs, olds
        self._stays = isinstance(inputs.api, str) and olds.get("api") == inputs.api

    def show(self, checked: Mapping[str, object], *, again: bool = False) -> Checked:
        """Show what will happen, for a preview.

        Args:
            checked: the new inputs as they will be compared with the old ones.
            again: a plan of other inputs was shown before, so this one is shown also where it changes nothing.
        """
        session, context, name, olds = self._session, self._context, self._inputs.api, self._olds
        if not isinstance(name, str) or not self._inputs.is_known:
            problems = self._not_known_yet("what it depends on has not been created")
            if not isinstance(name, str):
                problems += self._leave()
            return problems, state.identity_of(olds) if self._stays else {}
        try:
            api = session.reader.get(name)
        except NotFound:
            return self._show_missing(name), {}
        except ManagementApiError as error:
            return [_problem_of(error)], {}
        if problems := self._of_another_tenant(api.id):
            return problems, {}
        moves = olds.get("api") not in (None, name, api.id, api.identifier)
        prior = frozenset() if moves else state.managed(olds)
        intent = intents.applying(session, context, self._inputs, prior, api.id, api.identifier)
        assessment = assess(session.client, session.holders, intent, api, with_impact=session.settings.impact)
        if session.reviewed is not None:
            assessment = _held_to(session.reviewed.of(context.urn, api.id), intent, assessment)
        problems = [Problem("permissions", objection) for objection in assessment.objections]
        review = review_of(context.urn, intent, assessment, session.tenant, datetime.now(UTC))
        if again or problems or review.changes or dict(checked) != state.inputs_of(olds):
            _report(session, review)
        session.declarations.removes(api.id, context.urn, assessment.plan.removes)
        self._keep(context.urn, review)
        if moves:
            problems += self._leave()
        return problems, state.identity(api.id, api.identifier, api.name, session.tenant)

    def look_before_writing(self) -> Checked:
        """Look before the engine deletes what the new inputs replace: afterwards it is too late."""
        session, name, olds = self._session, self._inputs.api, self._olds
        if not isinstance(name, str):
            return [], {}
        if problems := sibling_problems(self._context.others, name):
            return problems, {}
        record = session.records.load(self._context.urn)
        known = state.identity_of(olds) if self._stays else {}
        if record is not None and record.api_id:
            known = state.identity(record.api_id, record.identifier, record.api_name, record.tenant)
        if known and (self._stays or not olds) and not another_tenant(session, olds):
            return [], known
        try:
            api = session.reader.get(name)
        except NotFound:
            return [self._no_such_api(name)], {}
        except ManagementApiError as error:
            return [_problem_of(error)], {}
        found = state.identity(api.id, api.identifier, api.name, session.tenant)
        return self._of_another_tenant(api.id), known or found

    def _show_missing(self, api: str) -> list[Problem]:
        """Tell an API that is still to be made from one that is gone and from a wrong name."""
        if not self._context.follows_resources or (self._stays and another_tenant(self._session, self._olds)):
            return [self._no_such_api(api)]
        if self._stays:
            reason = (
                f"the API {escape(api)} was managed here and does not exist any more. Run "
                "`pulumi refresh` to see what else is gone, then create the API again."
            )
            return [Problem("api", reason)]
        return [*self._not_known_yet(f"the API {escape(api)} has not been created"), *self._leave()]

    def _no_such_api(self, api: str) -> Problem:
        if self._stays and (sentence := another_tenant(self._session, self._olds)):
            return Problem("auth0:domain", sentence)
        hint = nearest_apis(self._session.client, api) or " Create it first, or correct the identifier or id."
        return Problem("api", f'there is no API "{escape(api)}" in {self._session.tenant}.{hint}')

    def _of_another_tenant(self, api_id: str) -> list[Problem]:
        """Return what is wrong where an API of another tenant would be taken for the one in the state."""
        if not self._stays or self._olds.get("api_id") in (None, api_id):
            return []
        sentence = another_tenant(self._session, self._olds)
        return [Problem("auth0:domain", sentence)] if sentence else []

    def _leave(self) -> list[Problem]:
        """Show what leaves the API that the resource had before: in a preview, the engine calls no hook for that."""
        session, urn = self._session, self._context.urn
        if not isinstance(self._olds.get("api"), str):
            return []
        try:
            api = session.reader.get(str(self._olds.get("api_id") or self._olds["api"]))
            intent = intents.leaving(session, self._olds, api.id, api.identifier, urn)
            review = show_leaving(session, intent, api, urn)
        except NotFound:
            return []  # nothing to remove any more
        except ManagementApiError as error:
            return [_problem_of(error)]
        self._keep(leaving_key(api.id, intent.prior), review)
        removed = (change.removes for change in review.changes)
        session.declarations.removes(api.id, f"leaving {urn}", filter(None, removed))
        return [Problem("api", objection) for objection in review.objections]

    def _not_known_yet(self, why: str) -> list[Problem]:
        """Say that the plan is known after apply."""
        session, urn, api = self._session, self._context.urn, self._inputs.api
        identifier = api if isinstance(api, str) else ""
        review = Review(urn, identifier, tenant=session.tenant, not_known=f"{why} yet")
        session.messages.info(plan_text(review), urn)
        leave_plan(review)
        self._keep(urn, review)
        if session.reviewed is None:
            return []
        reason = (
            f"{why} yet, so what would be done cannot be held to the reviewed plan. Create that first, in an update of "
            "its own; then save a plan and review it."
        )
        return [Problem("api", reason)]

    def _keep(self, key: str, review: Review) -> None:
        """Leave what is shown for the update of this run, or say that it cannot be left."""
        why = self._session.records.save(key, review)
        if why and self._session.reviewed is None:  # which the update is held to otherwise
            self._session.messages.warn(
                f"what this preview shows cannot be kept for the update, since {why}: an update will do only what the "
                "program itself has changed since it was last applied"
            )


def show_leaving(session: Session, intent: Intent, api: Api, urn: str = "") -> Review:
    """Show what leaves an API, and who is hit by that; the URN is not always known."""
    assessment = assess(session.client, session.holders, intent, api, with_impact=session.settings.impact)
    if session.reviewed is not None:
        assessment = _held_to(session.reviewed.leaving(api.id), intent, assessment)
    review = review_of(urn, intent, assessment, session.tenant, datetime.now(UTC), leaves_api=True)
    if review.changes:
        _report(session, review)
    return review


def _problem_of(error: ManagementApiError) -> Problem:
    return Problem(error.setting, str(error))


def _held_to(reviewed: ApprovedChanges, intent: Intent, assessment: Assessment) -> Assessment:
    """Return the assessment with an objection to what nobody has reviewed."""
    impact = assessment.impact if intent.moves_access else None
    try:
        raise_on_conflict(assessment.plan, reviewed, api=assessment.api.identifier, impact=impact)
    except Conflict as conflict:
        return replace(assessment, objections=(*assessment.objections, str(conflict)))
    return assessment


def _report(session: Session, review: Review) -> None:
    """Show a plan and who is hit by it; as a warning where somebody is, or where that is not known."""
    impact, removed = review.impact, [change.removes for change in review.changes if change.removes]
    hit = impact is not None and (impact.unknown or impact.all_scope_grants or any(map(impact.holders_of, removed)))
    (session.messages.warn if hit else session.messages.info)(plan_text(review), review.urn)
    leave_plan(review)


def review_of(
    urn: str, intent: Intent, assessment: Assessment, tenant: str, now: datetime, *, leaves_api: bool = False
) -> Review:
    """Return what is planned for one API, and who is hit, as a value; the URN is not always known."""
    api, plan, impact, removal = assessment.api, assessment.plan, assessment.impact, intent.policy.removal
    notes = [*handed_over_notes(plan), *(rename_hint(old, new) for old, new in likely_renames(plan.changes))]
    if impact is not None:
        notes += impact_notes(plan.changes, impact, now)
    elif plan.removes and not assessment.objections:
        notes.append("who holds what is deleted was not looked up (auth0-permissions:impact is off)")
    details = {value: ["settles a rename that was interrupted"] for value in plan.resumed}
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

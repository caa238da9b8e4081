"""What `check` does for one resource: observe, plan, show, keep a record, and say what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import revision_of
from pulumi_auth0_permissions.core.renames import likely_renames
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import escape, handed_over_notes, impact_notes, plan_text, rename_hint
from pulumi_auth0_permissions.core.validation import sibling_problems
from pulumi_auth0_permissions.pulumi_adapter import intents, state
from pulumi_auth0_permissions.pulumi_adapter.connection import nearest_apis
from pulumi_auth0_permissions.pulumi_adapter.run import leave_plan
from pulumi_auth0_permissions.reconcile import Assessment, assess

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.intent import Intent
    from pulumi_auth0_permissions.core.model import Api
    from pulumi_auth0_permissions.core.validation import Inputs
    from pulumi_auth0_permissions.pulumi_adapter.session import Session
    from pulumi_auth0_permissions.pulumi_adapter.state import Context


class Check:
    """The check of one resource; writes nothing to the API.

    ``olds`` are its old inputs or outputs; a resource without state has none.
    """

    def __init__(self, session: Session, context: Context, inputs: Inputs, olds: Mapping[str, object]) -> None:
        self._session, self._context, self._inputs, self._olds = session, context, inputs, olds
        self._stays = inputs.api in state.names_of(olds)

    def show(self, *, always: bool) -> dict[str, object]:
        """Show what will happen, for a preview; return which API it is about, as outputs, empty if that is not known.

        Raises:
            InvalidInputs: something stands against it.
        """
        session, urn, name, api = self._session, self._context.urn, self._inputs.api, None
        why = "what it depends on has not been created yet"
        if isinstance(name, str) and self._inputs.is_known:
            api = self._find(name)
            why = f"the API {escape(name)} has not been created yet"
        if api is None:
            problems = self._show_not_known(why)
            identity = state.identity_of(self._olds) if self._stays else {}
        else:
            prior = state.managed(self._olds) if self._stays else frozenset()
            intent = intents.applying(session, self._context, self._inputs, prior, api.id, api.identifier)
            review = show_plan(session, intent, api, urn, always=always)
            self._keep(urn, review)
            problems = [Problem("permissions", objection) for objection in review.objections]
            identity = state.identity(api.id, api.identifier, api.name, session.tenant)
        if self._olds and not self._stays:
            problems += self._show_leaving()
        if problems:
            raise InvalidInputs(problems)
        return identity

    def look_before_writing(self) -> dict[str, object]:
        """Return which API it is about; found out before the engine deletes what the new inputs replace.

        Raises:
            InvalidInputs: there is no such API, or another resource declares on it what is wrong.
        """
        session, name = self._session, self._inputs.api
        if not isinstance(name, str):
            return {}
        if problems := sibling_problems(self._context.others, name):
            raise InvalidInputs(problems)
        shown = session.records.load(self._context.urn)
        if shown is not None and shown.api_id and name in (shown.api_id, shown.identifier):
            return state.identity(shown.api_id, shown.identifier, shown.api_name, shown.tenant)
        if self._stays and not another_tenant(session, self._olds):
            return state.identity_of(self._olds)
        api = self._find(name)
        return state.identity(api.id, api.identifier, api.name, session.tenant) if api else {}

    def _find(self, name: str) -> Api | None:
        """Return the API; ``None`` in the preview of a program that may be about to make it.

        Raises:
            InvalidInputs: it is not there, or is not the one that the state is about.
        """
        session, context, api = self._session, self._context, None
        with suppress(NotFound):
            api = session.reader.get(name)
        problem = another_tenant(session, self._olds) if self._stays else None
        if problem and (api is None or self._olds.get("api_id") not in (None, api.id)):
            raise InvalidInputs([Problem("auth0:domain", problem)])
        may_be_made = context.is_preview and context.follows_resources and not self._stays
        if api is None and not may_be_made:
            hint = " It was managed here: run `pulumi refresh` to see what else is gone, then create it again."
            if not self._stays:
                hint = nearest_apis(session.client, name) or " Create it first, or correct the identifier or id."
            raise InvalidInputs([Problem("api", f'there is no API "{escape(name)}" in {session.tenant}.{hint}')])
        return api

    def _show_not_known(self, why: str) -> list[Problem]:
        """Say that the plan is known after apply."""
        session, urn, name = self._session, self._context.urn, self._inputs.api
        review = Review(urn, name if isinstance(name, str) else "", tenant=session.tenant, not_known=why)
        _report(session, review)
        self._keep(urn, review)
        if session.reviewed is None:
            return []
        reason = (
            f"{why}, so this update cannot be checked against the reviewed plan. Create that first, in a separate "
            "update; then save a plan and have it reviewed."
        )
        return [Problem("api", reason)]

    def _show_leaving(self) -> list[Problem]:
        """Show what leaves the API that the resource had before: in a preview, the engine calls no hook for that."""
        session = self._session
        try:
            api = session.reader.get(str(self._olds.get("api_id") or self._olds.get("api")))
        except NotFound:
            return []  # nothing to remove any more
        review = show_plan(session, intents.leaving(session, self._olds, api.id), api, self._context.urn)
        self._keep(intents.leaving_key(api.id, self._olds), review)
        return [Problem("api", objection) for objection in review.objections]

    def _keep(self, key: str, review: Review) -> None:
        """Leave what is shown for the update of this run, or say that it cannot be left."""
        session = self._session
        session.resources.removes(review.api_id, key, review.removes)
        why = session.records.save(key, review)
        if why and session.reviewed is None:  # which the update is held to otherwise
            session.messages.warn(
                f"this preview cannot be recorded for the update, since {why}: an update will apply only what the "
                "program itself has changed since it was last applied"
            )


def another_tenant(session: Session, properties: Mapping[str, object]) -> str | None:
    """Return why an API that is not found is no reason to change the state; ``None`` in the same tenant."""
    recorded = properties.get("tenant")
    if not isinstance(recorded, str) or recorded == session.tenant:
        return None
    return (
        f"the state records this resource in the tenant {escape(recorded)}, but the configuration names "
        f"{escape(session.tenant)}, which has no API with the id {escape(str(properties.get('api_id')))}. Nothing "
        "was changed. Correct auth0:domain (or AUTH0_DOMAIN), or use a separate stack for each tenant, or remove the "
        "resource from the state: `pulumi state delete URN`."
    )


def show_plan(session: Session, intent: Intent, api: Api, urn: str = "", *, always: bool = False) -> Review:
    """Show what an intent does to an API and who is hit by that, and return it, held to what was reviewed.

    The URN is not known of every resource. A plan that changes nothing is shown only if that is asked for, ``always``.
    """
    approved = None
    if session.reviewed is not None:
        approved = session.reviewed.approved(api.id, None if intent.policy.destroying else urn)
    with_impact = session.settings.impact
    assessment = assess(session.client, session.holders.look_up, intent, api, approved, with_impact=with_impact)
    review = review_of(urn, intent, assessment, session.tenant)
    if always or review.says_something:
        _report(session, review)
    return review


def _report(session: Session, review: Review) -> None:
    """Show a plan and who is hit by it; as a warning where somebody is, or where that is not known."""
    impact = review.impact
    is_hit = impact and (impact.unknown or impact.all_scope_grants or any(map(impact.holders_of, review.removes)))
    (session.messages.warn if is_hit else session.messages.info)(plan_text(review), review.urn)
    leave_plan(review)


def review_of(urn: str, intent: Intent, assessment: Assessment, tenant: str) -> Review:
    """Return what is planned for one API, and who is hit, as a value; the URN is not always known."""
    api, plan, impact = assessment.api, assessment.plan, assessment.impact
    notes = [*handed_over_notes(plan), *(rename_hint(old, new) for old, new in likely_renames(plan.changes))]
    if impact is not None:
        notes += impact_notes(plan.changes, impact, datetime.now(UTC))
    elif plan.removes and not assessment.objections:
        notes.append("holders of the deleted permissions were not looked up (auth0-permissions:impact is off)")
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
        objections=tuple(filter(None, (*assessment.objections, assessment.conflict))),
        details={value: ["resolves an interrupted rename"] for value in plan.resumed},
        notes=tuple(notes),
        removal=intent.policy.removal,
        impact=impact,
        leaves_api=intent.policy.destroying,
        before=before,
        after=before if plan.is_empty else revision_of(plan.result),
        approved=tuple(sorted(intent.policy.approved.intersection(plan.removes))),
    )

"""What `check` does for one resource: observe, plan, report, keep a record, and raise what stops the plan."""

from contextlib import suppress
from datetime import UTC, datetime

from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import Api, Intent, revision_of
from pulumi_auth0_permissions.core.renames import likely_renames
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import escape, handed_over_notes, impact_notes, plan_text, rename_hint
from pulumi_auth0_permissions.core.validation import Inputs, Unknown, sibling_problems
from pulumi_auth0_permissions.pulumi_adapter import intents, state
from pulumi_auth0_permissions.pulumi_adapter.context import Context
from pulumi_auth0_permissions.pulumi_adapter.session import Session
from pulumi_auth0_permissions.pulumi_adapter.state import Properties
from pulumi_auth0_permissions.pulumi_adapter.tenant_client import nearest_apis
from pulumi_auth0_permissions.reconcile import Assessment, assess


def show(session: Session, context: Context, inputs: Inputs, olds: Properties, *, always: bool) -> dict[str, object]:
    """Show what will happen, and return the outputs that identify the API, none if it is not known.

    ``olds`` are the resource's old inputs or outputs. Raises `InvalidInputs` with what stops the plan.
    """
    urn, name, api = context.urn, inputs.api, None
    same = state.of_same_api(olds, name)
    why = "what it depends on has not been created yet"
    if isinstance(name, str) and not isinstance(inputs.permissions, Unknown):
        api = _find(session, context, name, same)
        why = f"the API {escape(name)} has not been created yet"
    if api is not None:
        identity = state.identity(api.id, api.identifier, api.name, session.tenant)
        intent = intents.applying(session, context, inputs, state.managed(same), api.id, api.identifier)
        review = planned(session, intent, api, urn)
    else:
        identity = state.identity_of(same)
        refusal = (
            f"{why}, so this update cannot be checked against the reviewed plan. Create that first, in a separate "
            "update; then save a plan and have it reviewed."
        )
        review = Review(
            urn,
            name if isinstance(name, str) else "",
            tenant=session.tenant,
            not_known=why,
            objections=(refusal,) if session.reviewed is not None else (),
        )
    objections = _publish(session, urn, review, always=always)
    if olds and not same:
        objections += _show_leaving(session, olds, urn)
    if objections:
        raise InvalidInputs([Problem("permissions", objection) for objection in objections])
    return identity


def look_before_writing(session: Session, context: Context, inputs: Inputs, olds: Properties) -> dict[str, object]:
    """Return the outputs that identify the API: a missing one shows before the engine deletes what is replaced."""
    name = inputs.api
    if not isinstance(name, str):
        return {}
    if problems := sibling_problems(context.others, name):
        raise InvalidInputs(problems)
    if shown := shown_before(session, context.urn, name):
        if shown.changes:
            session.user()  # starts the look-up, which takes a while: the update will need it
        return state.identity(shown.api_id, shown.identifier, shown.api_name, shown.tenant)
    api = _find(session, context, name, state.of_same_api(olds, name))
    return state.identity(api.id, api.identifier, api.name, session.tenant) if api else {}


def shown_before(session: Session, urn: str, name: str) -> Review | None:
    """Return what the preview of this run has shown of a resource, if it was about the API of this name."""
    shown = session.records.load(urn)
    return shown if shown and shown.api_id and name in (shown.api_id, shown.identifier) else None


def _find(session: Session, context: Context, name: str, same: Properties) -> Api | None:
    """Return the API of this name, and refuse one that is missing; ``None`` in a preview whose update may create it."""
    api = None
    with suppress(NotFound):
        api = session.reader.get(name)
    if api is None or same.get("api_id") not in (None, api.id):
        refuse_another_tenant(session, same)
    if api is None and (same or not context.is_preview or not context.follows_resources):
        hint = " It was managed here: run `pulumi refresh` to see what else is gone, then create it again."
        if not same:
            hint = nearest_apis(session.client, name) or " Create it first, or correct the identifier or id."
        raise InvalidInputs([Problem("api", f'there is no API "{escape(name)}" in {session.tenant}.{hint}')])
    return api


def _show_leaving(session: Session, olds: Properties, urn: str) -> tuple[str, ...]:
    """Show what is removed from the resource's previous API, for which no hook is called; return the objections."""
    try:
        api = session.reader.get(str(olds.get("api_id") or olds.get("api")))
    except NotFound:
        return ()  # nothing to remove any more
    review = planned(session, intents.leaving(session, olds, api.id), api, urn)
    return _publish(session, intents.leaving_key(api.id, olds), review)


def _publish(session: Session, key: str, review: Review, *, always: bool = False) -> tuple[str, ...]:
    """Report what is planned, and record it for the update of this run; return the objections."""
    report(session, review, always=always)
    session.resources.note_removals(review.api_id, key, review.removes)
    why = session.records.save(key, review)
    if why and session.reviewed is None:  # with a reviewed plan, the update needs no record
        session.messages.warn(
            f"this preview cannot be recorded for the update, since {why}: an update will apply only what the "
            "program itself has changed since it was last applied"
        )
    return review.objections


def refuse_another_tenant(session: Session, properties: Properties) -> None:
    """Raise if the state is about another tenant: an API that is not found here is then no reason to change it."""
    recorded = properties.get("tenant")
    if isinstance(recorded, str) and recorded != session.tenant:
        reason = (
            f"the state records this resource in the tenant {escape(recorded)}, but the configuration names "
            f"{escape(session.tenant)}, which has no API with the id {escape(str(properties.get('api_id')))}. Nothing "
            "was changed. Correct auth0:domain (or AUTH0_DOMAIN), or use a separate stack for each tenant, or remove "
            "the resource from the state: `pulumi state delete URN`."
        )
        raise InvalidInputs([Problem("auth0:domain", reason)])


def planned(session: Session, intent: Intent, api: Api, urn: str = "") -> Review:
    """Return what an intent does to an API and who is affected, compared with the reviewed plan if there is one."""
    reviewed, leaves = session.reviewed, intent.policy.destroying
    approved = reviewed.approved(api.id, None if leaves else urn) if reviewed else None
    with_impact = session.settings.impact
    assessment = assess(session.client, session.holders, intent, api, approved, with_impact=with_impact)
    return review_of(urn, intent, assessment, session.tenant)


def report(session: Session, review: Review, *, always: bool = False) -> None:
    """Show a plan, as a warning if it affects anybody or may; one without changes only if ``always``."""
    if not (always or review.needs_attention):
        return
    impact = review.impact
    if impact and (impact.unknown or impact.all_scope_grants or impact.holders.keys() & review.removes):
        session.messages.warn(plan_text(review), review.urn)
    else:
        session.messages.info(plan_text(review), review.urn)


def review_of(urn: str, intent: Intent, assessment: Assessment, tenant: str) -> Review:
    """Return what is planned for one API, and who is affected, as a value; the URN may be ``""``: not known."""
    api, plan, impact = assessment.api, assessment.plan, assessment.impact
    notes = handed_over_notes(plan.handed_over)
    notes += [rename_hint(old, new) for old, new in likely_renames(plan.changes)]
    if impact is not None:
        notes += impact_notes(plan.changes, impact, datetime.now(UTC))
    elif plan.removes and not assessment.objections:
        notes.append("holders of the deleted permissions were not looked up (auth0-permissions:impact is off)")
    return Review(
        urn=urn,
        identifier=api.identifier,
        api_id=api.id,
        api_name=api.name,
        tenant=tenant,
        changes=plan.changes,
        unchanged=plan.unchanged,
        adopted=plan.adopted,
        left_alone=plan.left_alone,
        objections=tuple(filter(None, (*assessment.objections, assessment.conflict))),
        notes=tuple(notes),
        removal=intent.policy.removal,
        impact=impact,
        leaves_api=intent.policy.destroying,
        before=revision_of(api.permissions),
        after=revision_of(plan.result),
        approved=tuple(sorted(intent.policy.approved.intersection(plan.removes))),
    )

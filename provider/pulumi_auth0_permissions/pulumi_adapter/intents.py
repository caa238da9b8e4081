"""What a resource wants of an API: from its inputs, the stack's settings and the program's other resources."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.intent import Intent, Policy, Siblings
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.validation import Inputs, Unknown
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.translate import ignored_permissions

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.intent import Declaration
    from pulumi_auth0_permissions.pulumi_adapter.context import Context
    from pulumi_auth0_permissions.pulumi_adapter.session import Session
    from pulumi_auth0_permissions.settings import Settings


def applying(
    session: Session, context: Context, inputs: Inputs, prior: Collection[str], api_id: str, identifier: str
) -> Intent:
    """Return the intent to bring an API to what a resource declares.

    Args:
        session: the process's session.
        context: where the hook is called.
        inputs: checked inputs, all known.
        prior: values that the resource has owned until now.
        api_id: the API's id.
        identifier: the API's identifier, which approvals may name.
    """
    if isinstance(inputs.permissions, Unknown):
        raise TypeError("an intent needs permissions that are known")
    values, ignores_all = ignored_permissions(context.ignored if prior else ())
    siblings = session.declarations.siblings(context.urn, {api_id, identifier}) if context.urn else Siblings()
    names = {api_id, str(inputs.api), identifier}
    removed = session.declarations.removed_by_others(api_id, context.urn)
    return Intent(
        api=api_id,
        desired=inputs.permissions,
        prior=frozenset(prior),
        unmanaged=inputs.unmanaged,
        renames=inputs.renames,
        policy=_policy(session.settings, inputs.removal, names, removed),
        siblings=siblings,
        ignored=values,
        ignores_all=ignores_all,
        unfinished=_own(session.unfinished.of(api_id), prior),
    )


def leaving(
    session: Session,
    olds: Mapping[str, object],
    api_id: str,
    identifier: str,
    *,
    urn: str = "",
    declared: Collection[Declaration] = (),
    approved: frozenset[str] = frozenset(),
) -> Intent:
    """Return the intent to remove from an API what a resource of this run manages there; see `removing`.

    Args:
        session: the process's session.
        olds: the resource's inputs or outputs.
        api_id: the API's id.
        identifier: the API's identifier.
        urn: the resource's URN where it is known.
        declared: what the run's program declares, as it has noted itself.
        approved: removals that this run's preview found approved.
    """
    return removing(
        olds,
        session.settings,
        api=api_id,
        siblings=session.declarations.siblings(urn, {api_id, identifier}, declared),
        removed_by_others=session.declarations.removed_by_others(api_id, urn),
        approved=approved,
        unfinished=session.unfinished.of(api_id),
    )


def removing(
    olds: Mapping[str, object],
    settings: Settings,
    *,
    api: str,
    siblings: Siblings,
    removed_by_others: frozenset[str] = frozenset(),
    approved: frozenset[str] = frozenset(),
    unfinished: Mapping[str, str] | None = None,
) -> Intent:
    """Return the intent to remove from an API what a resource manages there, and nothing else.

    Args:
        olds: the resource's inputs or outputs.
        settings: the stack's settings.
        api: the API's id.
        siblings: what the program's living resources declare on this API.
        removed_by_others: what they remove from it in this run.
        approved: removals that this run's preview found approved.
        unfinished: the API's interrupted renames.
    """
    names = {api, str(olds.get("api")), str(olds.get("identifier"))}
    removal = state.mode_of(olds, "removal", settings.removal)
    return Intent(
        api=api,
        desired={},
        prior=state.managed(olds),
        unmanaged=Unmanaged.KEEP,
        policy=_policy(settings, removal, names, removed_by_others, approved, destroying=True),
        siblings=Siblings(declared=siblings.declared),
        unfinished=_own(unfinished or {}, state.managed(olds)),
    )


def _own(unfinished: Mapping[str, str], prior: Collection[str]) -> dict[str, str]:
    """Return the interrupted renames that this resource began: it has owned the old names."""
    return {old: new for old, new in unfinished.items() if old in prior}


def _policy(
    settings: Settings,
    removal: Removal,
    names: Collection[str],
    removed_by_others: frozenset[str],
    approved: frozenset[str] = frozenset(),
    *,
    destroying: bool = False,
) -> Policy:
    return Policy(
        removal=removal,
        approved=settings.approved_for(*names) | approved,
        max_removals=settings.max_removals,
        approvals=sum(not one.once for one in settings.approved_removals),
        destroying=destroying,
        removed_by_others=removed_by_others,
    )

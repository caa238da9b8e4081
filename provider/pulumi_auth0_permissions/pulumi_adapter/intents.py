"""What a resource wants of an API: from its inputs, the stack's settings and the program's other resources."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.inputs import Inputs
from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.planning import Siblings
from pulumi_auth0_permissions.core.safety import Policy
from pulumi_auth0_permissions.core.validation import Unknown
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.translate import ignored_permissions

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.planning import Declaration
    from pulumi_auth0_permissions.pulumi_adapter.context import Context
    from pulumi_auth0_permissions.pulumi_adapter.session import Session

__all__ = ["applying", "removing"]


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
    return Intent(
        api=api_id,
        desired=inputs.permissions,
        prior=frozenset(prior),
        unmanaged=inputs.unmanaged,
        renames=inputs.renames,
        policy=_policy(session, inputs.removal, names, session.declarations.removed_by_others(api_id, context.urn)),
        siblings=siblings,
        ignored=values,
        ignores_all=ignores_all,
        unfinished=_own_renames(session, api_id, prior),
    )


def removing(
    session: Session,
    olds: Mapping[str, object],
    api_id: str,
    identifier: str,
    *,
    urn: str = "",
    declared: Collection[Declaration] = (),
    approved: frozenset[str] = frozenset(),
) -> Intent:
    """Return the intent to remove from an API what a resource manages there, and nothing else.

    Args:
        session: the process's session.
        olds: the resource's inputs or outputs.
        api_id: the API's id.
        identifier: the API's identifier.
        urn: the resource's URN where it is known.
        declared: what the run's program declares, as it has noted itself.
        approved: removals that this run's preview found approved.
    """
    prior = state.managed(olds)
    siblings = session.declarations.siblings(urn, {api_id, identifier}, declared)
    removed = session.declarations.removed_by_others(api_id, urn)
    names = {api_id, str(olds.get("api")), identifier}
    removal = Removal(str(olds.get("removal") or Removal.WARN))
    return Intent(
        api=api_id,
        desired={},
        prior=prior,
        unmanaged=Unmanaged.KEEP,
        policy=_policy(session, removal, names, removed, approved, destroying=True),
        siblings=Siblings(declared=siblings.declared),
        unfinished=_own_renames(session, api_id, prior),
    )


def _own_renames(session: Session, api_id: str, prior: Collection[str]) -> dict[str, str]:
    """Return the API's interrupted renames that this resource began: it has owned the old names."""
    return {old: new for old, new in session.unfinished.of(api_id).items() if old in prior}


def _policy(
    session: Session,
    removal: Removal,
    names: Collection[str],
    removed_by_others: frozenset[str],
    approved: frozenset[str] = frozenset(),
    *,
    destroying: bool = False,
) -> Policy:
    settings = session.settings
    return Policy(
        removal=removal,
        approved=settings.approved_for(*names) | approved,
        max_removals=settings.max_removals,
        approvals=sum(not one.once for one in settings.approved_removals),
        destroying=destroying,
        removed_by_others=removed_by_others,
    )

"""Build the intent for one API: from a resource's inputs, the stack's settings and the program's other resources."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from pulumi_auth0_permissions.core.model import Intent, Policy, Removal, Unmanaged, only, without
from pulumi_auth0_permissions.core.ownership import Declaration, Siblings
from pulumi_auth0_permissions.core.validation import Inputs, Unknown
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.context import Context
from pulumi_auth0_permissions.pulumi_adapter.resources import Resources
from pulumi_auth0_permissions.pulumi_adapter.session import Session
from pulumi_auth0_permissions.pulumi_adapter.state import Properties
from pulumi_auth0_permissions.settings import Settings

_PERMISSION_PATH = re.compile(r'permissions(?:\.(.+)|\["(.+)"\])', re.DOTALL)


def as_ignored(checked: Properties, olds: Properties, paths: Collection[str]) -> dict[str, object]:
    """Apply ``ignore_changes`` to checked inputs as the engine will: what the paths name keeps its old value."""
    names, values = _ignored(paths if olds else ())
    result = {name: checked[name] for name in state.INPUT_NAMES if name in checked and name not in names}
    result |= {name: olds[name] for name in state.INPUT_NAMES if name in olds and name in names}
    old, new = olds.get("permissions"), result.get("permissions")
    if values and isinstance(old, Mapping) and isinstance(new, Mapping):
        result["permissions"] = {**without(new, values), **only(old, values)}
    return result


def _ignored(paths: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return what ``ignore_changes`` names, as Pulumi's property paths: whole inputs, and single permissions."""
    if "*" in paths:
        return frozenset(state.INPUT_NAMES), frozenset()
    names = {"permissions" if path in ("permissions[*]", "permissions.*") else path for path in paths}
    found = [_PERMISSION_PATH.fullmatch(path) for path in names]
    return frozenset(names), frozenset(one[1] or one[2].replace('\\"', '"') for one in found if one)


def applying(
    session: Session, context: Context, inputs: Inputs, prior: Collection[str], api_id: str, identifier: str
) -> Intent:
    """Return the intent to bring an API to what a resource declares; it has owned the ``prior`` values until now."""
    if isinstance(inputs.permissions, Unknown):
        raise TypeError("an intent needs known permissions")
    ignored, values = _ignored(context.ignored if prior else ())
    resources, urn = session.resources, context.urn
    names = {api_id, str(inputs.api), identifier}
    siblings = resources.siblings(urn, names)
    if not urn:  # a policy has changed the inputs, so nobody knows whose they are: what several declare stays
        siblings = Siblings(siblings.declared if len({*siblings.declared.values()}) > 1 else {})
    return Intent(
        api=api_id,
        desired=inputs.permissions,
        prior=frozenset(prior),
        unmanaged=inputs.unmanaged,
        renames=inputs.renames,
        policy=_policy(session.settings, inputs.removal, names, resources.removed_by_others(api_id, urn)),
        siblings=siblings,
        ignored=values,
        ignores_all="permissions" in ignored,
        unfinished=only(session.unfinished.of(api_id), prior),
    )


def leaving(session: Session, olds: Properties, api_id: str) -> Intent:
    """Return the intent to remove what a resource of this run manages."""
    shown = session.records.load(leaving_key(api_id, olds))
    approved = shown.approved if shown else ()  # the engine may delete with an older configuration
    intent = removing(olds, session.settings, session.resources, api_id, session.records.declared(), approved)
    return replace(intent, unfinished=only(session.unfinished.of(api_id), intent.prior))


def leaving_key(api_id: str, olds: Properties) -> str:
    """Return the key of the record of a resource that leaves an API, made without the URN: `delete` has none."""
    return f"leaving {api_id} {sorted(state.managed(olds))}"


def removing(
    olds: Properties,
    settings: Settings,
    resources: Resources,
    api_id: str,
    noted: Iterable[Declaration],
    approved: Collection[str] = (),
) -> Intent:
    """Return the intent to remove from an API what a resource manages there, and no other one declares.

    Others are those that were checked, and those that the program has ``noted``.
    """
    names = state.names_of(olds) | {api_id}
    removed = resources.removed_by_others(api_id, leaving_key(api_id, olds))
    policy = _policy(settings, state.checked_inputs(olds, settings).removal, names, removed)
    return Intent(
        api=api_id,
        desired={},
        prior=state.managed(olds),
        unmanaged=Unmanaged.KEEP,
        policy=replace(policy, destroying=True, approved=policy.approved.union(approved)),
        siblings=Siblings(declared=resources.siblings("", names, noted).declared),
    )


def _policy(settings: Settings, removal: Removal, names: Collection[str], removed_by_others: frozenset[str]) -> Policy:
    return Policy(
        removal=removal,
        approved=settings.approved_for(*names),
        max_removals=settings.max_removals,
        approvals=len(settings.approved_removals),
        removed_by_others=removed_by_others,
    )

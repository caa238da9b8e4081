"""What a resource wants of an API: from its inputs, the stack's settings and the program's other resources."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions.core.intent import Intent, Policy, Siblings
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.validation import UNKNOWN, Inputs, Unknown, typed_inputs
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.settings import Settings

if TYPE_CHECKING:
    from pulumi_auth0_permissions.pulumi_adapter.session import Session
    from pulumi_auth0_permissions.pulumi_adapter.state import Context


def with_core_unknowns(value: object) -> object:
    """Replace the engine's unknown values, wherever they stand, by the core's, and put maps in order.

    The engine hands maps over in any order; sorted, the same program adds its permissions in the same order.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, EngineUnknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: with_core_unknowns(item) for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))}
    if isinstance(value, list):
        return [with_core_unknowns(item) for item in value]
    return value


def checked_inputs(properties: Mapping[str, object], settings: Settings) -> Inputs:
    """Return inputs that `check` has passed, typed; what they do not say is the stack's default."""
    known = {name: with_core_unknowns(value) for name, value in state.inputs_of(properties).items()}
    return typed_inputs({"unmanaged": settings.unmanaged, "removal": settings.removal, **known})


def as_ignored(checked: Mapping[str, object], olds: Mapping[str, object], paths: Collection[str]) -> dict[str, object]:
    """Return inputs as the engine makes them of what `check` returns: what ``ignore_changes`` names is as it was."""
    if not olds or not paths:
        return dict(checked)
    result = dict(checked)
    for name in state.INPUT_NAMES:
        if "*" in paths or name in paths:
            result.pop(name, None)
            if name in olds:
                result[name] = olds[name]
    values, _ = _ignored_permissions(paths)
    old, new = olds.get("permissions"), result.get("permissions")
    if values and isinstance(old, Mapping) and isinstance(new, Mapping):
        kept = {value: text for value, text in old.items() if value in values}
        result["permissions"] = {**{value: text for value, text in new.items() if value not in values}, **kept}
    return result


def _ignored_permissions(paths: Collection[str]) -> tuple[frozenset[str], bool]:
    """Return the permissions that ``ignore_changes`` names, and whether it names all of them.

    Source of the forms: Pulumi's property paths, ``permissions``, ``permissions.name`` and ``permissions["name"]``.
    """
    values = set()
    for path in paths:
        if path in ("*", "permissions", "permissions[*]", "permissions.*"):
            return frozenset(), True
        if path.startswith("permissions."):
            values.add(path.removeprefix("permissions."))
        elif path.startswith('permissions["') and path.endswith('"]'):
            values.add(path[len('permissions["') : -2].replace('\\"', '"'))
    return frozenset(values), False


def applying(
    session: Session, context: Context, inputs: Inputs, prior: Collection[str], api_id: str, identifier: str
) -> Intent:
    """Return the intent to bring an API to what a resource declares, that has owned the ``prior`` values until now."""
    if isinstance(inputs.permissions, Unknown):
        raise TypeError("an intent needs permissions that are known")
    values, ignores_all = _ignored_permissions(context.ignored if prior else ())
    declarations = session.declarations
    removed = declarations.removed_by_others(api_id, context.urn)
    names = {api_id, str(inputs.api), identifier}
    return Intent(
        api=api_id,
        desired=inputs.permissions,
        prior=frozenset(prior),
        unmanaged=inputs.unmanaged,
        renames=inputs.renames,
        policy=_policy(session.settings, inputs.removal, names, removed),
        siblings=declarations.siblings(context.urn, {api_id, identifier}) if context.urn else Siblings(),
        ignored=values,
        ignores_all=ignores_all,
        unfinished=_own(session.unfinished.of(api_id), prior),
    )


def leaving(
    session: Session,
    olds: Mapping[str, object],
    api_id: str,
    identifier: str,
    urn: str = "",
    approved: Collection[str] = (),
) -> Intent:
    """Return the intent to remove from an API what a resource of this run manages there; see `removing`."""
    declarations = session.declarations
    return removing(
        olds,
        session.settings,
        api=api_id,
        siblings=declarations.siblings(urn, {api_id, identifier}, session.records.declared()),
        removed_by_others=declarations.removed_by_others(api_id, urn),
        approved=approved,
        unfinished=session.unfinished.of(api_id),
    )


def removing(
    olds: Mapping[str, object],
    settings: Settings,
    *,
    api: str,
    siblings: Siblings,
    removed_by_others: frozenset[str],
    approved: Collection[str] = (),
    unfinished: Mapping[str, str] | None = None,
) -> Intent:
    """Return the intent to remove from an API what a resource manages there, and nothing else.

    What the siblings declare on this API stays; what they remove from it in this run counts for the guards. Approved
    are removals by the settings, and those that this run's preview found approved.
    """
    names = {api, str(olds.get("api")), str(olds.get("identifier"))}
    removal = state.mode_of(olds, "removal", settings.removal)
    prior = state.managed(olds)
    return Intent(
        api=api,
        desired={},
        prior=prior,
        unmanaged=Unmanaged.KEEP,
        policy=_policy(settings, removal, names, removed_by_others, approved, destroying=True),
        siblings=Siblings(declared=siblings.declared),
        unfinished=_own(unfinished or {}, prior),
    )


def _own(unfinished: Mapping[str, str], prior: Collection[str]) -> dict[str, str]:
    """Return the interrupted renames that this resource began: it has owned the old names."""
    return {old: new for old, new in unfinished.items() if old in prior}


def _policy(
    settings: Settings,
    removal: Removal,
    names: Collection[str],
    removed_by_others: frozenset[str],
    approved: Collection[str] = (),
    *,
    destroying: bool = False,
) -> Policy:
    return Policy(
        removal=removal,
        approved=settings.approved_for(*names).union(approved),
        max_removals=settings.max_removals,
        approvals=sum(not one.once for one in settings.approved_removals),
        destroying=destroying,
        removed_by_others=removed_by_others,
    )

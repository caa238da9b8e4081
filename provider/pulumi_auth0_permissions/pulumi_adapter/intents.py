"""What a resource wants of an API: from its inputs, the stack's settings and the program's other resources."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions.core.intent import Intent, Policy, Siblings
from pulumi_auth0_permissions.core.model import Removal, Unmanaged, only, without
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
    result = dict(checked)
    if not olds:
        return result
    for name in state.INPUT_NAMES:
        if "*" in paths or name in paths:
            result.pop(name, None)
            result |= {name: olds[name]} if name in olds else {}
    values, _ = _ignored_permissions(paths)
    old, new = olds.get("permissions"), result.get("permissions")
    if values and isinstance(old, Mapping) and isinstance(new, Mapping):
        result["permissions"] = {**without(new, values), **only(old, values)}
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
    program, urn = session.program, context.urn
    names = {api_id, str(inputs.api), identifier}
    return Intent(
        api=api_id,
        desired=inputs.permissions,
        prior=frozenset(prior),
        unmanaged=inputs.unmanaged,
        renames=inputs.renames,
        policy=_policy(session.settings, inputs.removal, names, program.removed_by_others(api_id, urn)),
        siblings=program.siblings(urn, names) if urn else Siblings(),
        ignored=values,
        ignores_all=ignores_all,
        unfinished=only(session.unfinished.of(api_id), prior),
    )


def leaving(session: Session, olds: Mapping[str, object], api_id: str, approved: Collection[str] = ()) -> Intent:
    """Return the intent to remove from an API what a resource of this run manages there; see `removing`."""
    program = session.program
    return removing(
        olds,
        session.settings,
        api_id,
        declared=program.siblings("", state.names_of(olds), session.records.declared()).declared,
        removed_by_others=program.removed_by_others(api_id, leaving_key(api_id, olds)),
        approved=approved,
        unfinished=session.unfinished.of(api_id),
    )


def leaving_key(api_id: str, olds: Mapping[str, object]) -> str:
    """Return what the record of a resource that leaves an API goes by: `delete` is not given the URN."""
    return f"leaving {api_id} {json.dumps(sorted(state.managed(olds)))}"


def removing(
    olds: Mapping[str, object],
    settings: Settings,
    api_id: str,
    *,
    declared: Mapping[str, str],
    removed_by_others: frozenset[str],
    approved: Collection[str] = (),
    unfinished: Mapping[str, str] | None = None,
) -> Intent:
    """Return the intent to remove from an API what a resource manages there, and nothing else.

    Args:
        olds: the resource's last inputs or outputs.
        settings: those of today.
        api_id: the API's id.
        declared: permission → which other resource declares it on this API, where it stays.
        removed_by_others: what they remove from it in this run; it counts for the guards.
        approved: removals that this run's preview found approved, besides those of the settings.
        unfinished: interrupted renames on this API, of any resource.
    """
    prior, removal = state.managed(olds), state.mode_of(olds, "removal", settings.removal)
    policy = _policy(settings, removal, state.names_of(olds) | {api_id}, removed_by_others)
    return Intent(
        api=api_id,
        desired={},
        prior=prior,
        unmanaged=Unmanaged.KEEP,
        policy=replace(policy, approved=policy.approved.union(approved), destroying=True),
        siblings=Siblings(declared=declared),
        unfinished=only(unfinished or {}, prior),
    )


def _policy(settings: Settings, removal: Removal, names: Collection[str], removed_by_others: frozenset[str]) -> Policy:
    return Policy(
        removal=removal,
        approved=settings.approved_for(*names),
        max_removals=settings.max_removals,
        approvals=len(settings.approved_removals),
        removed_by_others=removed_by_others,
    )

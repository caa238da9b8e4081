"""From checked inputs and the stack's settings to what the reconciler is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions.core.inputs import Inputs, typed_inputs
from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.planning import Siblings
from pulumi_auth0_permissions.core.safety import Policy
from pulumi_auth0_permissions.core.validation import UNKNOWN, Unknown
from pulumi_auth0_permissions.pulumi_adapter import state

if TYPE_CHECKING:
    from pulumi_auth0_permissions.settings import Settings

__all__ = [
    "applying",
    "as_ignored",
    "checked_inputs",
    "ignored_permissions",
    "removing",
    "with_core_unknowns",
]


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


def checked_inputs(properties: Mapping[str, object]) -> Inputs:
    """Return inputs that `check` has passed, typed."""
    known = with_core_unknowns(state.inputs_of(properties))
    assert isinstance(known, Mapping)  # noqa: S101 - a map stays a map
    return typed_inputs(known)


def applying(
    inputs: Inputs,
    prior: Collection[str],
    settings: Settings,
    *,
    api: str,
    identifier: str = "",
    siblings: Siblings | None = None,
    removed_by_others: frozenset[str] = frozenset(),
    ignored: Collection[str] = (),
    unfinished: Mapping[str, str] | None = None,
) -> Intent:
    """Return the intent to bring an API to what the inputs declare.

    Args:
        inputs: checked inputs, all known.
        prior: values that the resource has owned until now.
        settings: the stack's settings.
        api: identifier or id to reach the API by.
        identifier: the API's identifier where it is known, which approvals may name.
        siblings: what other resources of the program have to do with this API.
        removed_by_others: what they remove from it in this run.
        ignored: the resource's ``ignore_changes``.
        unfinished: the API's renames that were cut short.
    """
    values, ignores_all = ignored_permissions(ignored)
    if isinstance(inputs.permissions, Unknown):
        raise TypeError("an intent needs permissions that are known")
    return Intent(
        api=api,
        desired=inputs.permissions,
        prior=frozenset(prior),
        unmanaged=inputs.unmanaged,
        renames=inputs.renames,
        policy=_policy(inputs.removal, settings, {api, str(inputs.api), identifier}, removed_by_others),
        siblings=siblings or Siblings(),
        ignored=values,
        ignores_all=ignores_all,
        unfinished=_own(unfinished, prior),
    )


def removing(
    olds: Mapping[str, object],
    settings: Settings,
    *,
    api: str,
    siblings: Siblings | None = None,
    removed_by_others: frozenset[str] = frozenset(),
    approved: frozenset[str] = frozenset(),
    unfinished: Mapping[str, str] | None = None,
) -> Intent:
    """Return the intent to remove from an API what a resource manages there, and nothing else.

    Args:
        olds: the resource's inputs or outputs.
        settings: the stack's settings.
        api: identifier or id to reach the API by.
        siblings: what the program's living resources declare on this API.
        removed_by_others: what they remove from it in this run.
        approved: removals that this run's preview found approved.
        unfinished: the API's renames that were cut short.
    """
    removal = Removal(str(olds.get("removal") or Removal.WARN))
    names = {api, str(olds.get("api")), str(olds.get("identifier"))}
    return Intent(
        api=api,
        desired={},
        prior=state.managed(olds),
        unmanaged=Unmanaged.KEEP,
        policy=_policy(removal, settings, names, removed_by_others, approved, destroying=True),
        siblings=Siblings(declared=siblings.declared) if siblings else Siblings(),
        unfinished=_own(unfinished, state.managed(olds)),
    )


def ignored_permissions(paths: Collection[str]) -> tuple[frozenset[str], bool]:
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


def as_ignored(checked: Mapping[str, object], olds: Mapping[str, object], paths: Collection[str]) -> dict[str, object]:
    """Return inputs as the engine makes them of what `check` returns: what is ignored is as it was."""
    if not olds or not paths:
        return dict(checked)
    result = dict(checked)
    for name in state.INPUT_NAMES:
        if "*" in paths or name in paths:
            result.pop(name, None)
            if name in olds:
                result[name] = olds[name]
    values, _ = ignored_permissions(paths)
    old, new = olds.get("permissions"), result.get("permissions")
    if values and isinstance(old, Mapping) and isinstance(new, Mapping):
        kept = {value: text for value, text in old.items() if value in values}
        result["permissions"] = {**{value: text for value, text in new.items() if value not in values}, **kept}
    return result


def _own(unfinished: Mapping[str, str] | None, prior: Collection[str]) -> dict[str, str]:
    """Return the renames that this resource began: who has never owned the old name shares the API with who did."""
    return {old: new for old, new in (unfinished or {}).items() if old in prior}


def _policy(
    removal: Removal,
    settings: Settings,
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

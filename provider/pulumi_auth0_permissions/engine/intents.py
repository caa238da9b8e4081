"""From checked inputs and the stack's settings to what the reconciler is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions.core.inputs import UNKNOWN, Inputs, typed_inputs
from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.modes import Removal, Unmanaged
from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.core.safety import Policy
from pulumi_auth0_permissions.engine import state

if TYPE_CHECKING:
    from pulumi_auth0_permissions.settings import Settings

__all__ = ["applying", "checked_inputs", "removing", "with_core_unknowns"]


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


def applying(inputs: Inputs, prior: Collection[str], settings: Settings, *, api: str, identifier: str = "") -> Intent:
    """Return the intent to bring an API to what the inputs declare.

    Args:
        inputs: checked inputs, all known.
        prior: values that the resource has owned until now.
        settings: the stack's settings.
        api: identifier or id to reach the API by.
        identifier: the API's identifier where it is known, which approvals may name.
    """
    if not isinstance(inputs.permissions, PermissionSet):
        raise TypeError("an intent needs permissions that are known")
    return Intent(
        api=api,
        desired=inputs.permissions,
        prior=frozenset(prior),
        unmanaged=inputs.unmanaged,
        renames=inputs.renames,
        policy=_policy(inputs.removal, settings, {api, str(inputs.api), identifier}, destroying=False),
    )


def removing(olds: Mapping[str, object], settings: Settings, *, api: str) -> Intent:
    """Return the intent to remove from an API what a resource manages there, and nothing else.

    Args:
        olds: the resource's inputs or outputs.
        settings: the stack's settings.
        api: identifier or id to reach the API by.
    """
    removal = Removal(str(olds.get("removal") or Removal.WARN))
    names = {api, str(olds.get("api")), str(olds.get("identifier"))}
    return Intent(
        api=api,
        desired=PermissionSet(),
        prior=state.managed(olds),
        unmanaged=Unmanaged.KEEP,
        policy=_policy(removal, settings, names, destroying=True),
    )


def _policy(removal: Removal, settings: Settings, names: Collection[str], *, destroying: bool) -> Policy:
    return Policy(
        removal=removal,
        approved=settings.approved_for(*names),
        max_removals=settings.max_removals,
        approvals=len(settings.approved_removals),
        destroying=destroying,
    )

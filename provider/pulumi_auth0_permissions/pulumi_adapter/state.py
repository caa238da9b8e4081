"""What Pulumi's state holds of a resource, and what may be read out of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from pulumi_auth0_permissions.core.model import Permissions, Unmanaged, revision_of, without

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.model import Api

INPUT_NAMES = ("api", "permissions", "unmanaged", "removal", "renames")
Mode = TypeVar("Mode", bound=StrEnum)
MODES = ("unmanaged", "removal")
IDENTITY_NAMES = ("api_id", "identifier", "name", "tenant")
"""What `check` adds to the inputs: an output that stands among the inputs is known to dependents in a preview."""
DEFAULTS = "defaults"
"""Names, among the outputs, the modes that are not the program's but the stack's default, which may change."""


def outputs(
    inputs: Mapping[str, object],
    api: Api,
    managed_set: Permissions,
    tenant: str,
    *,
    last_applied: Permissions | None = None,
    defaults: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return a resource's outputs: its inputs, the API, and what is really there.

    Each permission stands in them once: the engine writes the whole state anew after every resource, and `effective`
    puts the two parts together again.

    Args:
        inputs: the resource's checked inputs.
        api: the API as it is now.
        managed_set: what the resource manages of it.
        tenant: the tenant's host.
        last_applied: what the program declared when it was last applied, where that is not ``managed_set``.
        defaults: mode → the stack's default of it.
    """
    given = inputs_of(inputs)
    modes = {name: mode for name, mode in (defaults or {}).items() if name not in given}
    moved = last_applied is not None and last_applied != managed_set
    return {
        **given,
        **modes,
        DEFAULTS: sorted(modes),
        **({"last_applied": last_applied} if moved and last_applied is not None else {}),
        "permissions": managed_set,
        **identity(api.id, api.identifier, api.name, tenant),
        "unmanaged_permissions": without(api.permissions, managed_set),
        "revision": revision_of(api.permissions),
    }


def inputs_of(properties: Mapping[str, object]) -> dict[str, object]:
    """Return the inputs among a resource's properties: what the program gives. Renames of nothing are none."""
    defaults = properties.get(DEFAULTS)
    absent = defaults if isinstance(defaults, list) else ()
    found = {name: properties[name] for name in INPUT_NAMES if properties.get(name) is not None and name not in absent}
    return found if found.get("renames") else {name: value for name, value in found.items() if name != "renames"}


def same_inputs(wanted: Mapping[str, object], olds: Mapping[str, object]) -> bool:
    """Tell whether a program asks for what old outputs say that it asked for."""
    recorded = inputs_of(olds)
    if DEFAULTS not in olds:  # recorded by a version that did not tell the stack's defaults from the program's modes
        recorded = {name: value for name, value in recorded.items() if name in wanted or name not in MODES}
    return wanted == recorded


def identity(api_id: str, identifier: str, name: str, tenant: str) -> dict[str, object]:
    """Return which API a resource is about, as outputs."""
    return dict(zip(IDENTITY_NAMES, (api_id, identifier, name, tenant), strict=True))


def identity_of(properties: Mapping[str, object]) -> dict[str, object]:
    """Return which API the properties are about."""
    return {name: properties[name] for name in IDENTITY_NAMES if isinstance(properties.get(name), str)}


def last_applied(properties: Mapping[str, object]) -> Permissions:
    """Return what the program declared when it was last applied; no refresh moves it."""
    return dict(_map(properties.get("last_applied") or properties.get("permissions")))


def mode_of(properties: Mapping[str, object], name: str, default: Mode) -> Mode:
    """Return the mode of a resource: what its program gives, or the stack's default of today."""
    defaults, recorded = properties.get(DEFAULTS), properties.get(name)
    if not isinstance(recorded, str) or (isinstance(defaults, list) and name in defaults):
        return default
    return type(default)(recorded)


def inputs_as_recorded(properties: Mapping[str, object], unmanaged: Unmanaged) -> dict[str, object] | None:
    """Return the inputs that the state holds beside these outputs; ``None`` where the outputs do not tell.

    Applying, and refreshing, leave the same in both. Not so under ``remove`` with somebody else's permissions on the
    API, which a refresh puts among the inputs alone; nor do the properties of a resource tell that was never recorded.
    """
    if "api_id" not in properties or (unmanaged is Unmanaged.REMOVE and properties.get("unmanaged_permissions")):
        return None
    return inputs_of(properties)


def managed(properties: Mapping[str, object]) -> frozenset[str]:
    """Return the values that the resource manages, and so owns, by its inputs or outputs.

    Both tell the same, so that what a preview shows is what the update does: a refresh moves ``permissions`` among
    either to what is really there of ours. What else is there under ``remove`` stands beside it as
    ``unmanaged_permissions``: seen, but never declared, and so not owned.
    """
    return frozenset(_map(properties.get("permissions")))


def effective(properties: Mapping[str, object]) -> Permissions:
    """Return everything that was on the API when the outputs were recorded: what is managed, and the rest."""
    return {**_map(properties.get("permissions")), **_map(properties.get("unmanaged_permissions"))}


def _map(value: object) -> Mapping[str, str]:
    return value if isinstance(value, Mapping) else {}

"""What Pulumi's state holds of a resource, and what may be read out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.modes import Unmanaged
from pulumi_auth0_permissions.core.permissions import PermissionSet

if TYPE_CHECKING:
    from pulumi_auth0_permissions.management.models import Api

__all__ = [
    "INPUT_NAMES",
    "count",
    "effective",
    "inputs_as_recorded",
    "inputs_of",
    "managed",
    "outputs",
    "owned_by_inputs",
    "owned_by_outputs",
]

INPUT_NAMES = ("api", "permissions", "unmanaged", "removal", "renames")


def outputs(inputs: Mapping[str, object], api: Api, managed_set: PermissionSet) -> dict[str, object]:
    """Return a resource's outputs: its inputs, the API, and what is really there.

    Each permission stands in them once: the engine writes the whole state anew after every resource, and `effective`
    puts the two parts together again.

    Args:
        inputs: the resource's checked inputs.
        api: the API as it is now.
        managed_set: what the resource manages of it.
    """
    return {
        **inputs_of(inputs),
        "permissions": managed_set.as_map(),
        "api_id": api.id,
        "identifier": api.identifier,
        "name": api.name,
        "unmanaged_permissions": api.permissions.without(managed_set.values()).as_map(),
        "revision": api.permissions.revision,
    }


def inputs_of(properties: Mapping[str, object]) -> dict[str, object]:
    """Return the inputs among a resource's properties."""
    return {name: properties[name] for name in INPUT_NAMES if properties.get(name) is not None}


def inputs_as_recorded(properties: Mapping[str, object]) -> dict[str, object] | None:
    """Return the inputs that the state holds beside these outputs; ``None`` where the outputs do not tell.

    Applying, and refreshing, leave the same in both. Not so under ``remove`` with somebody else's permissions on the
    API, which a refresh puts among the inputs alone; nor do the properties of a resource tell that was never recorded.
    """
    if "api_id" not in properties or (
        properties.get("unmanaged") == Unmanaged.REMOVE and properties.get("unmanaged_permissions")
    ):
        return None
    return inputs_of(properties)


def managed(properties: Mapping[str, object]) -> frozenset[str]:
    """Return the values that the resource manages, by its inputs or outputs."""
    return frozenset(_map(properties.get("permissions")))


def effective(properties: Mapping[str, object]) -> PermissionSet:
    """Return everything that was on the API when the outputs were recorded: what is managed, and the rest."""
    return PermissionSet.of({**_map(properties.get("permissions")), **_map(properties.get("unmanaged_permissions"))})


def count(properties: Mapping[str, object]) -> int:
    """Return how many permissions `effective` has."""
    return len(_map(properties.get("permissions")).keys() | _map(properties.get("unmanaged_permissions")).keys())


def owned_by_inputs(olds: Mapping[str, object]) -> frozenset[str]:
    """Return what the resource has owned until now, as `check` can know it, from the old inputs.

    Refresh moves ``permissions`` among the inputs to what is really there of ours, or under ``remove`` to all that
    is there: that mode owns the API's whole list.
    """
    return managed(olds)


def owned_by_outputs(olds: Mapping[str, object]) -> frozenset[str]:
    """Return the same from the old outputs, so that what a preview shows is what the update does."""
    if olds.get("unmanaged") == Unmanaged.REMOVE:
        return managed(olds) | frozenset(_map(olds.get("unmanaged_permissions")))
    return managed(olds)


def _map(value: object) -> Mapping[str, str]:
    return value if isinstance(value, Mapping) else {}

"""Read a resource's properties, as the engine hands them over, and make the outputs that Pulumi's state holds."""

from collections.abc import Mapping

from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions.core.model import Api, Permissions, only, revision_of, without
from pulumi_auth0_permissions.core.validation import Inputs, typed_inputs, with_unknowns
from pulumi_auth0_permissions.settings import Settings

Properties = Mapping[str, object]  # inputs, or outputs

INPUT_NAMES = ("api", "permissions", "unmanaged", "removal", "renames")
IDENTITY_NAMES = ("api_id", "identifier", "name", "tenant")
"""What `check` adds to the inputs: an output that is also an input is known to dependents in a preview."""

_DEFAULTS = "defaults"  # the output with the names of the modes that are the stack's defaults, which may change


def outputs(properties: Properties, api: Api, settings: Settings) -> dict[str, object]:
    """Return a resource's new outputs, from its inputs or its old outputs: the API, and what it really holds.

    Each permission is in them once: the engine writes the whole state anew after every resource. ``applied``, among
    the properties, is who applied it and when.
    """
    given = inputs_of(properties)
    held = only(api.permissions, managed(properties))
    applied = last_applied(properties)
    defaults = {"unmanaged": str(settings.unmanaged), "removal": str(settings.removal)}
    return {
        **defaults,
        **given,
        _DEFAULTS: sorted(defaults.keys() - given.keys()),
        **({"last_applied": applied} if applied != held else {}),
        "permissions": held,
        **identity(api.id, api.identifier, api.name, settings.host),
        "unmanaged_permissions": without(api.permissions, held),
        "revision": revision_of(api.permissions),
        **({"applied": properties["applied"]} if properties.get("applied") else {}),
    }


def inputs_of(properties: Properties) -> dict[str, object]:
    """Return the inputs among a resource's properties: what the program gives, without defaults or empty renames."""
    defaults = properties.get(_DEFAULTS)
    absent = {*defaults} if isinstance(defaults, list) else set()
    if not properties.get("renames"):
        absent.add("renames")
    return {name: properties[name] for name in INPUT_NAMES if properties.get(name) is not None and name not in absent}


def checked_inputs(properties: Properties, settings: Settings) -> Inputs:
    """Return inputs that `check` has passed, typed; a missing mode is the stack's default."""
    known = with_unknowns(inputs_of(properties), EngineUnknown)
    return typed_inputs({"unmanaged": settings.unmanaged, "removal": settings.removal, **known})


def identity(api_id: str, identifier: str, name: str, tenant: str) -> dict[str, object]:
    """Return which API a resource is about, as outputs."""
    return dict(zip(IDENTITY_NAMES, (api_id, identifier, name, tenant), strict=True))


def identity_of(properties: Properties) -> dict[str, object]:
    """Return which API the properties are about."""
    return {name: properties[name] for name in IDENTITY_NAMES if isinstance(properties.get(name), str)}


def names_of(properties: Properties) -> frozenset[str]:
    """Return the names of the API that the properties are about, id included; none for a resource without state."""
    return frozenset(str(properties[name]) for name in ("api", "api_id", "identifier") if properties.get(name))


def of_same_api(properties: Properties, api: object) -> Properties:
    """Return the properties if they are about the API of this name; otherwise none."""
    return properties if api in names_of(properties) else {}


def last_applied(properties: Properties) -> Permissions:
    """Return what the program declared when it was last applied; a refresh does not change that."""
    return _map(properties, "last_applied") or _map(properties, "permissions")


def managed(properties: Properties) -> frozenset[str]:
    """Return the values that the resource manages, and so owns, from its inputs or its outputs.

    What else the API holds under ``remove`` is in ``unmanaged_permissions``: seen, but never declared.
    """
    return frozenset(_map(properties, "permissions"))


def effective(properties: Properties) -> Permissions:
    """Return everything that was on the API when the outputs were recorded: what is managed, and the rest."""
    return {**_map(properties, "permissions"), **_map(properties, "unmanaged_permissions")}


def _map(properties: Properties, name: str) -> Permissions:
    value = properties.get(name)
    return dict(value) if isinstance(value, Mapping) else {}

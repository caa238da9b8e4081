"""A resource's properties, as the engine hands them over, and what Pulumi's state holds of it."""

from collections.abc import Mapping

from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions.core.model import Api, Permissions, only, revision_of, without
from pulumi_auth0_permissions.core.validation import Inputs, typed_inputs, with_unknowns
from pulumi_auth0_permissions.settings import Settings

Properties = Mapping[str, object]  # inputs, or outputs

INPUT_NAMES = ("api", "permissions", "unmanaged", "removal", "renames")
IDENTITY_NAMES = ("api_id", "identifier", "name", "tenant")
"""What `check` adds to the inputs: an output that stands among the inputs is known to dependents in a preview."""

_DEFAULTS = "defaults"  # names, among the outputs, the modes that are the stack's default, which may change


def outputs(properties: Properties, api: Api, settings: Settings) -> dict[str, object]:
    """Return a resource's outputs, from its inputs or its outputs until now: the API, and what is really there.

    Each permission stands in them once: the engine writes the whole state anew after every resource. ``applied``, among
    the properties, is who applied it and when.
    """
    given, held, applied = inputs_of(properties), only(api.permissions, managed(properties)), last_applied(properties)
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
    """Return the inputs among a resource's properties: what the program gives. Renames of nothing are none."""
    defaults = properties.get(_DEFAULTS)
    absent = {*defaults} if isinstance(defaults, list) else set()
    if not properties.get("renames"):
        absent.add("renames")
    return {name: properties[name] for name in INPUT_NAMES if properties.get(name) is not None and name not in absent}


def checked_inputs(properties: Properties, settings: Settings) -> Inputs:
    """Return inputs that `check` has passed, typed; what they do not say is the stack's default."""
    known = with_unknowns(inputs_of(properties), EngineUnknown)
    return typed_inputs({"unmanaged": settings.unmanaged, "removal": settings.removal, **known})


def identity(api_id: str, identifier: str, name: str, tenant: str) -> dict[str, object]:
    """Return which API a resource is about, as outputs."""
    return dict(zip(IDENTITY_NAMES, (api_id, identifier, name, tenant), strict=True))


def identity_of(properties: Properties) -> dict[str, object]:
    """Return which API the properties are about."""
    return {name: properties[name] for name in IDENTITY_NAMES if isinstance(properties.get(name), str)}


def names_of(properties: Properties) -> frozenset[str]:
    """Return what the API that the properties are about goes by; nothing for a resource without state."""
    return frozenset(str(properties[name]) for name in ("api", "api_id", "identifier") if properties.get(name))


def of_same_api(properties: Properties, api: object) -> Properties:
    """Return the properties if they are about the API that goes by this name; else none."""
    return properties if api in names_of(properties) else {}


def last_applied(properties: Properties) -> Permissions:
    """Return what the program declared when it was last applied; no refresh moves it."""
    return _map(properties, "last_applied") or _map(properties, "permissions")


def managed(properties: Properties) -> frozenset[str]:
    """Return the values that the resource manages, and so owns, by its inputs or outputs, which tell the same.

    What else is there under ``remove`` stands beside them as ``unmanaged_permissions``: seen, but never declared.
    """
    return frozenset(_map(properties, "permissions"))


def effective(properties: Properties) -> Permissions:
    """Return everything that was on the API when the outputs were recorded: what is managed, and the rest."""
    return {**_map(properties, "permissions"), **_map(properties, "unmanaged_permissions")}


def _map(properties: Properties, name: str) -> Permissions:
    value = properties.get(name)
    return dict(value) if isinstance(value, Mapping) else {}

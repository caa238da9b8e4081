"""What a stack's state holds of APIs: read out of a deployment, as `pulumi stack export` prints it."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_auth0_permissions.core.modes import Removal, Unmanaged
from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.core.snapshots import ApiState, StackSnapshot
from pulumi_auth0_permissions.core.wording import shown
from pulumi_auth0_permissions.stacks.errors import NoStateYet, StackUndecryptable, StackUnreadable

__all__ = ["RESOURCE_TYPE", "parse_deployment"]

RESOURCE_TYPE = "pulumi-python:dynamic/auth0:ApiPermissions"

_SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"  # marks special values in state: sdk/go resource/sig.go
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of a secret, not one
_URN_PARTS = 4  # urn:pulumi:STACK, PROJECT, TYPE and the name, which may itself hold the separator


def parse_deployment(name: str, deployment: object) -> StackSnapshot:
    """Return what a deployment, the ``deployment`` of ``pulumi stack export``, holds of APIs.

    A resource that is only waiting to be deleted (the old one of a replacement) is left out.

    Raises:
        NoStateYet: if it holds no resource at all.
        StackUndecryptable: if a value that a report needs is a secret.
        StackUnreadable: if it is not as Pulumi writes it.
    """
    resources = deployment.get("resources") if isinstance(deployment, Mapping) else None
    if not resources:
        raise NoStateYet(name, f'stack "{shown(name)}" holds nothing yet: run `pulumi up --stack {shown(name)}` first.')
    apis: list[ApiState] = []
    outputs: dict[str, object] = {}
    try:
        for resource in resources:
            if resource.get("delete"):
                continue
            if resource["type"] == "pulumi:pulumi:Stack":
                found = resource.get("outputs") or {}
                outputs = {key: value for key, value in found.items() if not _is_secret(value)}
            elif resource["type"] == RESOURCE_TYPE:
                apis.append(_api_state(name, resource))
    except (LookupError, AttributeError, TypeError, ValueError):
        raise StackUnreadable(
            name, f'the state of stack "{shown(name)}" is not as this version knows it; run `pulumi up` on it first.'
        ) from None
    return StackSnapshot(name, tuple(sorted(apis, key=lambda api: (api.resource_name, api.urn))), outputs)


def _api_state(stack: str, resource: Mapping[str, object]) -> ApiState:
    urn = _text(resource["urn"])
    properties = resource["outputs"]
    if not isinstance(properties, Mapping):
        raise TypeError("outputs are a map")
    needed = ("api_id", "identifier", "name", "permissions", "unmanaged_permissions", "revision")
    resource_name = urn.split("::", _URN_PARTS - 1)[_URN_PARTS - 1]
    if any(_is_secret(properties[key]) for key in needed):
        raise StackUndecryptable(
            stack,
            f'stack "{shown(stack)}": the permissions of {shown(resource_name)} are marked as secret, and this would '
            "show them; take `pulumi.Output.secret` off them.",
        )
    return ApiState(
        urn=urn,
        resource_name=resource_name,
        api_id=_text(properties["api_id"]),
        identifier=_text(properties["identifier"]),
        api_name=_text(properties["name"]),
        managed=_set(properties["permissions"]),
        effective=_set({**properties["permissions"], **properties["unmanaged_permissions"]}),
        revision=_text(properties["revision"]),
        unmanaged=Unmanaged(properties.get("unmanaged") or Unmanaged.REFUSE),
        removal=Removal(properties.get("removal") or Removal.WARN),
        tenant=_text(properties.get("tenant") or ""),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value


def _set(value: object) -> PermissionSet:
    if not isinstance(value, Mapping):
        raise TypeError("a map is expected")
    return PermissionSet.of({_text(key): _text(text) for key, text in value.items()})


def _is_secret(value: object) -> bool:
    """Tell whether a value of the state is a secret, or holds one."""
    if isinstance(value, Mapping):
        return value.get(_SIGNATURE_KEY) == _SECRET_SIGNATURE or any(_is_secret(part) for part in value.values())
    return isinstance(value, list) and any(_is_secret(part) for part in value)

"""What a stack's state holds of APIs, as `pulumi stack export` prints it: for reports and promotion."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auth0_permissions_cli.stacks.pulumi import Stack, StackError
from pulumi_auth0_permissions.core.model import Permissions, Unmanaged
from pulumi_auth0_permissions.core.text import escape

RESOURCE_TYPE = "pulumi-python:dynamic/auth0:ApiPermissions"

_SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"  # marks a secret in a state: sdk/go resource/sig.go


@dataclass(frozen=True, slots=True)
class ApiState:
    """One `ApiPermissions` resource as a stack's state has it."""

    urn: str  # the resource's URN
    resource_name: str  # its name in the program; stages that share a program share it, whatever their identifiers
    api_id: str  # the API's id
    identifier: str  # the API's identifier (audience)
    api_name: str  # the API's name in its tenant; may be empty
    managed: Permissions  # what the resource manages, as applied
    effective: Permissions  # everything that was on the API when the stack was last updated or refreshed
    revision: str  # digest of effective, as recorded
    unmanaged: Unmanaged = Unmanaged.REFUSE  # what the resource does with unmanaged permissions
    tenant: str = ""  # the tenant's host; empty in the state of older versions


@dataclass(frozen=True, slots=True)
class StackSnapshot:
    """What one stack's state holds."""

    name: str  # the stack, as it was asked for
    apis: tuple[ApiState, ...] = ()  # its APIs, by resource name, then URN
    outputs: Mapping[str, object] = field(default_factory=dict)  # the stack's outputs, those that are secrets encrypted

    @property
    def tenant(self) -> str:
        """The tenant's host; several, where the state is of more than one, and empty where it does not tell."""
        return ", ".join(dict.fromkeys(api.tenant for api in self.apis if api.tenant))

    def api(self, resource_name: str) -> ApiState | None:
        """Return the first API of that resource name, or ``None``."""
        return next((api for api in self.apis if api.resource_name == resource_name), None)


def our_resource(urn: str) -> str:
    """Return the name of an `ApiPermissions` resource, under whatever parents; empty for all other URNs."""
    parts = urn.split("::", 3)  # urn:pulumi:STACK, PROJECT, TYPE and the name, which may itself hold the separator
    return parts[3] if len(parts) > 3 and parts[2].split("$")[-1] == RESOURCE_TYPE else ""


def read_stack(stack: Stack) -> StackSnapshot:
    """Return what a stack's state holds; nothing is refreshed, written or decrypted."""
    command = ("stack", "export")
    return parse_deployment(stack.name, stack.parsed(stack.output(*command), *command).get("deployment"))


def parse_deployment(name: str, deployment: object) -> StackSnapshot:
    """Return what a deployment, the ``deployment`` of ``pulumi stack export``, holds of APIs.

    A resource that is only waiting to be deleted (the old one of a replacement) is left out. Where nothing was applied
    yet, or everything was destroyed, there are none.

    Raises:
        StackError: a value that a report needs is a secret, or the state is not as Pulumi writes it.
    """
    resources = deployment.get("resources") if isinstance(deployment, Mapping) else None
    try:
        living = [resource for resource in resources or () if not resource.get("delete")]
        apis = [_api_state(name, resource) for resource in living if our_resource(resource["urn"])]
        roots = [resource for resource in living if resource["type"] == "pulumi:pulumi:Stack"]
        outputs = {key: value for root in roots for key, value in (root.get("outputs") or {}).items()}
    except (LookupError, AttributeError, TypeError, ValueError):
        raise StackError(
            f'the state of stack "{escape(name)}" was not written by this version; run `pulumi up` on it first.'
        ) from None
    return StackSnapshot(name, tuple(sorted(apis, key=lambda api: (api.resource_name, api.urn))), outputs)


def _api_state(stack: str, resource: Mapping[str, Any]) -> ApiState:
    properties = resource["outputs"]
    name = our_resource(resource["urn"])
    if _SIGNATURE_KEY in str([properties["permissions"], properties["unmanaged_permissions"]]):
        raise StackError(
            f'stack "{escape(stack)}": the permissions of {escape(name)} are marked as secret, and this would '
            "reveal them; remove `pulumi.Output.secret` from them."
        )
    managed, others = properties["permissions"], properties["unmanaged_permissions"]
    api_id, identifier, api_name, revision = (properties[key] for key in ("api_id", "identifier", "name", "revision"))
    texts = (api_id, identifier, api_name, revision, *managed.values(), *others.values())
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("text is expected")
    return ApiState(
        urn=resource["urn"],
        resource_name=name,
        api_id=api_id,
        identifier=identifier,
        api_name=api_name,
        managed=managed,
        effective={**managed, **others},
        revision=revision,
        unmanaged=Unmanaged(properties.get("unmanaged") or Unmanaged.REFUSE),
        tenant=properties.get("tenant") or "",
    )

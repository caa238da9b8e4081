"""What a stack holds of APIs, as plain values: what reports and promotion compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_auth0_permissions.core.modes import Removal, Unmanaged
from pulumi_auth0_permissions.core.permissions import PermissionSet

__all__ = ["ApiState", "StackSnapshot"]


@dataclass(frozen=True, slots=True)
class ApiState:
    """One `ApiPermissions` resource as a stack's state has it.

    Attributes:
        urn: the resource's URN.
        resource_name: its name in the program; stages that share a program share it, whatever their identifiers.
        api_id: the API's id.
        identifier: the API's identifier (audience).
        api_name: the API's name in its tenant; may be empty.
        managed: what the resource manages, as applied.
        effective: everything that was on the API when the stack was last updated or refreshed.
        revision: digest of ``effective``, as recorded.
        unmanaged: what the resource does with permissions that are nobody's.
        removal: how the resource removes.
        tenant: the tenant's host; empty in the state of older versions.
    """

    urn: str
    resource_name: str
    api_id: str
    identifier: str
    api_name: str
    managed: PermissionSet
    effective: PermissionSet
    revision: str
    unmanaged: Unmanaged = Unmanaged.REFUSE
    removal: Removal = Removal.WARN
    tenant: str = ""

    @property
    def strangers(self) -> PermissionSet:
        """What was on the API and is not the resource's: unmanaged permissions."""
        return self.effective.without(self.managed.values())


@dataclass(frozen=True, slots=True)
class StackSnapshot:
    """What one stack's state holds.

    Attributes:
        name: the stack, as it was asked for.
        apis: its APIs, by resource name, then URN.
        outputs: the stack's outputs; a secret one is left out.
    """

    name: str
    apis: tuple[ApiState, ...] = ()
    outputs: Mapping[str, object] = field(default_factory=dict)

    @property
    def tenant(self) -> str:
        """The tenant's host; several, where the state is of more than one, and empty where it does not tell."""
        return ", ".join(dict.fromkeys(api.tenant for api in self.apis if api.tenant))

    def api(self, resource_name: str) -> ApiState | None:
        """Return the first API of that resource name, or ``None``."""
        return next((api for api in self.apis if api.resource_name == resource_name), None)

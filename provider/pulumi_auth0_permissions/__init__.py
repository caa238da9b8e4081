"""Permissions of Auth0 APIs as infrastructure code: a Pulumi resource with true previews and safe removal.

`ApiPermissions` is the resource; `Stage` and `promoted_from` take one permission set through several stacks;
`Unmanaged` and `Removal` are the modes that both take. `get_api_permissions` looks up what an API holds.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.model import Removal as Removal
    from pulumi_auth0_permissions.core.model import Unmanaged as Unmanaged
    from pulumi_auth0_permissions.lookup import GetApiPermissionsResult as GetApiPermissionsResult
    from pulumi_auth0_permissions.lookup import get_api_permissions as get_api_permissions
    from pulumi_auth0_permissions.lookup import get_api_permissions_output as get_api_permissions_output
    from pulumi_auth0_permissions.resource import ApiPermissions as ApiPermissions
    from pulumi_auth0_permissions.stage import Stage as Stage
    from pulumi_auth0_permissions.stage import promoted_from as promoted_from

# The only place of the version, also for the build: looking up an installed distribution's version takes some 15 ms.
__version__ = "0.1.0"

# Imported on first use: otherwise every command, which needs none of them, would load Pulumi's SDK.
_HOMES = {
    "core.model": ("Removal", "Unmanaged"),
    "lookup": ("GetApiPermissionsResult", "get_api_permissions", "get_api_permissions_output"),
    "resource": ("ApiPermissions",),
    "stage": ("Stage", "promoted_from"),
}
__all__ = sorted(["__version__", *(name for names in _HOMES.values() for name in names)])


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # else a type checker would believe that the module has whatever name it is asked for

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{home}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

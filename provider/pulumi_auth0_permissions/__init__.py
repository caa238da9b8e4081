"""Permissions of Auth0 APIs as infrastructure code: a Pulumi resource with true previews and safe removal.

`ApiPermissions` is the resource; `Stage` and `promoted_from` take one permission set through several stacks;
`Unmanaged` and `Removal` are the modes that both take. `get_api_permissions` looks up what an API holds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pulumi_auth0_permissions import version

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.model import Removal as Removal
    from pulumi_auth0_permissions.core.model import Unmanaged as Unmanaged
    from pulumi_auth0_permissions.lookup import GetApiPermissionsResult as GetApiPermissionsResult
    from pulumi_auth0_permissions.lookup import get_api_permissions as get_api_permissions
    from pulumi_auth0_permissions.lookup import get_api_permissions_output as get_api_permissions_output
    from pulumi_auth0_permissions.resource import ApiPermissions as ApiPermissions
    from pulumi_auth0_permissions.stage import Stage as Stage
    from pulumi_auth0_permissions.stage import promoted_from as promoted_from

__version__ = version.VERSION

# Imported when first asked for: a program has no use for all of them, and the command line for none, which would
# otherwise load Pulumi's SDK for every command.
_HOMES = {
    "ApiPermissions": "resource",
    "GetApiPermissionsResult": "lookup",
    "Removal": "core.model",
    "Stage": "stage",
    "Unmanaged": "core.model",
    "get_api_permissions": "lookup",
    "get_api_permissions_output": "lookup",
    "promoted_from": "stage",
}

__all__ = sorted([*_HOMES, "__version__"])


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # else a type checker would believe that the module has whatever name it is asked for

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

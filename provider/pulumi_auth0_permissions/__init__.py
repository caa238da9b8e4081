"""Permissions of Auth0 APIs as infrastructure code: a Pulumi resource with true previews and safe removal.

`ApiPermissions` is the resource; `Stage` and `promoted_from` take one permission set through several stacks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.resource import ApiPermissions

if TYPE_CHECKING:
    from pulumi_auth0_permissions.promotion import Stage, promoted_from

__all__ = ["ApiPermissions", "Stage", "promoted_from"]

# Imported when first asked for: the provider's process and most programs have no use for them.
_LATER = ("Stage", "promoted_from")


def __getattr__(name: str) -> object:
    if name in _LATER:
        return getattr(import_module("pulumi_auth0_permissions.promotion"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

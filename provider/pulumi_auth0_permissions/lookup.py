"""Look up what an API holds, for programs that reference permissions which another stack or team owns."""

from __future__ import annotations  # so that documented signatures say `Input[str]`, not what that expands to

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import revision_of
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.declaring import errors_shown, is_mocked, required, this_program
from pulumi_auth0_permissions.settings import Settings


@dataclass(frozen=True, slots=True)
class GetApiPermissionsResult:
    """What an API holds.

    Attributes:
        api_id: the API's id.
        identifier: its identifier (audience).
        name: its name; may be empty.
        permissions: all permissions on the API (permission → description).
        revision: digest of ``permissions``, as `ApiPermissions.revision`.
    """

    api_id: str
    identifier: str
    name: str
    permissions: Mapping[str, str]
    revision: str

    def require(self, permission: str) -> str:
        """Return a permission that the API has.

        Raises:
            pulumi.RunError: it does not have it; in a preview as well, so that a typo is found before anything is done.
        """
        return required(permission, self.permissions, f"the API {escape(self.identifier)} has")


def get_api_permissions(api: str) -> GetApiPermissionsResult:
    """Return what an API holds now; nothing is written.

    The tenant and its credentials are those of the stack, as for `ApiPermissions`; ``read:resource_servers`` is enough.
    An API is read once in each preview and update. Under mocks it is a call of ``auth0:index:getApiPermissions``, which
    returns ``permissions`` and, where they matter, the other attributes.

    Args:
        api: identifier (audience) or id of an existing API.

    Raises:
        pulumi.RunError: there is no such API, or it cannot be read.
    """
    if is_mocked():
        given = pulumi.runtime.invoke("auth0:index:getApiPermissions", {"api": api}).value or {}
        defaults: dict[str, Any] = {"api_id": api, "identifier": api, "name": "", "permissions": {}, "revision": ""}
        return GetApiPermissionsResult(**{name: given.get(name, value) for name, value in defaults.items()})
    found: dict[str, GetApiPermissionsResult] = this_program().looked_up
    if api not in found:
        with errors_shown("get_api_permissions: "):
            found[api] = _read(api)
    return found[api]


def get_api_permissions_output(api: pulumi.Input[str]) -> pulumi.Output[GetApiPermissionsResult]:
    """Return what `get_api_permissions` does, once the API is known: for outputs, such as another resource's.

    Args:
        api: identifier (audience) or id of the API.
    """
    return pulumi.Output.from_input(api).apply(get_api_permissions)


def _read(api: str) -> GetApiPermissionsResult:
    # Imported here: it brings the HTTP client, which a program that looks nothing up does not need.
    from pulumi_auth0_permissions.pulumi_adapter.tenant_client import client_for, nearest_apis

    settings = Settings.read(pulumi.runtime.get_config, os.environ)
    client = client_for(settings, warn=pulumi.log.warn)
    with closing(client) as management, operation(settings.operation_minutes):
        try:
            found = management.get_api(api)
        except NotFound as error:
            raise PermissionsError(f"{error.what}.{nearest_apis(management, api)}") from None
    held = found.permissions
    return GetApiPermissionsResult(found.id, found.identifier, found.name, held, revision_of(held))

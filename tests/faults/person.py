"""Somebody else who edits the same API: now, or at the moment when a certain request of ours arrives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from auth0_local_tenant import Fault, LocalTenant
from auth0_local_tenant.models.tokens import Bearer
from faults.scene import GRANT, ORDERS, ORDERS_ID, ROLE

Scope = Mapping[str, str]
Edit = Callable[[list[Scope]], list[Scope]]

_SOMEBODY = Bearer("somebody-else", frozenset({"update:resource_servers", "update:client_grants", "update:roles"}))


def add(value: str, description: str = "") -> Edit:
    """Return the edit that adds a permission at the end, in place of one of that value."""
    return lambda present: [*delete(value)(present), {"value": value, "description": description}]


def delete(value: str) -> Edit:
    """Return the edit that deletes a permission."""
    return lambda present: [scope for scope in present if scope["value"] != value]


def describe(value: str, description: str) -> Edit:
    """Return the edit that describes a permission anew."""
    return lambda present: [
        {**scope, "description": description} if scope["value"] == value else scope for scope in present
    ]


def turn_around(present: list[Scope]) -> list[Scope]:
    """Edit: the same in another order."""
    return present[::-1]


def scopes(tenant: LocalTenant) -> list[Scope]:
    """Return the API's list as it is; no request is sent."""
    (api,) = [server for server in tenant.dump()["resource_servers"] if server["id"] == ORDERS_ID]
    found = api.get("scopes", [])
    assert isinstance(found, list)
    return found


def edit_now(tenant: LocalTenant, edit: Edit) -> None:
    """Edit the API at once, with the whole list, as everybody has to."""
    _send(tenant, "PATCH", f"/api/v2/resource-servers/{ORDERS_ID}", {"scopes": edit(scopes(tenant))})


def grant_now(tenant: LocalTenant, scope: list[str]) -> None:
    """Give the client grant another list at once."""
    _send(tenant, "PATCH", f"/api/v2/client-grants/{GRANT}", {"scope": scope})


def give_role_now(tenant: LocalTenant, value: str) -> None:
    """Give the role a permission of the API at once."""
    held = [{"resource_server_identifier": ORDERS, "permission_name": value}]
    _send(tenant, "POST", f"/api/v2/roles/{ROLE}/permissions", {"permissions": held})


def at_request(tenant: LocalTenant, action: Callable[[], None], *, method: str, path: str, after: int = 0) -> None:
    """Have something done just before a request is handled; see `Fault` for which."""
    tenant.options = replace(tenant.options, sleep=lambda _seconds: action())
    tenant.add_fault(Fault("delay", method=method, path=path, after=after, delay_s=1))


def _send(tenant: LocalTenant, method: str, path: str, body: Mapping[str, object]) -> None:
    reply = tenant._started().gateway.call(method, path, json.dumps(body).encode(), _SOMEBODY)
    assert reply.code in (200, 201), reply.body

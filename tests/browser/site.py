"""What the browser tests start from: a tenant with one busy API, and where its pages are."""

from __future__ import annotations

from urllib.parse import quote

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS, ORDERS_API, ORDERS_SCOPES

API_ID = str(ORDERS_API["id"])


def _held(*values: str) -> list[dict[str, str]]:
    return [{"resource_server_identifier": ORDERS, "permission_name": value} for value in values]


SEED: dict[str, object] = {
    "resource_servers": [
        ORDERS_API
        | {"scopes": [*ORDERS_SCOPES, {"value": "audit:orders", "description": "Read the history of orders"}]}
    ],
    "clients": [
        {"client_id": "billing", "name": "Billing"},
        {"client_id": "batch", "name": "Nightly batch"},
    ],
    "roles": [
        {"id": "rol_support000000001", "name": "Support", "permissions": _held("read:orders", "delete:orders")},
        {"id": "rol_manager000000001", "name": "Shop manager", "permissions": _held("write:orders", "delete:orders")},
    ],
    "client_grants": [
        {"id": "cgr_billing000000001", "client_id": "billing", "audience": ORDERS, "scope": ["delete:orders"]},
        {"id": "cgr_batch00000000001", "client_id": "batch", "audience": ORDERS, "allow_all_scopes": True},
    ],
    "users": [{"user_id": "auth0|anne", "permissions": _held("delete:orders")}],
}


def page_paths(api_id: str, value: str) -> dict[str, str]:
    """Return the path of each kind of page: what it shows → path.

    Args:
        api_id: an API's id.
        value: a permission of that API.
    """
    about = f"/apis/{api_id}/permissions/{{}}?value={quote(value, safe='')}"
    return {
        "APIs": "/",
        "permissions": f"/apis/{api_id}/permissions",
        "settings": f"/apis/{api_id}",
        "roles and grants of an API": f"/apis/{api_id}/holders",
        "deletion": about.format("delete"),
        "description": about.format("edit"),
        "roles and grants": "/holders",
        "journal": "/journal",
        "faults and options": "/settings",
        "nothing there": f"/apis/{'0' * 24}/permissions",
    }


def scopes_of(tenant: LocalTenant, api: str = ORDERS) -> dict[str, str]:
    """Return what the tenant holds for an API: value → description, in its order."""
    for server in tenant.dump()["resource_servers"]:
        if server["identifier"] == api:
            entries = server.get("scopes", [])
            assert isinstance(entries, list)
            return {entry["value"]: entry.get("description", "") for entry in entries}
    raise AssertionError(f"the tenant has no API {api}")

"""A tenant's content in which permissions are held in every way there is."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_auth0_permissions.auth0.client import ManagementClient

__all__ = ["BILLING", "ORDERS", "SEED", "Connect"]

Connect = Callable[..., ManagementClient]

ORDERS = "https://orders.example.com"
BILLING = "https://billing.example.com"
SEED = {
    "resource_servers": [
        {
            "identifier": ORDERS,
            "name": "Orders",
            "token_lifetime": 7200,
            "scopes": [{"value": value} for value in ("write:orders", "read:orders", "delete:orders", "idle:orders")],
        },
        {"identifier": BILLING, "name": "Billing", "scopes": [{"value": "read:orders"}, {"value": "pay"}]},
    ],
    "clients": [{"client_id": "shop-1", "name": "Shop"}, {"client_id": "backoffice-1", "name": "Back office"}],
    "roles": [
        {
            "id": "rol_viewer0000000000",
            "name": "Viewer",
            "permissions": [{"resource_server_identifier": ORDERS, "permission_name": "read:orders"}],
        },
        {
            "id": "rol_admin00000000000",
            "name": "Admin",
            "permissions": [
                {"resource_server_identifier": ORDERS, "permission_name": "read:orders"},
                {"resource_server_identifier": ORDERS, "permission_name": "delete:orders"},
                {"resource_server_identifier": BILLING, "permission_name": "pay"},
            ],
        },
        {"id": "rol_nobody0000000000", "name": "Nobody"},
    ],
    "client_grants": [
        {
            "id": "cgr_shop000000000000",
            "client_id": "shop-1",
            "audience": ORDERS,
            "scope": ["read:orders", "write:orders", "gone:orders"],
        },
        {
            "id": "cgr_backoffice000000",
            "client_id": "backoffice-1",
            "audience": ORDERS,
            "allow_all_scopes": True,
        },
        {
            "id": "cgr_default000000000",
            "default_for": "third_party_clients",
            "audience": ORDERS,
            "scope": ["read:orders"],
        },
        {"id": "cgr_billing000000000", "client_id": "shop-1", "audience": BILLING, "scope": ["pay"]},
    ],
}

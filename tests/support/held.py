"""An API whose `delete:orders` somebody holds in each way there is."""

from support.workspace import ORDERS, ORDERS_API

OURS = {
    "read:orders": "Read orders",
    "write:orders": "Create and change orders",
    "delete:orders": "Delete orders",
    "audit:orders": "Read the history of orders",
}


def _held(*values: str) -> list[dict[str, str]]:
    return [{"resource_server_identifier": ORDERS, "permission_name": value} for value in values]


SEED: dict[str, object] = {
    "resource_servers": [
        ORDERS_API | {"scopes": [{"value": value, "description": text} for value, text in OURS.items()]}
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

"""An API's permissions, and who holds them, in one program (docs/how-to/roles-and-grants.md)."""

import pulumi
import pulumi_auth0 as auth0

import pulumi_auth0_permissions as auth0_permissions

orders = auth0_permissions.ApiPermissions(
    "orders",
    api="https://orders.example.com",
    permissions={
        "read:orders": "Read orders",
        "write:orders": "Create and change orders",
        "delete:orders": "Delete orders",
    },
)
held = orders.permissions.apply(sorted)

auth0.RolePermissions(
    "support",
    role_id="rol_Hk2PqWcXvB8nLmZr",
    permissions=pulumi.Output.all(orders.identifier, held).apply(
        lambda known: [{"name": name, "resource_server_identifier": known[0]} for name in known[1]]
    ),
)
auth0.ClientGrant(
    "billing",
    client_id="billing",
    audience=orders.identifier,
    scopes=held,
)
auth0.UserPermission(
    "ada",
    user_id="auth0|ada",
    resource_server_identifier=orders.identifier,
    permission="read:orders",
)

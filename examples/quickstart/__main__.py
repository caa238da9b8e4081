"""The permissions of one API."""

import pulumi_auth0_permissions as auth0_permissions

orders = auth0_permissions.ApiPermissions(
    "orders",
    api="https://orders.example.com",
    permissions={
        "read:orders": "Read orders",
        "write:orders": "Create and change orders",
    },
)

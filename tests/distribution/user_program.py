"""A user's program, for `make check` alone: the right ways pass, and each wrong one is an error that is expected.

The types of outputs are pinned in public_api.txt. With ``warn_unused_ignores`` (a part of ``--strict``) a wrong way
that is no longer an error fails as well.
"""

from typing import assert_type

import pulumi

import pulumi_auth0_permissions as auth0_permissions

orders = auth0_permissions.ApiPermissions(
    "orders",
    api="https://orders.example.com",
    permissions={"read:orders": "Read orders", "write:orders": pulumi.Output.from_input("Change orders")},
    unmanaged="keep",
    removal="refuse_if_held",
    renames={"see:orders": "read:orders"},
    opts=pulumi.ResourceOptions(protect=True),
)
assert_type(orders.effective_permissions, pulumi.Output[dict[str, str]])
assert_type(orders.require("read:orders"), pulumi.Output[str])

auth0_permissions.ApiPermissions("later", api=orders.identifier, permissions=orders.permissions)
auth0_permissions.ApiPermissions(
    "outputs",
    "https://a",
    {},
    unmanaged=auth0_permissions.Unmanaged.KEEP,
    removal=pulumi.Output.from_input("warn"),
    renames=pulumi.Output.from_input({"see:orders": "read:orders"}),
)

held = auth0_permissions.get_api_permissions("https://stock.example.com")
assert_type(held.require("read:stock"), str)
assert_type(held.permissions["read:stock"], str)
later = auth0_permissions.get_api_permissions_output(orders.identifier)
assert_type(later, pulumi.Output[auth0_permissions.GetApiPermissionsResult])

stage = auth0_permissions.Stage(catalog="permissions.yaml")
declared = stage.declare(unmanaged="refuse", removal="revoke", renames={"orders": {"see:orders": "read:orders"}})
assert_type(declared, dict[str, auth0_permissions.ApiPermissions])
assert_type(stage.permissions, pulumi.Output[dict[str, dict[str, str]]])
assert_type(auth0_permissions.promoted_from("dev"), pulumi.Output[dict[str, dict[str, str]]])

auth0_permissions.ApiPermissions("typo", "https://a", {}, removal="revok")  # type: ignore[arg-type]
auth0_permissions.ApiPermissions("typo", "https://a", {}, unmanaged="drop")  # type: ignore[arg-type]
auth0_permissions.ApiPermissions("list", "https://a", ["read:orders"])  # type: ignore[arg-type]
auth0_permissions.ApiPermissions("number", "https://a", {"read:orders": 1})  # type: ignore[dict-item]
auth0_permissions.ApiPermissions("no permissions", "https://a")  # type: ignore[call-arg]
auth0_permissions.ApiPermissions("by position", "https://a", {}, "keep")  # type: ignore[call-arg]
misspelt = auth0_permissions.ApiPermission  # type: ignore[attr-defined]
stage.declare(renames={"see:orders": "read:orders"})  # type: ignore[dict-item]

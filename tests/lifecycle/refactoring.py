"""A refactoring of a program: apply it before, apply it after, and see that nothing was lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS, Workspace

__all__ = ["API_ID", "BILLING", "BILLING_ID", "SEED", "Refactoring", "declared", "run_refactoring"]

API_ID = "65f0c0ffee00000000000001"
BILLING = "https://billing.example.com"
BILLING_ID = "65f0c0ffee00000000000002"
HELD = ("a", "b", "c")

SEED: dict[str, object] = {
    "resource_servers": [
        {"id": API_ID, "identifier": ORDERS, "name": "Orders", "scopes": [{"value": v} for v in HELD]},
        {"id": BILLING_ID, "identifier": BILLING, "name": "Billing", "scopes": []},
    ],
    "clients": [{"client_id": "shop", "name": "Shop"}],
    "roles": [
        {
            "id": "rol_0000000000000001",
            "name": "Clerk",
            "permissions": [{"resource_server_identifier": ORDERS, "permission_name": v} for v in HELD],
        }
    ],
    "client_grants": [{"id": "cgr_0000000000000001", "client_id": "shop", "audience": ORDERS, "scope": list(HELD)}],
}


def declared(name: str, values: str, *, api: str = repr(ORDERS), more: str = "") -> str:
    """Return the statement that declares one-letter permissions."""
    permissions = dict.fromkeys(values, "")
    return f"{name} = auth0_permissions.ApiPermissions({name!r}, api={api}, permissions={permissions!r}, {more})\n"


@dataclass(frozen=True)
class Refactoring:
    """A program before and after, and how it is applied.

    Attributes:
        before: statements of the first program.
        after: statements of the second one.
        arguments: of the second `pulumi up`.
        between: what is done to the stack between the two.
        lost: permissions that the second program really drops.
        project: lines to add to Pulumi.yaml.
    """

    before: str
    after: str
    arguments: Sequence[str] = ()
    between: Callable[[Workspace], None] | None = None
    lost: str = ""
    project: str = ""


def run_refactoring(shop: Workspace, tenant: LocalTenant, refactoring: Refactoring) -> str:
    """Apply it and assert that what stays declared stays on the API and with its holders, at every step.

    Returns:
        What the second `pulumi up` printed.
    """
    if refactoring.project:
        shop.write("Pulumi.yaml", (shop.folder / "Pulumi.yaml").read_text("utf-8") + refactoring.project)
    shop.program(refactoring.before)
    shop.up()
    if refactoring.between is not None:
        refactoring.between(shop)
    tenant.clear_journal()
    shop.program(refactoring.after)

    output = shop.up(*refactoring.arguments).output

    stays = set(HELD) - set(refactoring.lost)
    assert set(shop.scopes()) == stays, output
    assert all(stays <= set(values) for values in _lists_sent(tenant)), "a step in between took a permission"
    assert _held(tenant) >= stays, "a role or client grant lost access"
    writes_to_holders = [
        e.path for e in tenant.journal() if e.method != "GET" and ("roles" in e.path or "client-grants" in e.path)
    ]
    assert refactoring.lost or not writes_to_holders, writes_to_holders
    tenant.clear_journal()
    again = shop.up().output
    assert shop.writes() == [], again
    shop.destroy(AUTH0_PERMISSIONS_APPROVED_REMOVALS='["a", "b", "c"]')
    assert shop.scopes() == {}
    return output


def _lists_sent(tenant: LocalTenant) -> list[list[str]]:
    bodies = [
        e.request_body for e in tenant.journal() if e.method == "PATCH" and f"resource-servers/{API_ID}" in e.path
    ]
    return [[scope["value"] for scope in body["scopes"]] for body in bodies if isinstance(body, dict)]


def _held(tenant: LocalTenant) -> set[str]:
    """Return what both the role and the client grant hold."""
    state = tenant.dump()
    (grant,) = [one for one in state["client_grants"] if one["audience"] == ORDERS]
    (role,) = state["roles"]
    held = role["permissions"]
    assert isinstance(held, list)
    scope = grant["scope"]
    assert isinstance(scope, list)
    return {one["permission_name"] for one in held} & set(scope)

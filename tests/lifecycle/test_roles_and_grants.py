"""Roles, client grants and user permissions in the same program as the permissions that they hold."""

import pytest

from auth0_local_tenant import LocalTenant, TenantOptions
from docs.pages import used
from support.environment import WITH_OFFICIAL_SDK
from support.workspace import ORDERS, SCOPES, Workspace

SEED: dict[str, object] = {
    "clients": [{"client_id": "billing", "name": "Billing"}],
    "users": [{"user_id": "auth0|ada"}],
}
MORE_SCOPES = (
    *(f"{verb}:{what}" for verb in ("create", "delete") for what in ("resource_servers", "roles", "client_grants")),
    *("read:users", "update:users"),
)


PROGRAM = used("roles-program")


def program(values: str, *, held: str = "orders.permissions", more: str = "", user: str = "a") -> str:
    """Return the page's program with other permissions; its role and grant hold all of them, or what is said."""
    head, rest = PROGRAM.split("    permissions={\n", 1)
    _, rest = rest.split("    },\n", 1)
    for there, instead in (("orders.permissions", f"pulumi.Output.from_input({held})"), ("read:orders", user)):
        assert there in rest
        rest = rest.replace(there, instead)
    return f"{head}    permissions={dict.fromkeys(values, '')!r},\n    {more}\n{rest}"


@pytest.fixture
def tenant_seed() -> dict[str, object]:
    """An application and a user, that hold nothing yet."""
    return SEED


@pytest.fixture
def tenant_options() -> TenantOptions:
    """A vendor that takes no grant of what its API lacks."""
    return TenantOptions(grants_within_api=True)


@pytest.fixture
def whole(shop: Workspace, tenant: LocalTenant) -> Workspace:
    """A stack whose program is applied: three permissions, which the role and the application hold."""
    shop.environment["PYTHONPATH"] = WITH_OFFICIAL_SDK
    shop.client_id, shop.client_secret = tenant.issue_client([*SCOPES, *MORE_SCOPES])
    shop.write("__main__.py", program("abc"))
    shop.up("--skip-preview")
    assert held_by_all(tenant) == ["abc", "abc", "a"]
    tenant.clear_journal()
    return shop


def held_by_all(tenant: LocalTenant) -> list[str]:
    """Return what the role, the client grant and the user hold."""
    state = tenant.dump()
    (role,) = state["roles"]
    (user,) = state["users"]
    (grant,) = [one for one in state["client_grants"] if one["audience"] == ORDERS]
    scope: list[str] = grant["scope"]  # type: ignore[assignment]
    return ["".join(sorted(values)) for values in (_names(role), scope, _names(user))]


def _names(holder: dict[str, object]) -> list[str]:
    permissions: list[dict[str, str]] = holder["permissions"]  # type: ignore[assignment]
    return [one["permission_name"] for one in permissions]


def written(tenant: LocalTenant) -> list[str]:
    """Return the writes in order: method and kind."""
    writes = [one for one in tenant.journal() if one.method != "GET" and "/api/v2/" in one.path]
    assert all((one.status or 500) < 300 for one in writes), writes
    return [f"{one.method} {one.path.split('/')[3]}" for one in writes]


def test_permissions_come_first_and_holders_follow(whole: Workspace, tenant: LocalTenant) -> None:
    """A new permission is on the API before it is given; one that goes under `warn` is let go in the same update.

    Under `renames`, role and grant hold the new name before the old one goes. The program of the page runs as it
    stands.
    """
    whole.write("__main__.py", program("abcd"))
    assert "3 updated" in whole.up("--skip-preview")
    assert written(tenant)[0] == "PATCH resource-servers"
    assert sorted(written(tenant)[1:]) == ["PATCH client-grants", "POST roles"]
    assert held_by_all(tenant) == ["abcd", "abcd", "a"]

    whole.write("__main__.py", program("ab"))
    tenant.clear_journal()
    assert "held by 1 role and 1 client grant" in whole.up(AUTH0_PERMISSIONS_APPROVED_REMOVALS='["c", "d"]')
    assert written(tenant)[0] == "PATCH resource-servers"
    assert sorted(written(tenant)[1:]) == ["DELETE roles", "PATCH client-grants"]
    assert held_by_all(tenant) == ["ab", "ab", "a"]

    whole.write("__main__.py", program("zb", more="renames={'a': 'z'}", user="z"))
    whole.up("--skip-preview")
    assert held_by_all(tenant) == ["bz", "bz", "z"]

    whole.write("__main__.py", PROGRAM)
    whole.up("--skip-preview", AUTH0_PERMISSIONS_APPROVED_REMOVALS='["z", "b"]')
    everything = "".join(sorted(whole.scopes()))
    assert held_by_all(tenant) == [everything, everything, "read:orders"]


def test_what_is_held_is_taken_or_refused(whole: Workspace, tenant: LocalTenant) -> None:
    """`revoke` takes it before it goes: no grant is left with a dead value, also as the official provider goes on.

    `refuse_if_held` takes two updates, and says so; a destroy takes the holders first, and so needs no approval.
    """
    whole.write("__main__.py", program("ab", more="removal='revoke'"))
    whole.up("--skip-preview")
    gone = written(tenant).index("PATCH resource-servers")
    assert sorted(written(tenant)[:gone]) == ["DELETE roles", "PATCH client-grants"]
    assert sorted(written(tenant)[gone + 1 :]) == ["DELETE roles", "PATCH client-grants"]
    assert held_by_all(tenant) == ["ab", "ab", "a"]

    refuse = "removal='refuse_if_held'"
    whole.write("__main__.py", program("a", more=refuse))
    tenant.clear_journal()
    refused = whole.up(ok=False)
    assert "or two updates: first take the permissions from the roles and grants, then delete them." in refused
    assert written(tenant) == []

    whole.write("__main__.py", program("ab", held="['a']", more=refuse))
    whole.up("--skip-preview")
    whole.write("__main__.py", program("a", more=refuse))
    whole.up("--skip-preview")
    assert set(whole.scopes()) == {"a"}
    assert held_by_all(tenant) == ["a", "a", "a"]

    tenant.clear_journal()
    whole.destroy("--skip-preview")
    order = written(tenant)
    assert order.index("DELETE client-grants") < order.index("PATCH resource-servers")
    assert order.index("PATCH resource-servers") < order.index("DELETE resource-servers")

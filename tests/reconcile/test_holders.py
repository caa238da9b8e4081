"""Who holds what, found out from a tenant: what is found, what is read once, and how a look-up ends early."""

import itertools
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.site import Site
from pulumi_auth0_permissions.core.model import Holder, HolderKind, Impact, Scope
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, HolderLookup

ORDERS = "https://orders.example.com"
BILLING = "https://billing.example.com"
THIRD = "default for third_party_clients"


def held(identifier: str, *values: str) -> list[dict[str, str]]:
    """Return what a role holds of an API."""
    return [{"resource_server_identifier": identifier, "permission_name": value} for value in values]


def api(identifier: str, *values: str) -> dict[str, object]:
    """Return an API."""
    return {"identifier": identifier, "scopes": [{"value": value} for value in values]}


def grant(name: str, identifier: str, **more: object) -> dict[str, object]:
    """Return a client grant on an API."""
    return {"id": f"cgr_{name}", "audience": identifier, **more}


SEED = {
    "resource_servers": [
        api(ORDERS, "write:orders", "read:orders", "delete:orders", "idle:orders"),
        api(BILLING, "read:orders", "pay"),
    ],
    "clients": [{"client_id": "shop-1", "name": "Shop"}, {"client_id": "backoffice-1", "name": "Back office"}],
    "roles": [
        {"id": "rol_viewer", "name": "Viewer", "permissions": held(ORDERS, "read:orders")},
        {
            "id": "rol_admin",
            "name": "Admin",
            "permissions": [*held(ORDERS, "read:orders", "delete:orders"), *held(BILLING, "pay")],
        },
        {"id": "rol_nobody", "name": "Nobody"},
    ],
    "client_grants": [
        grant("shop", ORDERS, client_id="shop-1", scope=["read:orders", "write:orders", "gone:orders"]),
        grant("backoffice", ORDERS, client_id="backoffice-1", allow_all_scopes=True),
        grant("default", ORDERS, default_for="third_party_clients", scope=["read:orders"]),
        grant("billing", BILLING, client_id="shop-1", scope=["pay"]),
    ],
}


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """A tenant in which the permissions of Orders are held by roles and grants."""
    return SEED


def look_up(
    site: Site, identifier: str = ORDERS, values: Sequence[str] | None = None, named: int = ALL_APPLICATIONS
) -> Impact:
    """Look up holders as a new process would."""
    client = site.client()
    return HolderLookup(client, max_applications_named=named).look_up(client.get_api(identifier), values)


def names(impact: Impact, value: str) -> list[str]:
    """Return the names of a permission's holders, as they are listed."""
    return [holder.name for holder in impact.holders.get(value, ())]


def requests(tenant: LocalTenant, path: str) -> int:
    """Count the requests to paths with that beginning."""
    return sum(entry.path.startswith(f"/api/v2/{path}") for entry in tenant.journal())


def test_everything_that_is_held_is_found(tenant: LocalTenant) -> None:
    """The API's permissions in its order, then what it no longer has; roles before grants, each by name.

    A grant goes by its application's name, or what it is the default for; one of all scopes stands apart.
    """
    impact = look_up(Site(tenant))

    assert [(value, names(impact, value)) for value in impact.holders] == [
        ("write:orders", ["Shop"]),
        ("read:orders", ["Admin", "Viewer", "Shop", THIRD]),
        ("delete:orders", ["Admin"]),
        ("gone:orders", ["Shop"]),
    ]
    assert impact.holders["delete:orders"] == (Holder(HolderKind.ROLE, "rol_admin", "Admin"),)
    assert impact.holders["write:orders"] == (Holder(HolderKind.CLIENT_GRANT, "cgr_shop", "Shop"),)
    assert impact.all_scope_grants == (Holder(HolderKind.CLIENT_GRANT, "cgr_backoffice", "Back office"),)


def test_the_same_value_on_another_api_is_another_permission(tenant: LocalTenant) -> None:
    """Who holds a permission of one API does not hold the one of that name of another API; nobody's name is asked."""
    assert look_up(Site(tenant), BILLING, ["read:orders"]).holders == {}
    assert requests(tenant, "clients") == 0


@pytest.mark.parametrize(
    ("lacks", "fails", "unknown", "found"),
    [
        ("read:roles", ("", 0), "roles could not be read, since the token lacks read:roles", ["Shop", THIRD]),
        (
            "read:client_grants",
            ("", 0),
            "client grants could not be read, since the token lacks read:client_grants",
            ["Admin", "Viewer"],
        ),
        ("", ("/roles$", 503), "roles could not be read: GET /api/v2/roles: 503", ["Shop", THIRD]),
        # What was read before is kept.
        ("", ("/rol_viewer", 400), "roles could not be read; 2 of 3 were read: ", ["Admin", "Shop", THIRD]),
        # A role that was deleted meanwhile holds nothing; where a name is not to be had, the client id will do.
        ("", ("/rol_viewer", 404), "", ["Admin", "Shop", THIRD]),
        ("read:clients", ("", 0), "", ["Admin", "Viewer", THIRD, "shop-1"]),
        ("", ("/clients/", 500), "", ["Admin", "Viewer", THIRD, "shop-1"]),
    ],
)
def test_what_cannot_be_read_is_unknown(
    tenant: LocalTenant, lacks: str, fails: tuple[str, int], unknown: str, found: list[str]
) -> None:
    """The reason is named and nothing is raised; what can be read is found all the same."""
    path, status = fails
    if status:
        tenant.add_fault(Fault("status", method="GET", path=path, status=status, times=None))

    impact = look_up(Site(tenant, {*Scope} - {lacks}))

    assert names(impact, "read:orders") == found
    assert len(impact.unknown) == bool(unknown)
    assert "".join(impact.unknown).startswith(unknown)


def test_roles_are_read_once_and_grants_once_for_each_api(tenant: LocalTenant) -> None:
    """However many threads and APIs ask, and however often."""
    client = Site(tenant).client()
    lookup = HolderLookup(client)
    apis = [client.get_api(identifier) for identifier in (ORDERS, BILLING, ORDERS, BILLING)]
    together = Barrier(len(apis))

    def ask(number: int) -> Impact:
        together.wait()
        return lookup.look_up(apis[number], ["read:orders"])

    with ThreadPoolExecutor(len(apis)) as threads:
        first, second, *again = threads.map(ask, range(len(apis)))

    assert again == [first, second]
    assert requests(tenant, "roles") == 1 + 3
    assert requests(tenant, "client-grants") == 2


@pytest.mark.parametrize(
    ("allowed", "status", "named", "asked"),
    [
        (1, 0, ["Back office", "shop-1"], 1),
        (2, 0, ["Back office", "Shop"], 2),
        (2, 403, ["backoffice-1", "shop-1"], 1),  # the next one would be refused too
    ],
)
def test_no_more_names_are_asked_for_than_may_be(
    tenant: LocalTenant, allowed: int, status: int, named: list[str], asked: int
) -> None:
    """Beyond the number of names that may be asked for, and after a refusal, applications go by their client id."""
    if status:
        tenant.add_fault(Fault("status", method="GET", path="/clients/backoffice", status=status))

    impact = look_up(Site(tenant), values=["write:orders", "read:orders"], named=allowed)

    assert [holder.name for holder in (*impact.all_scope_grants, *impact.holders["write:orders"])] == named
    assert requests(tenant, "clients") == asked


def test_progress_is_reported_about_once_a_second(tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 0.6 s between two looks at the clock, every other one of three roles and two names says where it is."""
    said: list[str] = []
    client = Site(tenant).client()
    orders = client.get_api(ORDERS)
    seconds = itertools.count(0.0, 0.6)
    monkeypatch.setattr(time, "monotonic", lambda: next(seconds))

    HolderLookup(client, on_progress=said.append).look_up(orders, ["write:orders"])

    assert said == ["looking for holders: role 2 of 3", "looking for holders: name of application 1"]

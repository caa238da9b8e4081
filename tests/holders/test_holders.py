"""Who holds what, found out from a tenant: what is found, what is read once, and how a look-up ends early."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from auth0.virtual import Clock
from auth0_local_tenant import Fault, LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.core.model import Holder, HolderKind, Impact
from pulumi_auth0_permissions.holders import HolderLookup

ORDERS = "https://orders.example.com"
BILLING = "https://billing.example.com"


def held(identifier: str, *values: str) -> list[dict[str, str]]:
    """Return what a role holds of an API."""
    return [{"resource_server_identifier": identifier, "permission_name": value} for value in values]


SEED = {
    "resource_servers": [
        {
            "identifier": ORDERS,
            "name": "Orders",
            "scopes": [{"value": value} for value in ("write:orders", "read:orders", "delete:orders", "idle:orders")],
        },
        {"identifier": BILLING, "name": "Billing", "scopes": [{"value": "read:orders"}, {"value": "pay"}]},
    ],
    "clients": [{"client_id": "shop-1", "name": "Shop"}, {"client_id": "backoffice-1", "name": "Back office"}],
    "roles": [
        {"id": "rol_viewer0000000000", "name": "Viewer", "permissions": held(ORDERS, "read:orders")},
        {
            "id": "rol_admin00000000000",
            "name": "Admin",
            "permissions": [*held(ORDERS, "read:orders", "delete:orders"), *held(BILLING, "pay")],
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
        {"id": "cgr_backoffice000000", "client_id": "backoffice-1", "audience": ORDERS, "allow_all_scopes": True},
        {
            "id": "cgr_default000000000",
            "default_for": "third_party_clients",
            "audience": ORDERS,
            "scope": ["read:orders"],
        },
        {"id": "cgr_billing000000000", "client_id": "shop-1", "audience": BILLING, "scope": ["pay"]},
    ],
}

Connect = Callable[..., ManagementClient]


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant in which the permissions of Orders are held by roles and grants."""
    with LocalTenant(seed=SEED) as running:
        yield running


@pytest.fixture
def connect(tenant: LocalTenant) -> Iterator[Connect]:
    """Makes clients of the tenant, limited to some scopes where they are given."""
    made: list[ManagementClient] = []

    def make(scopes: Sequence[str] | None = None) -> ManagementClient:
        identity = (tenant.client_id, tenant.client_secret) if scopes is None else tenant.issue_client(scopes)
        made.append(ManagementClient(tenant.domain, Credentials(*identity), clock=Clock()))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(connect: Connect) -> ManagementClient:
    """A client that may read everything."""
    return connect()


def look_up(client: ManagementClient, api: str = ORDERS, values: Sequence[str] | None = None) -> Impact:
    """Look up holders as a new process would."""
    return HolderLookup(client).look_up(client.get_api(api), values)


def names(impact: Impact, value: str) -> list[str]:
    """Return the names of a permission's holders, as they are listed."""
    return [holder.name for holder in impact.holders_of(value)]


def requests(tenant: LocalTenant, path: str) -> int:
    """Count the requests to paths with that beginning."""
    return sum(entry.path.startswith(f"/api/v2/{path}") for entry in tenant.journal())


def test_roles_and_grants_are_found_with_name_and_id(client: ManagementClient) -> None:
    """A role or grant that names the permission is a holder; a grant goes by its application's name."""
    impact = look_up(client, values=["delete:orders", "write:orders"])

    assert impact.holders == {
        "delete:orders": (Holder(HolderKind.ROLE, "rol_admin00000000000", "Admin"),),
        "write:orders": (Holder(HolderKind.CLIENT_GRANT, "cgr_shop000000000000", "Shop"),),
    }


def test_roles_come_before_grants_each_by_name(client: ManagementClient) -> None:
    """Whatever order the tenant lists them in; a grant without application says what it is the default for."""
    impact = look_up(client, values=["read:orders"])

    assert names(impact, "read:orders") == ["Admin", "Viewer", "Shop", "default for third_party_clients"]


def test_a_grant_of_all_scopes_stands_apart(client: ManagementClient) -> None:
    """A grant with allow_all_scopes holds what comes and goes; it is not listed under each permission."""
    impact = look_up(client, values=["idle:orders"])

    assert impact.holders == {}
    assert impact.all_scope_grants == (Holder(HolderKind.CLIENT_GRANT, "cgr_backoffice000000", "Back office"),)


def test_the_same_value_on_another_api_is_another_permission(client: ManagementClient) -> None:
    """Who holds a permission of one API does not hold the one of that name of another API."""
    impact = look_up(client, BILLING, ["read:orders", "pay"])

    assert names(impact, "read:orders") == []
    assert names(impact, "pay") == ["Admin", "Shop"]


def test_without_values_everything_held_is_found(client: ManagementClient) -> None:
    """The API's permissions in its order, then what it no longer has."""
    assert list(look_up(client).holders) == ["write:orders", "read:orders", "delete:orders", "gone:orders"]


@pytest.mark.parametrize(
    ("scopes", "unknown", "found"),
    [
        (
            ["read:client_grants", "read:clients"],
            ("roles could not be read, since the token lacks read:roles",),
            ["Shop", "default for third_party_clients"],
        ),
        (
            ["read:roles"],
            ("client grants could not be read, since the token lacks read:client_grants",),
            ["Admin", "Viewer"],
        ),
        # A name that may not be read is no gap in what is known: the client id stands in for it.
        (
            ["read:client_grants", "read:roles"],
            (),
            ["Admin", "Viewer", "default for third_party_clients", "shop-1"],
        ),
    ],
)
def test_what_the_token_may_not_read_is_unknown(
    connect: Connect, scopes: list[str], unknown: tuple[str, ...], found: list[str]
) -> None:
    """The missing scope is named, and what can be read is found all the same."""
    impact = look_up(connect(["read:resource_servers", *scopes]), values=["read:orders"])

    assert impact.unknown == unknown
    assert names(impact, "read:orders") == found


def test_roles_and_their_permissions_are_read_page_by_page(tenant: LocalTenant, client: ManagementClient) -> None:
    """120 roles more, of which one holds 250 permissions, are all looked at, a hundred entries a request."""
    values = [f"p{number:03}" for number in range(250)]
    tenant.seed({"resource_servers": [{"identifier": "urn:big", "scopes": [{"value": value} for value in values]}]})
    roles = [{"name": f"Team {number:03}", "permissions": held("urn:big", "p249")} for number in range(119)]
    tenant.seed({"roles": [*roles, {"name": "Everything", "permissions": held("urn:big", *values)}]})
    api = client.get_api("urn:big")
    tenant.clear_journal()

    impact = HolderLookup(client).look_up(api, ["p000", "p249"])

    assert names(impact, "p000") == ["Everything"]
    assert len(names(impact, "p249")) == 120
    asked = [entry.path for entry in tenant.journal()]
    assert (asked.count("/api/v2/roles"), len(asked)) == (2, 1 + 2 + 123 + 2)


def test_roles_are_read_once_and_grants_once_for_each_api(tenant: LocalTenant, client: ManagementClient) -> None:
    """However many threads and APIs ask, and however often."""
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


def test_names_are_asked_for_only_of_grants_that_are_hit(tenant: LocalTenant, client: ManagementClient) -> None:
    """An application whose grant holds none of the permissions in question is not asked for its name."""
    look_up(client, BILLING, ["read:orders"])

    assert requests(tenant, "clients") == 0


@pytest.mark.parametrize(("allowed", "named"), [(1, ["Back office", "shop-1"]), (2, ["Back office", "Shop"])])
def test_no_more_names_are_asked_for_than_allowed(
    tenant: LocalTenant, client: ManagementClient, allowed: int, named: list[str]
) -> None:
    """Beyond the number of names that may be asked for, applications go by their client id."""
    impact = HolderLookup(client, max_applications_named=allowed).look_up(client.get_api(ORDERS), ["write:orders"])

    assert [holder.name for holder in (*impact.all_scope_grants, *impact.holders_of("write:orders"))] == named
    assert requests(tenant, "clients") == allowed


@pytest.mark.parametrize(
    ("path", "status", "unknown", "found"),
    [
        pytest.param(
            "/roles$",
            503,
            "roles could not be read: GET /api/v2/roles: 503",
            ["Shop", "default for third_party_clients"],
            id="all roles",
        ),
        pytest.param(
            "/roles/rol_viewer",
            400,
            "roles could not be read; 2 of 3 were looked at: ",
            ["Admin", "Shop", "default for third_party_clients"],
            id="a role: what was read before is kept",
        ),
        pytest.param(
            "/roles/rol_viewer",
            404,
            "",
            ["Admin", "Shop", "default for third_party_clients"],
            id="a role that was deleted meanwhile: it holds nothing any more",
        ),
        pytest.param(
            "/clients/",
            500,
            "",
            ["Admin", "Viewer", "default for third_party_clients", "shop-1"],
            id="a name: the client id will do",
        ),
    ],
)
def test_a_failure_is_unknown_with_its_reason(
    tenant: LocalTenant, client: ManagementClient, path: str, status: int, unknown: str, found: list[str]
) -> None:
    """Nothing is raised; what could be read is found."""
    tenant.add_fault(Fault("status", method="GET", path=path, status=status, times=None))

    impact = look_up(client, values=["read:orders"])

    assert names(impact, "read:orders") == found
    assert len(impact.unknown) == bool(unknown)
    assert "".join(impact.unknown).startswith(unknown)


def test_progress_is_reported_about_once_a_second(client: ManagementClient) -> None:
    """With 0.6 s between two looks at the clock, every other step of three roles and two names says where it is."""
    said: list[str] = []
    seconds = itertools.count(0.0, 0.6)
    lookup = HolderLookup(client, on_progress=said.append, clock=lambda: next(seconds))

    lookup.look_up(client.get_api(ORDERS), ["write:orders"])

    assert said == ["looking for holders: role 2 of 3", "looking for holders: name of application 2"]

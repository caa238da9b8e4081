"""Who holds permissions, and who wrote: client grants, roles, applications, the log."""

from __future__ import annotations

import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.auth0.models import HeldPermission, Role


def many_roles(count: int) -> dict[str, object]:
    """Return a seed of roles."""
    return {"roles": [{"name": f"role {number:03}"} for number in range(count)]}


def test_client_grants_come_by_checkpoint(tenant: LocalTenant, client: ManagementClient) -> None:
    """More than a hundred grants on an API are read in pages of a hundred, default grants included."""
    tenant.seed(
        {
            "clients": [{"client_id": f"app-{number}", "name": f"App {number}"} for number in range(120)],
            "client_grants": [
                {"client_id": f"app-{number}", "audience": ORDERS, "scope": ["read:orders"]} for number in range(120)
            ]
            + [{"client_id": "app-0", "audience": "empty", "scope": []}],
        }
    )

    grants = list(client.client_grants(ORDERS))

    assert {grant.client_id for grant in grants} == {f"app-{number}" for number in range(120)}
    assert {(grant.audience, grant.scope) for grant in grants} == {(ORDERS, ("read:orders",))}
    assert [query.partition("&from=")[0] for _, _, query, _ in sent(tenant)] == [
        "audience=https%3A%2F%2Forders.example.com%2F&take=100"
    ] * 2


def test_a_grant_of_all_permissions_has_no_list(tenant: LocalTenant, client: ManagementClient) -> None:
    """With allow_all_scopes the list is absent, and a default grant has no application."""
    tenant.seed(
        {
            "client_grants": [
                {"default_for": "third_party_clients", "audience": ORDERS, "allow_all_scopes": True},
            ]
        }
    )

    (grant,) = client.client_grants(ORDERS)

    assert (grant.client_id, grant.scope, grant.allow_all_scopes) == (None, (), True)
    assert grant.default_for == "third_party_clients"


def test_a_grants_list_is_replaced(tenant: LocalTenant, client: ManagementClient) -> None:
    """One PATCH writes the whole list of a grant, and a read shows it."""
    tenant.seed(
        {
            "clients": [{"client_id": "app", "name": "App"}],
            "client_grants": [{"client_id": "app", "audience": ORDERS, "scope": ["read:orders", "write:orders"]}],
        }
    )
    (grant,) = client.client_grants(ORDERS)

    answer = client.replace_grant_scope(grant.id, ["write:orders"])

    assert answer.scope == ("write:orders",)
    assert client.get_client_grant(grant.id) == answer


def test_a_missing_grant_is_not_found(client: ManagementClient) -> None:
    """The service's own sentence is quoted."""
    with pytest.raises(NotFound, match=r"The grant does not exist\.? "):
        client.get_client_grant("cgr_0000000000000000")


def test_roles_are_listed_over_pages(tenant: LocalTenant, client: ManagementClient) -> None:
    """All of 230 roles come, in three requests."""
    tenant.seed(many_roles(230))

    roles = list(client.roles())

    assert sorted(role.name for role in roles) == [f"role {number:03}" for number in range(230)]
    assert len(sent(tenant)) == 3


def test_a_role_is_given_and_loses_permissions(tenant: LocalTenant, client: ManagementClient) -> None:
    """Permissions are added and taken away one by one, whatever else the role holds."""
    tenant.seed({"roles": [{"name": "clerk"}]})
    (role,) = client.roles()

    client.add_role_permissions(role.id, ORDERS, ["read:orders", "write:orders", "read:comment "])
    client.remove_role_permissions(role.id, ORDERS, ["write:orders"])

    assert isinstance(role, Role)
    assert list(client.role_permissions(role.id)) == [
        HeldPermission("read:comment ", ORDERS),
        HeldPermission("read:orders", ORDERS),
    ]


def test_role_writes_may_be_repeated(tenant: LocalTenant, client: ManagementClient) -> None:
    """Adding what is there and taking what is not there does no harm."""
    tenant.seed({"roles": [{"name": "clerk"}]})
    (role,) = client.roles()

    for _ in range(2):
        client.add_role_permissions(role.id, ORDERS, ["read:orders"])
    for _ in range(2):
        client.remove_role_permissions(role.id, ORDERS, ["read:orders"])

    assert list(client.role_permissions(role.id)) == []


def test_many_permissions_of_a_role_are_sent_in_portions(tenant: LocalTenant, client: ManagementClient) -> None:
    """120 permissions take three requests of at most fifty, and none is left out."""
    values = [f"permission:{number:03}" for number in range(120)]
    tenant.seed(
        {
            "roles": [{"name": "clerk"}],
            "resource_servers": [{"identifier": "many", "scopes": [{"value": value} for value in values]}],
        }
    )
    (role,) = client.roles()
    tenant.clear_journal()

    client.add_role_permissions(role.id, "many", values)

    assert len(sent(tenant)) == 3
    assert [held.value for held in client.role_permissions(role.id)] == values


def test_an_applications_name_is_asked_for_once(tenant: LocalTenant, client: ManagementClient) -> None:
    """The name is remembered, and so is that there is none."""
    tenant.seed({"clients": [{"client_id": "app", "name": "Shop"}]})

    names = [client.application_name(client_id) for client_id in ("app", "app", "gone", "gone")]

    assert names == ["Shop", "Shop", None, None]
    assert len(sent(tenant)) == 2


def test_names_that_may_not_be_read_are_asked_for_once(tenant: LocalTenant, connect: Connect) -> None:
    """Without read:clients there are no names, and one refusal is enough to know it."""
    client = connect(tenant, Credentials.of_client(*tenant.issue_client(["read:client_grants"])))

    assert [client.application_name("a"), client.application_name("b")] == [None, None]
    assert [status for *_, status in sent(tenant)] == [403]

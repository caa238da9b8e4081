"""Roles, users and client grants: who holds permissions, and what becomes of them."""

import pytest

from auth0_local_tenant import LocalTenant
from tenant.support import Client

API = "https://orders.example.com/v1"
VALUES = ["read:orders", "write:orders", "permission:10", "permission:1"]


def permission(value: str, api: str = API) -> dict[str, str]:
    """Return a permission as the bodies name it."""
    return {"resource_server_identifier": api, "permission_name": value}


@pytest.fixture(autouse=True)
def _orders(tenant: LocalTenant) -> None:
    tenant.seed(
        {
            "resource_servers": [
                {
                    "identifier": API,
                    "name": "Orders",
                    "scopes": [{"value": value, "description": value.title()} for value in VALUES],
                }
            ],
            "roles": [
                {"id": "rol_clerk", "name": "Clerk", "permissions": [permission("read:orders")]},
                {"id": "rol_boss", "name": "Boss", "description": "Decides"},
            ],
            "users": [{"user_id": "auth0|anne", "permissions": [permission("write:orders")]}],
            "clients": [{"client_id": "shop", "name": "Web shop"}],
        }
    )


def held(client: Client, role: str = "rol_clerk") -> list[str]:
    """Return the names of a role's permissions in the order of the answer."""
    return [item["permission_name"] for item in client.send("GET", f"/roles/{role}/permissions").json()]


class TestRoles:
    """`/roles`."""

    def test_created_without_description(self, client: Client) -> None:
        """The answer to a POST lacks a description that was not sent; a later GET says it is empty."""
        created = client.send("POST", "/roles", {"name": "Guest"})

        assert created.status_code == 200
        assert list(created.json()) == ["id", "name", "type"]
        assert client.send("GET", f"/roles/{created.json()['id']}").json()["description"] == ""

    def test_listed_by_name(self, client: Client) -> None:
        """Roles come sorted by name, capitals first, with the counts after the items."""
        client.send("POST", "/roles", {"name": "apprentice"})

        answer = client.send("GET", "/roles", query="include_totals=true&per_page=2&page=1").json()

        assert list(answer) == ["roles", "start", "limit", "total"]
        assert [item["name"] for item in answer["roles"]] == ["apprentice"]
        assert (answer["start"], answer["limit"], answer["total"]) == (2, 2, 3)

    def test_taken_name_is_409(self, client: Client) -> None:
        """Two roles can't have one name, by POST or by PATCH."""
        assert client.send("POST", "/roles", {"name": "Clerk"}).status_code == 409
        assert client.send("PATCH", "/roles/rol_boss", {"name": "Clerk"}).status_code == 409


class TestRolePermissions:
    """`/roles/{id}/permissions`."""

    def test_sorted_by_name_and_joined_with_the_api(self, client: Client) -> None:
        """Permissions come sorted as text, with the API's name and their description."""
        client.send("POST", "/roles/rol_clerk/permissions", {"permissions": [permission(v) for v in VALUES]})

        answer = client.send("GET", "/roles/rol_clerk/permissions").json()

        assert [item["permission_name"] for item in answer] == sorted(VALUES)
        assert answer[0] == {
            "permission_name": "permission:1",
            "description": "Permission:1",
            "resource_server_name": "Orders",
            "resource_server_identifier": API,
        }

    def test_added_and_removed_one_by_one(self, client: Client) -> None:
        """POST adds, DELETE takes away, and neither touches the others."""
        added = client.send("POST", "/roles/rol_clerk/permissions", {"permissions": [permission("write:orders")]})
        assert (added.status_code, added.json()) == (201, {})
        assert held(client) == ["read:orders", "write:orders"]

        removed = client.send("DELETE", "/roles/rol_clerk/permissions", {"permissions": [permission("read:orders")]})
        assert (removed.status_code, removed.content) == (204, b"")
        assert held(client) == ["write:orders"]
        for method, path, status in (("POST", "rol_clerk", 201), ("DELETE", "rol_boss", 204)):  # held already, or not
            body = {"permissions": [permission("write:orders")]}
            assert client.send(method, f"/roles/{path}/permissions", body).status_code == status
        assert held(client) == ["write:orders"]

    @pytest.mark.parametrize(
        ("unknown", "status"), [(permission("nothing"), 400), (permission("read:orders", "urn:nothing"), 404)]
    )
    def test_what_is_unknown_is_refused_and_nothing_is_added(
        self, client: Client, unknown: dict[str, str], status: int
    ) -> None:
        """A permission or API that does not exist spoils the whole request."""
        body = {"permissions": [permission("write:orders"), unknown]}

        assert client.send("POST", "/roles/rol_clerk/permissions", body).status_code == status
        assert held(client) == ["read:orders"]

    def test_thousand_permissions_are_the_most(self, tenant: LocalTenant, client: Client) -> None:
        """A role can hold 1000 permissions and not one more."""
        scopes = [{"value": f"p{index}"} for index in range(1000)]
        tenant.seed({"resource_servers": [{"identifier": "urn:big", "scopes": scopes}]})
        thousand = [permission(scope["value"], "urn:big") for scope in scopes]

        assert client.send("POST", "/roles/rol_boss/permissions", {"permissions": thousand}).status_code == 201
        answer = client.send("POST", "/roles/rol_boss/permissions", {"permissions": [permission("read:orders")]})

        assert answer.status_code == 400
        totals = client.send("GET", "/roles/rol_boss/permissions", query="include_totals=true&per_page=1")
        assert totals.json()["total"] == 1000


class TestDeletedPermission:
    """What becomes of holders when a permission is taken off its API."""

    @pytest.fixture
    def grant(self, client: Client) -> str:
        """A grant that names the permission; returns its path."""
        body = {"client_id": "shop", "audience": API, "scope": ["read:orders", "write:orders"]}
        return f"/client-grants/{client.send('POST', '/client-grants', body).json()['id']}"

    def _delete_all(self, client: Client) -> None:
        client.send("PATCH", client.api(API), {"scopes": []})

    def test_holders_keep_it_by_default(self, client: Client, grant: str) -> None:
        """Roles, users and grants go on naming a permission that is gone, without a description."""
        self._delete_all(client)

        assert held(client) == ["read:orders"]
        assert client.send("GET", "/roles/rol_clerk/permissions").json()[0]["description"] == ""
        assert len(client.send("GET", "/users/auth0%7Canne/permissions").json()) == 1
        assert client.send("GET", grant).json()["scope"] == ["read:orders", "write:orders"]

    def test_roles_and_users_lose_it_with_the_switch(self, tenant: LocalTenant, client: Client, grant: str) -> None:
        """With cascading on, roles and users lose what is gone and nothing else; grants keep it."""
        tenant.options = tenant.options.updated({"cascade_deleted_permissions": True})
        client.send("POST", "/roles/rol_clerk/permissions", {"permissions": [permission("permission:1")]})

        client.send("PATCH", client.api(API), {"scopes": [{"value": "permission:1"}]})

        assert held(client) == ["permission:1"]
        assert client.send("GET", "/users/auth0%7Canne/permissions").json() == []
        assert client.send("GET", grant).json()["scope"] == ["read:orders", "write:orders"]

    def test_grant_with_a_dead_scope_can_be_edited_by_default(self, client: Client, grant: str) -> None:
        """As recorded, a grant may be given scopes that its API lacks."""
        self._delete_all(client)

        answer = client.send("PATCH", grant, {"scope": ["read:orders"]})

        assert (answer.status_code, answer.json()["scope"]) == (200, ["read:orders"])

    def test_grant_with_a_dead_scope_is_refused_with_the_switch(
        self, tenant: LocalTenant, client: Client, grant: str
    ) -> None:
        """As the vendor's support describes, a grant can't be edited as long as it names a dead scope."""
        tenant.options = tenant.options.updated({"grants_within_api": True})
        client.send("PATCH", client.api(API), {"scopes": [{"value": "write:orders"}]})

        refused = client.send("PATCH", grant, {"scope": ["read:orders", "write:orders"]})

        assert refused.status_code == 400
        assert refused.json()["message"] == "Payload validation error: scope must be a subset of resource server scopes"
        assert client.send("PATCH", grant, {"scope": ["write:orders"]}).status_code == 200

    def test_deleted_api_takes_its_holdings_along(self, client: Client, grant: str) -> None:
        """Deleting an API deletes the grants for it and the holdings of its permissions."""
        client.send("DELETE", client.api(API))

        assert held(client) == []
        assert client.send("GET", grant).status_code == 404

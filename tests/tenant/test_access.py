"""Roles, users, applications and their grants: what recordings do not show of who may have which permissions."""

from collections.abc import Mapping

import pytest

from auth0_local_tenant import LocalTenant
from tenant.support import ANNE, API, API_PATH, SEED, Client, held

CLERK = "/roles/rol_clerk/permissions"
GRANT = "/client-grants/cgr_1"
USER = {"connection": "db", "user_id": "bert", "email": "bert@example.com", "password": "s3cret-word"}


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """An API with holders of every kind."""
    return SEED


def names(client: Client, path: str = CLERK) -> list[str]:
    """Return the names of somebody's permissions in the order of the answer."""
    return [item["permission_name"] for item in client.call(f"GET {path}")]


class TestRolesAndUsers:
    """`/roles` and `/users`."""

    def test_a_role_without_description(self, client: Client) -> None:
        """The answer to a POST lacks a description that was not sent; a later GET says it is empty."""
        created = client.call("POST /roles", {"name": "Guest"})

        assert list(created) == ["id", "name", "type"]
        assert client.call(f"GET /roles/{created['id']}")["description"] == ""
        client.call("PATCH /roles/rol_boss", {"name": "Guest"}, status=409)

    def test_roles_are_listed_by_name(self, client: Client) -> None:
        """Roles come sorted by name, capitals first, with the counts after the items."""
        client.call("POST /roles", {"name": "apprentice"})

        page = client.call("GET /roles", query="include_totals=true&per_page=2&page=1")

        assert list(page) == ["roles", "start", "limit", "total"]
        assert [item["name"] for item in page["roles"]] == ["apprentice"]
        assert (page["start"], page["limit"], page["total"]) == (2, 2, 3)

    def test_permissions_are_joined_with_their_api(self, client: Client) -> None:
        """A permission comes with the API's name and its description; what is held already is added to no effect."""
        assert client.call(f"POST {CLERK}", {"permissions": held("read:orders")}, status=201) == {}

        assert client.call(f"GET {CLERK}") == [
            {
                "permission_name": "read:orders",
                "description": "Read",
                "resource_server_name": "Orders",
                "resource_server_identifier": API,
            }
        ]

    @pytest.mark.parametrize(("unknown", "status"), [(held("nothing"), 400), (held("read:orders", api="urn:x"), 404)])
    def test_what_is_unknown_spoils_the_whole_request(
        self, client: Client, unknown: list[dict[str, str]], status: int
    ) -> None:
        """A permission or API that does not exist is refused, and nothing is added."""
        client.call(f"POST {CLERK}", {"permissions": [*held("write:orders"), *unknown]}, status=status)

        assert names(client) == ["read:orders"]

    def test_a_role_holds_a_thousand_permissions_at_most(self, tenant: LocalTenant, client: Client) -> None:
        """A role can hold 1000 permissions and not one more."""
        values = [f"p{index}" for index in range(1000)]
        tenant.seed({"resource_servers": [{"identifier": "urn:big", "scopes": [{"value": value} for value in values]}]})

        client.call("POST /roles/rol_boss/permissions", {"permissions": held(*values, api="urn:big")}, status=201)

        client.call("POST /roles/rol_boss/permissions", {"permissions": held("read:orders")}, status=400)

    def test_a_user_is_created_once_for_an_address(self, client: Client) -> None:
        """POST answers the user without the password; a second one with the address is for another connection only."""
        created = client.call("POST /users", USER, status=201)

        assert (created["user_id"], created["email"], "password" in created) == ("auth0|bert", USER["email"], False)
        assert client.call("GET /users/auth0%7Cbert") == created
        again = {**USER, "user_id": "other"}
        assert client.call("POST /users", again, status=409)["message"] == "The user already exists."
        client.call("POST /users", {**again, "connection": "db2"}, status=201)

    @pytest.mark.parametrize(
        ("path", "change"), [(ANNE, {"email": "anne@example.com"}), ("/clients/shop", {"name": "Shop 2"})]
    )
    def test_patch_changes_what_it_names(self, client: Client, path: str, change: dict[str, str]) -> None:
        """A user or an application is changed in part, and answered whole."""
        before = client.call(f"GET {path}")

        after = client.call(f"PATCH {path}", change)

        assert {key: value for key, value in after.items() if before.get(key) != value} == change
        assert client.call(f"GET {path}") == after

    def test_roles_are_given_from_either_side(self, client: Client) -> None:
        """A user gets and loses roles, and a role its users, who come by page and by checkpoint."""
        client.call("POST /users", USER)
        client.call("POST /roles/rol_boss/users", {"users": ["auth0|bert", "auth0|anne"]}, status=200)
        client.call(f"DELETE {ANNE}/roles", {"roles": ["rol_clerk"]}, status=204)

        assert client.call(f"GET {ANNE}/roles") == [{"id": "rol_boss", "name": "Boss", "description": "Decides"}]
        assert client.call("GET /roles/rol_boss/users", query="include_totals=true")["total"] == 2
        first = client.call("GET /roles/rol_boss/users", query="take=1")
        second = client.call("GET /roles/rol_boss/users", query=f"take=1&from={first['next']}")
        assert sorted(item["user_id"] for item in first["users"] + second["users"]) == ["auth0|anne", "auth0|bert"]
        assert "next" not in second
        client.call("DELETE /roles/rol_boss/users", {"users": ["auth0|anne"]}, status=204)
        client.call(f"POST {ANNE}/roles", {"roles": ["rol_clerk"]}, status=204)
        assert [item["id"] for item in client.call(f"GET {ANNE}/roles")] == ["rol_clerk"]

    @pytest.mark.parametrize(
        ("gone", "left"), [(ANNE, "/roles/rol_clerk/users"), ("/roles/rol_clerk", f"{ANNE}/roles")]
    )
    def test_a_role_and_its_users_part_when_one_goes(self, client: Client, gone: str, left: str) -> None:
        """Nothing is left of an assignment when the user or the role is deleted."""
        client.call(f"DELETE {gone}")

        assert client.call(f"GET {left}") == []


class TestApplications:
    """`/clients`."""

    def test_an_application_is_created_with_a_secret(self, client: Client) -> None:
        """POST keeps keys that the tenant does not know; with a grant, id and secret give a token."""
        body = {"name": "Till", "app_type": "spa", "callbacks": ["https://a.example"]}
        created = client.call("POST /clients", body, status=201)
        audience = f"{client.tenant.domain}/api/v2/"
        grant = {"client_id": created["client_id"], "audience": audience, "scope": ["read:roles"]}
        client.call("POST /client-grants", grant)

        assert {key: created[key] for key in body} == body
        assert client.call(f"GET /clients/{created['client_id']}") == created
        client.with_credentials(created["client_id"], created["client_secret"]).call("GET /roles")

    def test_secrets_are_for_those_who_may_read_them(self, tenant: LocalTenant, client: Client) -> None:
        """A secret is in the answer only with `read:client_keys`, and never in the journal or the log."""
        limited = client.with_credentials(*tenant.issue_client(["read:clients"]))
        secret = client.call("POST /clients", {"name": "Till"})["client_secret"]

        assert client.call("GET /clients/shop")["client_secret"] == "s3cret"
        assert "client_secret" not in limited.call("GET /clients/shop")
        assert secret not in str([entry.as_json() for entry in tenant.journal()])
        assert secret not in client.send("GET", "/logs").text

    def test_an_application_is_deleted_with_its_grants(self, client: Client) -> None:
        """DELETE takes the application and its grants."""
        client.call("DELETE /clients/shop", status=204)

        client.call("GET /clients/shop", status=404)
        assert client.call("GET /client-grants", query="client_id=shop") == []

    def test_an_api_names_the_application_that_stands_for_it(self, client: Client) -> None:
        """An application of the type `resource_server` is linked on its API, until it is deleted."""
        body = {"name": "A", "app_type": "resource_server", "resource_server_identifier": API}
        created = client.call("POST /clients", body)

        assert client.call(f"GET {API_PATH}")["client_id"] == created["client_id"]
        client.call(f"DELETE /clients/{created['client_id']}")
        assert "client_id" not in client.call(f"GET {API_PATH}")


class TestGrants:
    """`/client-grants`, besides what the recordings and the tour of test_openapi.py say."""

    def test_scope_disappears_with_allow_all_scopes_and_comes_back_empty(self, client: Client) -> None:
        """While a grant allows all scopes it has no `scope`; switched off, the list is empty."""
        assert "scope" not in client.call(f"PATCH {GRANT}", {"allow_all_scopes": True})
        assert client.call(f"PATCH {GRANT}", {"allow_all_scopes": False})["scope"] == []

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"client_id": "nobody"}, "does not exist"),
            ({"client_id": "shop", "default_for": "third_party_clients"}, "Exactly one"),
            ({"client_id": "shop", "allow_all_scopes": True, "scope": ["x"]}, "together"),
            ({"client_id": "shop", "scope": ["x", "x"]}, "not unique"),
            ({"client_id": "shop", "audience": "{domain}/api/v2/", "allow_all_scopes": True}, "system API"),
        ],
    )
    def test_a_grant_that_contradicts_itself_is_refused(
        self, client: Client, body: dict[str, object], message: str
    ) -> None:
        """So is one for nobody, and one for all scopes of a system API."""
        audience = str(body.get("audience", API)).format(domain=client.tenant.domain)

        answer = client.send("POST", "/client-grants", {**body, "audience": audience})

        assert answer.status_code in {400, 404}
        assert message in answer.json()["message"]


class TestDeletedPermission:
    """What becomes of holders when a permission is taken off its API."""

    def test_holders_keep_it_by_default(self, client: Client) -> None:
        """Roles, users and grants go on naming it, without a description; a grant can be edited, as recorded."""
        client.call(f"PATCH {API_PATH}", {"scopes": []})

        assert client.call(f"GET {CLERK}")[0]["description"] == ""
        assert (names(client), names(client, f"{ANNE}/permissions")) == (["read:orders"], ["write:orders"])
        assert client.call(f"GET {GRANT}")["scope"] == ["read:orders", "write:orders"]
        assert client.call(f"PATCH {GRANT}", {"scope": ["read:orders"]})["scope"] == ["read:orders"]

    def test_roles_and_users_lose_it_with_the_switch(self, tenant: LocalTenant, client: Client) -> None:
        """With cascading on, roles and users lose what is gone and nothing else; grants keep it."""
        tenant.options = tenant.options.updated({"cascade_deleted_permissions": True})

        client.call(f"PATCH {API_PATH}", {"scopes": [{"value": "read:orders"}]})

        assert (names(client), names(client, f"{ANNE}/permissions")) == (["read:orders"], [])
        assert client.call(f"GET {GRANT}")["scope"] == ["read:orders", "write:orders"]

    def test_a_grant_with_a_dead_scope_is_refused_with_the_switch(self, tenant: LocalTenant, client: Client) -> None:
        """As the vendor's support describes, a grant can't be edited as long as it names a dead scope."""
        tenant.options = tenant.options.updated({"grants_within_api": True})
        client.call(f"PATCH {API_PATH}", {"scopes": [{"value": "write:orders"}]})

        refused = client.call(f"PATCH {GRANT}", {"scope": ["read:orders", "write:orders"]}, status=400)

        assert refused["message"] == "Payload validation error: scope must be a subset of resource server scopes"
        client.call(f"PATCH {GRANT}", {"scope": ["write:orders"]}, status=200)

    def test_a_deleted_api_takes_its_holdings_along(self, client: Client) -> None:
        """Deleting an API deletes the grants for it and the holdings of its permissions."""
        client.call(f"DELETE {API_PATH}")

        assert (names(client), names(client, f"{ANNE}/permissions")) == ([], [])
        client.call(f"GET {GRANT}", status=404)

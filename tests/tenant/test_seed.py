"""Seeds: what a tenant is given to start with, in process and over HTTP."""

import pytest

from auth0_local_tenant import LocalTenant, SeedError
from tenant.support import SEED, Client, control


class TestSeed:
    """Seeds in process, over HTTP and at the start."""

    def test_everything_is_there_afterwards(self, tenant: LocalTenant, client: Client) -> None:
        """A seed's objects have the ids, contents and holdings that it gives them."""
        tenant.seed(SEED)

        assert client.send("GET", "/resource-servers/507f1f77bcf86cd799439011").json()["scopes"] == [{"value": "read"}]
        assert client.send("GET", "/roles/rol_1/permissions").json()[0]["permission_name"] == "read"
        assert client.send("GET", "/users/auth0%7Canne/permissions").json()[0]["permission_name"] == "read"
        assert client.send("GET", "/client-grants/cgr_1").json()["scope"] == ["read"]
        assert client.with_credentials("shop", "s3cret").send("GET", "/roles").status_code == 200

    def test_management_api_may_have_other_permissions(self, tenant: LocalTenant, client: Client) -> None:
        """A seed that names the Management API replaces its permissions."""
        tenant.seed({"resource_servers": [{"identifier": "{domain}/api/v2/", "scopes": [{"value": "read:x"}]}]})

        assert client.send("GET", "/resource-servers").json()[0]["scopes"] == [{"value": "read:x"}]

    def test_options_can_be_part_of_it(self, tenant: LocalTenant) -> None:
        """Options in a seed are set."""
        tenant.seed({"options": {"latency_ms": 0, "token_lifetime_s": 12}})

        assert tenant.options.token_lifetime_s == 12

    @pytest.mark.parametrize(
        ("seed", "problem"),
        [
            (
                {"apis": []},
                "apis: no such part; there are resource_servers, clients, roles, users, client_grants, options",
            ),
            ({"roles": {}}, "roles: expected a list"),
            ({"roles": [{}]}, "roles[0]: Missing required property: name"),
            ({"roles": ["x"]}, "roles[0]: Expected type object but found type string"),
            (
                {"resource_servers": [{"identifier": "u", "scopes": [{"value": 1}]}]},
                "resource_servers[0].scopes[0].value: Expected type string but found type integer",
            ),
            (
                {"resource_servers": [{"identifier": "u"}, {"identifier": "u"}]},
                "resource_servers[1]: A resource server with the same identifier already exists",
            ),
            (
                {
                    "roles": [
                        {
                            "name": "R",
                            "permissions": [{"resource_server_identifier": "u", "permission_name": "p"}],
                        }
                    ]
                },
                'roles[0]: The resource server does not exist: "u"',
            ),
            (
                {"client_grants": [{"client_id": "c", "audience": "u"}]},
                "client_grants[0]: No resource with identifier u",
            ),
            ({"options": {"speed": 1}}, "options: speed: unknown option"),
            ({"options": 1}, "options: expected an object"),
        ],
    )
    def test_mistake_is_told_with_its_place(self, tenant: LocalTenant, seed: dict[str, object], problem: str) -> None:
        """A mistake is named by where it stands, in process and over HTTP."""
        with pytest.raises(SeedError) as caught:
            tenant.seed(seed)

        assert caught.value.problems == [problem]
        answer = control(tenant, "POST", "/seed", seed)
        assert answer.status_code == 400
        assert problem in answer.json()["error"]

    def test_mistaken_seed_changes_nothing(self, tenant: LocalTenant) -> None:
        """A seed is taken whole or not at all."""
        before = tenant.dump()

        with pytest.raises(SeedError):
            tenant.seed({**SEED, "roles": [{"name": "x"}, {"name": "x"}], "options": {"token_lifetime_s": 1}})

        assert tenant.dump() == before
        assert tenant.options.token_lifetime_s == 86400

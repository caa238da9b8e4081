"""Client grants and applications: who may ask for which permissions."""

import pytest

from auth0_local_tenant import LocalTenant
from tenant.support import Client

API = "https://orders.example.com/v1"


@pytest.fixture(autouse=True)
def _orders(tenant: LocalTenant) -> None:
    tenant.seed(
        {
            "resource_servers": [{"identifier": API, "name": "Orders", "scopes": [{"value": "read:orders"}]}],
            "clients": [{"client_id": "shop", "name": "Web shop"}],
        }
    )


class TestClientGrants:
    """`/client-grants`."""

    def _create(self, client: Client, **body: object) -> dict[str, object]:
        answer = client.send("POST", "/client-grants", {"audience": API, **body})
        assert answer.status_code == 201, answer.text
        created: dict[str, object] = answer.json()
        return created

    def test_scope_disappears_with_allow_all_scopes_and_comes_back_empty(self, client: Client) -> None:
        """While a grant allows all scopes it has no `scope`; switched off, the list is empty."""
        grant = self._create(client, client_id="shop", scope=["read:orders"])
        path = f"/client-grants/{grant['id']}"

        on = client.send("PATCH", path, {"allow_all_scopes": True}).json()
        off = client.send("PATCH", path, {"allow_all_scopes": False}).json()

        assert "scope" not in on
        assert off["scope"] == []

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"client_id": "nobody"}, 404),
            ({"client_id": "shop", "audience": "urn:nothing"}, 404),
            ({}, 400),
            ({"client_id": "shop", "default_for": "third_party_clients"}, 400),
            ({"client_id": "shop", "allow_all_scopes": True, "scope": ["x"]}, 400),
            ({"client_id": "shop", "scope": ["x", "x"]}, 400),
        ],
    )
    def test_refused(self, client: Client, body: dict[str, object], status: int) -> None:
        """A grant for nothing or nobody, or one that contradicts itself, is refused."""
        assert client.send("POST", "/client-grants", {"audience": API, **body}).status_code == status

    def test_all_scopes_of_a_system_api_are_not_to_be_granted(self, client: Client) -> None:
        """`allow_all_scopes` is refused for the Management API."""
        body = {
            "client_id": "shop",
            "audience": f"{client.tenant.domain}/api/v2/",
            "allow_all_scopes": True,
        }

        answer = client.send("POST", "/client-grants", body)

        assert answer.status_code == 400
        assert "system API" in answer.json()["message"]

    def test_checkpoints_lead_through_the_list(self, tenant: LocalTenant, client: Client) -> None:
        """With `take`, each page names the next until there is none, and totals are not told."""
        for index in range(3):
            tenant.seed({"client_grants": [{"client_id": f"c{index}", "audience": API, "id": f"cgr_{index}"}]})
        query = f"audience={API}&take=2&include_totals=true"

        first = client.send("GET", "/client-grants", query=query).json()
        second = client.send("GET", "/client-grants", query=f"{query}&from={first['next']}").json()

        assert list(first) == ["client_grants", "next"]
        assert [grant["id"] for grant in first["client_grants"]] == ["cgr_0", "cgr_1"]
        assert list(second) == ["client_grants"]
        assert [grant["id"] for grant in second["client_grants"]] == ["cgr_2"]


class TestClients:
    """`/clients`."""

    def test_secrets_are_for_those_who_may_read_them(self, tenant: LocalTenant, client: Client) -> None:
        """A secret is in the answer only if the token has `read:client_keys`."""
        limited = client.with_credentials(*tenant.issue_client(["read:clients"]))

        assert client.send("GET", "/clients/shop").json()["client_secret"]
        assert "client_secret" not in limited.send("GET", "/clients/shop").json()

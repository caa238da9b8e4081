"""Applications: created, read, changed, deleted and filtered."""

import pytest

from auth0_local_tenant import LocalTenant
from tenant.support import Client


@pytest.fixture
def shop(client: Client) -> str:
    """The id of an application."""
    body = {"name": "Shop", "app_type": "spa", "grant_types": ["implicit"], "callbacks": ["https://a.example"]}
    return str(client.send("POST", "/clients", body).json()["client_id"])


def names(client: Client, query: str) -> list[str]:
    """Return the names in a list of applications."""
    return [item["name"] for item in client.send("GET", "/clients", query=query).json()]


def test_an_application_is_created_with_a_secret(client: Client) -> None:
    """POST answers 201 with id and secret, and keeps keys that the tenant does not know."""
    answer = client.send("POST", "/clients", {"name": "Shop", "app_type": "spa", "callbacks": ["https://a.example"]})

    created = answer.json()
    assert (answer.status_code, created["app_type"], created["callbacks"]) == (201, "spa", ["https://a.example"])
    assert len(created["client_id"]) == 32
    assert client.send("GET", f"/clients/{created['client_id']}").json() == created


def test_the_secret_of_a_created_application_gives_a_token(tenant: LocalTenant, client: Client) -> None:
    """An application that was created, with a grant, can ask for tokens."""
    created = client.send("POST", "/clients", {"name": "Shop"}).json()
    audience = f"{tenant.domain}/api/v2/"
    client.send(
        "POST", "/client-grants", {"client_id": created["client_id"], "audience": audience, "scope": ["read:roles"]}
    )

    own = client.with_credentials(created["client_id"], created["client_secret"])

    assert own.send("GET", "/roles").status_code == 200


def test_an_application_is_deleted_with_its_grants(client: Client, shop: str) -> None:
    """DELETE takes the application and its grants."""
    client.send("POST", "/resource-servers", {"identifier": "urn:a"})
    client.send("POST", "/client-grants", {"client_id": shop, "audience": "urn:a", "scope": []})

    assert client.send("DELETE", f"/clients/{shop}").status_code == 204
    assert client.send("GET", f"/clients/{shop}").status_code == 404
    assert client.send("GET", "/client-grants", query=f"client_id={shop}").json() == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("app_type=spa", ["Shop"]),
        ("app_type=native,spa", ["Shop"]),
        ("is_first_party=false", []),
        ("is_global=true", []),
        ("is_global=false", ["Machine to machine", "Shop"]),
        ("q=name:Sh*", ["Shop"]),
        ("per_page=1&page=1", ["Shop"]),
    ],
)
@pytest.mark.usefixtures("shop")
def test_lists_are_filtered(client: Client, query: str, found: list[str]) -> None:
    """Each parameter of the list narrows it."""
    assert names(client, query) == found


def test_an_api_names_the_application_that_stands_for_it(client: Client) -> None:
    """An application of the type `resource_server` is linked on its API, until it is deleted."""
    client.send("POST", "/resource-servers", {"identifier": "urn:a"})
    body = {"name": "A", "app_type": "resource_server", "resource_server_identifier": "urn:a"}
    created = client.send("POST", "/clients", body).json()

    assert client.send("GET", "/resource-servers/urn:a").json()["client_id"] == created["client_id"]
    client.send("DELETE", f"/clients/{created['client_id']}")
    assert "client_id" not in client.send("GET", "/resource-servers/urn:a").json()


def test_secrets_do_not_get_into_the_journal_or_the_log(tenant: LocalTenant, client: Client) -> None:
    """What creates and lists applications leaves no secret behind."""
    secret = client.send("POST", "/clients", {"name": "Shop"}).json()["client_secret"]
    client.send("GET", "/clients")

    assert secret not in str([entry.as_json() for entry in tenant.journal()])
    assert secret not in client.send("GET", "/logs").text

"""Access tokens: how they are got, what they allow, and when they stop."""

import base64
import json
from collections.abc import Mapping

import pytest
import requests

from auth0_local_tenant import LocalTenant
from tenant.support import Client, SteppedClock


def ask(tenant: LocalTenant, **changes: str | None) -> requests.Response:
    """Ask for a token as JSON, with parameters changed or, where None, left out."""
    return requests.post(f"{tenant.domain}/oauth/token", json=parameters(tenant, **changes), timeout=10)


def parameters(tenant: LocalTenant, **changes: str | None) -> dict[str, str]:
    """Return the parameters of a token request."""
    values: Mapping[str, str | None] = {
        "grant_type": "client_credentials",
        "client_id": tenant.client_id,
        "client_secret": tenant.client_secret,
        "audience": f"{tenant.domain}/api/v2/",
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize("way", ["json", "form", "basic"])
def test_token_is_issued_for_json_form_and_basic(tenant: LocalTenant, way: str) -> None:
    """Client credentials in either encoding, or by HTTP Basic, get a bearer token, and no `scope` in the answer."""
    ways = {
        "json": {"json": parameters(tenant)},
        "form": {"data": parameters(tenant)},
        "basic": {
            "data": parameters(tenant, client_id=None, client_secret=None),
            "auth": (tenant.client_id, tenant.client_secret),
        },
    }

    answer = requests.request("POST", f"{tenant.domain}/oauth/token", timeout=10, **ways[way])  # type: ignore[arg-type]

    assert answer.status_code == 200
    assert list(answer.json()) == ["access_token", "expires_in", "token_type"]
    assert (answer.json()["expires_in"], answer.json()["token_type"]) == (86400, "Bearer")


def test_token_is_a_jwt_with_the_claims_of_the_service(tenant: LocalTenant) -> None:
    """The token's payload names issuer, audience, application, expiry and permissions."""
    payload = ask(tenant).json()["access_token"].split(".")[1]

    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))

    assert claims["iss"] == f"{tenant.domain}/"
    assert claims["aud"] == f"{tenant.domain}/api/v2/"
    assert claims["azp"] == tenant.client_id
    assert claims["exp"] - claims["iat"] == 86400
    assert "update:resource_servers" in claims["scope"].split(" ")


@pytest.mark.parametrize(
    ("changes", "status", "error", "description"),
    [
        ({"client_secret": "wrong"}, 401, "access_denied", "Unauthorized"),
        ({"client_id": "nobody"}, 401, "access_denied", "Unauthorized"),
        ({"audience": "https://other.example.com/"}, 403, "access_denied", "Service not found: https://other"),
        ({"audience": None}, 403, "access_denied", "No audience parameter was provided"),
        ({"grant_type": "password"}, 403, "unauthorized_client", "Grant type 'password' not allowed"),
        ({"grant_type": None}, 400, "invalid_request", "Missing required parameter: grant_type"),
        ({"client_id": None}, 400, "invalid_request", "Missing required parameter: client_id"),
        ({"client_secret": None}, 400, "invalid_request", "Missing required parameter: client_secret"),
    ],
)
def test_token_request_is_refused(
    tenant: LocalTenant, changes: dict[str, str | None], status: int, error: str, description: str
) -> None:
    """A token request that is wrong gets the other error shape, `error` and `error_description`."""
    answer = ask(tenant, **changes)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].startswith(description)


def test_management_api_is_known_under_https_too(tenant: LocalTenant) -> None:
    """An audience built from the bare domain, as most clients do, is the Management API."""
    audience = f"https://{tenant.domain.removeprefix('http://')}/api/v2/"

    assert ask(tenant, audience=audience).status_code == 200


@pytest.mark.parametrize(
    ("header", "status", "message"),
    [
        (None, 401, "Missing authentication"),
        ("Bearer a.b.c", 401, "Invalid token"),
        ("Bearer nonsense", 400, "Bad HTTP authentication header format"),
        ("Basic YTpi", 400, "Bad HTTP authentication header format"),
        ("Bearer", 400, "Bad HTTP authentication header format"),
        ("Bearer a b", 400, "Bad HTTP authentication header format"),
    ],
)
def test_request_without_a_good_token_is_refused(
    tenant: LocalTenant, header: str | None, status: int, message: str
) -> None:
    """A missing, unknown or malformed token does not get through."""
    headers = {} if header is None else {"Authorization": header}

    answer = requests.get(f"{tenant.domain}/api/v2/resource-servers", headers=headers, timeout=10)

    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_token_expires_to_the_second(tenant: LocalTenant, client: Client, clock: SteppedClock) -> None:
    """A token works until its lifetime is over, and is refused as expired from then on."""
    clock.now += 86399
    assert client.send("GET", "/resource-servers").status_code == 200

    clock.now += 1
    answer = client.send("GET", "/resource-servers")

    assert answer.status_code == 401
    assert answer.json()["message"] == "Expired token received for JSON Web Token validation"


def test_token_keeps_its_permissions_when_the_grant_loses_them(tenant: LocalTenant, client: Client) -> None:
    """An issued token is not touched by a change of the grant; the next one has less."""
    client_id, secret = tenant.issue_client(["read:roles"])
    limited = client.with_credentials(client_id, secret)
    grant = client.send("GET", "/client-grants", query=f"client_id={client_id}").json()[0]

    client.send("PATCH", f"/client-grants/{grant['id']}", {"scope": []})

    assert limited.send("GET", "/roles").status_code == 200
    assert client.with_credentials(client_id, secret).send("GET", "/roles").status_code == 403


class TestTokensForOtherApis:
    """Tokens whose audience is an API of the tenant."""

    @pytest.fixture(autouse=True)
    def _orders(self, tenant: LocalTenant) -> None:
        tenant.seed(
            {
                "resource_servers": [
                    {
                        "identifier": "urn:orders",
                        "token_lifetime": 600,
                        "scopes": [{"value": "read"}, {"value": "write"}],
                    }
                ],
                "clients": [{"client_id": "shop", "name": "Shop", "client_secret": "s3cret"}],
            }
        )

    def ask(self, tenant: LocalTenant) -> requests.Response:
        """Ask for a token for the orders API as the shop."""
        return ask(tenant, client_id="shop", client_secret="s3cret", audience="urn:orders")

    def test_without_a_grant_there_is_no_token(self, tenant: LocalTenant) -> None:
        """An application without a grant for the API is refused."""
        answer = self.ask(tenant)

        assert answer.status_code == 403
        assert answer.json()["error_description"].startswith('Client is not authorized to access "urn:orders"')

    def test_token_lives_as_long_as_the_api_says(self, tenant: LocalTenant, client: Client) -> None:
        """The API's own token lifetime counts, and the grant's scopes are in the token."""
        client.send("POST", "/client-grants", {"client_id": "shop", "audience": "urn:orders", "scope": ["read"]})

        answer = self.ask(tenant).json()

        claims = json.loads(base64.urlsafe_b64decode(answer["access_token"].split(".")[1] + "=="))
        assert (answer["expires_in"], claims["scope"]) == (600, "read")

    def test_grant_with_all_scopes_follows_the_api(self, tenant: LocalTenant, client: Client) -> None:
        """A grant with allow_all_scopes gives what the API has at that moment."""
        grant = {"client_id": "shop", "audience": "urn:orders", "allow_all_scopes": True}
        client.send("POST", "/client-grants", grant)
        client.send("PATCH", "/resource-servers/urn:orders", {"scopes": [{"value": "write"}, {"value": "new"}]})

        access_token = self.ask(tenant).json()["access_token"]

        assert json.loads(base64.urlsafe_b64decode(access_token.split(".")[1] + "=="))["scope"] == "write new"

    def test_it_does_not_open_the_management_api(self, tenant: LocalTenant, client: Client) -> None:
        """The Management API refuses a token for another audience."""
        client.send("POST", "/client-grants", {"client_id": "shop", "audience": "urn:orders", "scope": ["read"]})
        header = {"Authorization": f"Bearer {self.ask(tenant).json()['access_token']}"}

        answer = requests.get(f"{tenant.domain}/api/v2/resource-servers", headers=header, timeout=10)

        assert (answer.status_code, answer.json()["message"]) == (401, "Bad audience: urn:orders")

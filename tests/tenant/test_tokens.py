"""Access tokens: how they are got, what they allow, and when they stop."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from auth0_local_tenant import LocalTenant
from support.clocks import Clock
from tenant.support import API, API_PATH, SEED, Client

SHOP = {"client_id": "shop", "client_secret": "s3cret", "audience": API}


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """An API, and an application that has a grant for it."""
    return SEED


def parameters(tenant: LocalTenant, **changes: str | None) -> dict[str, str]:
    """Return the parameters of a token request, some of them changed or, where None, left out."""
    values: dict[str, str | None] = {
        "grant_type": "client_credentials",
        "client_id": tenant.client_id,
        "client_secret": tenant.client_secret,
        "audience": f"{tenant.domain}/api/v2/",
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def ask(tenant: LocalTenant, **changes: str | None) -> requests.Response:
    """Ask for a token as JSON."""
    return requests.post(f"{tenant.domain}/oauth/token", json=parameters(tenant, **changes), timeout=10)


def claims(answer: requests.Response) -> Any:  # noqa: ANN401
    """Return what the token of an answer says."""
    assert answer.status_code == 200, answer.text
    return json.loads(base64.urlsafe_b64decode(answer.json()["access_token"].split(".")[1] + "=="))


def test_token_is_issued_for_json_form_and_basic(tenant: LocalTenant) -> None:
    """Client credentials in either encoding, or by HTTP Basic, get a bearer token, and no `scope` in the answer."""
    basic = (tenant.client_id, tenant.client_secret)
    ways: tuple[dict[str, Any], ...] = (
        {"json": parameters(tenant)},
        {"data": parameters(tenant)},
        {"data": parameters(tenant, client_id=None, client_secret=None), "auth": basic},
    )
    for way in ways:
        answer = requests.post(f"{tenant.domain}/oauth/token", timeout=10, **way)
        assert answer.status_code == 200
        assert list(answer.json()) == ["access_token", "expires_in", "token_type"]
        assert (answer.json()["expires_in"], answer.json()["token_type"]) == (86400, "Bearer")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_token_is_a_jwt_with_the_claims_of_the_service(tenant: LocalTenant, scheme: str) -> None:
    """It names issuer, audience, application, expiry and permissions; an audience under https is the same one."""
    address = tenant.domain.removeprefix("http://")

    found = claims(ask(tenant, audience=f"{scheme}://{address}/api/v2/"))

    assert (found["iss"], found["aud"]) == (f"{tenant.domain}/", f"{tenant.domain}/api/v2/")
    assert (found["azp"], found["exp"] - found["iat"]) == (tenant.client_id, 86400)
    assert "update:resource_servers" in found["scope"].split(" ")


@pytest.mark.parametrize(
    ("changes", "status", "error", "description"),
    [
        ({"client_secret": "wrong"}, 401, "access_denied", "Unauthorized"),
        ({"client_id": "nobody"}, 401, "access_denied", "Unauthorized"),
        ({"audience": "https://other.example.com/"}, 403, "access_denied", "Service not found: https://other"),
        ({"audience": None}, 403, "access_denied", "No audience parameter was provided"),
        ({"grant_type": "password"}, 403, "unauthorized_client", "Grant type 'password' not allowed"),
        ({"grant_type": None}, 400, "invalid_request", "Missing required parameter: grant_type"),
        ({"client_secret": None}, 400, "invalid_request", "Missing required parameter: client_secret"),
        ({**SHOP, "client_id": "till"}, 403, "access_denied", f'Client is not authorized to access "{API}"'),
    ],
)
def test_token_request_is_refused(
    tenant: LocalTenant, changes: dict[str, str | None], status: int, error: str, description: str
) -> None:
    """A token request that is wrong, or without a grant, gets the other error shape."""
    tenant.seed({"clients": [{"client_id": "till", "name": "Till", "client_secret": "s3cret"}]})

    answer = ask(tenant, **changes)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].startswith(description)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, (401, "Missing authentication")),
        ("Bearer a.b.c", (401, "Invalid token")),
        *((bad, (400, "Bad HTTP authentication header format")) for bad in ("Bearer nonsense", "Basic YTpi", "Bearer")),
        ("Bearer a b", (400, "Bad HTTP authentication header format")),
    ],
)
def test_request_without_a_good_token_is_refused(
    tenant: LocalTenant, header: str | None, expected: tuple[int, str]
) -> None:
    """A missing, unknown or malformed token does not get through."""
    headers = {} if header is None else {"Authorization": header}

    answer = requests.get(f"{tenant.domain}/api/v2/resource-servers", headers=headers, timeout=10)

    assert (answer.status_code, answer.json()["message"]) == expected


def test_token_expires_to_the_second(client: Client, clock: Clock) -> None:
    """A token works until its lifetime is over, and is refused as expired from then on."""
    clock.sleep(86399)
    client.call("GET /resource-servers")
    clock.sleep(1)

    client.talk(("GET /resource-servers", None, "401 Expired token received for JSON Web Token validation"))


def test_token_keeps_its_permissions_when_the_grant_loses_them(tenant: LocalTenant, client: Client) -> None:
    """An issued token is not touched by a change of the grant; the next one has less."""
    client_id, secret = tenant.issue_client(["read:roles"])
    limited = client.with_credentials(client_id, secret)
    [grant] = client.call(f"GET /client-grants?client_id={client_id}")

    client.call(f"PATCH /client-grants/{grant['id']}", {"scope": []})

    limited.call("GET /roles", status=200)
    client.with_credentials(client_id, secret).call("GET /roles", status=403)


def test_a_token_for_another_api_is_as_api_and_grant_say(tenant: LocalTenant, client: Client) -> None:
    """The API's own token lifetime counts, and the grant's scopes, or all; the Management API refuses such a token."""
    client.call(f"PATCH {API_PATH}", {"token_lifetime": 600, "token_lifetime_for_web": 60})
    answer = ask(tenant, **SHOP)
    assert (answer.json()["expires_in"], claims(answer)["scope"]) == (600, "read:orders write:orders")

    client.call("PATCH /client-grants/cgr_1", {"allow_all_scopes": True})
    client.call(f"PATCH {API_PATH}", {"scopes": [{"value": "write:orders"}, {"value": "new"}]})
    assert claims(ask(tenant, **SHOP))["scope"] == "write:orders new"

    client.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    client.talk(("GET /resource-servers", None, f"401 Bad audience: {API}"))

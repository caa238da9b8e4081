"""The vendor's own APIs: what they are called, and what can't be done to them."""

import pytest

from tenant.support import Client

EXPRESS = "urn:auth0:express-configure"


def test_management_api_is_there_from_the_start_and_stays(client: Client) -> None:
    """A tenant has its Management API, marked as a system API, with its 273 permissions, and can't be without."""
    path = client.api(f"{client.tenant.domain}/api/v2/")

    answer = client.send("GET", path).json()

    assert (answer["name"], answer["is_system"], len(answer["scopes"])) == ("Auth0 Management API", True, 273)
    assert list(answer["scopes"][0]) == ["description", "value"]
    assert client.send("DELETE", path).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"), [({"scopes": []}, 400), ({"name": "Mine"}, 400), ({"token_lifetime": 60}, 200)]
)
@pytest.mark.parametrize("identifier", ["{domain}/api/v2/", "{domain}/me/", EXPRESS])
def test_few_settings_of_a_system_api_can_be_changed(
    client: Client, identifier: str, body: object, status: int
) -> None:
    """A PATCH of a system API's name or permissions is refused, one of its lifetime is not."""
    named = identifier.format(domain=client.tenant.domain)
    client.send("POST", "/resource-servers", {"identifier": named})

    assert client.send("PATCH", client.api(named), body).status_code == status


@pytest.mark.parametrize(
    ("identifier", "name", "lifetime", "policies", "counts"),
    [
        ("{domain}/me/", "Auth0 My Account API", 600, ("deny_all", "require_client_grant"), (3, 8)),
        (EXPRESS, "Okta OIN Express Configuration API", 86400, ("require_client_grant", "allow_all"), (2, 2)),
    ],
)
def test_system_apis_name_themselves(
    client: Client, identifier: str, name: str, lifetime: int, policies: tuple[str, str], counts: tuple[int, int]
) -> None:
    """A system API takes its own name, lifetime and policies, may have more permissions when read, and can go again."""
    named = identifier.format(domain=client.tenant.domain)

    created = client.send("POST", "/resource-servers", {"identifier": named, "name": "Mine"}).json()
    read = client.send("GET", client.api(named)).json()

    assert (created["name"], created["token_lifetime"], created["is_system"]) == (name, lifetime, True)
    assert tuple(created["subject_type_authorization"][of]["policy"] for of in ("client", "user")) == policies
    assert (len(created["scopes"]), len(read["scopes"])) == counts
    assert client.send("DELETE", client.api(named)).status_code == 204

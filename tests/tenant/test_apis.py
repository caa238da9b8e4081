"""APIs over HTTP: what recordings do not show of creating and changing them, what is refused, and system APIs."""

from urllib.parse import quote

import pytest

from auth0_local_tenant import LocalTenant
from tenant.support import API, API_PATH, Client

READ = {"value": "read:orders", "description": "Read orders"}
WRITE = {"value": "write:orders", "description": "Create and change orders"}
EXPRESS = "urn:auth0:express-configure"


@pytest.fixture
def _orders(tenant: LocalTenant) -> None:
    tenant.seed({"resource_servers": [{"identifier": API, "name": "Orders", "scopes": [WRITE, READ]}]})


@pytest.mark.parametrize("identifier", ["urn:minimal", "https://a.example.com/", "50%", "a?b#c"])
def test_any_text_is_an_identifier(client: Client, identifier: str) -> None:
    """An API is created from its identifier alone, whatever text it is, with defaults for the rest."""
    created = client.call("POST /resource-servers", {"identifier": identifier}, status=201)

    assert list(created) == [
        "id",
        "identifier",
        "allow_offline_access",
        "skip_consent_for_verifiable_first_party_clients",
        "subject_type_authorization",
        "token_lifetime",
        "token_lifetime_for_web",
        "signing_alg",
    ]
    assert client.call(f"GET /resource-servers/{quote(identifier, safe=':')}")["identifier"] == identifier


@pytest.mark.parametrize("change", [{"scopes": [READ]}, {"name": "Renamed"}, {"authorization_details": None}])
@pytest.mark.usefixtures("_orders")
def test_patch_changes_what_it_names_and_nothing_else(client: Client, change: dict[str, object]) -> None:
    """The list of permissions is replaced whole, any other key by itself; null takes a key away."""
    before = client.call(f"PATCH {API_PATH}", {"authorization_details": [{"type": "payment"}]})

    after = client.call(f"PATCH {API_PATH}", change)

    assert after == {key: value for key, value in {**before, **change}.items() if value is not None}


@pytest.mark.parametrize(
    ("scopes", "sentence"),
    [
        ([READ, WRITE, READ], "'Array items are not unique (indexes 0 and 2)' on property scopes"),
        ([{"description": "x"}], "'Missing required property: value' on property scopes[0]"),
        ([{"value": ""}], "'String is too short (0 chars), minimum 1' on property scopes[0].value"),
        ([{"value": "v" * 281}], "'String is too long (281 chars), maximum 280' on property scopes[0].value"),
        (
            [{"value": "v", "description": "d" * 501}],
            "'String is too long (501 chars), maximum 500' on property scopes[0].description",
        ),
        (
            [{"value": "openid"}],  # reserved by the vendor; the sentence is NOT RECORDED
            "'String does not match pattern ^(?!(address|created_at|email|email_verified|family_name|given_name|"
            "identities|name|nickname|offline_access|openid|phone|picture|profile)$): openid' "
            "on property scopes[0].value",
        ),
        ([{"value": "v", "x": 1}], "'Additional properties not allowed: x' on property scopes[0]"),
        (
            [{"value": f"p{index}"} for index in range(1001)],
            "'Array is too long (1001), maximum 1000' on property scopes",
        ),
        (None, "'Expected type array but found type null' on property scopes"),
    ],
)
@pytest.mark.usefixtures("_orders")
def test_bad_scopes_are_refused_and_change_nothing(client: Client, scopes: object, sentence: str) -> None:
    """A list that breaks the schema is refused with the first problem and its place."""
    assert client.call(f"PATCH {API_PATH}", {"scopes": scopes}, status=400) == {
        "statusCode": 400,
        "error": "Bad Request",
        "message": f"Payload validation error: {sentence}.",
        "errorCode": "invalid_body",
    }
    assert client.call(f"GET {API_PATH}")["scopes"] == [WRITE, READ]


@pytest.mark.usefixtures("_orders")
def test_limits_are_inclusive(client: Client) -> None:
    """1000 permissions, 280 characters of value and 500 of description are accepted."""
    scopes = [{"value": f"{index:04}".ljust(280, "v"), "description": "d" * 500} for index in range(1000)]

    assert client.call(f"PATCH {API_PATH}", {"scopes": scopes})["scopes"] == scopes


@pytest.mark.parametrize(
    "body",
    [
        *({key: "x"} for key in ("id", "identifier", "is_system", "client_id", "unheard_of")),
        {"token_lifetime_for_web": 90000},  # longer than `token_lifetime`
    ],
)
@pytest.mark.usefixtures("_orders")
def test_what_cannot_be_changed_is_refused(client: Client, body: dict[str, object]) -> None:
    """A PATCH with a key that is not its own is refused by name, and so is a lifetime above that of the API."""
    message = client.call(f"PATCH {API_PATH}", body, status=400)["message"]

    assert next(iter(body)) in message


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'{"name": NaN}', b'{"name": "\\ud800"}'])
@pytest.mark.usefixtures("_orders")
def test_a_body_that_is_no_object_is_refused(client: Client, content: bytes) -> None:
    """A body that is not a JSON object is 400, and one that is not JSON by its content type 415."""
    url = f"{client.tenant.domain}/api/v2{API_PATH}"

    assert client.session.patch(url, data=content, headers={"Content-Type": "application/json"}).status_code == 400
    assert client.session.patch(url, data=content, headers={"Content-Type": "text/plain"}).status_code == 415


def test_management_api_is_there_from_the_start_and_stays(client: Client) -> None:
    """A tenant has its Management API, marked as a system API, with its 273 permissions, and can't be without."""
    path = f"/resource-servers/{quote(client.tenant.domain + '/api/v2/', safe=':')}"

    answer = client.call(f"GET {path}")

    assert (answer["name"], answer["is_system"], len(answer["scopes"])) == ("Auth0 Management API", True, 273)
    assert list(answer["scopes"][0]) == ["description", "value"]
    client.call(f"DELETE {path}", status=400)


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
    """A system API has its own name, lifetime and policies, may have more permissions when read, and can go again."""
    named = identifier.format(domain=client.tenant.domain)
    path = f"/resource-servers/{quote(named, safe=':')}"

    created = client.call("POST /resource-servers", {"identifier": named, "name": "Mine"})
    read = client.call(f"GET {path}")

    assert (created["name"], created["token_lifetime"], created["is_system"]) == (name, lifetime, True)
    assert tuple(created["subject_type_authorization"][of]["policy"] for of in ("client", "user")) == policies
    assert (len(created["scopes"]), len(read["scopes"])) == counts
    for body, status in (({"scopes": []}, 400), ({"name": "Mine"}, 400), ({"token_lifetime": 60}, 200)):
        client.call(f"PATCH {path}", body, status=status)
    client.call(f"DELETE {path}", status=204)

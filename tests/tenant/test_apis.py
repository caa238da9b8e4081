"""APIs over HTTP: what recordings do not show of creating and changing them, what is refused, and system APIs."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest

from tenant.support import API, API_PATH, Client

READ = {"value": "read:orders", "description": "Read orders"}
WRITE = {"value": "write:orders", "description": "Create and change orders"}
LONGEST = [{"value": f"{index:04}".ljust(280, "v"), "description": "d" * 500} for index in range(1000)]


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """An API with two permissions."""
    return {"resource_servers": [{"identifier": API, "name": "Orders", "scopes": [WRITE, READ]}]}


@pytest.mark.parametrize("identifier", ["https://a.example.com/", "50%", "a?b#c"])
def test_any_text_is_an_identifier(client: Client, identifier: str) -> None:
    """An API is created from its identifier alone, and read by it, whatever text it is."""
    client.talk(
        ("POST /resource-servers", {"identifier": identifier}, 201),
        (f"GET /resource-servers/{quote(identifier, safe=':')}", None, {"identifier": identifier}),
    )


@pytest.mark.parametrize("change", [{"scopes": LONGEST}, {"name": "Renamed"}, {"authorization_details": None}])
def test_patch_changes_what_it_names_and_nothing_else(client: Client, change: dict[str, object]) -> None:
    """The list is replaced whole, up to its limits, any other key by itself; null takes a key away."""
    before = client.call(f"PATCH {API_PATH}", {"authorization_details": [{"type": "payment"}]})

    after = client.call(f"PATCH {API_PATH}", change)

    assert after == {key: value for key, value in {**before, **change}.items() if value is not None}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"scopes": [READ, WRITE, READ]}, "'Array items are not unique (indexes 0 and 2)' on property scopes"),
        ({"scopes": [{"description": "x"}]}, "'Missing required property: value' on property scopes[0]"),
        ({"scopes": [{"value": ""}]}, "'String is too short (0 chars), minimum 1' on property scopes[0].value"),
        ({"scopes": [{"value": "v" * 281}]}, "'String is too long (281 chars), maximum 280'"),
        ({"scopes": [{"value": "v", "description": "d" * 501}]}, "'String is too long (501 chars), maximum 500'"),
        # Reserved by the vendor; the sentence is NOT RECORDED.
        ({"scopes": [{"value": "openid"}]}, "'String does not match pattern ^(?!(address|created_at|email|"),
        ({"scopes": [{"value": "v", "x": 1}]}, "'Additional properties not allowed: x' on property scopes[0]"),
        ({"scopes": [*LONGEST, READ]}, "'Array is too long (1001), maximum 1000' on property scopes"),
        ({"scopes": None}, "'Expected type array but found type null' on property scopes"),
        *(({key: "x"}, key) for key in ("id", "identifier", "is_system", "client_id", "unheard_of")),
    ],
)
def test_a_bad_patch_is_refused_and_changes_nothing(client: Client, body: object, sentence: str) -> None:
    """A body that breaks the schema is refused with the first problem and its place."""
    refused = client.call(f"PATCH {API_PATH}", body, status=400)

    assert refused["errorCode"] == "invalid_body"
    assert refused["message"].startswith("Payload validation error: ")
    assert sentence in refused["message"]
    assert client.call(f"GET {API_PATH}")["scopes"] == [WRITE, READ]


def test_a_lifetime_for_browsers_is_at_most_that_of_the_api(client: Client) -> None:
    """A longer one is refused by name."""
    client.talk((f"PATCH {API_PATH}", {"token_lifetime_for_web": 90000}, "400 token_lifetime_for_web"))


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'{"name": NaN}', b'{"name": "\\ud800"}'])
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
        (
            "urn:auth0:express-configure",
            "Okta OIN Express Configuration API",
            86400,
            ("require_client_grant", "allow_all"),
            (2, 2),
        ),
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
    client.talk(
        (f"PATCH {path}", {"scopes": []}, 400),
        (f"PATCH {path}", {"name": "Mine"}, 400),
        (f"PATCH {path}", {"token_lifetime": 60}, 200),
        (f"DELETE {path}", None, 204),
    )

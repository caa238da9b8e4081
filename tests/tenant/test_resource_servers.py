"""APIs over HTTP: what is created, read, changed and deleted, and what is refused."""

import pytest

from tenant.support import Client

IDENTIFIER = "https://orders.example.com/v1"
READ = {"value": "read:orders", "description": "Read orders"}
WRITE = {"value": "write:orders", "description": "Create and change orders"}
DELETE = {"value": "delete:orders", "description": "Delete orders"}


@pytest.fixture
def orders(client: Client) -> str:
    """An API with three permissions; returns its path."""
    answer = client.send(
        "POST",
        "/resource-servers",
        {"identifier": IDENTIFIER, "name": "Orders", "scopes": [WRITE, READ, DELETE]},
    )
    assert answer.status_code == 201
    return client.api(IDENTIFIER)


def test_minimal_api_has_neither_name_nor_scopes(client: Client) -> None:
    """An API created from its identifier alone answers with defaults and without `name` and `scopes`."""
    answer = client.send("POST", "/resource-servers", {"identifier": "urn:minimal"})

    assert answer.status_code == 201
    assert list(answer.json()) == [
        "id",
        "identifier",
        "allow_offline_access",
        "skip_consent_for_verifiable_first_party_clients",
        "subject_type_authorization",
        "token_lifetime",
        "token_lifetime_for_web",
        "signing_alg",
    ]


@pytest.mark.parametrize(
    "change", [{"scopes": [READ]}, {"scopes": []}, {"name": "Renamed"}, {"authorization_details": None}]
)
def test_patch_changes_what_it_names_and_nothing_else(client: Client, orders: str, change: dict[str, object]) -> None:
    """The list of permissions is replaced whole, any other key by itself; null takes a key away."""
    before = client.send("PATCH", orders, {"authorization_details": [{"type": "payment"}]}).json()

    after = client.send("PATCH", orders, change).json()

    assert after == {key: value for key, value in {**before, **change}.items() if value is not None}


def test_empty_scopes_stay_an_empty_list(client: Client) -> None:
    """`scopes` is absent until it is sent, and [] from then on."""
    created = client.send("POST", "/resource-servers", {"identifier": "urn:empty"}).json()

    emptied = client.send("PATCH", f"/resource-servers/{created['id']}", {"scopes": []}).json()

    assert "scopes" not in created
    assert emptied["scopes"] == []


@pytest.mark.parametrize(
    "segment",
    [
        "https:%2F%2Forders.example.com%2Fv1",
        "https%3A%2F%2Forders.example.com%2Fv1",
        "https:%252F%252Forders.example.com%252Fv1",
    ],
)
def test_identifier_in_the_path_may_be_escaped_once_or_twice(client: Client, orders: str, segment: str) -> None:
    """Single escaping, full escaping and double escaping lead to the same API."""
    assert client.send("GET", f"/resource-servers/{segment}").json()["identifier"] == IDENTIFIER


@pytest.mark.parametrize("identifier", ["go-jwt-middleware", "urn:a:b", "https://a.example.com/", "50%", "a?b#c"])
def test_any_text_is_an_identifier(client: Client, identifier: str) -> None:
    """An identifier that is not a URL, ends in a slash or holds reserved characters can be read back."""
    client.send("POST", "/resource-servers", {"identifier": identifier})

    assert client.send("GET", client.api(identifier)).json()["identifier"] == identifier


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
            [{"value": "v", "description": None}],
            "'Expected type string but found type null' on property scopes[0].description",
        ),
        (
            [{"value": "openid"}],  # reserved by the vendor; the sentence is NOT RECORDED
            "'String does not match pattern ^(?!(address|created_at|email|email_verified|family_name|given_name|"
            "identities|name|nickname|offline_access|openid|phone|picture|profile)$): openid' "
            "on property scopes[0].value",
        ),
        ([{"value": "v", "x": 1}], "'Additional properties not allowed: x' on property scopes[0]"),
        (["read:orders"], "'Expected type object but found type string' on property scopes[0]"),
        (
            [{"value": f"p{index}"} for index in range(1001)],
            "'Array is too long (1001), maximum 1000' on property scopes",
        ),
        (None, "'Expected type array but found type null' on property scopes"),
    ],
)
def test_bad_scopes_are_400_and_change_nothing(client: Client, orders: str, scopes: object, sentence: str) -> None:
    """A list that breaks the schema is refused with the first problem and its place."""
    answer = client.send("PATCH", orders, {"scopes": scopes})

    assert answer.status_code == 400
    assert answer.json() == {
        "statusCode": 400,
        "error": "Bad Request",
        "message": f"Payload validation error: {sentence}.",
        "errorCode": "invalid_body",
    }
    assert client.send("GET", orders).json()["scopes"] == [WRITE, READ, DELETE]


def test_limits_are_inclusive(client: Client, orders: str) -> None:
    """1000 permissions, 280 characters of value and 500 of description are accepted."""
    scopes = [{"value": f"{index:04}".ljust(280, "v"), "description": "d" * 500} for index in range(1000)]

    answer = client.send("PATCH", orders, {"scopes": scopes})

    assert answer.status_code == 200
    assert answer.json()["scopes"] == scopes


@pytest.mark.parametrize("key", ["id", "identifier", "is_system", "client_id", "unheard_of"])
def test_patch_refuses_keys_that_are_not_its_own(client: Client, orders: str, key: str) -> None:
    """A key of the answer that is not one of the request is refused by name."""
    answer = client.send("PATCH", orders, {key: "x"})

    assert answer.status_code == 400
    assert answer.json()["message"] == f"Payload validation error: 'Additional properties not allowed: {key}'."


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'{"name": NaN}', b'{"name": "\\ud800"}'])
def test_body_that_is_no_object_is_400(client: Client, orders: str, content: bytes) -> None:
    """A body that is not a JSON object is refused."""
    url = f"{client.tenant.domain}/api/v2{orders}"

    answer = client.session.patch(url, data=content, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400


class TestLists:
    """`GET /resource-servers`."""

    @pytest.fixture(autouse=True)
    def _five_more(self, client: Client) -> None:
        for index in range(5):
            client.send("POST", "/resource-servers", {"identifier": f"urn:{index}", "scopes": [READ]})

    def test_page_with_totals(self, client: Client) -> None:
        """A page tells the total, its item offset and its size, and its items are complete."""
        answer = client.send("GET", "/resource-servers", query="page=1&per_page=4&include_totals=true").json()

        assert list(answer) == ["total", "start", "limit", "resource_servers"]
        assert (answer["total"], answer["start"], answer["limit"]) == (6, 4, 4)
        assert [item["identifier"] for item in answer["resource_servers"]] == ["urn:3", "urn:4"]
        assert answer["resource_servers"][0]["scopes"] == [READ]

    def test_identifiers_and_fields_narrow_the_answer(self, client: Client) -> None:
        """Only the APIs asked for come, with only the fields asked for."""
        query = "identifiers=urn:1&identifiers=urn:4&fields=id,identifier&include_fields=true&include_totals=true"

        answer = client.send("GET", "/resource-servers", query=query).json()

        assert answer["total"] == 2
        assert [list(item) for item in answer["resource_servers"]] == [["id", "identifier"]] * 2
        assert [item["identifier"] for item in answer["resource_servers"]] == ["urn:1", "urn:4"]

    @pytest.mark.parametrize(
        "query",
        [
            "per_page=101",
            "per_page=0",
            "page=-1",
            "page=x",
            "page=99999999999999999999",
            "per_page=%D9%A1",
            "take=10",
            "q=x",
        ],
    )
    def test_bad_query_is_400(self, client: Client, query: str) -> None:
        """A parameter that is out of bounds or not of this endpoint is refused."""
        answer = client.send("GET", "/resource-servers", query=query)

        assert answer.status_code == 400
        assert answer.json()["errorCode"] == "invalid_query_string"

"""What clients ask beyond the recordings: searches, fields, settings, and what is not emulated."""

import pytest

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.routes.searching import found
from tenant.support import Client, control

DOCUMENTS: list[dict[str, object]] = [
    {"name": "Orders API", "date": "2026-01-05T10:00:00Z", "flags": [{"on": True}]},
    {"name": "Billing", "date": "2026-02-01T10:00:00Z", "flags": []},
]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name:Billing", ["Billing"]),
        ('name:"Orders API"', ["Orders API"]),
        ("name:ord*", ["Orders API"]),
        ("billing", ["Billing"]),
        ("NOT name:Billing", ["Orders API"]),
        ("-name:Billing", ["Orders API"]),
        ("name:Billing OR flags.on:true", ["Orders API", "Billing"]),
        ("name:Billing AND flags.on:true", []),
        ("date:[2026-02-01 TO *]", ["Billing"]),
        ("date:[* TO 2026-01-05]", ["Orders API"]),
    ],
)
def test_lucene_queries_choose(query: str, names: list[str]) -> None:
    """A query in Lucene's syntax finds what it describes."""
    assert [item["name"] for item in found(DOCUMENTS, query)] == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('name eq "Billing"', ["Billing"]),
        ('name co "bill"', ["Billing"]),
        ('name ew "api"', ["Orders API"]),
        ('name ne "Billing"', ["Orders API"]),
        ('name sw "Ord" or name pr', ["Orders API", "Billing"]),
        ('date gt "2026-01-05T10:00:00Z" and name pr', ["Billing"]),
        ('date ge "2026-01-05"', ["Orders API", "Billing"]),
        ('date lt "2026-02-01"', ["Orders API"]),
        ('date le "2026-02-01"', ["Orders API", "Billing"]),
        ('owner lt "x"', []),
    ],
)
def test_scim_filters_choose(query: str, names: list[str]) -> None:
    """A SCIM filter finds what it describes."""
    assert [item["name"] for item in found(DOCUMENTS, query, "scim")] == names


def test_apis_and_grants_are_searched(client: Client) -> None:
    """Both searches answer in the checkpoint form, with the fields asked for."""
    client.send("POST", "/resource-servers", {"identifier": "urn:a", "name": "Orders"})
    apis = client.send("GET", "/resource-servers/search", query="q=name:Orders&fields=identifier").json()
    grants = client.send("GET", "/client-grants/search", query="q=audience:urn*&take=5").json()

    assert (apis, grants) == ({"resource_servers": [{"identifier": "urn:a"}]}, {"client_grants": []})


def test_a_query_beyond_the_emulated_part_is_refused(client: Client) -> None:
    """A query with parentheses is refused and not misread."""
    answer = client.send("GET", "/resource-servers/search", query="q=(a%20OR%20b)")

    assert (answer.status_code, "does not understand" in answer.json()["message"]) == (400, True)


@pytest.mark.parametrize(
    "path", ["/roles", "/client-grants", "/users", "/logs", "/clients", "/resource-servers", "/tenants/settings"]
)
def test_every_read_takes_fields(client: Client, path: str) -> None:
    """Every list and setting answers only what is asked for."""
    answer = client.send("GET", path, query="fields=nothing&include_fields=true")

    items = answer.json()
    assert answer.status_code == 200
    assert all(item == {} for item in (items if isinstance(items, list) else [items]))


def test_roles_have_a_type_and_an_owner(client: Client) -> None:
    """A role of an organization is created, answered and found as such."""
    body = {"name": "Clerk", "type": "organization", "owner_id": "org_1"}
    client.send("POST", "/roles", {"name": "Other"})

    created = client.send("POST", "/roles", body).json()

    assert {key: created[key] for key in body} == body
    assert [role["name"] for role in client.send("GET", "/roles", query="type=organization").json()] == ["Clerk"]
    assert [role["name"] for role in client.send("GET", "/roles", query="owner_id=org_1").json()] == ["Clerk"]


def test_a_log_event_is_read_and_searched(client: Client) -> None:
    """An event is found by its id and by a query."""
    client.send("POST", "/roles", {"name": "Clerk"})
    client.send("POST", "/resource-servers", {"identifier": "urn:a"})

    events = client.send("GET", "/logs", query='q=description:"Create%20a%20role"').json()

    assert [event["description"] for event in events] == ["Create a role"]
    assert client.send("GET", f"/logs/{events[0]['log_id']}").json() == events[0]
    assert client.send("GET", "/logs/900nothing").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/connections"),
        ("POST", "/organizations/org_1/members"),
        ("POST", "/clients/a/rotate-secret"),
        ("GET", "/users/auth0%7Canne/effective-permissions/sources/effective-roles"),
        ("GET", "/clients/search"),
        ("DELETE", "/agents/a"),
    ],
)
def test_what_is_not_emulated_says_so(tenant: LocalTenant, client: Client, method: str, path: str) -> None:
    """A path of the real API that is missing here is 501 with the API's body, and marked in the journal."""
    answer = client.send(method, path, {})

    assert answer.json() == {
        "statusCode": 501,
        "error": "Not Implemented",
        "message": f"The local tenant does not emulate {method} /api/v2{path}",
        "errorCode": "local_tenant_not_emulated",
    }
    assert control(tenant, "GET", "/journal").json()[-1]["emulated"] is False


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/client"), ("GET", "/resource-servers/a/b"), ("POST", "/roles/a/members"), ("PUT", "/clients")],
)
def test_what_the_real_api_lacks_is_404(tenant: LocalTenant, client: Client, method: str, path: str) -> None:
    """A path that nobody has is answered as the real service does, and not marked."""
    assert client.send(method, path, {}).status_code == 404
    assert tenant.journal()[-1].emulated


def test_later_attributes_of_an_api_are_kept(client: Client) -> None:
    """Attributes that clients send are taken and answered, in the recorded order."""
    sent: dict[str, object] = {
        "allow_online_access": False,
        "allow_online_access_with_ephemeral_sessions": True,
        "subject_type_authorization": {
            "anonymous_user": {"policy": "require_client_grant"},
            "client": {"policy": "require_client_grant"},
            "user": {"policy": "allow_all"},
        },
        "require_consent_non_repudiation": True,
        "token_lifetime_for_anonymous_access_tokens": 86400,
        "access_token": {"claims_mapping": {}},
        "token_encryption": {
            "format": "compact-nested-jwe",
            "encryption_key": {"alg": "RSA-OAEP-256", "pem": "-----BEGIN", "thumbprint_sha256": "abc"},
        },
    }

    few = {"anonymous_user": {"policy": "require_client_grant"}}  # the rest is the service's to add

    answer = client.send(
        "POST", "/resource-servers", {"identifier": "urn:a", **sent, "subject_type_authorization": few}
    )

    assert answer.status_code == 201
    assert {key: answer.json()[key] for key in sent} == sent
    assert list(answer.json())[2:6] == [
        *("allow_offline_access", "skip_consent_for_verifiable_first_party_clients"),
        *("allow_online_access", "allow_online_access_with_ephemeral_sessions"),
    ]


@pytest.mark.parametrize(
    "lifetimes", [{"token_lifetime_for_web": 90000}, {"token_lifetime": 5, "token_lifetime_for_web": 6}]
)
def test_browsers_get_no_longer_lifetime(client: Client, lifetimes: dict[str, object]) -> None:
    """A lifetime for browsers above that of the API is refused."""
    assert client.send("POST", "/resource-servers", {"identifier": "urn:a", **lifetimes}).status_code == 400


def test_ten_identifiers_are_the_most(client: Client) -> None:
    """A list of APIs is narrowed by at most ten identifiers."""
    query = "&".join(f"identifiers=urn:{number}" for number in range(11))

    assert client.send("GET", "/resource-servers", query=query).status_code == 400


def test_a_second_grant_names_client_and_audience(client: Client) -> None:
    """The refusal of a grant that exists names who has it for what."""
    client.send("POST", "/resource-servers", {"identifier": "urn:a"})
    body = {"client_id": client.tenant.client_id, "audience": "urn:a", "scope": []}
    client.send("POST", "/client-grants", body)

    answer = client.send("POST", "/client-grants", body)

    sentence = f"A client grant already exists between {client.tenant.client_id} and urn:a"
    assert (answer.status_code, answer.json()["message"]) == (409, sentence)

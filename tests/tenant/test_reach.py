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

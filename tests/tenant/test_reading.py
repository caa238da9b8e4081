"""What clients read: pages, fields, searches, the log of writes, and what only the real service has."""

import pytest

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.routes.searching import found
from tenant.support import API, Client, SteppedClock, control

DOCUMENTS: list[dict[str, object]] = [
    {"name": "Orders API", "date": "2026-01-05T10:00:00Z", "flags": [{"on": True}]},
    {"name": "Billing", "date": "2026-02-01T10:00:00Z", "flags": []},
]


@pytest.mark.parametrize(
    ("syntax", "query", "names"),
    [
        ("lucene", "name:Billing", ["Billing"]),
        ("lucene", 'name:"Orders API"', ["Orders API"]),
        ("lucene", "name:ord*", ["Orders API"]),
        ("lucene", "billing", ["Billing"]),
        ("lucene", "NOT name:Billing", ["Orders API"]),
        ("lucene", "-name:Billing", ["Orders API"]),
        ("lucene", "name:Billing OR flags.on:true", ["Orders API", "Billing"]),
        ("lucene", "name:Billing AND flags.on:true", []),
        ("lucene", "date:[2026-02-01 TO *]", ["Billing"]),
        ("lucene", "date:[* TO 2026-01-05]", ["Orders API"]),
        ("scim", 'name eq "Billing"', ["Billing"]),
        ("scim", 'name co "bill"', ["Billing"]),
        ("scim", 'name ew "api"', ["Orders API"]),
        ("scim", 'name ne "Billing"', ["Orders API"]),
        ("scim", 'name sw "Ord" or name pr', ["Orders API", "Billing"]),
        ("scim", 'date gt "2026-01-05T10:00:00Z" and name pr', ["Billing"]),
        ("scim", 'date ge "2026-01-05"', ["Orders API", "Billing"]),
        ("scim", 'date lt "2026-02-01"', ["Orders API"]),
        ("scim", 'date le "2026-02-01"', ["Orders API", "Billing"]),
        ("scim", 'owner lt "x"', []),
    ],
)
def test_queries_choose(syntax: str, query: str, names: list[str]) -> None:
    """A query finds what it describes."""
    assert [item["name"] for item in found(DOCUMENTS, query, syntax)] == names


@pytest.fixture
def six(tenant: LocalTenant, client: Client) -> Client:
    """A client of a tenant with five APIs besides its Management API, three grants and an application."""
    tenant.seed(
        {
            "resource_servers": [
                {"identifier": API if number == 0 else f"urn:{number}", "name": f"API {number}"} for number in range(5)
            ],
            "client_grants": [
                {"client_id": f"c{number}", "audience": API, "id": f"cgr_{number}"} for number in range(3)
            ],
            "clients": [{"client_id": "shop", "name": "Shop", "app_type": "spa"}],
        }
    )
    return client


def test_a_page_with_totals(six: Client) -> None:
    """A page tells the total, its item offset and its size."""
    page = six.call("GET /resource-servers", query="page=1&per_page=4&include_totals=true")

    assert list(page) == ["total", "start", "limit", "resource_servers"]
    assert (page["total"], page["start"], page["limit"]) == (6, 4, 4)
    assert [item["identifier"] for item in page["resource_servers"]] == ["urn:3", "urn:4"]


def test_checkpoints_lead_through_a_list(six: Client) -> None:
    """With `take`, each page names the next until there is none, and totals are not told."""
    query = f"audience={API}&take=2&include_totals=true"

    first = six.call("GET /client-grants", query=query)
    second = six.call("GET /client-grants", query=f"{query}&from={first['next']}")

    assert (list(first), list(second)) == (["client_grants", "next"], ["client_grants"])
    assert [[grant["id"] for grant in page["client_grants"]] for page in (first, second)] == [
        ["cgr_0", "cgr_1"],
        ["cgr_2"],
    ]


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        ("/resource-servers", "identifiers=urn:1&identifiers=urn:4&fields=identifier", ["urn:1", "urn:4"]),
        ("/clients", "app_type=native,spa&fields=name", ["Shop"]),
        ("/clients", "is_first_party=false", []),
        ("/clients", "is_global=true", []),
        ("/clients", "is_global=false&q=name:Sh*&fields=name", ["Shop"]),
        ("/resource-servers/search", 'q=name:"API 2"&fields=identifier', ["urn:2"]),
        ("/client-grants/search", "q=client_id:c1&take=5&fields=client_id", ["c1"]),
    ],
)
def test_lists_are_narrowed(six: Client, path: str, query: str, found: list[str]) -> None:
    """Each parameter of a list narrows it, and `fields` narrows its items; searches answer in checkpoint form."""
    answer = six.call(f"GET {path}", query=query)

    items = answer if isinstance(answer, list) else next(iter(answer.values()))
    assert [list(item.values()) for item in items] == [[value] for value in found]


@pytest.mark.parametrize(
    "query",
    [
        *("per_page=101", "per_page=0", "page=-1", "page=x", "page=99999999999999999999", "per_page=%D9%A1"),
        *("take=10", "q=x", "&".join(f"identifiers=urn:{number}" for number in range(11))),
    ],
)
def test_a_bad_query_is_refused(client: Client, query: str) -> None:
    """A parameter that is out of bounds or not of this endpoint is refused."""
    assert client.call("GET /resource-servers", query=query, status=400)["errorCode"] == "invalid_query_string"


def test_a_query_beyond_the_emulated_part_is_refused(client: Client) -> None:
    """A query with parentheses is refused and not misread."""
    answer = client.call("GET /resource-servers/search", query="q=(a%20OR%20b)", status=400)

    assert "does not understand" in answer["message"]


@pytest.mark.parametrize(
    "path", ["/roles", "/client-grants", "/users", "/logs", "/clients", "/resource-servers", "/tenants/settings"]
)
def test_every_read_takes_fields(six: Client, path: str) -> None:
    """Every list and setting answers only what is asked for."""
    items = six.call(f"GET {path}", query="fields=nothing&include_fields=true")

    assert all(item == {} for item in (items if isinstance(items, list) else [items]))


def test_a_write_leaves_an_event_in_the_log(client: Client, clock: SteppedClock) -> None:
    """A successful write is logged with when, who, what was sent and what was answered; reads and failures are not."""
    client.call("POST /resource-servers", {"identifier": "urn:a"})
    clock.now += 1.5
    client.call("PATCH /resource-servers/urn:a", {"scopes": [{"value": "x"}]})
    client.call("PATCH /resource-servers/nothing", {}, status=404)

    event, *others = client.call("GET /logs")

    assert [other["description"] for other in others] == ["Create a resource server"]
    assert (event["type"], event["description"]) == ("sapi", "Update a resource server")
    assert (event["date"], event["client_id"]) == ("2027-01-15T08:00:01.500Z", client.tenant.client_id)
    sent, answered = event["details"]["request"], event["details"]["response"]
    assert (sent["method"], sent["path"]) == ("patch", "/api/v2/resource-servers/urn:a")
    assert (sent["body"], answered["statusCode"]) == ({"scopes": [{"value": "x"}]}, 200)
    assert answered["body"]["scopes"] == [{"value": "x"}]


def test_the_log_is_read_newest_first_from_a_checkpoint_on_and_by_query(client: Client) -> None:
    """Pages go back in time; from a checkpoint, events come in the order they happened; a query and an id find one."""
    for index in range(4):
        client.call("POST /resource-servers", {"identifier": f"urn:{index}"})
    client.call("POST /roles", {"name": "Clerk"})

    page = client.call("GET /logs", query="per_page=3&page=0")
    later = client.call("GET /logs", query=f"from={page[2]['log_id']}&take=1")
    [event] = client.call("GET /logs", query='q=description:"Create%20a%20role"')

    ids = [item["log_id"] for item in page]
    assert ids == sorted(ids, reverse=True)
    assert [item["log_id"] for item in later] == [ids[1]]
    assert event == page[0] == client.call(f"GET /logs/{ids[0]}")
    client.call("GET /logs/900nothing", status=404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/connections"),
        ("POST", "/organizations/org_1/members"),
        ("GET", "/users/auth0%7Canne/effective-permissions/sources/effective-roles"),
        ("GET", "/clients/search"),
    ],
)
def test_what_is_not_emulated_says_so(tenant: LocalTenant, client: Client, method: str, path: str) -> None:
    """A path of the real API that is missing here is 501 with the API's body, and marked in the journal."""
    assert client.call(f"{method} {path}", {}, status=501) == {
        "statusCode": 501,
        "error": "Not Implemented",
        "message": f"The local tenant does not emulate {method} /api/v2{path}",
        "errorCode": "local_tenant_not_emulated",
    }
    assert control(tenant, "GET", "/journal").json()[-1]["emulated"] is False


@pytest.mark.parametrize("request_line", ["GET /client", "GET /resource-servers/a/b", "PUT /clients"])
def test_what_the_real_api_lacks_is_404(tenant: LocalTenant, client: Client, request_line: str) -> None:
    """A path that nobody has is answered as the real service does, and not marked."""
    client.call(request_line, {}, status=404)

    assert tenant.journal()[-1].emulated

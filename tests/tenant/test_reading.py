"""What clients read: pages, fields, searches, the log of writes, and what only the real service has."""

from collections.abc import Mapping

import pytest

from auth0_local_tenant.routes.searching import found
from support.clocks import Clock
from tenant.support import API, Client, Step

DOCUMENTS: list[dict[str, object]] = [
    {"name": "Orders API", "date": "2026-01-05T10:00:00Z", "flags": [{"on": True}]},
    {"name": "Billing", "date": "2026-02-01T10:00:00Z", "flags": []},
]
FIRST, SECOND, BOTH = ["Orders API"], ["Billing"], ["Orders API", "Billing"]


@pytest.mark.parametrize(
    ("syntax", "query", "names"),
    [
        ("lucene", "name:Billing", SECOND),
        ("lucene", 'name:"Orders API"', FIRST),
        ("lucene", "name:ord*", FIRST),
        ("lucene", "billing", SECOND),
        ("lucene", "NOT name:Billing", FIRST),
        ("lucene", "-name:Billing", FIRST),
        ("lucene", "name:Billing OR flags.on:true", BOTH),
        ("lucene", "name:Billing AND flags.on:true", []),
        ("lucene", "date:[2026-02-01 TO *]", SECOND),
        ("lucene", "date:[* TO 2026-01-05]", FIRST),
        ("scim", 'name eq "Billing"', SECOND),
        ("scim", 'name co "bill"', SECOND),
        ("scim", 'name ew "api"', FIRST),
        ("scim", 'name ne "Billing"', FIRST),
        ("scim", 'name sw "Ord" or name pr', BOTH),
        ("scim", 'date gt "2026-01-05T10:00:00Z" and name pr', SECOND),
        ("scim", 'date ge "2026-01-05"', BOTH),
        ("scim", 'date lt "2026-02-01"', FIRST),
        ("scim", 'date le "2026-02-01"', BOTH),
        ("scim", 'owner lt "x"', []),
    ],
)
def test_queries_choose(syntax: str, query: str, names: list[str]) -> None:
    """A query finds what it describes."""
    assert [item["name"] for item in found(DOCUMENTS, query, syntax)] == names


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """Five APIs besides the Management API, three grants and an application."""
    return {
        "resource_servers": [
            {"identifier": API if number == 0 else f"urn:{number}", "name": f"API {number}"} for number in range(5)
        ],
        "client_grants": [{"client_id": f"c{number}", "audience": API, "id": f"cgr_{number}"} for number in range(3)],
        "clients": [{"client_id": "shop", "name": "Shop", "app_type": "spa"}],
    }


ELEVEN = "&".join(f"identifiers=urn:{number}" for number in range(11))
READS: list[Step] = [
    (
        "GET /resource-servers?page=1&per_page=4&include_totals=true&fields=name",
        None,
        {"total": 6, "start": 4, "limit": 4, "resource_servers": [{"name": "API 3"}, {"name": "API 4"}]},
    ),
    (
        "GET /resource-servers?identifiers=urn:1&identifiers=urn:4&fields=identifier",
        None,
        [{"identifier": "urn:1"}, {"identifier": "urn:4"}],
    ),
    ("GET /clients?app_type=native,spa&fields=name", None, [{"name": "Shop"}]),
    ("GET /clients?is_first_party=false", None, []),
    ("GET /clients?is_global=true", None, []),
    ("GET /clients?is_global=false&q=name:Sh*&fields=name", None, [{"name": "Shop"}]),
    (
        'GET /resource-servers/search?q=name:"API%202"&fields=identifier',
        None,
        {"resource_servers": [{"identifier": "urn:2"}], "next": None},
    ),
    (
        "GET /client-grants/search?q=client_id:c1&take=5&fields=client_id",
        None,
        {"client_grants": [{"client_id": "c1"}], "next": None},
    ),
    ("GET /resource-servers/search?q=(a%20OR%20b)", None, "400 does not understand"),
    *(
        (f"GET /resource-servers?{query}", None, 400)
        for query in ("per_page=101", "per_page=0", "page=-1", "page=x", f"page={'9' * 20}", "per_page=%D9%A1")
    ),
    *((f"GET /resource-servers?{query}", None, 400) for query in ("take=10", "q=x", ELEVEN)),
    ("GET /tenants/settings?fields=nothing", None, {"friendly_name": None}),
    *((f"GET {path}?fields=nothing&page=9", None, []) for path in ("/roles", "/users", "/logs")),
    ("GET /client", None, 404),
    ("GET /resource-servers/a/b", None, 404),
    ("PUT /clients", None, 404),
]


@pytest.mark.parametrize("step", READS, ids=[step[0] for step in READS])
def test_what_is_read(client: Client, step: Step) -> None:
    """Pages tell their totals, parameters narrow a list and `fields` its items; what cannot be is refused."""
    client.talk(step)

    assert client.tenant.journal()[-1].emulated


def test_checkpoints_lead_through_a_list(client: Client) -> None:
    """With `take`, each page names the next until there is none, and totals are not told."""
    path = f"GET /client-grants?audience={API}&take=2&include_totals=true"

    first = client.call(path)
    second = client.call(f"{path}&from={first['next']}")

    assert (list(first), list(second)) == (["client_grants", "next"], ["client_grants"])
    ids = [[grant["id"] for grant in page["client_grants"]] for page in (first, second)]
    assert ids == [["cgr_0", "cgr_1"], ["cgr_2"]]


def test_a_write_leaves_an_event_in_the_log(client: Client, clock: Clock) -> None:
    """A successful write is logged with when, who, what was sent and what was answered; reads and failures are not.

    Pages go back in time; from a checkpoint, events come in the order they happened; a query and an id find one.
    """
    client.call("POST /roles", {"name": "Clerk"})
    for seconds in (1, 2):
        clock.sleep(seconds)
        client.call("PATCH /resource-servers/urn:1", {"scopes": [{"value": f"x{seconds}"}]})
    client.call("PATCH /resource-servers/nothing", {}, status=404)

    newest, before, oldest = client.call("GET /logs?per_page=3&page=0")

    assert client.call(f"GET /logs?from={oldest['log_id']}&take=1") == [before]
    assert client.call('GET /logs?q=description:"Create%20a%20role"') == [oldest]
    assert client.call(f"GET /logs/{newest['log_id']}") == newest
    client.call("GET /logs/900nothing", status=404)
    assert newest["log_id"] > before["log_id"] > oldest["log_id"]
    assert (newest["type"], newest["description"]) == ("sapi", "Update a resource server")
    assert (newest["date"], newest["client_id"]) == ("2027-01-15T08:00:03.000Z", client.tenant.client_id)
    sent, answered = newest["details"]["request"], newest["details"]["response"]
    assert (sent["method"], sent["path"]) == ("patch", "/api/v2/resource-servers/urn:1")
    assert (sent["body"], answered["statusCode"]) == ({"scopes": [{"value": "x2"}]}, 200)
    assert answered["body"]["scopes"] == [{"value": "x2"}]


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /connections",
        "POST /organizations/org_1/members",
        "GET /users/auth0%7Canne/effective-permissions/sources/effective-roles",
        "GET /clients/search",
    ],
)
def test_what_is_not_emulated_says_so(client: Client, request_line: str) -> None:
    """A path of the real API that is missing here is 501 with the API's body, and marked in the journal."""
    method, path = request_line.split(" ")

    assert client.call(request_line, {}, status=501) == {
        "statusCode": 501,
        "error": "Not Implemented",
        "message": f"The local tenant does not emulate {method} /api/v2{path}",
        "errorCode": "local_tenant_not_emulated",
    }
    assert client.call("GET /_tenant/journal")[-1]["emulated"] is False

"""The endpoints, over sockets against the local tenant."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import Forbidden, NotFound
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Api


def test_an_api_is_found_by_its_identifier(client: ManagementClient) -> None:
    """All that the product looks at is read, in the order of the API; a missing description is an empty one."""
    api = client.get_api(ORDERS)

    assert (api.identifier, api.name, api.is_system, api.token_lifetime_s) == (ORDERS, "Orders", False, 3600)
    assert list(api.permissions.items()) == [
        ("write:orders", "Create and change orders"),
        ("read:orders", ""),
        ("read:comment ", ""),
    ]


def test_an_identifier_is_escaped_as_recorded(client: ManagementClient, tenant: LocalTenant) -> None:
    """Colons stay, slashes are escaped once."""
    client.get_api(ORDERS)

    assert sent(tenant) == [("GET", "/api/v2/resource-servers/https:%2F%2Forders.example.com%2F", "", 200)]


@pytest.mark.parametrize(
    "identifier",
    [
        "urn:auth0:x",
        "a b",
        "100%",
        "a%2Fb",
        "über",
        "日本",
        "a?b#c",
        "a+b&c=d",
        "~a.b-c_d",
        "a\\b",
        "...",
        "https://[::1]:8/;x=1",
    ],
)
def test_any_identifier_can_be_addressed(tenant: LocalTenant, client: ManagementClient, identifier: str) -> None:
    """Identifiers are free text; each comes to the tenant as it is."""
    tenant.seed({"resource_servers": [{"identifier": identifier}]})

    assert client.get_api(identifier).identifier == identifier


@pytest.mark.parametrize("api", ["", ".", ".."])
def test_a_name_that_would_be_another_path_is_not_sent(client: ManagementClient, tenant: LocalTenant, api: str) -> None:
    """What a URL would fold into its parent is answered as not found without a request."""
    with pytest.raises(NotFound, match="no API"):
        client.get_api(api)

    assert sent(tenant) == []


def test_a_missing_api_is_not_found(client: ManagementClient) -> None:
    """The message says what was looked for, where, and what to do."""
    with pytest.raises(NotFound) as caught:
        client.get_api("https://nope/")

    assert str(caught.value.response) == "404 Not Found (inexistent_resource_server)"
    assert caught.value.request == "GET /api/v2/resource-servers/https:%2F%2Fnope%2F"
    assert 'no API with the identifier or id "https://nope/"' in str(caught.value)
    assert "Check `api`" in caught.value.next_action


@pytest.mark.parametrize("identifier", ["bare", "empty"])
def test_no_scopes_and_an_empty_list_are_the_same(client: ManagementClient, identifier: str) -> None:
    """An API that was never given permissions and one that lost them all both have none."""
    assert client.get_api(identifier).permissions == {}


def test_auth0s_own_apis_are_marked(client: ManagementClient, tenant: LocalTenant) -> None:
    """The Management API is listed with the others and can be told from them."""
    assert client.get_api(f"{tenant.domain}/api/v2/").is_system
    assert [api.identifier for api in client.list_apis() if not api.is_system] == [ORDERS, "bare", "empty"]


def test_a_write_sends_the_whole_list_and_nothing_else(client: ManagementClient, tenant: LocalTenant) -> None:
    """One PATCH with the scopes in order; a description is always sent, an empty one too."""
    api = client.get_api("empty")
    tenant.clear_journal()
    wanted = {"b": "B", "a ": "", "c": "", "é": "🙂"}

    answer = client.replace_permissions(api.id, wanted)

    (entry,) = tenant.journal()
    assert (entry.method, entry.path) == ("PATCH", f"/api/v2/resource-servers/{api.id}")
    assert entry.request_body == {
        "scopes": [
            {"value": "b", "description": "B"},
            {"value": "a ", "description": ""},
            {"value": "c", "description": ""},
            {"value": "é", "description": "🙂"},
        ]
    }
    assert list(answer.permissions.items()) == list(wanted.items())
    assert list(client.get_api("empty").permissions.items()) == list(wanted.items())


def test_apis_are_listed_page_by_page(tenant: LocalTenant, client: ManagementClient) -> None:
    """Every API comes once, in pages that are fetched only when they are needed."""
    tenant.seed({"resource_servers": [{"identifier": f"api-{number}"} for number in range(6)]})

    listed = client.list_apis(per_page=4)
    next(listed)
    after_one = len(sent(tenant))
    rest = list(listed)

    assert after_one == 1
    assert len(rest) == 9
    assert [query for _, _, query, _ in sent(tenant)] == [
        f"page={page}&per_page=4&include_totals=true" for page in range(3)
    ]


@pytest.mark.parametrize(
    ("scopes", "call", "missing"),
    [
        ([], lambda client: client.get_api(ORDERS), "read:resource_servers"),
        ([], lambda client: list(client.list_apis()), "read:resource_servers"),
        (
            ["read:resource_servers"],
            lambda client: client.replace_permissions(client.get_api(ORDERS).id, {}),
            "update:resource_servers",
        ),
        ([], lambda client: list(client.client_grants(ORDERS)), "read:client_grants"),
        ([], lambda client: client.replace_grant_scope("cgr_x", []), "update:client_grants"),
        ([], lambda client: list(client.roles()), "read:roles"),
        ([], lambda client: client.add_role_permissions("rol_x", ORDERS, ["a"]), "update:roles"),
        ([], lambda client: client.newest_log_entries(), "read:logs"),
    ],
)
def test_a_missing_scope_is_named(
    tenant: LocalTenant,
    connect: Connect,
    scopes: list[str],
    call: Callable[[ManagementClient], object],
    missing: str,
) -> None:
    """A token that lacks a scope is told which, and where to grant it."""
    client = connect(tenant, Credentials.of_client(*tenant.issue_client(scopes)))

    with pytest.raises(Forbidden) as caught:
        call(client)

    assert missing in caught.value.missing_scopes
    assert f"the token lacks {missing}" in str(caught.value) or "one of them" in str(caught.value)
    assert "Applications → APIs → Auth0 Management API" in caught.value.next_action


def test_reading_and_writing_need_two_scopes(tenant: LocalTenant, connect: Connect) -> None:
    """read:resource_servers and update:resource_servers are enough for the main job."""
    scopes = ["read:resource_servers", "update:resource_servers"]
    client = connect(tenant, Credentials.of_client(*tenant.issue_client(scopes)))
    api = client.get_api("empty")

    assert client.replace_permissions(api.id, {"a": "A"}).permissions == {"a": "A"}


def test_the_scopes_of_the_token_are_told(tenant: LocalTenant, connect: Connect) -> None:
    """What the token grants can be known before anything is asked."""
    client = connect(tenant, Credentials.of_client(*tenant.issue_client(["read:roles", "read:logs"])))

    assert client.granted_scopes() == frozenset({"read:roles", "read:logs"})


def test_one_token_serves_all_threads(tenant: LocalTenant, connect: Connect) -> None:
    """Four threads that start together cost one token request."""
    client = connect(tenant)
    got: list[Api] = []
    threads = [threading.Thread(target=lambda: got.append(client.get_api(ORDERS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 4
    assert [entry.path for entry in tenant.journal()].count("/oauth/token") == 1


def test_a_domain_that_is_none_is_bad_input() -> None:
    """An address that can't be one is refused under its property."""
    with pytest.raises(InvalidInputs, match=r"^auth0:domain: .*only for loopback"):
        ManagementClient("http://acme.eu.auth0.com", Credentials.of_token("t"))

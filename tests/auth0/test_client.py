"""The endpoints, over sockets against the local tenant."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0.scripted import GIVEN, TOKEN, answer, scripted
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import Forbidden, ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.parsing import HeldPermission
from pulumi_auth0_permissions.core.errors import InvalidInputs


def test_an_api_is_found_by_its_identifier(client: ManagementClient, tenant: LocalTenant) -> None:
    """All that the product looks at is read; in the path colons stay as recorded, and slashes are escaped once."""
    api = client.get_api(ORDERS)

    assert (api.identifier, api.name, api.is_system, api.token_lifetime_s) == (ORDERS, "Orders", False, 3600)
    assert list(api.permissions.items()) == [
        ("write:orders", "Create and change orders"),
        ("read:orders", ""),
        ("read:comment ", ""),
    ]
    assert sent(tenant) == [("GET", "/api/v2/resource-servers/https:%2F%2Forders.example.com%2F", "", 200)]


@pytest.mark.parametrize(
    "identifier",
    [
        *("urn:auth0:x", "a b", "100%", "a%2Fb", "über", "日本", "a?b#c", "a+b&c=d", "~a.b-c_d", "a\\b", "..."),
        "https://[::1]:8/;x=1",
    ],
)
def test_any_identifier_can_be_addressed(tenant: LocalTenant, client: ManagementClient, identifier: str) -> None:
    """Identifiers are free text; each comes to the tenant as it is."""
    tenant.seed({"resource_servers": [{"identifier": identifier}]})

    assert client.get_api(identifier).identifier == identifier


def test_half_a_character_is_asked_for_all_the_same() -> None:
    """What a tenant calls an API goes back to it, whatever it holds."""
    with scripted(TOKEN, answer({"client_grants": []})) as site:
        assert list(site.client.client_grants("\ud800")) == []


@pytest.mark.parametrize("api", ["", ".", ".."])
def test_a_name_that_would_be_another_path_is_not_sent(client: ManagementClient, tenant: LocalTenant, api: str) -> None:
    """What a URL would fold into its parent is answered as not found without a request."""
    with pytest.raises(NotFound, match="no API"):
        client.get_api(api)

    assert sent(tenant) == []


def test_a_missing_api_is_not_found(client: ManagementClient, tenant: LocalTenant) -> None:
    """The message says what was looked for, where, and what to do."""
    with pytest.raises(NotFound) as caught:
        client.get_api("https://nope/")

    assert str(caught.value) == (
        "GET /api/v2/resource-servers/https:%2F%2Fnope%2F: 404 Not Found (inexistent_resource_server): there is no API "
        f'with the identifier or id "https://nope/" at {tenant.domain.removeprefix("http://")}. Check `api` for '
        "spelling and the last slash, or create the API first."
    )


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
    assert entry.request_body == {"scopes": [{"value": value, "description": text} for value, text in wanted.items()]}
    assert list(answer.permissions.items()) == list(wanted.items())
    assert list(client.get_api("empty").permissions.items()) == list(wanted.items())


@pytest.mark.parametrize("answered", [{"ok": True}, {"id": "other", "identifier": "https://other/"}])
def test_an_answer_that_is_not_about_the_api_is_an_error(answered: object) -> None:
    """The next write would go to what was read; asking again would not help, and what a write did is unknown."""
    with scripted(TOKEN, answer(answered), answer(answered)) as site:
        with pytest.raises(ManagementApiError, match="is not what the Management API documents") as of_read:
            site.client.get_api("orders")
        with pytest.raises(ManagementApiError, match="not known whether the write was carried out"):
            site.client.replace_permissions("orders", {})

    assert not of_read.value.worth_another_try


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
    connect: Connect,
    scopes: list[str],
    call: Callable[[ManagementClient], object],
    missing: str,
) -> None:
    """The error of a token that lacks a scope says which one, and where to grant it."""
    client = connect(scopes)

    with pytest.raises(Forbidden) as caught:
        call(client)

    assert missing in caught.value.missing_scopes
    assert "Applications → APIs → Auth0 Management API" in caught.value.next_action


def test_reading_and_writing_need_two_scopes(connect: Connect) -> None:
    """read:resource_servers and update:resource_servers are enough for the main job, and known before anything else."""
    scopes = ["read:resource_servers", "update:resource_servers"]
    client = connect(scopes)

    assert client.granted_scopes() == frozenset(scopes)
    assert client.replace_permissions(client.get_api("empty").id, {"a": "A"}).permissions == {"a": "A"}


def test_a_domain_that_is_none_is_bad_input() -> None:
    """An address that can't be one is refused under its property."""
    with pytest.raises(InvalidInputs, match=r"^auth0:domain: .*only for loopback"):
        ManagementClient("http://acme.eu.auth0.com", GIVEN)


def test_client_grants_come_by_checkpoint(tenant: LocalTenant, client: ManagementClient) -> None:
    """More than a hundred grants on an API are read in pages of a hundred, those of other APIs left out."""
    tenant.seed(
        {
            "clients": [{"client_id": f"app-{number}", "name": f"App {number}"} for number in range(120)],
            "client_grants": [
                {"client_id": f"app-{number}", "audience": ORDERS, "scope": ["read:orders"]} for number in range(120)
            ]
            + [{"client_id": "app-0", "audience": "empty", "scope": []}],
        }
    )

    grants = list(client.client_grants(ORDERS))

    assert {grant.client_id for grant in grants} == {f"app-{number}" for number in range(120)}
    assert {(grant.audience, grant.scope) for grant in grants} == {(ORDERS, ("read:orders",))}
    assert [query.partition("&from=")[0] for _, _, query, _ in sent(tenant)] == [
        "audience=https%3A%2F%2Forders.example.com%2F&take=100"
    ] * 2


def test_a_grants_list_is_replaced(tenant: LocalTenant, client: ManagementClient) -> None:
    """One PATCH writes the whole list of a grant, and a read shows it."""
    tenant.seed(
        {
            "clients": [{"client_id": "app", "name": "App"}],
            "client_grants": [{"client_id": "app", "audience": ORDERS, "scope": ["read:orders", "write:orders"]}],
        }
    )
    (grant,) = client.client_grants(ORDERS)

    answer = client.replace_grant_scope(grant.id, ["write:orders"])

    assert answer.scope == ("write:orders",)
    assert client.get_client_grant(grant.id) == answer


def test_roles_are_listed_over_pages(tenant: LocalTenant, client: ManagementClient) -> None:
    """All of 230 roles come, in three requests."""
    tenant.seed({"roles": [{"name": f"role {number:03}"} for number in range(230)]})

    assert sorted(role.name for role in client.roles()) == [f"role {number:03}" for number in range(230)]
    assert len(sent(tenant)) == 3


def test_a_role_is_given_and_loses_permissions(tenant: LocalTenant, client: ManagementClient) -> None:
    """Permissions are added and taken away one by one; adding what is there and taking what is not does no harm."""
    tenant.seed({"roles": [{"name": "clerk"}]})
    (role,) = client.roles()

    for _ in range(2):
        client.add_role_permissions(role.id, ORDERS, ["read:orders", "write:orders", "read:comment "])
    for _ in range(2):
        client.remove_role_permissions(role.id, ORDERS, ["write:orders"])

    assert list(client.role_permissions(role.id)) == [
        HeldPermission("read:comment ", ORDERS),
        HeldPermission("read:orders", ORDERS),
    ]


def test_many_permissions_of_a_role_are_sent_in_portions(tenant: LocalTenant, client: ManagementClient) -> None:
    """120 permissions take three requests of at most fifty, and none is left out."""
    values = [f"permission:{number:03}" for number in range(120)]
    tenant.seed(
        {
            "roles": [{"name": "clerk"}],
            "resource_servers": [{"identifier": "many", "scopes": [{"value": value} for value in values]}],
        }
    )
    (role,) = client.roles()
    tenant.clear_journal()

    client.add_role_permissions(role.id, "many", values)

    assert len(sent(tenant)) == 3
    assert [held.value for held in client.role_permissions(role.id)] == values


def test_an_applications_name_is_asked_for_once(tenant: LocalTenant, client: ManagementClient) -> None:
    """The name is remembered, and so is that there is none."""
    tenant.seed({"clients": [{"client_id": "app", "name": "Shop"}]})

    names = [client.application_name(client_id) for client_id in ("app", "app", "gone", "gone")]

    assert names == ["Shop", "Shop", None, None]
    assert len(sent(tenant)) == 2


def test_names_that_may_not_be_read_are_asked_for_once(tenant: LocalTenant, connect: Connect) -> None:
    """Without read:clients there are no names, and one refusal is enough to know it."""
    client = connect(["read:client_grants"])

    assert [client.application_name("a"), client.application_name("b")] == [None, None]
    assert [status for *_, status in sent(tenant)] == [403]

"""The endpoints, over sockets against the local tenant; and answers of another shape than documented."""

from collections.abc import Callable

import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0.scripted import GIVEN, Reply, answer, scripted
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound


def test_apis_are_read(client: ManagementClient, tenant: LocalTenant) -> None:
    """All that the product looks at; in the path colons stay as recorded, and slashes are escaped once."""
    api = client.get_api(ORDERS)

    assert (api.identifier, api.name, api.is_system, api.token_lifetime_s) == (ORDERS, "Orders", False, 3600)
    assert list(api.permissions.items()) == [
        ("write:orders", "Create and change orders"),
        ("read:orders", ""),
        ("read:comment ", ""),
    ]
    assert sent(tenant) == [("GET", "/api/v2/resource-servers/https:%2F%2Forders.example.com%2F", "", 200)]
    assert client.get_api("bare").permissions == client.get_api("empty").permissions == {}
    assert client.get_api(f"{tenant.domain}/api/v2/").is_system
    (page,) = client.pages_of_apis()
    assert [api.identifier for api in page.items if not api.is_system] == [ORDERS, "bare", "empty"]


def test_any_identifier_can_be_addressed(tenant: LocalTenant, client: ManagementClient) -> None:
    """Identifiers are free text; each comes to the tenant as it is, and none means another path."""
    awkward = ["urn:auth0:x", "a b", "100%", "a%2Fb", "über", "日本", "a?b#c", "a+b&c=d", "~a.b-c_d", "a\\b", "..."]
    tenant.seed({"resource_servers": [{"identifier": identifier} for identifier in awkward]})

    assert [client.get_api(identifier).identifier for identifier in awkward] == awkward
    tenant.clear_journal()
    for folded in ("", ".", ".."):
        with pytest.raises(NotFound, match="no API"):
            client.get_api(folded)
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


OF_X = {"id": "x", "identifier": "https://orders/", "scopes": []}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer([]), "Expected `object`, got `array`"),
        (answer({}), "Object missing required field `id`"),
        (answer({**OF_X, "id": 1}), "Expected `string`, got `integer` - at `$.id`"),
        (answer({**OF_X, "token_lifetime": True}), "Expected `integer | null`, got `boolean` - at `$.token_lifetime`"),
        (answer({**OF_X, "scopes": [{}]}), "Object missing required field `value` - at `$.scopes[0]`"),
        (answer({**OF_X, "scopes": [{"value": "int"}, {"value": "int"}]}), "permission 'int' is listed twice"),
        (answer({**OF_X, "id": "other"}), "it is not about what was requested"),
    ],
)
def test_an_answer_of_another_shape_or_api_is_an_error(reply: Reply, reason: str) -> None:
    """The next write would go to what was read; asking again would not help, and what a write did is unknown."""
    with scripted(reply, reply, credentials=GIVEN) as site:
        with pytest.raises(ManagementApiError, match="is not what the Management API documents") as of_read:
            site.client.get_api("x")
        with pytest.raises(ManagementApiError, match="not known whether the write was carried out"):
            site.client.replace_permissions("x", {})

    assert f"({reason})" in str(of_read.value)
    assert not of_read.value.worth_another_try


def test_unknown_fields_are_ignored_and_optional_ones_may_be_missing() -> None:
    """New fields keep arriving, and a lifetime that no clock can count is none."""
    scopes = [{"description": "d", "value": "a", "new": 1}, {"value": "b "}]
    grants = [
        {"id": "1", "audience": "x", "allow_all_scopes": True, "default_for": "third_party_clients"},
        {"id": "2", "audience": "x", "scope": [1]},
    ]
    replies = answer({**OF_X, "new": [], "scopes": scopes, "token_lifetime": 10**30}), *map(answer, grants)
    with scripted(*replies, credentials=GIVEN) as site:
        api = site.client.get_api("x")
        grant = site.client.get_client_grant("1")
        with pytest.raises(ManagementApiError, match=r"Expected `string`, got `integer` - at `\$\.scope\[0\]`"):
            site.client.get_client_grant("2")

    assert (api.permissions, api.name, api.is_system, api.token_lifetime_s) == ({"a": "d", "b ": ""}, "", False, None)
    assert (grant.client_id, grant.scope, grant.allow_all_scopes) == (None, (), True)
    assert grant.default_for == "third_party_clients"


def test_what_an_answer_need_not_say() -> None:
    """What was done to a role, be it with a line break for a body; an application's name, beside whatever else."""
    nameless = answer({"client_id": "shop-1", "name": None, "is_first_party": True})
    with scripted(Reply(201, b"\r\n"), nameless, credentials=GIVEN) as site:
        site.client.change_role("rol_x", ORDERS, given=["a"])
        assert site.client.application_name("shop-1") is None


def test_grants_that_were_not_asked_for_are_an_error() -> None:
    """Neither those of another API nor another one: who holds what would be wrong."""
    grant = {"id": "1", "audience": "x"}
    with scripted(answer({"client_grants": [grant]}), *[answer(grant)] * 2, credentials=GIVEN) as site:
        for read in (
            lambda: list(site.client.client_grants("y")),
            lambda: site.client.get_client_grant("2"),
            lambda: site.client.replace_grant_scope("2", []),
        ):
            with pytest.raises(ManagementApiError, match="it is not about what was requested"):
                read()


CALLS: dict[str, Callable[[ManagementClient], object]] = {
    "read:resource_servers": lambda client: client.get_api(ORDERS),
    "update:resource_servers": lambda client: client.replace_permissions("x", {}),
    "read:client_grants": lambda client: list(client.client_grants(ORDERS)),
    "update:client_grants": lambda client: client.replace_grant_scope("cgr_x", []),
    "read:roles": lambda client: list(client.roles()),
    "update:roles": lambda client: client.change_role("rol_x", ORDERS, given=["a"]),
}


def test_a_missing_scope_is_named(connect: Connect) -> None:
    """The error of a token that lacks a scope says which one, and where to grant it."""
    client = connect([])
    for scope, call in CALLS.items():
        with pytest.raises(ManagementApiError) as caught:
            call(client)

        assert scope in caught.value.what
        assert "Applications → APIs → Auth0 Management API" in caught.value.next_action


def test_reading_and_writing_need_two_scopes(connect: Connect) -> None:
    """read:resource_servers and update:resource_servers are enough for the main job, and known before anything else."""
    scopes = ["read:resource_servers", "update:resource_servers"]
    client = connect(scopes)

    assert client.granted_scopes() == frozenset(scopes)
    assert client.replace_permissions(client.get_api("empty").id, {"a": "A"}).permissions == {"a": "A"}


def test_client_grants_are_read_and_written(tenant: LocalTenant, client: ManagementClient) -> None:
    """Those on one API, in pages of a hundred; one PATCH writes the whole list of one, and a read shows it."""
    apps = [f"app-{number}" for number in range(120)]
    tenant.seed(
        {
            "clients": [{"client_id": app, "name": app} for app in apps],
            "client_grants": [
                *({"client_id": app, "audience": ORDERS, "scope": ["read:orders", "write:orders"]} for app in apps),
                {"client_id": "app-0", "audience": "empty", "scope": []},
            ],
        }
    )

    grants = list(client.client_grants(ORDERS))

    assert {grant.client_id for grant in grants} == set(apps)
    assert {(grant.audience, grant.scope) for grant in grants} == {(ORDERS, ("read:orders", "write:orders"))}
    assert [query.partition("&from=")[0] for _, _, query, _ in sent(tenant)] == [
        "audience=https%3A%2F%2Forders.example.com%2F&take=100"
    ] * 2
    answer = client.replace_grant_scope(grants[0].id, ["write:orders"])
    assert answer.scope == ("write:orders",)
    assert client.get_client_grant(grants[0].id) == answer


def test_a_role_is_given_and_loses_permissions(tenant: LocalTenant, client: ManagementClient) -> None:
    """Fifty a request; adding what is there and taking what is not does no harm."""
    values = [f"permission:{number:03} " for number in range(120)]
    api = {"identifier": "many", "scopes": [{"value": value} for value in values]}
    tenant.seed({"roles": [{"name": "clerk"}], "resource_servers": [api]})
    (role,) = client.roles()
    tenant.clear_journal()

    for _ in range(2):
        client.change_role(role.id, "many", given=values)
    for _ in range(2):
        client.change_role(role.id, "many", taken=values[1:])

    assert [method for method, *_ in sent(tenant)] == ["POST"] * 6 + ["DELETE"] * 6
    assert list(client.role_permissions(role.id)) == [("many", values[0])]

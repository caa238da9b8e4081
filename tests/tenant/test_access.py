"""Roles, users, applications and their grants: what recordings do not show of who may have which permissions."""

from collections.abc import Mapping

import pytest

from auth0_local_tenant import LocalTenant
from tenant.support import ANNE, API, API_PATH, SEED, Client, Step, held

CLERK, BOSS, GRANT = "/roles/rol_clerk", "/roles/rol_boss", "/client-grants/cgr_1"
BERT = {"connection": "db", "user_id": "bert", "email": "bert@example.com", "password": "s3cret-word"}
BERT_AGAIN = {**BERT, "user_id": "other"}
BIG = [f"p{index}" for index in range(1000)]
BY_CLERK = {
    "permission_name": "read:orders",
    "description": "Read",
    "resource_server_name": "Orders",
    "resource_server_identifier": API,
}
BY_ANNE = {
    **BY_CLERK,
    "permission_name": "write:orders",
    "description": "",
    "sources": [{"source_id": "", "source_name": "", "source_type": "DIRECT"}],
}
ALL = ["read:orders", "write:orders"]

STORIES: dict[str, list[Step]] = {
    "a description that was not sent is empty once it is read; a name is there once": [
        ("POST /roles", {"name": "Guest"}, {"name": "Guest", "description": None}),
        ("GET /roles?name_filter=Guest&fields=description", None, [{"description": ""}]),
        (f"PATCH {BOSS}", {"name": "Guest"}, 409),
    ],
    "roles come by name, capitals first": [
        ("POST /roles", {"name": "apprentice"}, 200),
        (
            "GET /roles?include_totals=true&per_page=2&page=1&fields=name",
            None,
            {"roles": [{"name": "apprentice"}], "start": 2, "limit": 2, "total": 3},
        ),
    ],
    "a permission comes with its API, and is added once": [
        (f"POST {CLERK}/permissions", {"permissions": held("read:orders")}, {}),
        (f"GET {CLERK}/permissions", None, [BY_CLERK]),
    ],
    "an unknown permission or API spoils the whole request": [
        (f"POST {CLERK}/permissions", {"permissions": held("write:orders", "nothing")}, 400),
        (f"POST {CLERK}/permissions", {"permissions": held("write:orders") + held("x", api="urn:x")}, 404),
        (f"GET {CLERK}/permissions", None, [BY_CLERK]),
    ],
    "a role holds a thousand permissions at most": [
        ("POST /resource-servers", {"identifier": "urn:big", "scopes": [{"value": value} for value in BIG]}, 201),
        (f"POST {BOSS}/permissions", {"permissions": held(*BIG, api="urn:big")}, 201),
        (f"POST {BOSS}/permissions", {"permissions": held("read:orders")}, 400),
    ],
    "a user is there once for an address and a connection, and the password is never told": [
        ("POST /users", BERT, {"user_id": "auth0|bert", "email": BERT["email"], "password": None}),
        ("GET /users/auth0%7Cbert", None, {"user_id": "auth0|bert", "email": BERT["email"], "password": None}),
        ("POST /users", BERT_AGAIN, "409 The user already exists."),
        ("POST /users", {**BERT_AGAIN, "connection": "db2"}, 201),
    ],
    "a user and an application are changed in part, and answered whole": [
        (f"PATCH {ANNE}", {"email": "anne@example.com"}, {"user_id": "auth0|anne", "email": "anne@example.com"}),
        (f"GET {ANNE}", None, {"user_id": "auth0|anne", "email": "anne@example.com"}),
        ("PATCH /clients/shop", {"name": "Shop 2"}, {"name": "Shop 2", "client_secret": "s3cret"}),
        ("GET /clients/shop", None, {"name": "Shop 2", "client_secret": "s3cret"}),
    ],
    "a user gets and loses roles, and a role its users": [
        ("POST /users", BERT, 201),
        (f"POST {BOSS}/users", {"users": ["auth0|bert", "auth0|anne"]}, 200),
        (f"DELETE {ANNE}/roles", {"roles": ["rol_clerk"]}, 204),
        (f"GET {ANNE}/roles", None, [{"id": "rol_boss", "name": "Boss", "description": "Decides"}]),
        (f"GET {BOSS}/users?include_totals=true", None, {"total": 2}),
        (f"GET {BOSS}/users?take=2&fields=email", None, {"users": [{}, {"email": BERT["email"]}], "next": None}),
        (f"DELETE {BOSS}/users", {"users": ["auth0|anne"]}, 204),
        (f"POST {ANNE}/roles", {"roles": ["rol_clerk"]}, 204),
        (f"GET {ANNE}/roles?fields=id", None, [{"id": "rol_clerk"}]),
    ],
    "a role goes from its users": [(f"DELETE {CLERK}", None, 200), (f"GET {ANNE}/roles", None, [])],
    "a user goes from its roles": [(f"DELETE {ANNE}", None, 204), (f"GET {CLERK}/users", None, [])],
    "an application takes its grants along": [
        ("DELETE /clients/shop", None, 204),
        ("GET /clients/shop", None, 404),
        ("GET /client-grants?client_id=shop", None, []),
    ],
    "a grant for all scopes has no list; switched off, the list is empty": [
        (f"PATCH {GRANT}", {"allow_all_scopes": True}, {"allow_all_scopes": True, "scope": None}),
        (f"PATCH {GRANT}", {"allow_all_scopes": False}, {"scope": []}),
    ],
    "a grant that contradicts itself is refused": [
        ("POST /client-grants", {"audience": API, "client_id": "nobody"}, "404 does not exist"),
        (
            "POST /client-grants",
            {"audience": API, "client_id": "shop", "default_for": "third_party_clients"},
            "400 Exactly one",
        ),
        (
            "POST /client-grants",
            {"audience": API, "client_id": "shop", "allow_all_scopes": True, "scope": ["x"]},
            "400 together",
        ),
        ("POST /client-grants", {"audience": API, "client_id": "shop", "scope": ["x", "x"]}, "400 not unique"),
    ],
    "holders keep a permission that its API loses; a grant can be edited all the same, as recorded": [
        (f"PATCH {API_PATH}", {"scopes": []}, 200),
        (f"GET {CLERK}/permissions", None, [{**BY_CLERK, "description": ""}]),
        (f"GET {ANNE}/permissions", None, [BY_ANNE]),
        (f"GET {GRANT}", None, {"scope": ALL}),
        (f"PATCH {GRANT}", {"scope": ["read:orders"]}, {"scope": ["read:orders"]}),
    ],
    "with the switch, roles and users lose it, and nothing else; grants keep it": [
        ("POST /_tenant/options", {"cascade_deleted_permissions": True}, 200),
        (f"PATCH {API_PATH}", {"scopes": [{"value": "read:orders"}]}, 200),
        (f"GET {CLERK}/permissions?fields=permission_name", None, [{"permission_name": "read:orders"}]),
        (f"GET {ANNE}/permissions", None, []),
        (f"GET {GRANT}", None, {"scope": ALL}),
    ],
    "with the other switch, a grant cannot be edited as long as it names it, as the vendor's support says": [
        ("POST /_tenant/options", {"grants_within_api": True}, 200),
        (f"PATCH {API_PATH}", {"scopes": [{"value": "write:orders"}]}, 200),
        (
            f"PATCH {GRANT}",
            {"scope": ALL},
            "400 Payload validation error: scope must be a subset of resource server scopes",
        ),
        (f"PATCH {GRANT}", {"scope": ["write:orders"]}, 200),
    ],
    "an API takes its grants and all holdings of its permissions along": [
        (f"DELETE {API_PATH}", None, 204),
        (f"GET {CLERK}/permissions", None, []),
        (f"GET {ANNE}/permissions", None, []),
        (f"GET {GRANT}", None, 404),
    ],
}


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """An API with holders of every kind."""
    return SEED


@pytest.mark.parametrize("steps", STORIES.values(), ids=STORIES)
def test_who_has_what(client: Client, steps: list[Step]) -> None:
    """Each request is answered as the story says."""
    client.talk(*steps)


def test_an_application_is_created_with_a_secret(client: Client) -> None:
    """POST keeps keys that the tenant does not know; with a grant, id and secret give a token; none for all scopes."""
    body = {"name": "Till", "app_type": "spa", "callbacks": ["https://a.example"]}
    created = client.call("POST /clients", body, status=201)
    grant = {"client_id": created["client_id"], "audience": f"{client.tenant.domain}/api/v2/"}
    client.talk(
        (f"GET /clients/{created['client_id']}", None, {**created, **body}),
        ("POST /client-grants", {**grant, "allow_all_scopes": True}, "400 system API"),
        ("POST /client-grants", {**grant, "scope": ["read:roles"]}, 201),
    )

    client.with_credentials(created["client_id"], created["client_secret"]).call("GET /roles")


def test_secrets_are_for_those_who_may_read_them(tenant: LocalTenant, client: Client) -> None:
    """A secret is in the answer only with `read:client_keys`, and never in the journal or the log."""
    limited = client.with_credentials(*tenant.issue_client(["read:clients"]))
    secret = client.call("POST /clients", {"name": "Till"})["client_secret"]

    assert client.call("GET /clients/shop")["client_secret"] == "s3cret"
    assert "client_secret" not in limited.call("GET /clients/shop")
    assert secret not in str([entry.as_json() for entry in tenant.journal()])
    assert secret not in client.send("GET /logs").text


def test_an_api_names_the_application_that_stands_for_it(client: Client) -> None:
    """An application of the type `resource_server` is linked on its API, until it is deleted."""
    body = {"name": "A", "app_type": "resource_server", "resource_server_identifier": API}
    client_id = client.call("POST /clients", body)["client_id"]

    client.talk(
        (f"GET {API_PATH}", None, {"client_id": client_id}),
        (f"DELETE /clients/{client_id}", None, 204),
        (f"GET {API_PATH}", None, {"client_id": None}),
    )

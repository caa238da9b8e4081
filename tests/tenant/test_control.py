"""The control prefix, in process and over HTTP: reset, seeds, journal, faults, options, state."""

import json

import pytest
import requests

from auth0_local_tenant import LocalTenant, SeedError
from tenant.support import ANNE, API_PATH, SEED, Client, held


def test_reset_leaves_the_credentials(tenant: LocalTenant, client: Client) -> None:
    """After a reset seed, tokens, journal and faults are gone, and the credentials still get a new token."""
    tenant.seed(SEED)
    client.talk(("POST /_tenant/faults", {"action": "status"}, 204), ("POST /_tenant/reset", None, 204))

    assert tenant.journal() == []
    client.talk(("GET /_tenant/faults", None, []), ("GET /roles", None, 401))
    fresh = client.with_credentials(tenant.client_id, tenant.client_secret)
    assert fresh.call("GET /roles") == []
    assert len(fresh.call("GET /resource-servers")) == 1


def test_a_seed_is_there_afterwards(tenant: LocalTenant, client: Client) -> None:
    """A seed's objects have the ids, contents and holdings that it gives them; the state shows no secret."""
    tenant.seed({**SEED, "options": {"token_lifetime_s": 12}})

    client.talk(
        ("GET /resource-servers/507f1f77bcf86cd799439011?fields=name", None, {"name": "Orders"}),
        ("GET /roles/rol_clerk/permissions?fields=permission_name", None, [{"permission_name": "read:orders"}]),
        (f"GET {ANNE}/permissions?fields=permission_name", None, [{"permission_name": "write:orders"}]),
        (f"GET {ANNE}/roles?fields=id", None, [{"id": "rol_clerk"}]),
        ("GET /client-grants/cgr_1", None, {"scope": ["read:orders", "write:orders"]}),
        ("GET /_tenant/options", None, {"token_lifetime_s": 12}),
    )
    client.with_credentials("shop", "s3cret").call("GET /roles", status=200)
    state = client.send("GET /_tenant/state")
    assert [user["permissions"] for user in state.json()["users"]] == [held("write:orders")]
    assert "s3cret" not in state.text


def test_a_seed_may_give_the_management_api_other_permissions(tenant: LocalTenant, client: Client) -> None:
    """A seed that names it replaces them."""
    tenant.seed({"resource_servers": [{"identifier": "{domain}/api/v2/", "scopes": [{"value": "read:x"}]}]})

    assert client.call("GET /resource-servers")[0]["scopes"] == [{"value": "read:x"}]


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ({"apis": []}, "apis: no such part; there are resource_servers, clients, roles, users, client_grants, options"),
        ({"roles": {}}, "roles: expected a list"),
        ({"roles": [{}]}, "roles[0]: Missing required property: name"),
        ({"roles": ["x"]}, "roles[0]: Expected type object but found type string"),
        (
            {"resource_servers": [{"identifier": "u", "scopes": [{"value": 1}]}]},
            "resource_servers[0].scopes[0].value: Expected type string but found type integer",
        ),
        (
            {"resource_servers": [{"identifier": "u"}, {"identifier": "u"}]},
            "resource_servers[1]: A resource server with the same identifier already exists",
        ),
        (
            {"roles": [{"name": "R", "permissions": held("p", api="u")}]},
            'roles[0]: The resource server does not exist: "u"',
        ),
        ({"client_grants": [{"client_id": "c", "audience": "u"}]}, "client_grants[0]: No resource with identifier u"),
        ({"options": {"speed": 1}}, "options: speed: unknown option"),
        ({"options": 1}, "options: expected an object"),
    ],
)
def test_a_mistake_in_a_seed_is_told_with_its_place(client: Client, seed: dict[str, object], problem: str) -> None:
    """A mistake is named by where it stands, in process and over HTTP, and nothing of the seed is planted."""
    mistaken = {"clients": [{"client_id": "c", "name": "C"}], **seed}
    before = client.tenant.dump()

    with pytest.raises(SeedError) as caught:
        client.tenant.seed(mistaken)

    assert caught.value.problems == [problem]
    assert problem in client.call("POST /_tenant/seed", mistaken, status=400)["error"]
    assert client.tenant.dump() == before


def test_a_journal_entry_tells_both_sides(tenant: LocalTenant, client: Client) -> None:
    """An entry holds the request as it came and the answer as it went."""
    tenant.seed(SEED)
    client.call(f"PATCH {API_PATH}", {"scopes": []})

    entry = tenant.journal()[-1]

    assert (entry.method, entry.path, entry.query) == ("PATCH", f"/api/v2{API_PATH}", "")
    assert (entry.request_body, entry.status) == ({"scopes": []}, 200)
    assert isinstance(entry.response_body, dict)
    assert entry.response_body["scopes"] == []
    assert (entry.bytes_in, entry.client_id, entry.fault) == (len(b'{"scopes": []}'), tenant.client_id, None)
    assert entry.bytes_out == len(json.dumps(entry.response_body, separators=(",", ":")))


def test_secrets_are_not_kept_in_the_journal(tenant: LocalTenant, client: Client) -> None:
    """Neither the secret nor the token of a token request is in it, in JSON or as a form."""
    client.with_credentials(tenant.client_id, tenant.client_secret)
    body = {"grant_type": "client_credentials", "client_secret": tenant.client_secret}
    requests.post(f"{tenant.domain}/oauth/token", json=body, timeout=10)

    text = client.send("GET /_tenant/journal").text

    assert tenant.client_secret not in text
    assert '"access_token":"[REDACTED]"' in text
    assert tenant.journal()[0].client_id == tenant.client_id


def test_faults_and_options_are_set_and_told(client: Client) -> None:
    """A fault acts, is listed with its counts, and can be dropped; of the options those that are named change."""
    client.talk(
        ("POST /_tenant/faults", {"action": "status", "status": 503, "times": None}, 204),
        ("GET /roles", None, 503),
    )
    [fault] = client.call("GET /_tenant/faults")
    assert (fault["action"], fault["seen"], fault["hit"]) == ("status", 1, 1)
    client.talk(
        ("DELETE /_tenant/faults", None, 204),
        ("GET /roles", None, 200),
        ("POST /_tenant/options", {"latency_ms": 0.5}, {"latency_ms": 0.5, "token_lifetime_s": 86400}),
        ("GET /_tenant/options", None, {"latency_ms": 0.5, "token_lifetime_s": 86400}),
    )


def test_an_application_is_made(client: Client) -> None:
    """POST /_tenant/clients gives credentials with the permissions asked for and no others."""
    made = client.call("POST /_tenant/clients", {"scopes": ["read:roles"]})

    limited = client.with_credentials(made["client_id"], made["client_secret"])

    limited.talk(("GET /roles", None, 200), ("POST /roles", {"name": "x"}, 403))


@pytest.mark.parametrize(
    ("path", "body", "part"),
    [
        ("/faults", [], "not an object"),
        ("/faults", {}, "Missing required property: action"),
        ("/faults", {"action": "explode"}, "none of status, delay"),
        ("/faults", {"action": "status", "statsu": 1}, "Additional properties not allowed: statsu"),
        ("/faults", {"action": "status", "status": "500"}, "status: Expected type integer but found type string"),
        ("/faults", {"action": "status", "status": 99}, "99 is no HTTP status"),
        ("/faults", {"action": "status", "times": 0}, "times at least 1"),
        ("/faults", {"action": "status", "path": "("}, "not a regular expression"),
        ("/faults", {"action": "delay", "delay_s": -1}, "must be at least 0"),
        ("/faults", {"action": "rival"}, "rival_patch: needed"),
        ("/options", {"speed": 1, "latency_ms": "x"}, "speed: unknown option; latency_ms: Expected type number"),
        ("/options", {"rate_limit": {"per_second": 0, "burst": 1}}, "per_second must be above 0"),
        ("/options", {"rate_limit": {"per_second": 1}}, "rate_limit: Missing required property: burst"),
        ("/options", {"latency_ms": -1}, "latency_ms: Value -1 is less than minimum 0"),
        ("/clients", {"scopes": "all"}, "expected a list of strings"),
    ],
)
def test_bad_requests_are_400(client: Client, path: str, body: object, part: str) -> None:
    """What can't be taken is refused with a sentence."""
    assert part in client.call(f"POST /_tenant{path}", body, status=400)["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Host": "evil.example.com"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_are_refused(tenant: LocalTenant, client: Client, headers: dict[str, str]) -> None:
    """Another origin, a rebound host name, or a cross-site fetch gets 403 and does nothing; our own page passes."""
    tenant.seed(SEED)

    assert client.send("POST /_tenant/reset", **headers).status_code == 403
    assert tenant.dump()["roles"] != []
    own = {"Origin": tenant.domain, "Sec-Fetch-Site": "same-origin"}
    assert client.send("POST /_tenant/reset", **own).status_code == 204

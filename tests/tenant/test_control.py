"""The control prefix, in process and over HTTP: reset, seeds, journal, faults, options, state."""

import json

import pytest
import requests

from auth0_local_tenant import LocalTenant, SeedError
from tenant.support import ANNE, API_PATH, SEED, Client, control, held


def test_reset_leaves_the_credentials(tenant: LocalTenant, client: Client) -> None:
    """After a reset seed, tokens, journal and faults are gone, and the credentials still get a new token."""
    tenant.seed(SEED)
    control(tenant, "POST", "/faults", {"action": "status"})

    assert control(tenant, "POST", "/reset").status_code == 204

    assert (tenant.journal(), control(tenant, "GET", "/faults").json()) == ([], [])
    client.call("GET /roles", status=401)
    fresh = client.with_credentials(tenant.client_id, tenant.client_secret)
    assert fresh.call("GET /roles") == []
    assert len(fresh.call("GET /resource-servers")) == 1


class TestSeed:
    """What a tenant is given to start with."""

    def test_everything_is_there_afterwards(self, tenant: LocalTenant, client: Client) -> None:
        """A seed's objects have the ids, contents and holdings that it gives them; the state shows no secret."""
        tenant.seed({**SEED, "options": {"token_lifetime_s": 12}})

        assert client.call("GET /resource-servers/507f1f77bcf86cd799439011")["scopes"][1] == {"value": "write:orders"}
        assert client.call("GET /roles/rol_clerk/permissions")[0]["permission_name"] == "read:orders"
        assert client.call(f"GET {ANNE}/permissions")[0]["permission_name"] == "write:orders"
        assert [role["id"] for role in client.call(f"GET {ANNE}/roles")] == ["rol_clerk"]
        assert client.call("GET /client-grants/cgr_1")["scope"] == ["read:orders", "write:orders"]
        client.with_credentials("shop", "s3cret").call("GET /roles", status=200)
        assert tenant.options.token_lifetime_s == 12
        answer = control(tenant, "GET", "/state")
        assert [user["permissions"] for user in answer.json()["users"]] == [held("write:orders")]
        assert "s3cret" not in answer.text

    def test_management_api_may_have_other_permissions(self, tenant: LocalTenant, client: Client) -> None:
        """A seed that names the Management API replaces its permissions."""
        tenant.seed({"resource_servers": [{"identifier": "{domain}/api/v2/", "scopes": [{"value": "read:x"}]}]})

        assert client.call("GET /resource-servers")[0]["scopes"] == [{"value": "read:x"}]

    @pytest.mark.parametrize(
        ("seed", "problem"),
        [
            (
                {"apis": []},
                "apis: no such part; there are resource_servers, clients, roles, users, client_grants, options",
            ),
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
            (
                {"client_grants": [{"client_id": "c", "audience": "u"}]},
                "client_grants[0]: No resource with identifier u",
            ),
            ({"options": {"speed": 1}}, "options: speed: unknown option"),
            ({"options": 1}, "options: expected an object"),
        ],
    )
    def test_a_mistake_is_told_with_its_place(self, tenant: LocalTenant, seed: dict[str, object], problem: str) -> None:
        """A mistake is named by where it stands, in process and over HTTP, and nothing of the seed is planted."""
        mistaken = {"clients": [{"client_id": "c", "name": "C"}], **seed}
        before = tenant.dump()

        with pytest.raises(SeedError) as caught:
            tenant.seed(mistaken)
        answer = control(tenant, "POST", "/seed", mistaken)

        assert caught.value.problems == [problem]
        assert (answer.status_code, problem in answer.json()["error"]) == (400, True)
        assert tenant.dump() == before


class TestJournal:
    """The request journal."""

    def test_entry_tells_both_sides(self, tenant: LocalTenant, client: Client) -> None:
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

    def test_secrets_are_not_kept(self, tenant: LocalTenant, client: Client) -> None:
        """Neither the secret nor the token of a token request is in the journal, in JSON or as a form."""
        client.with_credentials(tenant.client_id, tenant.client_secret)
        body = {"grant_type": "client_credentials", "client_secret": tenant.client_secret}
        requests.post(f"{tenant.domain}/oauth/token", json=body, timeout=10)

        text = control(tenant, "GET", "/journal").text

        assert tenant.client_secret not in text
        assert '"access_token":"[REDACTED]"' in text
        assert tenant.journal()[0].client_id == tenant.client_id


def test_faults_are_added_listed_and_dropped(tenant: LocalTenant, client: Client) -> None:
    """A fault given as JSON acts, is listed with its counts, and can be dropped."""
    assert control(tenant, "POST", "/faults", {"action": "status", "status": 503, "times": None}).status_code == 204
    client.call("GET /roles", status=503)

    listed = control(tenant, "GET", "/faults").json()

    assert [(item["action"], item["seen"], item["hit"]) for item in listed] == [("status", 1, 1)]
    assert control(tenant, "DELETE", "/faults").status_code == 204
    client.call("GET /roles", status=200)


def test_options_are_changed_in_part(tenant: LocalTenant) -> None:
    """POST changes the options it names and answers all of them."""
    answer = control(tenant, "POST", "/options", {"latency_ms": 0.5})

    assert answer.json() == control(tenant, "GET", "/options").json()
    assert (answer.json()["latency_ms"], answer.json()["token_lifetime_s"]) == (0.5, 86400)


def test_an_application_is_made(tenant: LocalTenant, client: Client) -> None:
    """POST /_tenant/clients gives credentials with the permissions asked for and no others."""
    made = control(tenant, "POST", "/clients", {"scopes": ["read:roles"]}).json()

    limited = client.with_credentials(made["client_id"], made["client_secret"])

    limited.call("GET /roles", status=200)
    limited.call("POST /roles", {"name": "x"}, status=403)


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
def test_bad_requests_are_400(tenant: LocalTenant, path: str, body: object, part: str) -> None:
    """What can't be taken is refused with a sentence."""
    answer = control(tenant, "POST", path, body)

    assert answer.status_code == 400
    assert part in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Host": "evil.example.com"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_pages_of_other_sites_are_refused(tenant: LocalTenant, headers: dict[str, str]) -> None:
    """Another origin, a rebound host name, or a cross-site fetch gets 403 and does nothing; our own page passes."""
    tenant.seed(SEED)

    assert control(tenant, "POST", "/reset", **headers).status_code == 403
    assert tenant.dump()["roles"] != []
    own = {"Origin": tenant.domain, "Sec_Fetch_Site": "same-origin"}
    assert control(tenant, "POST", "/reset", **own).status_code == 204

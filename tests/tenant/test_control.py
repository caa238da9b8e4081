"""The control prefix, in process and over HTTP: reset, seed, journal, faults, options, state."""

import json

import pytest
import requests

from auth0_local_tenant import LocalTenant, SeedError
from tenant.support import Client

SEED: dict[str, object] = {
    "resource_servers": [
        {"id": "507f1f77bcf86cd799439011", "identifier": "urn:a", "name": "A", "scopes": [{"value": "read"}]}
    ],
    "roles": [
        {
            "id": "rol_1",
            "name": "Clerk",
            "permissions": [{"resource_server_identifier": "urn:a", "permission_name": "read"}],
        }
    ],
    "client_grants": [{"id": "cgr_1", "client_id": "shop", "audience": "urn:a", "scope": ["read"]}],
    "users": [
        {
            "user_id": "auth0|anne",
            "permissions": [{"resource_server_identifier": "urn:a", "permission_name": "read"}],
        }
    ],
    "clients": [{"client_id": "shop", "name": "Web shop", "client_secret": "s3cret", "scopes": ["read:roles"]}],
}


def control(tenant: LocalTenant, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
    """Send a request to the control prefix."""
    return requests.request(
        method,
        f"{tenant.domain}/_tenant{path}",
        json=body,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        timeout=10,
    )


class TestSeed:
    """Seeds in process, over HTTP and at the start."""

    def test_everything_is_there_afterwards(self, tenant: LocalTenant, client: Client) -> None:
        """A seed's objects have the ids, contents and holdings that it gives them."""
        tenant.seed(SEED)

        assert client.send("GET", "/resource-servers/507f1f77bcf86cd799439011").json()["scopes"] == [{"value": "read"}]
        assert client.send("GET", "/roles/rol_1/permissions").json()[0]["permission_name"] == "read"
        assert client.send("GET", "/users/auth0%7Canne/permissions").json()[0]["permission_name"] == "read"
        assert client.send("GET", "/client-grants/cgr_1").json()["scope"] == ["read"]
        assert client.with_credentials("shop", "s3cret").send("GET", "/roles").status_code == 200

    def test_over_http(self, tenant: LocalTenant, client: Client) -> None:
        """The HTTP twin does the same."""
        assert control(tenant, "POST", "/seed", SEED).status_code == 204
        assert client.send("GET", "/roles/rol_1").status_code == 200

    def test_clients_of_grants_are_made_up(self, tenant: LocalTenant, client: Client) -> None:
        """An application that only a grant names exists under its id."""
        tenant.seed({"client_grants": [{"client_id": "x", "audience": "{domain}/api/v2/", "scope": []}]})

        assert client.send("GET", "/clients/x").json()["name"] == "x"

    def test_management_api_may_have_other_permissions(self, tenant: LocalTenant, client: Client) -> None:
        """A seed that names the Management API replaces its permissions."""
        tenant.seed({"resource_servers": [{"identifier": "{domain}/api/v2/", "scopes": [{"value": "read:x"}]}]})

        assert client.send("GET", "/resource-servers").json()[0]["scopes"] == [{"value": "read:x"}]

    def test_options_can_be_part_of_it(self, tenant: LocalTenant) -> None:
        """Options in a seed are set."""
        tenant.seed({"options": {"latency_ms": 0, "token_lifetime_s": 12}})

        assert tenant.options.token_lifetime_s == 12

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
                {
                    "roles": [
                        {
                            "name": "R",
                            "permissions": [{"resource_server_identifier": "u", "permission_name": "p"}],
                        }
                    ]
                },
                "roles[0]: The resource server u does not exist",
            ),
            (
                {"client_grants": [{"client_id": "c", "audience": "u"}]},
                "client_grants[0]: The resource server does not exist",
            ),
            ({"options": {"speed": 1}}, "options: speed: unknown option"),
            ({"options": 1}, "options: expected an object"),
        ],
    )
    def test_mistake_is_told_with_its_place(self, tenant: LocalTenant, seed: dict[str, object], problem: str) -> None:
        """A mistake is named by where it stands, in process and over HTTP."""
        with pytest.raises(SeedError) as caught:
            tenant.seed(seed)

        assert caught.value.problems == [problem]
        answer = control(tenant, "POST", "/seed", seed)
        assert answer.status_code == 400
        assert problem in answer.json()["error"]

    def test_mistaken_seed_changes_nothing(self, tenant: LocalTenant) -> None:
        """A seed is taken whole or not at all."""
        before = tenant.dump()

        with pytest.raises(SeedError):
            tenant.seed({**SEED, "roles": [{"name": "x"}, {"name": "x"}], "options": {"token_lifetime_s": 1}})

        assert tenant.dump() == before
        assert tenant.options.token_lifetime_s == 86400

    def test_all_mistakes_are_told_at_once(self, tenant: LocalTenant) -> None:
        """Three mistakes make three sentences."""
        with pytest.raises(SeedError) as caught:
            tenant.seed({"roles": [{}], "users": [{}], "x": []})

        assert len(caught.value.problems) == 3


class TestReset:
    """Back to a fresh tenant."""

    def test_reset_leaves_the_credentials(self, tenant: LocalTenant, client: Client) -> None:
        """After a reset the seed is gone, the old token too, and the credentials still get a new one."""
        tenant.seed(SEED)

        assert control(tenant, "POST", "/reset").status_code == 204

        assert client.send("GET", "/roles").status_code == 401
        fresh = client.with_credentials(tenant.client_id, tenant.client_secret)
        assert fresh.send("GET", "/roles").json() == []
        assert len(fresh.send("GET", "/resource-servers").json()) == 1

    def test_reset_in_process_clears_journal_and_faults(self, tenant: LocalTenant, client: Client) -> None:
        """The journal is empty and no fault waits after a reset."""
        client.send("GET", "/roles")
        control(tenant, "POST", "/faults", {"action": "status"})

        tenant.reset()

        assert tenant.journal() == []
        assert control(tenant, "GET", "/faults").json() == []


class TestJournal:
    """The request journal."""

    def test_entry_tells_both_sides(self, tenant: LocalTenant, client: Client) -> None:
        """An entry holds the request as it came and the answer as it went."""
        tenant.seed(SEED)
        client.send("PATCH", "/resource-servers/urn%3Aa", {"scopes": []})

        entry = tenant.journal()[-1]

        assert (entry.method, entry.path, entry.query) == ("PATCH", "/api/v2/resource-servers/urn%3Aa", "")
        assert entry.request_body == {"scopes": []}
        assert entry.status == 200
        assert isinstance(entry.response_body, dict)
        assert entry.response_body["scopes"] == []
        assert (entry.bytes_in, entry.client_id, entry.fault) == (len(b'{"scopes": []}'), tenant.client_id, None)
        assert entry.bytes_out == len(json.dumps(entry.response_body, separators=(",", ":")))

    def test_order_is_that_of_arrival(self, tenant: LocalTenant, client: Client) -> None:
        """Entries come oldest first and are numbered."""
        for path in ("/roles", "/clients", "/logs"):
            client.send("GET", path)

        entries = tenant.journal()

        assert [entry.path for entry in entries] == ["/api/v2/roles", "/api/v2/clients", "/api/v2/logs"]
        assert [entry.number for entry in entries] == [1, 2, 3]

    def test_secrets_are_not_kept(self, tenant: LocalTenant, client: Client) -> None:
        """Neither the secret nor the token of a token request is in the journal, in JSON or as a form."""
        client.with_credentials(tenant.client_id, tenant.client_secret)
        body = {"grant_type": "client_credentials", "client_secret": tenant.client_secret}
        requests.post(f"{tenant.domain}/oauth/token", json=body, timeout=10)

        text = control(tenant, "GET", "/journal").text

        assert tenant.client_secret not in text
        assert '"access_token":"[REDACTED]"' in text
        assert tenant.journal()[0].client_id == tenant.client_id

    def test_cleared_over_http(self, tenant: LocalTenant, client: Client) -> None:
        """DELETE forgets the requests so far."""
        client.send("GET", "/roles")
        assert len(control(tenant, "GET", "/journal").json()) == 1

        assert control(tenant, "DELETE", "/journal").status_code == 204

        assert tenant.journal() == []

    def test_refused_requests_are_there_too(self, tenant: LocalTenant) -> None:
        """A request without a token is noted, with no application."""
        requests.get(f"{tenant.domain}/api/v2/roles", timeout=10)

        entry = tenant.journal()[-1]

        assert (entry.status, entry.client_id) == (401, None)


class TestFaultsAndOptionsOverHttp:
    """The twins of the in-process control."""

    def test_faults_are_added_listed_and_dropped(self, tenant: LocalTenant, client: Client) -> None:
        """A fault given as JSON acts, is listed with its counts, and can be dropped."""
        assert control(tenant, "POST", "/faults", {"action": "status", "status": 503, "times": None}).status_code == 204
        assert client.send("GET", "/roles").status_code == 503

        listed = control(tenant, "GET", "/faults").json()
        assert [(item["action"], item["seen"], item["hit"]) for item in listed] == [("status", 1, 1)]

        assert control(tenant, "DELETE", "/faults").status_code == 204
        assert client.send("GET", "/roles").status_code == 200

    def test_options_are_changed_in_part(self, tenant: LocalTenant) -> None:
        """POST changes the options it names and answers all of them."""
        answer = control(tenant, "POST", "/options", {"latency_ms": 0.5})

        assert answer.json() == control(tenant, "GET", "/options").json()
        assert answer.json()["latency_ms"] == 0.5
        assert answer.json()["token_lifetime_s"] == 86400

    def test_application_can_be_made(self, tenant: LocalTenant, client: Client) -> None:
        """POST /_tenant/clients gives credentials with the permissions asked for and no others."""
        made = control(tenant, "POST", "/clients", {"scopes": ["read:roles"]}).json()

        limited = client.with_credentials(made["client_id"], made["client_secret"])

        assert limited.send("GET", "/roles").status_code == 200
        assert limited.send("POST", "/roles", {"name": "x"}).status_code == 403

    @pytest.mark.parametrize(
        ("path", "body", "part"),
        [
            ("/faults", {"action": "explode"}, "none of status"),
            ("/faults", [], "not an object"),
            ("/options", {"speed": 1}, "unknown option"),
            ("/clients", {"scopes": "all"}, "expected a list of strings"),
            ("/clients", {}, "expected a list of strings"),
        ],
    )
    def test_bad_requests_are_400(self, tenant: LocalTenant, path: str, body: object, part: str) -> None:
        """What can't be taken is refused with a sentence."""
        answer = control(tenant, "POST", path, body)

        assert answer.status_code == 400
        assert part in answer.json()["error"]

    def test_text_that_is_not_json_is_400(self, tenant: LocalTenant) -> None:
        """A body that is not JSON is refused."""
        answer = requests.post(f"{tenant.domain}/_tenant/options", data=b"{", timeout=10)

        assert answer.status_code == 400

    def test_state_is_what_the_seed_said(self, tenant: LocalTenant) -> None:
        """The state shows everything, in the form of a seed, without secrets."""
        tenant.seed(SEED)

        answer = control(tenant, "GET", "/state")

        state = answer.json()
        assert state["roles"][0]["permissions"] == [{"resource_server_identifier": "urn:a", "permission_name": "read"}]
        assert state["users"] == SEED["users"]
        assert {"identifier", "scopes"} <= set(state["resource_servers"][1])
        assert "s3cret" not in answer.text


class TestOtherSites:
    """A page of another site can't reach the tenant through its visitor's browser."""

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
    def test_request_is_refused(self, tenant: LocalTenant, headers: dict[str, str]) -> None:
        """Another origin, a rebound host name, or a cross-site fetch gets 403 and does nothing."""
        tenant.seed(SEED)

        answer = control(tenant, "POST", "/reset", **headers)

        assert answer.status_code == 403
        assert tenant.dump()["roles"] != []

    def test_own_pages_and_programs_are_not(self, tenant: LocalTenant) -> None:
        """The tenant's own page, and a program that sends no such header, get through."""
        own = {"Origin": tenant.domain, "Sec_Fetch_Site": "same-origin"}

        assert control(tenant, "POST", "/reset", **own).status_code == 204
        assert control(tenant, "POST", "/reset").status_code == 204


def test_unknown_control_path_is_404(tenant: LocalTenant) -> None:
    """The control prefix has no other paths."""
    assert control(tenant, "GET", "/nothing").status_code == 404

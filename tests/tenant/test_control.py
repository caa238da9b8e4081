"""The control prefix, in process and over HTTP: reset, journal, faults, options, state."""

import json

import pytest
import requests

from auth0_local_tenant import LocalTenant
from tenant.pages import DELETE_READ, Browser
from tenant.support import SEED, Client, control


class TestReset:
    """Back to a fresh tenant."""

    def test_reset_leaves_the_credentials(self, tenant: LocalTenant, client: Client) -> None:
        """After a reset seed, tokens, journal and faults are gone, and the credentials still get a new token."""
        tenant.seed(SEED)
        control(tenant, "POST", "/faults", {"action": "status"})

        assert control(tenant, "POST", "/reset").status_code == 204

        assert (tenant.journal(), control(tenant, "GET", "/faults").json()) == ([], [])
        assert client.send("GET", "/roles").status_code == 401
        fresh = client.with_credentials(tenant.client_id, tenant.client_secret)
        assert fresh.send("GET", "/roles").json() == []
        assert len(fresh.send("GET", "/resource-servers").json()) == 1


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

    def test_secrets_are_not_kept(self, tenant: LocalTenant, client: Client) -> None:
        """Neither the secret nor the token of a token request is in the journal, in JSON or as a form."""
        client.with_credentials(tenant.client_id, tenant.client_secret)
        body = {"grant_type": "client_credentials", "client_secret": tenant.client_secret}
        requests.post(f"{tenant.domain}/oauth/token", json=body, timeout=10)

        text = control(tenant, "GET", "/journal").text

        assert tenant.client_secret not in text
        assert '"access_token":"[REDACTED]"' in text
        assert tenant.journal()[0].client_id == tenant.client_id


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
            ("/faults", [], "not an object"),
            ("/faults", {}, "Missing required property: action"),
            ("/faults", {"action": "explode"}, "none of status, delay"),
            ("/faults", {"action": "status", "statsu": 1}, "Additional properties not allowed: statsu"),
            ("/faults", {"action": "status", "status": "500"}, "status: Expected type integer but found type string"),
            ("/faults", {"action": "status", "status": 99}, "99 is no HTTP status"),
            ("/faults", {"action": "status", "times": True}, "times: Expected type integer but found type boolean"),
            ("/faults", {"action": "status", "times": 0}, "times at least 1"),
            ("/faults", {"action": "status", "after": -1}, "after must be at least 0"),
            ("/faults", {"action": "status", "path": "("}, "not a regular expression"),
            ("/faults", {"action": "delay", "delay_s": -1}, "must be at least 0"),
            ("/faults", {"action": "rival"}, "rival_patch: needed"),
            ("/options", {"speed": 1, "latency_ms": "x"}, "speed: unknown option; latency_ms: Expected type number"),
            ("/options", {"rate_limit": {"per_second": 0, "burst": 1}}, "per_second must be above 0"),
            ("/options", {"rate_limit": {"per_second": 1, "burst": 0}}, "burst at least 1"),
            ("/options", {"rate_limit": {"per_second": 1}}, "rate_limit: Missing required property: burst"),
            ("/options", {"rate_limit": 3}, "rate_limit: Expected type object but found type integer"),
            ("/options", {"token_lifetime_s": 1.5}, "token_lifetime_s: Expected type integer but found type number"),
            ("/options", {"latency_ms": -1}, "latency_ms: Value -1 is less than minimum 0"),
            ("/clients", {"scopes": "all"}, "expected a list of strings"),
            ("/clients", {}, "expected a list of strings"),
        ],
    )
    def test_bad_requests_are_400(self, tenant: LocalTenant, path: str, body: object, part: str) -> None:
        """What can't be taken is refused with a sentence."""
        answer = control(tenant, "POST", path, body)

        assert answer.status_code == 400
        assert part in answer.json()["error"]

    def test_state_is_what_the_seed_said(self, tenant: LocalTenant) -> None:
        """The state shows everything, in the form of a seed, without secrets."""
        tenant.seed(SEED)

        answer = control(tenant, "GET", "/state")

        state = answer.json()
        assert state["roles"][0]["permissions"] == [{"resource_server_identifier": "urn:a", "permission_name": "read"}]
        held = [{"resource_server_identifier": "urn:a", "permission_name": "read"}]
        assert [(user["user_id"], user["permissions"]) for user in state["users"]] == [("auth0|anne", held)]
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

    @pytest.mark.parametrize("path", ["/settings/options", DELETE_READ])
    def test_forms_are_refused_too(self, browser: Browser, path: str) -> None:
        """A form of another site sets no option and deletes no permission."""
        before = (browser.tenant.dump(), browser.tenant.options)
        headers = {"Origin": "https://evil.example.com"}

        answer = requests.post(browser.tenant.domain + path, data={"latency_ms": "2"}, headers=headers, timeout=10)

        assert (answer.status_code, before) == (403, (browser.tenant.dump(), browser.tenant.options))

    def test_own_pages_and_programs_are_not(self, tenant: LocalTenant) -> None:
        """The tenant's own page, and a program that sends no such header, get through."""
        own = {"Origin": tenant.domain, "Sec_Fetch_Site": "same-origin"}

        assert control(tenant, "POST", "/reset", **own).status_code == 204
        assert control(tenant, "POST", "/reset").status_code == 204

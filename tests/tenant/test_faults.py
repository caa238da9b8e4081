"""Faults on purpose, each to the requests it waits for and to no others; and the tenant's own rate limit."""

import threading
from dataclasses import replace

import pytest
import requests

from auth0_local_tenant import Fault, LocalTenant
from auth0_local_tenant.faults import Action
from tenant.support import Client, SteppedClock, connect, wait_until

A = "/resource-servers/urn:a"
OURS = {"scopes": [{"value": "ours"}]}
THEIRS = {"scopes": [{"value": "theirs"}]}


@pytest.fixture
def tenant_seed() -> dict[str, object]:
    """One API."""
    return {"resource_servers": [{"identifier": "urn:a", "scopes": [{"value": "old"}]}]}


def values(client: Client) -> list[str]:
    """Return the permissions of the API as they are."""
    return [scope["value"] for scope in client.call(f"GET {A}")["scopes"]]


def failure(client: Client) -> Exception:
    """Return the error that a PATCH ends in."""
    try:
        client.send("PATCH", A, OURS)
    except requests.RequestException as error:
        return error
    return AssertionError("answered")


class TestStatus:
    """The action `status`, and what faults wait for."""

    def test_answers_in_place_of_the_service(self, tenant: LocalTenant, client: Client) -> None:
        """The request is not handled, and its answer has the status asked for in the service's own shape."""
        tenant.add_fault(Fault("status", method="PATCH", status=503, headers=(("Retry-After", "2"),)))

        answer = client.send("PATCH", A, OURS)

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.json()["error"] == "Service Unavailable"
        assert values(client) == ["old"]

    @pytest.mark.parametrize(
        ("body", "kind"),
        [('{"id": "x', "application/json"), ("<html>Bad gateway", "text/html"), ("", "application/json")],
    )
    def test_sends_a_body_as_it_is(self, tenant: LocalTenant, client: Client, body: str, kind: str) -> None:
        """Malformed JSON, an HTML page or nothing is sent to the letter, with the type that it looks like."""
        tenant.add_fault(Fault("status", status=200, body=body))

        answer = client.send("GET", A)

        assert (answer.status_code, answer.text) == (200, body)
        assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"

    @pytest.mark.parametrize(
        ("fault", "statuses"),
        [
            (Fault("status"), [500, 200, 200, 200]),
            (Fault("status", after=1, times=2, status=524), [200, 524, 524, 200]),
            (Fault("status", times=None), [500, 500, 500, 500]),
        ],
    )
    def test_how_many_are_hit(self, tenant: LocalTenant, client: Client, fault: Fault, statuses: list[int]) -> None:
        """A fault acts once, as often as it says, or until it is cleared."""
        tenant.add_fault(fault)

        assert [client.send("GET", A).status_code for _ in range(4)] == statuses
        tenant.clear_faults()
        client.call(f"GET {A}", status=200)

    def test_method_and_raw_path_select(self, tenant: LocalTenant, client: Client) -> None:
        """A fault leaves other verbs and paths alone; the path is matched as it came, escapes included."""
        tenant.seed({"resource_servers": [{"identifier": "https://b/c"}]})
        tenant.add_fault(Fault("status", method="GET", path=r"/https:%2F%2Fb%2Fc$"))

        client.call("PATCH /resource-servers/https:%2F%2Fb%2Fc", {}, status=200)
        client.call(f"GET {A}", status=200)
        client.call("GET /resource-servers/https:%2F%2Fb%2Fc", status=500)

    def test_tokens_can_be_refused_and_made_to_expire(self, tenant: LocalTenant, client: Client) -> None:
        """The token endpoint is one of the paths, and what it has given can be made to expire."""
        tenant.add_fault(Fault("status", path="/oauth/token", status=502))
        tenant.add_fault(Fault("expire_tokens", path="/roles"))

        assert requests.post(f"{tenant.domain}/oauth/token", json={}, timeout=10).status_code == 502
        client.call("GET /roles", status=401)
        connect(tenant).call("GET /roles", status=200)


class TestConnections:
    """Connections that are closed or kept waiting."""

    @pytest.mark.parametrize(("action", "left"), [("drop_before", "old"), ("drop_after", "ours")])
    def test_dropped(self, tenant: LocalTenant, client: Client, action: Action, left: str) -> None:
        """The connection closes without an answer, before the change is made or after it."""
        tenant.add_fault(Fault(action, method="PATCH"))

        assert isinstance(failure(client), requests.ConnectionError)
        assert values(client) == [left]
        assert next((entry.status, entry.fault) for entry in tenant.journal()) == (None, action)

    def test_delay_waits_and_goes_on(self, tenant: LocalTenant, client: Client) -> None:
        """A delayed request waits for the time given and is then answered as usual."""
        slept: list[float] = []
        tenant.options = replace(tenant.options, sleep=slept.append)
        tenant.add_fault(Fault("delay", delay_s=3.5))

        client.call(f"GET {A}", status=200)

        assert slept == [3.5]

    @pytest.mark.parametrize("let_go", [LocalTenant.clear_faults, LocalTenant.stop], ids=["cleared", "stopped"])
    def test_hang_ends_when_faults_are_cleared_or_the_tenant_stops(self, let_go: object) -> None:
        """A hanging request has no answer until it is let go, and then none either."""
        with LocalTenant() as tenant:
            client = connect(tenant)
            tenant.add_fault(Fault("hang", method="PATCH"))
            failures: list[Exception] = []
            thread = threading.Thread(target=lambda: failures.append(failure(client)))
            thread.start()
            wait_until(lambda: tenant.journal()[-1].method == "PATCH")

            assert callable(let_go)
            let_go(tenant)

            thread.join(10)
            assert isinstance(failures[0], requests.ConnectionError)


class TestRival:
    """Somebody else who writes between a client's read and its write."""

    def test_writes_just_before(self, tenant: LocalTenant, client: Client) -> None:
        """The rival's PATCH is done, then the matched request, and the journal shows both."""
        tenant.add_fault(Fault("rival", method="PATCH", rival_patch=THEIRS))

        client.call(f"PATCH {A}", OURS)

        writes = {entry.client_id for entry in tenant.journal() if entry.method == "PATCH"}
        assert writes == {"rival-writer", tenant.client_id}
        assert values(client) == ["ours"]

    def test_may_go_by_what_is_there(self, tenant: LocalTenant, client: Client) -> None:
        """A rival that is a function sees the API as it is at that moment."""

        def add(present: dict[str, object]) -> dict[str, object]:
            scopes = present["scopes"]
            assert isinstance(scopes, list)
            return {"scopes": [*scopes, {"value": "added"}]}

        tenant.add_fault(Fault("rival", method="GET", rival_patch=add))

        assert values(client) == ["old", "added"]

    def test_may_write_elsewhere(self, tenant: LocalTenant, client: Client) -> None:
        """The rival's API can be another one than that of the matched request."""
        tenant.add_fault(Fault("rival", path="/roles", rival_path="/api/v2/resource-servers/urn:a", rival_patch=THEIRS))

        client.call("GET /roles")

        assert values(client) == ["theirs"]


class TestRateLimit:
    """The action `rate_limit`, and the tenant's own bucket for all."""

    @pytest.fixture
    def limited(self, tenant: LocalTenant, client: Client, clock: SteppedClock) -> Client:
        """A client of a tenant with two requests a second and three at once."""
        clock.now = 1000.0
        tenant.options = tenant.options.updated({"rate_limit": {"per_second": 2, "burst": 3}})
        return client

    @pytest.mark.parametrize(("with_headers", "told"), [(True, ["0", "1004"]), (False, [None, None])])
    def test_a_fault_may_tell_when_to_come_back(
        self, tenant: LocalTenant, client: Client, clock: SteppedClock, with_headers: object, told: list[str | None]
    ) -> None:
        """429 in the recorded words, with headers that say when to come back, or without a word on it."""
        clock.now = 1000.2
        tenant.add_fault(Fault("rate_limit", retry_after_s=3, with_headers=bool(with_headers)))

        answer = client.send("GET", A)

        assert answer.json() == {
            "statusCode": 429,
            "error": "Too Many Requests",
            "message": "Global limit has been reached",
            "errorCode": "too_many_requests",
        }
        assert [answer.headers.get(f"x-ratelimit-{name}") for name in ("remaining", "reset")] == told

    def test_the_bucket_is_the_whole_tenants_and_refills(
        self, tenant: LocalTenant, limited: Client, clock: SteppedClock
    ) -> None:
        """Two applications share one bucket, which refills with time up to the burst; tokens are not limited."""
        other = limited.with_credentials(*tenant.issue_client(["read:roles"]))

        def statuses(*clients: Client) -> list[int]:
            return [client.send("GET", "/roles").status_code for client in clients]

        assert statuses(limited, limited, other, other) == [200, 200, 200, 429]
        clock.now += 1
        assert statuses(limited, limited, limited) == [200, 200, 429]
        clock.now += 1000
        assert statuses(limited, limited, limited, limited) == [200, 200, 200, 429]

    def test_headers_tell_the_state_or_are_left_out(self, tenant: LocalTenant, limited: Client) -> None:
        """Every answer tells the limit, what is left, and the second in which the bucket will be full again."""
        answers = [limited.send("GET", "/roles") for _ in range(4)]
        tenant.options = tenant.options.updated({"rate_limit_headers": False})
        silent = limited.send("GET", "/roles")

        told = [
            [answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")] for answer in answers
        ]
        assert told == [["3", "2", "1001"], ["3", "1", "1001"], ["3", "0", "1002"], ["3", "0", "1002"]]
        assert silent.status_code == 429
        assert [name for name in silent.headers if "ratelimit" in name.lower()] == []

"""Faults on purpose, each to the requests it waits for and to no others; and the tenant's own rate limit."""

import threading
from collections.abc import Callable
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
    """Two APIs."""
    return {"resource_servers": [{"identifier": "urn:a", "scopes": [{"value": "old"}]}, {"identifier": "https://b/c"}]}


def values(client: Client) -> list[str]:
    """Return the permissions of the API as they are."""
    return [scope["value"] for scope in client.call(f"GET {A}")["scopes"]]


def test_an_answer_in_place_of_the_service(tenant: LocalTenant, client: Client) -> None:
    """The request is not handled, and its answer has the status asked for in the service's own shape."""
    tenant.add_fault(Fault("status", method="PATCH", status=503, headers=(("Retry-After", "2"),)))

    answer = client.send(f"PATCH {A}", OURS)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json()["error"] == "Service Unavailable"
    assert values(client) == ["old"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [('{"id": "x', "application/json"), ("<html>Bad gateway", "text/html"), ("", "application/json")],
)
def test_a_body_is_sent_as_it_is(tenant: LocalTenant, client: Client, body: str, kind: str) -> None:
    """Malformed JSON, an HTML page or nothing is sent to the letter, with the type that it looks like."""
    tenant.add_fault(Fault("status", status=200, body=body))

    answer = client.send(f"GET {A}")

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
def test_how_many_are_hit(tenant: LocalTenant, client: Client, fault: Fault, statuses: list[int]) -> None:
    """A fault acts once, as often as it says, or until it is cleared."""
    tenant.add_fault(fault)

    assert [client.send(f"GET {A}").status_code for _ in range(4)] == statuses
    tenant.clear_faults()
    client.call(f"GET {A}", status=200)


def test_method_and_raw_path_select(tenant: LocalTenant, client: Client) -> None:
    """A fault leaves other verbs and paths alone; the path, that for tokens too, is matched as it came."""
    tenant.add_fault(Fault("status", method="GET", path=r"/https:%2F%2Fb%2Fc$"))
    tenant.add_fault(Fault("status", path="/oauth/token", status=502))
    tenant.add_fault(Fault("expire_tokens", path="/roles"))

    client.talk(
        ("PATCH /resource-servers/https:%2F%2Fb%2Fc", {}, 200),
        (f"GET {A}", None, 200),
        ("GET /resource-servers/https:%2F%2Fb%2Fc", None, 500),
        ("GET /roles", None, 401),
    )
    assert requests.post(f"{tenant.domain}/oauth/token", json={}, timeout=10).status_code == 502
    connect(tenant).call("GET /roles", status=200)


@pytest.mark.parametrize(("action", "left"), [("drop_before", "old"), ("drop_after", "ours")])
def test_a_dropped_connection(tenant: LocalTenant, client: Client, action: Action, left: str) -> None:
    """The connection closes without an answer, before the change is made or after it."""
    tenant.add_fault(Fault(action, method="PATCH"))

    with pytest.raises(requests.ConnectionError):
        client.send(f"PATCH {A}", OURS)
    assert values(client) == [left]
    assert next((entry.status, entry.fault) for entry in tenant.journal()) == (None, action)


def test_a_delay_waits_and_goes_on(tenant: LocalTenant, client: Client) -> None:
    """A delayed request waits for the time given and is then answered as usual."""
    slept: list[float] = []
    tenant.options = replace(tenant.options, sleep=slept.append)
    tenant.add_fault(Fault("delay", delay_s=3.5))

    client.call(f"GET {A}", status=200)

    assert slept == [3.5]


@pytest.mark.parametrize("let_go", [LocalTenant.clear_faults, LocalTenant.stop], ids=["cleared", "stopped"])
def test_a_hang_ends_when_faults_are_cleared_or_the_tenant_stops(let_go: Callable[[LocalTenant], None]) -> None:
    """A hanging request has no answer until it is let go, and then none either."""

    def hang(client: Client) -> None:
        with pytest.raises(requests.ConnectionError):
            client.send("GET /roles")
        ended.set()

    ended = threading.Event()
    with LocalTenant() as tenant:
        thread = threading.Thread(target=hang, args=[connect(tenant)])
        tenant.add_fault(Fault("hang"))
        thread.start()
        wait_until(lambda: tenant.journal()[-1].method == "GET")

        let_go(tenant)

        assert ended.wait(10)


def test_a_rival_writes_just_before(tenant: LocalTenant, client: Client) -> None:
    """The rival's PATCH is done, then the matched request, and the journal shows both."""
    tenant.add_fault(Fault("rival", method="PATCH", rival_patch=THEIRS))

    client.call(f"PATCH {A}", OURS)

    writes = {entry.client_id for entry in tenant.journal() if entry.method == "PATCH"}
    assert writes == {"rival-writer", tenant.client_id}
    assert values(client) == ["ours"]


def test_a_rival_may_go_by_what_is_there_and_write_elsewhere(tenant: LocalTenant, client: Client) -> None:
    """A function sees the API as it is at that moment; the API can be another one than that of the request."""

    def add(present: dict[str, object]) -> dict[str, object]:
        scopes = present["scopes"]
        assert isinstance(scopes, list)
        return {"scopes": [*scopes, {"value": "added"}]}

    tenant.add_fault(Fault("rival", path="/roles", rival_path=f"/api/v2{A}", rival_patch=add))

    client.call("GET /roles")

    assert values(client) == ["old", "added"]


@pytest.mark.parametrize(("with_headers", "told"), [(True, ["0", "1004"]), (False, [None, None])])
def test_a_refusal_may_tell_when_to_come_back(
    tenant: LocalTenant, client: Client, clock: SteppedClock, *, with_headers: bool, told: list[str | None]
) -> None:
    """429 in the recorded words, with headers that say when to come back, or without a word on it."""
    clock.now = 1000.2
    tenant.add_fault(Fault("rate_limit", retry_after_s=3, with_headers=with_headers))

    answer = client.send(f"GET {A}")

    assert answer.json() == {
        "statusCode": 429,
        "error": "Too Many Requests",
        "message": "Global limit has been reached",
        "errorCode": "too_many_requests",
    }
    assert [answer.headers.get(f"x-ratelimit-{name}") for name in ("remaining", "reset")] == told


def test_the_limit_is_the_whole_tenants(tenant: LocalTenant, client: Client, clock: SteppedClock) -> None:
    """Two applications share one bucket, which refills with time up to the burst; every answer tells its state."""
    clock.now = 1000.0
    tenant.options = tenant.options.updated({"rate_limit": {"per_second": 2, "burst": 3}})
    other = client.with_credentials(*tenant.issue_client(["read:roles"]))  # tokens are not limited

    def answers(*clients: Client) -> list[tuple[int, list[str | None]]]:
        got = [one.send("GET /roles") for one in clients]
        names = ("limit", "remaining", "reset")
        return [(one.status_code, [one.headers.get(f"x-ratelimit-{name}") for name in names]) for one in got]

    assert answers(client, client, other, other) == [
        (200, ["3", "2", "1001"]),
        (200, ["3", "1", "1001"]),
        (200, ["3", "0", "1002"]),
        (429, ["3", "0", "1002"]),
    ]
    for seconds, allowed in ((1, 2), (1000, 3)):
        clock.now += seconds
        assert [status for status, _ in answers(*[client] * (allowed + 1))] == [*[200] * allowed, 429]
    tenant.options = tenant.options.updated({"rate_limit_headers": False})
    assert answers(client) == [(429, [None, None, None])]

"""Faults on purpose, each to the requests it waits for and to no others; and the tenant's own rate limit."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import requests

from auth0_local_tenant import Fault, LocalTenant
from auth0_local_tenant.faults import Action
from support.clocks import Clock
from tenant.support import Client, Step, connect

A, B, FAULTS = "/resource-servers/urn:a", "/resource-servers/https:%2F%2Fb%2Fc", "POST /_tenant/faults"
OLD, OURS, THEIRS = ({"scopes": [{"value": value}]} for value in ("old", "ours", "theirs"))

STORIES: dict[str, list[Step]] = {
    "a request that is answered in the service's place is not handled": [
        (FAULTS, {"action": "status", "method": "PATCH", "status": 503}, 204),
        (f"PATCH {A}", OURS, 503),
        (f"GET {A}", None, OLD),
    ],
    "a fault acts once": [(FAULTS, {"action": "status"}, 204), (f"GET {A}", None, 500), (f"GET {A}", None, 200)],
    "a fault acts as often as it says, after as many as it says": [
        (FAULTS, {"action": "status", "after": 1, "times": 2, "status": 524}, 204),
        *((f"GET {A}", None, status) for status in (200, 524, 524, 200)),
    ],
    "a fault acts until it is cleared": [
        (FAULTS, {"action": "status", "times": None}, 204),
        *((f"GET {A}", None, 500) for _ in range(3)),
        ("DELETE /_tenant/faults", None, 204),
        (f"GET {A}", None, 200),
    ],
    "a fault leaves other verbs and paths alone; the path is matched as it came": [
        (FAULTS, {"action": "status", "method": "GET", "path": "/https:%2F%2Fb%2Fc$"}, 204),
        (f"PATCH {B}", {}, 200),
        (f"GET {A}", None, 200),
        (f"GET {B}", None, 500),
    ],
    "tokens expire": [(FAULTS, {"action": "expire_tokens", "path": "/roles"}, 204), ("GET /roles", None, 401)],
    "a rival writes just before": [
        (FAULTS, {"action": "rival", "method": "GET", "rival_patch": THEIRS}, 204),
        (f"GET {A}", None, THEIRS),
        (FAULTS, {"action": "rival", "method": "PATCH", "rival_patch": THEIRS}, 204),
        (f"PATCH {A}", OURS, OURS),
    ],
    "a rival writes elsewhere": [
        (FAULTS, {"action": "rival", "path": "/roles", "rival_path": f"/api/v2{A}", "rival_patch": THEIRS}, 204),
        ("GET /roles", None, 200),
        (f"GET {A}", None, THEIRS),
    ],
}


@pytest.fixture
def tenant_seed() -> dict[str, object]:
    """Two APIs."""
    return {"resource_servers": [{"identifier": "urn:a", **OLD}, {"identifier": "https://b/c"}]}


@pytest.mark.parametrize("steps", STORIES.values(), ids=STORIES)
def test_what_a_fault_does(client: Client, steps: list[Step]) -> None:
    """Each request is answered as the story says."""
    client.talk(*steps)


@pytest.mark.parametrize(
    ("body", "kind"),
    [('{"id": "x', "application/json"), ("<html>Bad gateway", "text/html"), ("", "application/json")],
)
def test_a_body_is_sent_as_it_is(tenant: LocalTenant, client: Client, body: str, kind: str) -> None:
    """Malformed JSON, an HTML page or nothing is sent to the letter, with the type that it looks like."""
    tenant.add_fault(Fault("status", status=200, body=body, headers=(("Retry-After", "2"),)))

    answer = client.send(f"GET {A}")

    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (200, body, "2")
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"


def test_tokens_can_be_refused(tenant: LocalTenant) -> None:
    """The token endpoint is one of the paths; its answer has the shape of the Management API's errors."""
    tenant.add_fault(Fault("status", path="/oauth/token", status=502))

    answer = requests.post(f"{tenant.domain}/oauth/token", json={}, timeout=10)

    assert (answer.status_code, answer.json()["error"]) == (502, "Bad Gateway")


@pytest.mark.parametrize(("action", "left"), [("drop_before", "old"), ("drop_after", "ours")])
def test_a_dropped_connection(tenant: LocalTenant, client: Client, action: Action, left: str) -> None:
    """The connection closes without an answer, before the change is made or after it."""
    tenant.add_fault(Fault(action, method="PATCH"))

    with pytest.raises(requests.ConnectionError):
        client.send(f"PATCH {A}", OURS)
    assert client.call(f"GET {A}")["scopes"] == [{"value": left}]
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
        while tenant.journal()[-1].method != "GET":
            time.sleep(0.005)

        let_go(tenant)

        assert ended.wait(10)


def test_a_rival_may_go_by_what_is_there(tenant: LocalTenant, client: Client) -> None:
    """A rival that is a function sees the API as it is at that moment; the journal shows who wrote."""

    def add(present: dict[str, object]) -> dict[str, object]:
        scopes = present["scopes"]
        assert isinstance(scopes, list)
        return {"scopes": [*scopes, {"value": "added"}]}

    tenant.add_fault(Fault("rival", rival_patch=add))

    client.talk((f"GET {A}", None, {"scopes": [{"value": "old"}, {"value": "added"}]}))
    assert {entry.client_id for entry in tenant.journal()} == {"rival-writer", tenant.client_id}


@pytest.mark.parametrize(("with_headers", "told"), [(True, ["0", "1800000004"]), (False, [None, None])])
def test_a_refusal_may_tell_when_to_come_back(
    tenant: LocalTenant, client: Client, clock: Clock, *, with_headers: bool, told: list[str | None]
) -> None:
    """429 in the recorded words, with headers that say when to come back, or without a word on it."""
    clock.sleep(0.2)
    tenant.add_fault(Fault("rate_limit", retry_after_s=3, with_headers=with_headers))

    answer = client.send(f"GET {A}")

    assert answer.json() == {
        "statusCode": 429,
        "error": "Too Many Requests",
        "message": "Global limit has been reached",
        "errorCode": "too_many_requests",
    }
    assert [answer.headers.get(f"x-ratelimit-{name}") for name in ("remaining", "reset")] == told


def test_the_limit_is_the_whole_tenants(tenant: LocalTenant, client: Client, clock: Clock) -> None:
    """Two applications share one bucket, which refills with time up to the burst; every answer tells its state."""
    tenant.options = tenant.options.updated({"rate_limit": {"per_second": 2, "burst": 3}})
    other = client.with_credentials(*tenant.issue_client(["read:roles"]))  # tokens are not limited

    def answers(*clients: Client) -> list[tuple[int, list[str | None]]]:
        got = [one.send("GET /roles") for one in clients]
        names = ("limit", "remaining", "reset")
        return [(one.status_code, [one.headers.get(f"x-ratelimit-{name}") for name in names]) for one in got]

    assert answers(client, client, other, other) == [
        (200, ["3", "2", "1800000001"]),
        (200, ["3", "1", "1800000001"]),
        (200, ["3", "0", "1800000002"]),
        (429, ["3", "0", "1800000002"]),
    ]
    for seconds, allowed in ((1, 2), (1000, 3)):
        clock.sleep(seconds)
        assert [status for status, _ in answers(*[client] * (allowed + 1))] == [*[200] * allowed, 429]
    tenant.options = tenant.options.updated({"rate_limit_headers": False})
    assert answers(client) == [(429, [None, None, None])]

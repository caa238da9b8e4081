"""Whole operations on a tenant with a free plan's rate limit: 2 requests a second, 10 at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auth0 import virtual
from auth0.virtual import NOW_S
from auth0_local_tenant import LocalTenant, RateLimit, TenantOptions
from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.connection import Answer, Connections
from pulumi_auth0_permissions.auth0.deadline import Clock
from pulumi_auth0_permissions.pulumi_adapter.log import EngineLog
from pulumi_auth0_permissions.settings import Settings
from reads.many import cost_of, seed
from reads.operation import Operation, adopt

APIS = 20
FREE = RateLimit(per_second=2, burst=10)
SPEED = 20  # how much faster than real time a `FastClock` runs


class FastClock(Clock):
    """Real time, `SPEED` times as fast, for threads; a request that takes long costs more of it, and nothing else."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()

    def now(self) -> float:
        """Return the seconds since 1970."""
        return NOW_S + (time.monotonic() - self._started_s) * SPEED

    def wall(self) -> float:
        """Return the same."""
        return self.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds / SPEED)

    def jitter(self) -> float:
        """Return no chance at all."""
        return 0.0


@pytest.fixture(autouse=True)
def one_clock_for_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tenant's answers carry the machine's date, which the clocks here know nothing of, so it is taken away."""
    exchange = Connections.exchange

    def without_date(*arguments: Any, **named: Any) -> Answer:  # noqa: ANN401 - handed on
        answer = exchange(*arguments, **named)
        return replace(answer, headers={name: text for name, text in answer.headers.items() if name != "date"})

    monkeypatch.setattr(Connections, "exchange", without_date)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant with 20 APIs, without a limit as yet."""
    with LocalTenant(seed=seed(APIS, 10)) as running:
        yield running


@pytest.fixture
def states(tenant: LocalTenant) -> dict[str, dict[str, Any]]:
    """The resources of a stack that manages all of them."""
    return adopt(tenant, APIS, 10)


def limit(tenant: LocalTenant, clock: Clock, rate_limit: RateLimit = FREE) -> None:
    """Give the tenant a limit from now on, a free plan's if need be; nobody has asked for anything yet."""
    tenant.options = TenantOptions(rate_limit=rate_limit, clock=clock.wall, token_lifetime_s=10**9)
    tenant.clear_journal()


def token_of(tenant: LocalTenant, connections: Connections) -> str:
    """Return a token for somebody else."""
    client_id, client_secret = tenant.issue_client(["read:roles"])
    body = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
        "audience": f"{tenant.domain}/api/v2/",
    }
    answer = connections.exchange(
        "POST", "/oauth/token", headers={"Content-Type": "application/json"}, body=json.dumps(body).encode()
    )
    return str(json.loads(answer.body)["access_token"])


def operation(tenant: LocalTenant, clock: Clock, *, threads: int = 4, **config: str) -> Operation:
    """Return a process that lives by that clock; its pauses after a lost answer are real ones."""

    def connect(settings: Settings, said: EngineLog) -> ManagementClient:
        return ManagementClient(
            settings.domain,
            settings.credentials,
            requests_per_second=settings.requests_per_second,
            on_wait=lambda seconds, reason: said.progress(f"waiting {seconds:.0f} s: {reason}"),
            clock=clock,
        )

    settings = {name.replace("__", ":").replace("_", "-"): text for name, text in config.items()}
    return Operation(tenant, connect, settings, threads=threads)


def test_twenty_changes_bring_no_429(tenant: LocalTenant, states: dict[str, dict[str, Any]]) -> None:
    """Every request of an update of 20 APIs in four threads is let through, but for one perhaps."""
    clock = FastClock()
    limit(tenant, clock)

    operation(tenant, clock).refresh_and_change(states, "changed")

    cost = cost_of(tenant)
    assert cost.refused <= 1
    assert cost.lists == 1
    assert cost.writes - cost.refused <= APIS <= cost.writes
    assert cost.gets <= APIS + 2  # somebody who finds the limit used up between read and write reads again


def test_twenty_changes_take_little_longer_than_the_limit_dictates(
    tenant: LocalTenant, states: dict[str, dict[str, Any]]
) -> None:
    """In virtual time, where requests themselves take none, what is added to the limit is the reserve for others."""
    clock = virtual.Clock(NOW_S)
    limit(tenant, clock)
    started_s = clock.now()

    operation(tenant, clock, threads=1).refresh_and_change(states, "changed")

    cost = cost_of(tenant)
    assert (cost.writes, cost.refused) == (APIS, 0)
    assert clock.now() - started_s <= 1.15 * (cost.requests - cost.tokens - FREE.burst) / FREE.per_second


def test_a_limit_of_one_request_has_room_for_a_read_and_its_write(
    tenant: LocalTenant, states: dict[str, dict[str, Any]]
) -> None:
    """A pair that never has room at once is sent one by one, and the operation finishes."""
    clock = virtual.Clock(NOW_S)
    limit(tenant, clock, RateLimit(per_second=1, burst=1))

    operation(tenant, clock, threads=1).refresh_and_change(dict(list(states.items())[:2]), "changed")

    cost = cost_of(tenant)
    assert cost.writes - cost.refused == 2


def test_a_cap_leaves_room_for_others(tenant: LocalTenant, states: dict[str, dict[str, Any]]) -> None:
    """With requestsPerSecond at half the tenant's limit, somebody who asks once a second is never refused."""
    clock = FastClock()
    limit(tenant, clock)
    connections = Connections(Tenant.parse(tenant.domain))
    headers = {"Authorization": f"Bearer {token_of(tenant, connections)}"}
    over = threading.Event()
    statuses: list[int] = []

    def ask_once_a_second() -> None:
        while not over.is_set():
            answer = connections.exchange("GET", "/api/v2/roles?per_page=1", headers=headers)
            statuses.append(answer.status)
            clock.sleep(1)

    with ThreadPoolExecutor(1) as other:
        asking = other.submit(ask_once_a_second)
        process = operation(tenant, clock, auth0_permissions__requestsPerSecond="1")
        try:
            process.refresh_and_change(states, "changed")
        finally:
            over.set()
        asking.result()

    assert statuses
    assert set(statuses) == {200}
    assert not [entry for entry in tenant.journal() if entry.status == 429]


def test_waits_are_said(tenant: LocalTenant, states: dict[str, dict[str, Any]]) -> None:
    """Whoever watches the operation is told what it waits for."""
    clock = FastClock()
    limit(tenant, clock)
    process = operation(tenant, clock)

    process.refresh_and_change(states, "changed")

    assert process.said.progressed
    assert all(text.startswith("waiting ") and "rate limit" in text for text in process.said.progressed)


def test_two_stacks_at_once_get_along(tenant: LocalTenant, states: dict[str, dict[str, Any]]) -> None:
    """Two processes that know nothing of each other finish on one tenant, with few 429s."""
    clock = FastClock()
    limit(tenant, clock)
    halves = [dict(list(states.items())[half::2]) for half in (0, 1)]

    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda half: operation(tenant, clock).refresh_and_change(half, "changed"), halves))

    cost = cost_of(tenant)
    assert cost.writes - cost.refused <= APIS <= cost.writes
    assert cost.refused <= APIS / 2

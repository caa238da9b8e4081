"""Whole operations on a tenant with a rate limit: the hooks in the engine's order, in the threads of a process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from auth0_local_tenant import LocalTenant, RateLimit, TenantOptions
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.connection import Answer, Connections
from pulumi_auth0_permissions.pulumi_adapter import state as recorded
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from pulumi_auth0_permissions.pulumi_adapter.log import EngineLog
from pulumi_auth0_permissions.pulumi_adapter.session import Session
from pulumi_auth0_permissions.settings import Settings
from reads.many import cost_of, identifier, permissions, seed
from support import clocks
from support.clocks import NOW_S, Clock

THREADS = 4  # of a provider process
SPEED = 20  # how much faster than real time a `FastClock` runs


class FastClock(Clock):
    """Real time, `SPEED` times as fast, for threads; a request that takes long costs more of it, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._started_s = time.monotonic()

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return (time.monotonic() - self._started_s) * SPEED

    def time(self) -> float:
        """Return the seconds since the epoch."""
        return NOW_S + self.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds / SPEED)


class Operation(EngineLog):
    """One provider process's worth of hooks, with the scopes of the main job; keeps what it says while it waits."""

    def __init__(self, tenant: LocalTenant) -> None:
        super().__init__()
        self.progressed: list[str] = []
        # With more scopes, an update looks at more: at the tenant's log, say.
        id_, secret = tenant.issue_client(["read:resource_servers", "update:resource_servers"])
        config = {"auth0:domain": tenant.domain, "auth0:clientId": id_, "auth0:clientSecret": secret}

        def connect(settings: Settings) -> ManagementClient:
            return ManagementClient(
                settings.domain,
                settings.credentials,
                on_wait=lambda seconds, reason: self.progress(f"waiting {seconds:.0f} s: {reason}"),
            )

        self.hooks = Hooks(Session(config.get, {}, connect=connect, messages=self))

    def _log(self, severity: str, message: str, urn: str, *, ephemeral: bool = False) -> None:  # noqa: ARG002
        if ephemeral:
            self.progressed.append(message)

    def create(self, number: int) -> tuple[str, Mapping[str, Any]]:
        """Take an API over as it is, and return its id and what the state holds of it."""
        news, _ = self.hooks.check({}, {"api": identifier(number), "permissions": permissions(10)})
        return self.hooks.create(news)

    def refresh_and_change(self, states: Mapping[str, Mapping[str, Any]], threads: int) -> None:
        """Refresh every resource, then give one permission of each another description: read, then check to update."""
        hooks = self.hooks

        def change(id_: str) -> None:
            found = reads[id_]
            assert found is not None
            assert found.inputs is None  # nothing has moved
            inputs = recorded.inputs_of(states[id_])
            held = {**states[id_]["permissions"], "read:thing-0000": "changed"}
            news, problems = hooks.check(inputs, {**inputs, "permissions": held})
            assert problems == ()
            assert hooks.diff(found.outputs, news) == (True, [])
            hooks.update(id_, found.outputs, news)

        with ThreadPoolExecutor(threads) as pool:
            reads = dict(zip(states, pool.map(lambda id_: hooks.read(id_, states[id_]), states), strict=True))
            list(pool.map(change, states))


@pytest.fixture(autouse=True)
def no_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tenant's answers carry the machine's date, which the clock here knows nothing of, so it is taken away."""
    exchange = Connections.exchange

    def without_date(*arguments: Any, **named: Any) -> Answer:  # noqa: ANN401 - handed on
        answer = exchange(*arguments, **named)
        return replace(answer, headers={name: text for name, text in answer.headers.items() if name != "date"})

    monkeypatch.setattr(Connections, "exchange", without_date)


@pytest.mark.parametrize(
    ("limit", "apis", "threads", "stacks"),
    [
        pytest.param(RateLimit(per_second=2, burst=10), 20, THREADS, 1, id="a free plan"),
        pytest.param(RateLimit(per_second=2, burst=10), 20, THREADS, 2, id="two stacks that do not know each other"),
        pytest.param(RateLimit(per_second=1, burst=1), 2, 1, 1, id="no room for a read and its write"),
    ],
)
def test_changes_bring_few_429s(
    monkeypatch: pytest.MonkeyPatch, limit: RateLimit, apis: int, threads: int, stacks: int
) -> None:
    """Each request of an update is sent about once, and whoever watches hears what is waited for."""
    clock = FastClock() if threads > 1 else Clock(NOW_S)
    clocks.install(monkeypatch, clock)
    with LocalTenant(seed=seed(apis, 10)) as tenant:
        adopting = Operation(tenant)
        states = [adopting.create(number) for number in range(apis)]
        tenant.options = TenantOptions(rate_limit=limit, clock=clock.time, token_lifetime_s=10**9)
        tenant.clear_journal()
        processes = [Operation(tenant) for _ in range(stacks)]

        with ThreadPoolExecutor(stacks) as together:
            doing = [
                together.submit(process.refresh_and_change, dict(states[number::stacks]), threads)
                for number, process in enumerate(processes)
            ]
        assert [each.result() for each in doing] == [None] * stacks

        cost = cost_of(tenant)
    assert cost.refused <= apis * stacks / 4
    assert cost.lists == stacks
    assert cost.writes - cost.refused <= apis <= cost.writes
    assert cost.gets <= apis * 5 / 4 + stacks  # where the write is refused, another turn reads again
    for process in processes:
        assert bool(process.progressed) == (threads > 1)
        assert all(text.startswith("waiting ") and "the tenant" in text for text in process.progressed)

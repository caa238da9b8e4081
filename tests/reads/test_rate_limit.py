"""Whole operations on a tenant with a free plan's rate limit: 2 requests a second, 10 at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auth0_local_tenant import LocalTenant, RateLimit, TenantOptions
from pulumi_auth0_permissions.auth0.connection import Answer, Connections
from reads.many import cost_of, seed
from reads.operation import Operation, adopt
from support import clocks
from support.clocks import NOW_S, Clock

APIS = 20
FREE = RateLimit(per_second=2, burst=10)
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


def limit(monkeypatch: pytest.MonkeyPatch, tenant: LocalTenant, clock: Clock, rate_limit: RateLimit = FREE) -> None:
    """Give the tenant a limit from now on, a free plan's if need be; nobody has asked for anything yet."""
    clocks.install(monkeypatch, clock)
    tenant.options = TenantOptions(rate_limit=rate_limit, clock=clock.time, token_lifetime_s=10**9)
    tenant.clear_journal()


def test_twenty_changes_in_four_threads_bring_few_429s(
    monkeypatch: pytest.MonkeyPatch, tenant: LocalTenant, states: dict[str, dict[str, Any]]
) -> None:
    """Each request of an update of 20 APIs is sent about once, and whoever watches hears what is waited for."""
    limit(monkeypatch, tenant, FastClock())
    process = Operation(tenant)

    process.refresh_and_change(states, "changed")

    cost = cost_of(tenant)
    assert cost.refused <= APIS / 4
    assert cost.lists == 1
    assert cost.writes - cost.refused <= APIS <= cost.writes
    assert cost.gets <= APIS * 5 / 4  # somebody who finds the limit used up between read and write reads again
    assert process.progressed
    assert all(text.startswith("waiting ") and "rate limit" in text for text in process.progressed)


@pytest.mark.parametrize(
    ("rate_limit", "apis"), [(FREE, APIS), (RateLimit(per_second=1, burst=1), 2)], ids=["free plan", "one at a time"]
)
def test_changes_take_little_longer_than_the_limit_dictates(
    monkeypatch: pytest.MonkeyPatch,
    tenant: LocalTenant,
    states: dict[str, dict[str, Any]],
    rate_limit: RateLimit,
    apis: int,
) -> None:
    """In virtual time, where requests themselves take none, what is added to the limit is the reserve for others.

    Where a read and its write never have room at once, they are sent one by one.
    """
    clock = Clock(NOW_S)
    limit(monkeypatch, tenant, clock, rate_limit)
    started_s = clock.now_s

    Operation(tenant, threads=1).refresh_and_change(dict(list(states.items())[:apis]), "changed")

    cost = cost_of(tenant)
    assert (cost.writes, cost.refused) == (apis, 0)
    if rate_limit is FREE:
        assert clock.now_s - started_s <= 1.15 * (cost.requests - cost.tokens - FREE.burst) / FREE.per_second


def test_two_stacks_at_once_get_along(
    monkeypatch: pytest.MonkeyPatch, tenant: LocalTenant, states: dict[str, dict[str, Any]]
) -> None:
    """Two processes that know nothing of each other finish on one tenant, with few 429s."""
    limit(monkeypatch, tenant, FastClock())
    halves = [dict(list(states.items())[half::2]) for half in (0, 1)]

    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda half: Operation(tenant).refresh_and_change(half, "changed"), halves))

    cost = cost_of(tenant)
    assert cost.writes - cost.refused <= APIS <= cost.writes
    assert cost.refused <= APIS / 2

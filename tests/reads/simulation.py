"""Whole runs by the law of shared reads, without threads and without a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi_auth0_permissions.core.permissions import Permission, PermissionSet
from pulumi_auth0_permissions.management.models import Api, ApiPage
from pulumi_auth0_permissions.observations.ledger import Ledger
from pulumi_auth0_permissions.observations.strategy import PER_PAGE, Alone, Named, Standing, cost, next_step, rent
from pulumi_auth0_permissions.observations.wishes import Wish

__all__ = ["Run", "Spent", "simulate"]


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes:
        tenant: how many APIs the tenant has.
        wanted: which of them, in the order in which the engine asks; those beyond the tenant's are not there.
        permissions: of each API.
        threads: how many wait at the same time.
    """

    tenant: int
    wanted: Sequence[int]
    permissions: int
    threads: int


@dataclass(frozen=True)
class Spent:
    """What a run has cost.

    Attributes:
        requests: how many.
        apis: how many APIs were in the answers.
        cost: of both.
        by_name: what lists by name would have cost, or single reads where only one thread asks.
    """

    requests: int
    apis: int
    cost: float
    by_name: float


def simulate(run: Run) -> Spent:
    """Do what the law says until everything was asked for."""
    held = PermissionSet(Permission(f"p{n}") for n in range(run.permissions))
    tenant = [_api(number, held) for number in range(run.tenant)]
    ledger, seen, to_come = Ledger(), set[str](), list(run.wanted)
    waiting: list[int] = []
    requests = apis = 0
    while True:
        while to_come and len(waiting) < run.threads:
            number = to_come.pop(0)
            if f"id{number}" in seen:
                ledger.want(tenant[number])
            else:
                waiting.append(number)
        if not waiting:
            break
        wishes = [Wish(f"id{number}", f"urn:{number}", run.permissions) for number in waiting]
        step = next_step(wishes, ledger.foreseen, ledger.standing(wishes))
        if isinstance(step, Alone):
            requests += len(waiting)
            brought = [tenant[number] for number in waiting if number < run.tenant]
            waiting = []
        elif isinstance(step, Named):
            requests += 1
            brought = [tenant[number] for number in waiting if number < run.tenant]
            requests += len(waiting) - len(brought)  # asked for alone, to be sure
            ledger.take_named({str(wish.identifier) for wish in step.wishes})
            waiting = []
        else:
            requests += 1
            brought = tenant[step.number * PER_PAGE : (step.number + 1) * PER_PAGE]
            ledger.take_page(step.number, ApiPage(tuple(brought), run.tenant))
        apis += len(brought)
        for api in brought:
            ledger.take(api)
            seen.add(api.id)
            if api.id in {wish.api for wish in wishes}:
                ledger.want(api)
        waiting = [number for number in waiting if f"id{number}" not in seen]
    size = Standing(asked=0, permissions=run.permissions)
    missing = sum(number >= run.tenant for number in run.wanted)
    by_name = rent(len(run.wanted), size) + cost(missing, 0, size)
    return Spent(requests, apis, cost(requests, apis, size), by_name)


def _api(number: int, held: PermissionSet) -> Api:
    return Api(f"id{number}", f"urn:{number}", "", is_system=False, token_lifetime_s=None, permissions=held)

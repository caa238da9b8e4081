"""A local tenant and clients for it; nothing in here waits for real."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from auth0.virtual import Clock
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.token import TokenStore

ORDERS = "https://orders.example.com/"

Connect = Callable[..., ManagementClient]

SEED = {
    "resource_servers": [
        {
            "identifier": ORDERS,
            "name": "Orders",
            "token_lifetime": 3600,
            "scopes": [
                {"value": "write:orders", "description": "Create and change orders"},
                {"value": "read:orders", "description": ""},
                {"value": "read:comment "},
            ],
        },
        {"identifier": "bare"},
        {"identifier": "empty", "name": "Empty", "scopes": []},
    ]
}


def sent(tenant: LocalTenant) -> list[tuple[str, str, str, int | None]]:
    """Return the requests to the Management API: method, path, query, status."""
    return [
        (entry.method, entry.path, entry.query, entry.status)
        for entry in tenant.journal()
        if entry.path.startswith("/api/v2/")
    ]


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant with three APIs."""
    with LocalTenant(seed=SEED) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    """The time that `connect`'s clients live in."""
    return Clock(wall_s=time.time())


@pytest.fixture
def connect(clock: Clock) -> Iterator[Callable[..., ManagementClient]]:
    """Makes clients whose waits take no time: of a tenant, optionally with other credentials and a store of tokens."""
    clients: list[ManagementClient] = []

    def make(
        tenant: LocalTenant, credentials: Credentials | None = None, *, tokens: TokenStore | None = None
    ) -> ManagementClient:
        credentials = credentials or Credentials(tenant.client_id, tenant.client_secret)
        client = ManagementClient(tenant.domain, credentials, tokens=tokens, clock=clock)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(tenant: LocalTenant, connect: Callable[..., ManagementClient]) -> ManagementClient:
    """A client that may do everything and has its token; the journal starts after that."""
    client = connect(tenant)
    client.verify()
    tenant.clear_journal()
    return client

"""A local tenant and clients for it, in time that stands still."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack

import pytest

from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.token import Credentials, SharedToken
from support import clocks
from support.clocks import Clock

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
def tenant_seed() -> Mapping[str, object]:
    """A tenant with three APIs."""
    return SEED


@pytest.fixture(autouse=True)
def clock(virtual_time: None, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that clients live in, which stands still but for their sleeps."""
    clock = Clock(wall_s=time.time())
    clocks.install(monkeypatch, clock)
    return clock


@pytest.fixture
def connect(tenant: LocalTenant) -> Iterator[Connect]:
    """Makes clients of the tenant, with all scopes or some, and where processes share a token."""
    with ExitStack() as made:

        def make(scopes: Sequence[str] | None = None, tokens: SharedToken | None = None) -> ManagementClient:
            identity = (tenant.client_id, tenant.client_secret) if scopes is None else tenant.issue_client(scopes)
            client = ManagementClient(tenant.domain, Credentials(*identity), tokens=tokens)
            made.callback(client.close)
            return client

        yield make


@pytest.fixture
def client(tenant: LocalTenant, connect: Connect) -> ManagementClient:
    """A client that may do everything and has its token; the journal starts after that."""
    client = connect()
    client.verify()
    tenant.clear_journal()
    return client

"""A tenant, and clients of it that may read more or less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from auth0.virtual import Clock
from auth0_local_tenant import LocalTenant
from impact.support import SEED, Connect
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant in which the permissions of Orders are held by roles and grants."""
    with LocalTenant(seed=SEED) as running:
        yield running


@pytest.fixture
def connect(tenant: LocalTenant) -> Iterator[Connect]:
    """Makes clients of the tenant, limited to some scopes where they are given."""
    made: list[ManagementClient] = []

    def make(scopes: Sequence[str] | None = None) -> ManagementClient:
        identity = (tenant.client_id, tenant.client_secret) if scopes is None else tenant.issue_client(scopes)
        made.append(ManagementClient(tenant.domain, Credentials.of_client(*identity), clock=Clock()))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def management(connect: Connect) -> ManagementClient:
    """A client that may read everything."""
    return connect()

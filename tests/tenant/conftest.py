"""A running tenant whose time and chance are pinned, and a client for it."""

from collections.abc import Iterator, Mapping

import pytest

from auth0_local_tenant import LocalTenant, TenantOptions
from auth0_local_tenant.sources import IdSource
from support.clocks import Clock
from tenant.support import Client, connect


@pytest.fixture
def clock() -> Clock:
    """The clock of the `tenant` fixture."""
    return Clock()


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """Nothing."""
    return {}


@pytest.fixture
def tenant_options(clock: Clock) -> TenantOptions:
    """Time and chance are pinned."""
    return TenantOptions(clock=clock.time, ids=IdSource(1))


@pytest.fixture
def client(tenant: LocalTenant) -> Iterator[Client]:
    """A client with every permission."""
    connected = connect(tenant)
    tenant.clear_journal()
    with connected.session:
        yield connected

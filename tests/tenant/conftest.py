"""A running tenant and a client for it."""

from collections.abc import Iterator

import pytest

from auth0_local_tenant import LocalTenant, TenantOptions
from tenant.support import Client, SteppedClock, connect


@pytest.fixture
def clock() -> SteppedClock:
    """The clock of the `tenant` fixture."""
    return SteppedClock()


@pytest.fixture
def tenant(clock: SteppedClock) -> Iterator[LocalTenant]:
    """A running tenant with pinned time and chance."""
    with LocalTenant(options=TenantOptions(clock=clock, id_seed=1)) as running:
        yield running


@pytest.fixture
def client(tenant: LocalTenant) -> Iterator[Client]:
    """A client with every permission."""
    connected = connect(tenant)
    tenant.clear_journal()
    with connected.session:
        yield connected

"""A running tenant whose time and chance are pinned, and a client for it."""

from collections.abc import Iterator, Mapping

import pytest

from auth0_local_tenant import LocalTenant, TenantOptions
from auth0_local_tenant.sources import IdSource
from tenant.support import Client, SteppedClock, connect


@pytest.fixture
def clock() -> SteppedClock:
    """The clock of the `tenant` fixture."""
    return SteppedClock()


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """Nothing."""
    return {}


@pytest.fixture
def tenant_options(clock: SteppedClock) -> TenantOptions:
    """Time and chance are pinned."""
    return TenantOptions(clock=clock, ids=IdSource(1))


@pytest.fixture
def client(tenant: LocalTenant) -> Iterator[Client]:
    """A client with every permission."""
    connected = connect(tenant)
    tenant.clear_journal()
    with connected.session:
        yield connected

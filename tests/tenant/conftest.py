"""A running tenant, and a client and a browser for it."""

from collections.abc import Iterator, Mapping

import pytest
import requests

from auth0_local_tenant import Fault, LocalTenant, TenantOptions
from auth0_local_tenant.sources import IdSource
from tenant.pages import API, HOSTILE, Browser, hostile_seed
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


@pytest.fixture
def browser(tenant: LocalTenant) -> Browser:
    """A browser at a tenant whose names are as hostile as can be."""
    tenant.seed(hostile_seed())
    tenant.clear_journal()
    return Browser(tenant)


@pytest.fixture
def busy(browser: Browser) -> Browser:
    """A browser at a tenant whose journal has hostile entries too."""
    client = connect(browser.tenant)
    client.send("PATCH", client.api(API), {"name": HOSTILE})
    client.send("GET", f"/resource-servers/{HOSTILE.replace(' ', '%20')}")
    browser.tenant.add_fault(Fault("drop_after"))
    with pytest.raises(requests.ConnectionError):
        client.send("GET", "/roles")
    client.session.close()
    return browser

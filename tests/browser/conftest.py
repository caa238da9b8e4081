"""A browser a test process, a tenant and tabs a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from auth0_local_tenant import LocalTenant
from browser.chromium import Chromium
from browser.quiet import quiet_tabs
from browser.site import SEED
from browser.tab import Tab


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One headless Chromium for all tests of a process."""
    with Chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """One API, Orders, with holders of every kind."""
    return SEED


@pytest.fixture
def new_tab(chromium: Chromium, tenant: LocalTenant) -> Iterator[Callable[..., Tab]]:
    """Opens tabs; none of them may have run a script, met an error or asked anybody but the tenant."""
    with quiet_tabs(chromium, tenant.domain) as open_tab:
        yield open_tab


@pytest.fixture
def tab(new_tab: Callable[..., Tab], tenant: LocalTenant) -> Tab:
    """A tab at the tenant's page."""
    opened = new_tab()
    opened.open(f"{tenant.domain}/")
    return opened

"""A browser a module, a tenant and pages a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Page

from auth0_local_tenant import LocalTenant
from browser.chromium import chromium, quiet_pages
from browser.site import SEED


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless Chromium; only a module's, since Playwright keeps the thread's event loop for as long."""
    with chromium() as running:
        yield running


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """One API, Orders, with holders of every kind."""
    return SEED


@pytest.fixture
def page(browser: Browser, tenant: LocalTenant) -> Iterator[Page]:
    """The tenant's page; it may not run a script, meet an error or ask anybody but the tenant."""
    with quiet_pages(browser, tenant.domain) as open_page:
        yield open_page(f"{tenant.domain}/")

"""A browser a module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from browser.chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless Chromium; only a module's, since Playwright keeps the thread's event loop for as long."""
    with chromium() as running:
        yield running

"""The watch over pages hears what it is there to hear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from auth0_local_tenant import LocalTenant
from browser.chromium import Chromium
from browser.quiet import noises
from browser.tab import Tab


@pytest.fixture
def stray(chromium: Chromium) -> Iterator[Tab]:
    """A tab that may make noise."""
    opened = chromium.tab()
    yield opened
    opened.close()


def test_the_tenants_page_is_silent(stray: Tab, tenant: LocalTenant) -> None:
    """The tenant's first page runs nothing and asks for nothing but its own style and icon."""
    stray.open(f"{tenant.domain}/")

    assert noises(stray, tenant.domain) == []

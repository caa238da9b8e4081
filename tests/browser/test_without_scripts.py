"""Everything works where JavaScript is off: the page has none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from auth0_local_tenant import LocalTenant
from browser.site import scopes_of
from browser.tab import Tab


@pytest.fixture
def plain(new_tab: Callable[..., Tab], tenant: LocalTenant) -> Tab:
    """A tab without JavaScript, at the API's permissions."""
    opened = new_tab(scripts=False)
    opened.open(f"{tenant.domain}/")
    with opened.loading():
        opened.click("link", "Orders")
    return opened


def test_a_permission_is_deleted(plain: Tab, tenant: LocalTenant) -> None:
    """Bin, confirmation, gone."""
    with plain.loading():
        plain.click("link", "Delete permission delete:orders")
    with plain.loading():
        plain.click("button", "Delete permission")

    assert "delete:orders" not in scopes_of(tenant)

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


def test_a_permission_is_added(plain: Tab, tenant: LocalTenant) -> None:
    """The form adds."""
    plain.fill("Permission", "refund:orders")
    with plain.loading():
        plain.click("button", "Add")

    assert "refund:orders" in scopes_of(tenant)


def test_a_permission_is_described(plain: Tab, tenant: LocalTenant) -> None:
    """The form describes."""
    with plain.loading():
        plain.click("link", "Edit the description of read:orders")
    plain.fill("Description", "Look at orders")
    with plain.loading():
        plain.click("button", "Save")

    assert scopes_of(tenant)["read:orders"] == "Look at orders"


def test_the_journal_unfolds(plain: Tab) -> None:
    """The bodies of a request unfold in the journal."""
    plain.fill("Permission", "refund:orders")
    with plain.loading():
        plain.click("button", "Add")
    with plain.loading():
        plain.click("link", "Request journal")
    folded = plain.text()
    plain.click_first("DisclosureTriangle")

    assert "refund:orders" not in folded
    assert '"value": "refund:orders"' in plain.text()

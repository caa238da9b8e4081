"""A permission is deleted by its bin icon, as in the vendor's dashboard; then the real CLI shows the drift."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from auth0_local_tenant import LocalTenant
from browser.site import SEED, scopes_of, writes_of
from browser.tab import Tab
from support.hand import Hand
from support.workspace import ORDERS, Workspace

OURS = {
    "read:orders": "Read orders",
    "write:orders": "Create and change orders",
    "delete:orders": "Delete orders",
    "audit:orders": "Read the history of orders",
}
WITHOUT = {value: text for value, text in OURS.items() if value != "delete:orders"}
BIN = "Delete permission delete:orders"


def ask_for_deletion(tab: Tab) -> None:
    """Go from the first page to the confirmation by mouse."""
    with tab.loading():
        tab.click("link", "Orders")
    with tab.loading():
        tab.click("link", BIN)


def name_of_focus(tab: Tab) -> str | None:
    """Return the name of what has the focus."""
    node = tab.focused()
    return node.name if node else None


class TestByMouse:
    """Bin icon, confirmation, done."""

    def test_the_permission_is_gone_and_all_others_stay(self, tab: Tab, tenant: LocalTenant) -> None:
        """After the confirmation the API lacks that one permission; the others have their texts and places."""
        ask_for_deletion(tab)
        with tab.loading():
            tab.click("button", "Delete permission")

        assert list(scopes_of(tenant).items()) == list(WITHOUT.items())

    def test_the_list_says_what_happened(self, tab: Tab) -> None:
        """The list that follows announces the deletion as a status and has no bin for it any more."""
        ask_for_deletion(tab)
        with tab.loading():
            tab.click("button", "Delete permission")

        assert len(tab.all("status")) == 1
        assert "Permission deleted: \ndelete:orders" in tab.text()
        assert tab.all("link", BIN) == []

    def test_cancel_changes_nothing(self, tab: Tab, tenant: LocalTenant) -> None:
        """Cancel leads back to the list, with the permission on it and no write sent."""
        ask_for_deletion(tab)
        with tab.loading():
            tab.click("link", "Cancel")

        assert tab.all("link", BIN)
        assert writes_of(tenant) == []

    def test_a_permission_that_somebody_else_deleted_meanwhile(self, tab: Tab, tenant: LocalTenant) -> None:
        """A confirmation that comes too late says that the permission was gone, and sends no write."""
        ask_for_deletion(tab)
        Hand(tenant).delete(ORDERS, "delete:orders")
        tenant.clear_journal()
        with tab.loading():
            tab.click("button", "Delete permission")

        assert "Nothing was changed, the permission was gone already" in tab.text()
        assert writes_of(tenant) == []


class TestWhoIsHit:
    """What the confirmation says of the holders."""

    @pytest.mark.parametrize(
        "sentence",
        [
            "2 roles: \nShop manager\n, \nSupport",
            "1 client grant: \nBilling",
            "1 user, directly",
            "Applications with a grant for all permissions lose it at once: \nNightly batch",
        ],
    )
    def test_every_kind_of_holder_is_named(self, tab: Tab, sentence: str) -> None:
        """Roles and applications are named, users counted, and grants for everything are told apart."""
        ask_for_deletion(tab)

        assert sentence in tab.text()


class TestByKeyboard:
    """The same without a mouse."""

    def test_a_permission_is_deleted_with_tab_and_enter(self, tab: Tab, tenant: LocalTenant) -> None:
        """Tab comes to the API, to its bin and to the button, and Enter follows each."""
        for role, name in (("link", "Orders"), ("link", BIN), ("button", "Delete permission")):
            tab.tab_to(role, name)
            with tab.loading():
                tab.press("Enter")

        assert scopes_of(tenant) == WITHOUT

    def test_the_first_tab_offers_to_skip_the_head(self, tab: Tab) -> None:
        """The first thing that Tab comes to leads past the page's head, to the content."""
        with tab.loading():
            tab.click("link", "Orders")
        tab.press("Tab")
        assert name_of_focus(tab) == "Skip to the content"
        tab.press("Enter")
        tab.press("Tab")

        assert name_of_focus(tab) == "APIs"  # the way back above the heading, not the head's link
        assert tab.url.endswith("#main")


@dataclass(frozen=True, slots=True)
class Managed:
    """A project that manages the API whose page is in the tab."""

    shop: Workspace
    tab: Tab

    def delete_by_bin(self) -> None:
        """Delete the permission in the browser."""
        ask_for_deletion(self.tab)
        with self.tab.loading():
            self.tab.click("button", "Delete permission")


@pytest.fixture
def managed(shop: Workspace, new_tab: Callable[..., Tab], tenant: LocalTenant) -> Managed:
    """The API's permissions are in code and applied."""
    shop.declare(OURS)
    shop.adopt(SEED)
    opened = new_tab()
    opened.open(f"{tenant.domain}/")
    return Managed(shop, opened)


class TestDrift:
    """What the real CLI makes of it."""

    def test_the_preview_shows_what_was_deleted_by_hand(self, managed: Managed) -> None:
        """After the bin icon, `pulumi preview` shows the deleted permission as one to be added, and nothing else."""
        managed.delete_by_bin()

        preview = managed.shop.preview()

        assert (
            f'{ORDERS} (Orders) on {managed.shop.host}: 1 to add; 3 unchanged\n      + delete:orders: "Delete orders"'
            in preview
        )

    def test_up_puts_it_back_and_the_page_shows_it(self, managed: Managed) -> None:
        """`pulumi up` brings the permission back, and the page has its bin again."""
        managed.delete_by_bin()
        managed.shop.up()
        with managed.tab.loading():
            managed.tab.send("Page.reload")

        assert managed.tab.all("link", BIN)
        assert managed.shop.scopes() == OURS

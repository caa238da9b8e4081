"""The request journal and the lists of roles and grants, in the browser."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from browser.tab import Tab
from support.hand import Hand
from support.workspace import ORDERS, Workspace


@pytest.fixture
def journal(tab: Tab, tenant: LocalTenant) -> Tab:
    """A tab at the journal, after somebody deleted a permission through the API."""
    hand = Hand(tenant)
    tenant.clear_journal()
    hand.delete(ORDERS, "delete:orders")
    with tab.loading():
        tab.click("link", "Request journal")
    return tab


class TestJournal:
    """What was asked of the tenant."""

    def test_requests_are_listed_newest_first(self, journal: Tab) -> None:
        """A deletion through the API is a GET and then a PATCH; the newest stands on top."""
        methods = [node.name for node in journal.all("StaticText") if node.name in {"GET", "PATCH"}]

        assert methods == ["PATCH", "GET"]

    def test_a_body_is_folded_until_it_is_asked_for(self, journal: Tab) -> None:
        """The body of a write unfolds by a click on its path and holds the list that was sent."""
        before = journal.text()
        journal.click_first("DisclosureTriangle")

        assert '"scopes"' not in before
        assert '"value": "write:orders"' in journal.text()

    def test_clear_forgets(self, journal: Tab, tenant: LocalTenant) -> None:
        """The button empties the list."""
        with journal.loading():
            journal.click("button", "Clear")

        assert "No requests yet." in journal.text()
        assert tenant.journal() == []

    def test_the_requests_of_the_real_cli_are_there(self, shop: Workspace, tab: Tab, tenant: LocalTenant) -> None:
        """A preview of the real CLI is in the journal, under the name of the application that it calls as."""
        shop.declare({"read:orders": "Read orders"}, arguments="unmanaged='keep'")
        tenant.clear_journal()
        shop.preview()
        with tab.loading():
            tab.click("link", "Request journal")

        asked = [texts[1:] for texts in tab.rows() if any("/api/v2/resource-servers" in text for text in texts)]
        assert asked == [
            ["GET", "/api/v2/resource-servers/https:%2F%2Forders.example.com", "200", "limited application"]
        ]


class TestHolders:
    """Who holds what, without deleting anything."""

    def test_roles_are_listed_with_what_they_hold(self, tab: Tab) -> None:
        """A role stands with its id and its permissions by API."""
        with tab.loading():
            tab.click("link", "Roles and grants")

        assert tab.row("Support")[:3] == ["Support", "rol_support000000001", "Orders"]
        assert tab.row("Support")[4:] == ["delete:orders", ", ", "read:orders"]

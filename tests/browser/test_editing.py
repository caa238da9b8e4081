"""Permissions are added and described in the browser."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from browser.site import API_ID, scopes_of
from browser.tab import Tab


@pytest.fixture
def permissions(tab: Tab, tenant: LocalTenant) -> Tab:
    """A tab at the API's permissions."""
    tab.open(f"{tenant.domain}/apis/{API_ID}/permissions")
    return tab


class TestAdding:
    """The form above the list."""

    def test_a_permission_is_added_at_the_end(self, permissions: Tab, tenant: LocalTenant) -> None:
        """What is typed into the two fields is the API's last permission, and the list announces it."""
        permissions.fill("Permission", "refund:orders")
        permissions.fill("Description", "Give money back")
        with permissions.loading():
            permissions.click("button", "Add")

        assert list(scopes_of(tenant).items())[-1] == ("refund:orders", "Give money back")
        assert "Permission added: \nrefund:orders" in permissions.text()

    def test_what_the_api_refuses_is_said_and_nothing_typed_is_lost(self, permissions: Tab) -> None:
        """A permission that is there already is refused with an alert, and the form still holds what was typed."""
        permissions.fill("Permission", "read:orders")
        permissions.fill("Description", "Once more")
        with permissions.loading():
            permissions.click("button", "Add")

        assert len(permissions.all("alert")) == 1
        value = permissions.one("textbox", "Permission")
        assert (value.properties["value"], value.properties["invalid"]) == ("read:orders", "true")
        assert permissions.one("textbox", "Description").properties["value"] == "Once more"


class TestDescribing:
    """The pen icon and what follows."""

    def describe(self, tab: Tab, text: str) -> None:
        """Give delete:orders another description."""
        with tab.loading():
            tab.click("link", "Edit the description of delete:orders")
        tab.fill("Description", text)
        with tab.loading():
            tab.click("button", "Save")

    def test_the_description_changes_in_place(self, permissions: Tab, tenant: LocalTenant) -> None:
        """The description is the new one; every permission has the place it had."""
        before = list(scopes_of(tenant))
        self.describe(permissions, "Delete orders for good")

        assert scopes_of(tenant)["delete:orders"] == "Delete orders for good"
        assert list(scopes_of(tenant)) == before

"""Permissions are added and described in the browser."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from browser.site import API_ID, scopes_of, writes_of
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

    def test_enter_sends_the_form(self, permissions: Tab, tenant: LocalTenant) -> None:
        """With the keyboard alone: Tab to the field, type, Enter."""
        permissions.tab_to("textbox", "Permission")
        permissions.type("refund:orders")
        with permissions.loading():
            permissions.press("Enter")

        assert "refund:orders" in scopes_of(tenant)

    def test_an_empty_form_is_not_sent(self, permissions: Tab, tenant: LocalTenant) -> None:
        """The browser itself asks for a permission's name, in the field; no write is sent."""
        permissions.click("button", "Add")

        focused = permissions.focused()
        assert focused is not None
        assert focused.name == "Permission"
        assert writes_of(tenant) == []

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

    def test_a_refusal_is_read_with_its_field(self, permissions: Tab) -> None:
        """The refusal's sentence describes the field, so that it is read out with it."""
        permissions.fill("Permission", "read:orders")
        with permissions.loading():
            permissions.click("button", "Add")

        sentence = str(permissions.one("textbox", "Permission").properties["description"])
        assert sentence
        assert sentence in permissions.text()

    def test_the_field_takes_280_characters_and_no_more(self, permissions: Tab, tenant: LocalTenant) -> None:
        """The vendor's limit holds in the field already."""
        permissions.click("textbox", "Permission")
        for character in "x" * 281:
            permissions.press_character(character)
        with permissions.loading():
            permissions.press("Enter")

        assert "x" * 280 in scopes_of(tenant)


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

    def test_the_field_starts_with_what_is_there(self, permissions: Tab) -> None:
        """The form is filled with the description of now."""
        with permissions.loading():
            permissions.click("link", "Edit the description of delete:orders")

        assert permissions.one("textbox", "Description").properties["value"] == "Delete orders"

    def test_the_row_shows_the_new_text(self, permissions: Tab) -> None:
        """The list that follows has the new description in the permission's row."""
        self.describe(permissions, "Delete orders for good")

        assert permissions.row("delete:orders")[1] == "Delete orders for good"

    def test_cancel_changes_nothing(self, permissions: Tab, tenant: LocalTenant) -> None:
        """Cancel forgets what was typed and sends no write."""
        with permissions.loading():
            permissions.click("link", "Edit the description of delete:orders")
        permissions.fill("Description", "Never mind")
        with permissions.loading():
            permissions.click("link", "Cancel")

        assert permissions.row("delete:orders")[1] == "Delete orders"
        assert writes_of(tenant) == []

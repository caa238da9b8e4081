"""The tenant's pages in a real browser: by keyboard, with hostile names, and what the real CLI makes of a deletion.

What they show and what their forms do is tested without a browser, in `tests/tenant`.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from auth0_local_tenant import LocalTenant
from browser.chromium import tab_to
from browser.site import API_ID, OURS, SEED
from support.hand import Hand
from support.workspace import ORDERS, Workspace

BIN = "Delete permission delete:orders"

# A page that let one of them out of its place would be heard by the watch that every page is under (chromium.py).
NAMES = {
    "script": "<script>console.log('ran')</script>",
    "attribute": '" onfocus="console.log(\'ran\')" autofocus x="',
    "single quote": "' onclick='console.log(1)",
    "picture": "<img src=http://127.0.0.1:9/x onerror=console.log(1)>",
    "template": "{{ 7 * 7 }}{% raw %}",
    "address": "javascript:console.log(1)",
    "closing tags": "</code></th></table></main>--><!--",
    "entity": "&lt;b&gt;&amp;&quot;",
    "query": "a&value=read:orders#top?done=deleted",
    "right to left": "read:\u05d4\u05d6\u05de\u05e0\u05d5\u05ea \u0642\u0631\u0627\u0621\u0629",
    "direction override": "read:\u202esredro",
    "longest": "x" * 280,
    "emoji": "read:📦🇫🇷👩\u200d💻",
    "path": "../../journal/clear",
    "percent": "100%25%2F%00",
}
HOSTILE_API = "https://hostile.example.com"
HOSTILE_ID = API_ID.replace("1", "2")
PERMISSIONS = f"/apis/{HOSTILE_ID}/permissions"


def _held(name: str) -> list[dict[str, str]]:
    return [{"resource_server_identifier": HOSTILE_API, "permission_name": name}]


# Every name is a permission, its description, the role that holds it, the application whose grant names it, and the
# identifier of an API.
HOSTILE_SEED: dict[str, object] = {
    "resource_servers": [
        {
            "id": HOSTILE_ID,
            "identifier": HOSTILE_API,
            "name": NAMES["attribute"],
            "scopes": [{"value": name, "description": name} for name in NAMES.values()],
        },
        *({"id": f"{number:024x}", "identifier": name} for number, name in enumerate(NAMES.values(), 1)),
    ],
    "roles": [{"name": name, "permissions": _held(name)} for name in NAMES.values()],
    "clients": [{"client_id": f"client{number}", "name": name} for number, name in enumerate(NAMES.values())],
    "client_grants": [
        {"client_id": f"client{number}", "audience": HOSTILE_API, "scope": [name]}
        for number, name in enumerate(NAMES.values())
    ],
}


def seen(name: str) -> str:
    """Return a name as pages show it: what nobody could see by its code."""
    return name.replace("\u202e", r"\u202e").replace("\u200d", r"\u200d")


def scopes(tenant: LocalTenant, api: str) -> dict[str, str]:
    """Return what the tenant holds for an API: value → description, in its order."""
    return {scope["value"]: scope.get("description", "") for scope in Hand(tenant).scopes(api)}


def test_a_permission_is_deleted_with_tab_and_enter(page: Page, tenant: LocalTenant) -> None:
    """Tab comes to the API, to its bin and to the button, and Enter follows each."""
    for wanted in (
        page.get_by_role("link", name="Orders", exact=True),
        page.get_by_role("link", name=BIN),
        page.get_by_role("button", name="Delete permission"),
    ):
        tab_to(page, wanted)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    assert scopes(tenant, ORDERS) == {value: text for value, text in OURS.items() if value != "delete:orders"}


def test_the_first_tab_offers_to_skip_the_head(page: Page) -> None:
    """The first thing that Tab comes to leads past the page's head, to the content."""
    tab_to(page, page.get_by_role("link", name="Skip to the content"), at_most=1)
    page.keyboard.press("Enter")

    assert page.url.endswith("#main")


def test_the_preview_shows_what_was_deleted_by_mouse(shop: Workspace, page: Page) -> None:
    """After the bin icon, `pulumi preview` shows the deleted permission as one to be added, and nothing else."""
    shop.declare(OURS)
    shop.adopt(SEED)
    page.get_by_role("link", name="Orders", exact=True).click()
    page.get_by_role("link", name=BIN).click()
    with page.expect_navigation():
        page.get_by_role("button", name="Delete permission").click()

    preview = shop.preview()

    assert f'{ORDERS} (Orders) on {shop.host}: 1 to add; 3 unchanged\n      + delete:orders: "Delete orders"' in preview


class TestHostileNames:
    """Names that other people chose are shown as text, whatever they hold, and can be deleted like any other."""

    @pytest.fixture
    def tenant_seed(self) -> dict[str, object]:
        """Names of all kinds that are full of markup."""
        return HOSTILE_SEED

    @pytest.mark.parametrize("path", ["/", PERMISSIONS, f"/apis/{HOSTILE_ID}/holders", "/holders"])
    def test_lists_show_every_name_letter_by_letter(self, page: Page, tenant: LocalTenant, path: str) -> None:
        """APIs, permissions, roles and applications are listed with their names as they are, and no script is there."""
        page.goto(tenant.domain + path)

        text = page.locator("main").inner_text()
        assert [name for name in NAMES.values() if seen(name) not in text] == []
        assert page.evaluate("document.scripts.length") == 0

    @pytest.mark.parametrize("name", ["attribute", "query", "direction override", "path"])
    def test_one_is_deleted_by_its_bin(self, page: Page, tenant: LocalTenant, name: str) -> None:
        """The bin is named with the whole permission, the confirmation shows it, and that deletes nothing else."""
        value = NAMES[name]
        page.goto(tenant.domain + PERMISSIONS)
        page.get_by_role("link", name=f"Delete permission {seen(value)}", exact=True).click()
        page.get_by_role("heading", name="Delete permission?").wait_for()
        question = page.locator("main").inner_text()
        with page.expect_navigation():
            page.get_by_role("button", name="Delete permission").click()

        assert seen(value) in question
        assert list(scopes(tenant, HOSTILE_API)) == [other for other in NAMES.values() if other != value]
        assert f"Permission deleted: {seen(value)}" in page.locator("main").inner_text()

    def test_one_is_added_as_it_was_typed(self, page: Page, tenant: LocalTenant) -> None:
        """A name with markup, quotes and a space at its end arrives at the API as it was typed."""
        typed = "<b>\"'&amp;</b> \u202e "
        page.goto(tenant.domain + PERMISSIONS)
        page.get_by_role("textbox", name="Permission", exact=True).fill(typed)
        with page.expect_navigation():
            page.get_by_role("button", name="Add", exact=True).click()

        assert list(scopes(tenant, HOSTILE_API))[-1] == typed

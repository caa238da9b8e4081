"""The tenant's pages can be used by everybody: seen in both colour schemes, heard, and worked with a keyboard.

What they show and what their forms do is tested without a browser, in `tests/tenant`.
"""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Page

from auth0_local_tenant import LocalTenant
from browser.chromium import Open, axe_findings, focus_rings, quiet_pages, tab_to
from support.hand import Hand
from support.held import OURS, SEED
from support.workspace import ORDERS, ORDERS_API, Workspace

API = f"/apis/{ORDERS_API['id']}"
PAGES = {
    "APIs": "/",
    "permissions": f"{API}/permissions",
    "settings": API,
    "roles and grants of an API": f"{API}/holders",
    "deletion": f"{API}/permissions/delete?value=delete:orders",
    "description": f"{API}/permissions/edit?value=delete:orders",
    "roles and grants": "/holders",
    "journal": "/journal",
    "faults and options": "/settings",
    "nothing there": f"/apis/{'0' * 24}/permissions",
}
BIN = "Delete permission delete:orders"
# A page that let it out of its place would be heard by the watch that every page is under (chromium.py).
HOSTILE = "\"'><script>console.log('ran')</script><img src=http://127.0.0.1:9/x onerror=console.log(1)>"


@pytest.fixture(scope="module")
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens pages of a tenant whose journal has something in it, and where somebody holds a dead permission."""
    with LocalTenant(seed=SEED) as busy, quiet_pages(browser, busy.domain) as opened:
        hand = Hand(busy)
        hand.add(ORDERS, "brief:orders ", "With a space at its end")
        hand.add(ORDERS, HOSTILE, HOSTILE)
        held = [{"resource_server_identifier": ORDERS, "permission_name": HOSTILE}]
        busy.seed({"roles": [{"name": HOSTILE, "permissions": held}], "resource_servers": [{"identifier": HOSTILE}]})
        hand.delete(ORDERS, "read:orders")
        yield lambda path, **settings: opened(busy.domain + path, **settings)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("what", PAGES)
def test_axe_objects_to_nothing(open_page: Open, what: str, *, dark: bool) -> None:
    """axe-core finds nothing on any page, in light and in dark: names, structure, roles, contrast of texts."""
    assert axe_findings(open_page(PAGES[what], dark=dark)) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("what", ["permissions", "deletion"])
def test_the_focus_is_seen_wherever_it_goes(open_page: Open, what: str, *, dark: bool) -> None:
    """Everything that Tab comes to, from the first thing to the last, has a ring of good contrast around it."""
    rings = focus_rings(open_page(PAGES[what], dark=dark))

    assert rings
    assert [
        ring
        for ring in rings
        if ring["style"] != "solid" or float(str(ring["width"])) < 2 or float(str(ring["contrast"])) < 3
    ] == []


def test_the_first_tab_offers_to_skip_the_head(open_page: Open) -> None:
    """The first thing that Tab comes to leads past the page's head, to the content."""
    page = open_page("/")
    tab_to(page, page.get_by_role("link", name="Skip to the content"), at_most=1)
    page.keyboard.press("Enter")

    page.wait_for_url("**/#main")


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """One API, Orders, with holders of every kind."""
    return SEED


@pytest.fixture
def page(browser: Browser, tenant: LocalTenant) -> Iterator[Page]:
    """The tenant's page; it may not run a script, meet an error or ask anybody but the tenant."""
    with quiet_pages(browser, tenant.domain) as opened:
        yield opened(f"{tenant.domain}/")


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

    assert [scope["value"] for scope in Hand(tenant).scopes(ORDERS)] == [one for one in OURS if one != "delete:orders"]


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

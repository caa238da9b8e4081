"""The pages can be used by everybody: seen in both colour schemes, heard, and worked with a keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from auth0_local_tenant import LocalTenant
from browser.chromium import Open, axe_findings, focus_ring, quiet_pages
from browser.site import API_ID, SEED
from support.hand import Hand
from support.workspace import ORDERS

API = f"/apis/{API_ID}"
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


@pytest.fixture(scope="module")
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens pages of a tenant whose journal has something in it, and where somebody holds a dead permission."""
    with LocalTenant(seed=SEED) as busy, quiet_pages(browser, busy.domain) as opened:
        hand = Hand(busy)
        hand.add(ORDERS, "brief:orders ", "With a space at its end")
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
    page = open_page(PAGES[what], dark=dark)
    rings: list[dict[str, object]] = []
    page.keyboard.press("Tab")
    while (ring := focus_ring(page)) and len(rings) < 100:
        rings.append(ring)
        page.keyboard.press("Tab")

    assert rings
    assert [
        ring
        for ring in rings
        if ring["style"] != "solid" or float(str(ring["width"])) < 2 or float(str(ring["contrast"])) < 3
    ] == []

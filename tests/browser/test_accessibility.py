"""The pages can be used by everybody: seen in both colour schemes, heard, and worked with a keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from auth0_local_tenant import LocalTenant
from browser.accessibility import axe_findings, focus_ring
from browser.chromium import Chromium
from browser.quiet import quiet_tabs
from browser.site import API_ID, SEED, page_paths
from browser.tab import Tab
from support.hand import Hand
from support.workspace import ORDERS

PAGES = page_paths(API_ID, "delete:orders")
VIEWS = {f"{what} in {scheme}": (what, scheme) for what in PAGES for scheme in ("light", "dark")}


@pytest.fixture(scope="module")
def busy() -> Iterator[LocalTenant]:
    """A tenant whose journal has something in it, and where somebody holds a dead permission; nobody changes it."""
    with LocalTenant(seed=SEED) as running:
        hand = Hand(running)
        hand.add(ORDERS, "brief:orders ", "With a space at its end")
        hand.delete(ORDERS, "read:orders")
        yield running


@pytest.fixture(scope="module", params=list(VIEWS.values()), ids=list(VIEWS))
def page(request: pytest.FixtureRequest, busy: LocalTenant, chromium: Chromium) -> Iterator[Tab]:
    """Each kind of page, in light and in dark; tests look, and change nothing."""
    what, scheme = request.param
    with quiet_tabs(chromium, busy.domain) as open_tab:
        opened = open_tab(dark=scheme == "dark")
        opened.open(busy.domain + PAGES[what])
        yield opened


def test_axe_objects_to_nothing(page: Tab) -> None:
    """axe-core finds nothing on any page, in light and in dark: names, structure, roles, contrast of texts."""
    assert axe_findings(page) == []


@pytest.mark.parametrize(
    "page", [(what, scheme) for what in ("permissions", "deletion") for scheme in ("light", "dark")], indirect=True
)
def test_the_focus_is_seen_wherever_it_goes(page: Tab) -> None:
    """Everything that Tab comes to, from the first thing to the last, has a ring of good contrast around it."""
    rings: list[tuple[str, dict[str, object]]] = []
    while len(rings) < 100:
        page.press("Tab")
        node = page.focused()
        if node is None:
            break  # past the last one
        rings.append((f"{node.role} {node.name}", focus_ring(page)))

    assert rings
    assert [
        (what, ring)
        for what, ring in rings
        if ring["style"] != "solid" or float(str(ring["width"])) < 2 or float(str(ring["contrast"])) < 3
    ] == []

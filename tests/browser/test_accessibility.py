"""The pages can be used by everybody: seen in both colour schemes, heard, and worked with a keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import quote

import pytest

from auth0_local_tenant import LocalTenant
from browser.accessibility import axe_findings, focus_ring, graphic_contrasts
from browser.chromium import Chromium
from browser.quiet import quiet_tabs
from browser.site import API_ID, SEED, page_paths
from browser.tab import Tab
from support.hand import Hand
from support.workspace import ORDERS

PAGES = page_paths(API_ID, "delete:orders")
VIEWS = {
    f"{what} in {scheme}": (path, scheme == "dark") for what, path in PAGES.items() for scheme in ("light", "dark")
}
LEAST_GRAPHIC_CONTRAST = 3.0  # WCAG 2.1, 1.4.11
LEAST_TARGET_PX = 24  # WCAG 2.2, 2.5.8


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
    path, dark = request.param
    with quiet_tabs(chromium, busy.domain) as open_tab:
        opened = open_tab(dark=dark)
        opened.open(busy.domain + path)
        yield opened


def test_axe_objects_to_nothing(page: Tab) -> None:
    """axe-core finds nothing on any page, in light and in dark: names, structure, roles, contrast of texts."""
    assert axe_findings(page) == []


def test_icons_and_edges_can_be_told_from_what_is_around_them(page: Tab) -> None:
    """Icons, fields and buttons keep the contrast that WCAG asks of graphics, in light and in dark."""
    too_faint = {what: ratio for what, ratio in graphic_contrasts(page).items() if ratio < LEAST_GRAPHIC_CONTRAST}

    assert too_faint == {}


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


def test_headings_begin_at_the_top_and_skip_no_level(page: Tab) -> None:
    """There is one heading of the first level, it comes first, and none is more than one level below the one before."""
    levels = [int(node.properties["level"]) for node in page.all("heading")]

    assert levels[:1] == [1]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_control_and_table_has_a_name(page: Tab) -> None:
    """Links, buttons, fields, tables, regions and navigations are all announced with a name."""
    named = {"link", "button", "textbox", "table", "region", "navigation", "DisclosureTriangle", "alertdialog"}
    nameless = [node for node in page.nodes() if node.role in named and not node.name]

    assert nameless == []
    assert page.all("link")


def test_links_of_one_name_lead_to_one_place(page: Tab) -> None:
    """In the content, no two links say the same and lead elsewhere: each bin and pen names its permission."""
    places = page.evaluate(
        "[...document.querySelectorAll('main a')]"
        ".map(a => [a.getAttribute('aria-label') || a.textContent.trim(), a.href])"
    )

    by_name: dict[str, set[str]] = {}
    for name, place in places:
        by_name.setdefault(name, set()).add(place)
    assert {name: places for name, places in by_name.items() if len(places) > 1} == {}


def test_targets_are_large_enough(page: Tab) -> None:
    """Buttons, fields and icons can be hit: none is smaller than WCAG's 24 pixels."""
    small = page.evaluate(
        "[...document.querySelectorAll('main button, main .button, main input, main .tool')]"
        f".filter(e => Math.min(e.offsetWidth, e.offsetHeight) < {LEAST_TARGET_PX}).map(e => e.outerHTML)"
    )

    assert small == []


def test_titles_tell_pages_apart(tab: Tab, tenant: LocalTenant) -> None:
    """Every kind of page has a title of its own, as it is read out and stands in the browser's history."""
    titles = []
    for path in PAGES.values():
        tab.open(tenant.domain + path)
        titles.append(tab.title)

    assert len(set(titles)) == len(PAGES), titles


@pytest.mark.parametrize(
    ("markup", "rule"),
    [
        ("<img src='data:,'>", "image-alt"),
        ("<input>", "label"),
        ("<p style='color: #999; background: #fff'>faint</p>", "color-contrast"),
    ],
)
def test_the_judge_objects_where_it_should(chromium: Chromium, markup: str, rule: str) -> None:
    """axe-core is really run: it names what is wrong with a page that is."""
    stray = chromium.tab()
    stray.open("data:text/html," + quote(f"<!doctype html><html lang=en><title>t</title><main>{markup}</main>"))
    findings = axe_findings(stray)
    stray.close()

    assert any(finding.startswith(f"{rule}: ") for finding in findings), findings

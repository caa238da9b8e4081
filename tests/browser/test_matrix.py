"""The matrix's page in a real headless Chromium: hostile names, filter, switch, no scripts, dark, print, keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from auth0_permissions_cli.matrix import words
from auth0_permissions_cli.matrix.comparison import Live, Matrix, Observed, build_matrix
from auth0_permissions_cli.matrix.rendering import dashboard_link, matrix_html
from browser.chromium import Open, axe_findings, quiet_pages, watch
from matrix.states import HOSTILE, Held, snapshot
from pulumi_auth0_permissions.core.model import Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.text import quote

VISIBLE_ROWS = "[...document.querySelectorAll('section.api tbody tr')].filter(row => row.checkVisibility()).length"
DEV = {**{name: name for name in HOSTILE}, "read:orders": "Read", "write:orders": "Write"}


def sample() -> Matrix:
    """Return a matrix with every status and kind of drift, hostile names, and an API that is equal everywhere."""
    dev = snapshot("dev", Held("orders", DEV), Held("same", {"read:same": ""}))
    prod = snapshot("prod", Held("orders", {"read:orders": "Look"}, {"hot:fix": ""}), Held("same", {"read:same": ""}))
    tenants: Live = {(one.name, api.urn): Observed(api.effective) for one in (dev, prod) for api in one.apis} | {
        ("prod", prod.apis[0].urn): Observed({"read:orders": "Look again", "new": "By hand"})
    }
    return build_matrix([dev, prod], tenants)


ROWS = len(DEV) + 2 + 1  # what dev has, the two of prod alone, and the one of the other API


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a matrix; it may have run nothing of anybody's, met no error and asked for no other file."""
    with quiet_pages(browser, tmp_path.as_uri()) as open_page:

        def show(text: str = "", **settings: bool) -> Page:
            file = tmp_path / "matrix.html"
            file.write_text(text or matrix_html(sample()), encoding="utf-8")
            return open_page(file.as_uri(), **settings)

        yield show


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_every_name_is_shown_as_it_is(show: Open, *, scripts: bool) -> None:
    """Each permission heads its row as text, with what each stack has of it in words; the filter needs JavaScript."""
    page = show(scripts=scripts)
    headings = [" ".join(text.split()) for text in page.get_by_role("rowheader").all_inner_texts()]

    assert all(any(" ".join(quote(name).split()) in text for text in headings) for name in HOSTILE)
    assert page.get_by_role("searchbox").count() == int(scripts)
    assert page.title() == "Permissions by stack: dev, prod"
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="read:same"))
    assert [text.replace("✓", "").strip() for text in row.get_by_role("cell").all_inner_texts()] == ["managed"] * 2
    shown = page.inner_text("body")
    assert all(word in shown for word in (*words.STATUS_WORDS.values(), *words.DRIFT_WORDS.values()))


def test_the_filter_leaves_what_fits(show: Open) -> None:
    """Typing into the filter leaves the rows that hold the text, says how many, and hides APIs without any."""
    page = show()
    assert page.evaluate(VISIBLE_ROWS) == ROWS
    page.get_by_role("searchbox", name="Filter").fill("ORDERS")

    # The name of an API counts for all of its rows.
    assert page.evaluate(VISIBLE_ROWS) == ROWS - 1
    assert f"{ROWS - 1} of {ROWS} rows shown" in page.inner_text("body")
    page.get_by_role("searchbox", name="Filter").fill("read:same")
    assert page.evaluate(VISIBLE_ROWS) == 1
    assert [text.split()[0] for text in page.get_by_role("heading", level=2).all_inner_texts()] == ["same"]


@pytest.mark.parametrize(("scripts", "at_first"), [(True, False), (False, True), (False, False)])
def test_only_differences(show: Open, *, scripts: bool, at_first: bool) -> None:
    """The switch hides what is the same everywhere, also without JavaScript; the page always holds everything."""
    page = show(matrix_html(sample(), only_differences=at_first), scripts=scripts)
    assert ("read:same" in page.inner_text("body")) is not at_first
    page.get_by_role("checkbox", name="Only differences").click()

    assert ("read:same" in page.inner_text("body")) is at_first
    assert "read:orders" in page.inner_text("body")


def test_holders_show_on_request(show: Open) -> None:
    """Folded at first, by name when opened; descriptions, identifiers and the date are there at once."""
    dev = snapshot("dev", Held("orders", {"read:orders": "Read the orders"}))
    impact = Impact({"read:orders": (Holder(HolderKind.ROLE, "rol_1", "Support"),)})
    live = {("dev", dev.apis[0].urn): Observed(dev.apis[0].effective, impact)}
    page = show(matrix_html(build_matrix([dev], live)))
    before = page.inner_text("body")
    page.locator("summary").click()

    assert "role Support (rol_1)" not in before
    for text in ("role Support (rol_1)", "Read the orders", dev.apis[0].identifier, "Compared on"):
        assert text in page.inner_text("body")


@pytest.mark.parametrize(
    ("tenant", "link"),
    [
        ("acme.eu.auth0.com", "https://manage.auth0.com/dashboard/eu/acme/apis/1/permissions"),
        ("acme.auth0.com", "https://manage.auth0.com/dashboard/us/acme/apis/1/permissions"),
        ("login.example.com", ""),
    ],
)
def test_only_real_tenants_have_a_dashboard(tenant: str, link: str) -> None:
    """A local tenant, and a domain that does not tell its region, is not linked."""
    assert dashboard_link(tenant, "1") == link


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(show: Open, *, dark: bool) -> None:
    """axe-core finds nothing on the page, in light and in dark: names, structure, roles, contrast of texts."""
    page = show(dark=dark)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert axe_findings(page) == []
    assert colour == ("rgb(21, 24, 29)" if dark else "rgb(255, 255, 255)")


def test_markup_that_got_in_would_not_run(browser: Browser, tmp_path: Path) -> None:
    """Markup that got into the page all the same is stopped by its policy."""
    broken = tmp_path / "broken.html"
    injected = "<script>document.title = 'broken'</script></main>"
    broken.write_text(matrix_html(sample()).replace("</main>", injected), encoding="utf-8")
    heard: list[str] = []
    page = browser.new_page()
    watch(page, tmp_path.as_uri(), heard)
    page.goto(broken.as_uri())

    assert page.title() == "Permissions by stack: dev, prod"
    assert any("Content Security Policy" in noise for noise in heard)

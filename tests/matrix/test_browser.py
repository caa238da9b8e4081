"""The matrix's page in a real headless Chromium: hostile names, filter, switch, no scripts, dark, print, keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auth0_permissions_cli.matrix.comparison import Live, Matrix, Observed, build_matrix
from auth0_permissions_cli.matrix.rendering import dashboard_link, matrix_html
from browser.accessibility import axe_findings
from browser.chromium import Chromium
from browser.quiet import noises
from browser.tab import Tab
from matrix.hostile import HOSTILE
from matrix.states import Held, snapshot
from pulumi_auth0_permissions.core.model import Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.text import quote

VISIBLE_ROWS = "[...document.querySelectorAll('section.api tbody tr')].filter(row => row.checkVisibility()).length"
DEV = {**{name: name for name in HOSTILE}, "read:orders": "Read", "write:orders": "Write"}


def sample(*, live: bool = True) -> Matrix:
    """Return a matrix with every status and kind of drift, hostile names, and an API that is equal everywhere."""
    dev = snapshot("dev", Held("orders", DEV), Held("same", {"read:same": ""}))
    prod = snapshot("prod", Held("orders", {"read:orders": "Look"}, {"hot:fix": ""}), Held("same", {"read:same": ""}))
    tenants: Live = {(one.name, api.urn): Observed(api.effective) for one in (dev, prod) for api in one.apis} | {
        ("prod", prod.apis[0].urn): Observed({"read:orders": "Look again", "new": "By hand"})
    }
    return build_matrix([dev, prod], tenants if live else None)


ROWS = len(DEV) + 2 + 1  # what dev has, the two of prod alone, and the one of the other API


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One headless Chromium for all tests of a process."""
    with Chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def show(chromium: Chromium, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """Opens the page of a matrix; it may have run nothing of anybody's, met no error and asked for no other file."""
    tabs: list[Tab] = []

    def open_page(matrix: Matrix | None = None, **settings: Any) -> Tab:  # noqa: ANN401 - those of `Chromium.tab`
        file = tmp_path / f"matrix-{len(tabs)}.html"
        file.write_text(matrix_html(matrix or sample()), encoding="utf-8")
        tabs.append(chromium.tab(**settings))
        tabs[-1].open(file.as_uri())
        return tabs[-1]

    yield open_page
    heard = [noise for tab in tabs for noise in noises(tab, tmp_path.as_uri())]
    for tab in tabs:
        tab.close()
    assert heard == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_every_name_is_shown_as_it_is(show: Callable[..., Tab], *, scripts: bool) -> None:
    """Each permission heads its row as text, with what each stack has of it, with and without JavaScript."""
    tab = show(scripts=scripts)
    headings = {node.name for node in tab.all("rowheader")}

    assert all(any(" ".join(quote(name).split()) in " ".join(one.split()) for one in headings) for name in HOSTILE)
    assert tab.title == "Permissions by stack: dev, prod"
    assert [text for text in tab.row("read:same") if text.isascii()] == ["read:same", "managed", "managed"]


def test_status_and_drift_are_words(show: Callable[..., Tab]) -> None:
    """A cell tells in words what its colour and symbol tell."""
    text = show().text()

    for words in (
        "missing",
        "unmanaged",
        "described differently",
        "! in the tenant, not in the state",
        "! not in the tenant any more",
        "! described differently in the tenant",
    ):
        assert words in text


def test_the_filter_leaves_what_fits(show: Callable[..., Tab]) -> None:
    """Typing into the filter leaves the rows that hold the text, says how many, and hides APIs without any."""
    tab = show()
    assert tab.evaluate(VISIBLE_ROWS) == ROWS
    tab.click("searchbox", "Filter")
    tab.type("ORDERS")

    # The name of an API counts for all of its rows.
    assert tab.evaluate(VISIBLE_ROWS) == ROWS - 1
    assert f"{ROWS - 1} of {ROWS} rows shown" in tab.text()
    tab.select_all()
    tab.type("read:same")
    assert tab.evaluate(VISIBLE_ROWS) == 1
    assert [node.name.split()[0] for node in tab.all("heading")][1:] == ["same"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_only_differences(show: Callable[..., Tab], *, scripts: bool) -> None:
    """The switch hides what is the same everywhere, also without JavaScript; switched back, all is there again."""
    tab = show(scripts=scripts)
    tab.click("checkbox", "Only differences")
    assert "read:same" not in tab.text()
    assert "read:orders" in tab.text()
    tab.click("checkbox", "Only differences")

    assert "read:same" in tab.text()


def test_a_page_of_differences_holds_everything(chromium: Chromium, tmp_path: Path) -> None:
    """Made with only the differences, the page begins with the switch on; switched off, the rest is there."""
    file = tmp_path / "differences.html"
    file.write_text(matrix_html(sample(), only_differences=True), encoding="utf-8")
    tab = chromium.tab()
    tab.open(file.as_uri())
    before = tab.text()
    tab.click("checkbox", "Only differences")
    after = tab.text()
    tab.close()

    assert "read:same" not in before
    assert "read:same" in after


def test_holders_show_on_request(show: Callable[..., Tab]) -> None:
    """Folded at first, by name when opened; descriptions, identifiers and the date are there at once."""
    dev = snapshot("dev", Held("orders", {"read:orders": "Read the orders"}))
    impact = Impact({"read:orders": (Holder(HolderKind.ROLE, "rol_1", "Support"),)})
    tab = show(build_matrix([dev], {("dev", dev.apis[0].urn): Observed(dev.apis[0].effective, impact)}))
    names = "document.querySelector('details li').checkVisibility()"

    assert not tab.evaluate(names)
    tab.evaluate("document.querySelector('summary').click()")
    assert tab.evaluate(names)
    for text in ("role Support (rol_1)", "Read the orders", dev.apis[0].identifier, "Compared on"):
        assert text in tab.text()


@pytest.mark.parametrize(
    ("tenant", "link"),
    [
        ("acme.eu.auth0.com", "https://manage.auth0.com/dashboard/eu/acme/apis/1/permissions"),
        ("acme.auth0.com", "https://manage.auth0.com/dashboard/us/acme/apis/1/permissions"),
        ("127.0.0.1:8080", ""),
        ("login.example.com", ""),
    ],
)
def test_only_real_tenants_have_a_dashboard(tenant: str, link: str) -> None:
    """A local tenant, and a domain that does not tell its region, is not linked."""
    assert dashboard_link(tenant, "1") == link


def test_no_filter_without_scripts(show: Callable[..., Tab]) -> None:
    """What could not work without JavaScript is not offered."""
    tab = show(scripts=False)

    assert tab.all("searchbox") == []
    assert len(tab.all("checkbox")) == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(show: Callable[..., Tab], *, dark: bool) -> None:
    """axe-core finds nothing on the page, in light and in dark: names, structure, roles, contrast of texts."""
    tab = show(dark=dark)
    colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")

    assert axe_findings(tab) == []
    assert colour == ("rgb(21, 24, 29)" if dark else "rgb(255, 255, 255)")


def test_markup_that_got_in_would_not_run(show: Callable[..., Tab], chromium: Chromium, tmp_path: Path) -> None:
    """Markup that got into the page all the same is stopped by its policy."""
    text = matrix_html(sample())
    broken = tmp_path / "broken.html"
    broken.write_text(text.replace("</main>", "<script>document.title = 'broken'</script></main>"), encoding="utf-8")
    tab = chromium.tab()
    tab.open(broken.as_uri())
    title, heard = tab.title, noises(tab, tmp_path.as_uri())
    tab.close()

    assert title == "Permissions by stack: dev, prod"
    assert any("Content Security Policy" in noise for noise in heard)

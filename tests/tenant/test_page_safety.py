"""What holds for every page of the tenant: names stay text, no script, a structure that can be read aloud, contrast."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

import auth0_local_tenant
from tenant.pages import API_ID, HOSTILE, PERMISSIONS, Browser

PAGES = (
    "/",
    f"/apis/{API_ID}",
    PERMISSIONS,
    f"{PERMISSIONS}?done=deleted&value={quote(HOSTILE)}",
    f"{PERMISSIONS}/delete?value={quote(HOSTILE)}",
    f"{PERMISSIONS}/edit?value={quote(HOSTILE)}",
    f"/apis/{API_ID}/holders",
    f"/apis/{'b' * 24}/permissions",
    "/holders",
    "/journal",
)


@pytest.mark.parametrize("path", PAGES)
class TestEveryPage:
    """What holds for all pages."""

    def test_names_stay_text(self, busy: Browser, path: str) -> None:
        """No name from outside becomes an element, an attribute or a template."""
        page = busy.get(path)

        assert {element.tag for element in page.everything()} & {"script", "img", "b", "style", "iframe"} == set()
        names = {name for element in page.everything() for name in element.attributes}
        assert [name for name in names if name.startswith("on") or name == "style"] == []
        assert "xxxxxxxxx" not in page.text

    def test_policy_allows_no_script(self, busy: Browser, path: str) -> None:
        """The content security policy forbids all but the page's own style, image and forms."""
        headers = requests.get(busy.tenant.domain + path, timeout=10).headers

        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"

    def test_structure_serves_a_screen_reader(self, busy: Browser, path: str) -> None:
        """One heading and main part; tables, fields, links and buttons have names; references lead somewhere."""
        page = busy.get(path)
        elements = list(page.everything())
        ids = [element.attributes["id"] for element in elements if "id" in element.attributes]

        assert next(page.all("html")).attributes["lang"] == "en"
        assert len(list(page.all("h1"))) == len(list(page.all("main"))) == 1
        assert len(ids) == len(set(ids))
        assert next(page.all("a")).attributes == {"class": "skip", "href": "#main"}
        for table in page.all("table"):
            assert next(table.all("caption")).text.strip()
            assert all(th.attributes.get("scope") in {"col", "row"} for th in table.all("th"))
        for element in elements:
            for name in ("aria-labelledby", "aria-describedby", "for"):
                if name in element.attributes:
                    assert element.attributes[name] in ids, f"{name} of {element.tag}"
        labelled = {label.attributes["for"] for label in page.all("label")}
        assert [item for item in page.all("input") if item.attributes.get("id") not in labelled] == []
        assert [
            element
            for element in elements
            if element.tag in {"a", "button"} and not (element.text.strip() or element.attributes.get("aria-label"))
        ] == []
        assert [icon for icon in page.all("svg") if icon.attributes.get("aria-hidden") != "true"] == []


def test_other_host_names_are_refused(browser: Browser) -> None:
    """A page is not shown to somebody who came by a rebound host name."""
    answer = requests.get(f"{browser.tenant.domain}/", headers={"Host": "evil.example.com"}, timeout=10)

    assert answer.status_code == 403


def test_assets_are_served(browser: Browser) -> None:
    """Style and icon come with their types."""
    kinds = [
        requests.get(f"{browser.tenant.domain}/assets/{name}", timeout=10).headers["Content-Type"]
        for name in ("style.css", "icon.svg")
    ]

    assert kinds == ["text/css; charset=utf-8", "image/svg+xml"]


STYLE = (Path(auth0_local_tenant.__file__).parent / "page/assets/style.css").read_text(encoding="utf-8")
TEXT, EDGE = 4.5, 3.0  # WCAG 2.2, level AA: text, and edges of controls
PAIRS = (
    ("text", "ground", TEXT),
    ("text", "surface", TEXT),
    ("text", "code", TEXT),
    ("text", "tint", TEXT),
    ("text", "good-tint", TEXT),
    ("text", "danger-tint", TEXT),
    ("quiet", "ground", TEXT),
    ("quiet", "surface", TEXT),
    ("accent", "surface", TEXT),
    ("accent", "ground", TEXT),
    ("on-accent", "accent", TEXT),
    ("danger", "surface", TEXT),
    ("danger", "danger-tint", TEXT),
    ("on-danger", "danger", TEXT),
    ("good", "surface", TEXT),
    ("edge", "surface", EDGE),
    ("edge", "ground", EDGE),
)


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(front: str, back: str, least: float, scheme: str) -> None:
    """Text and edges keep the contrast of WCAG AA against what they stand on, in both colour schemes."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[0 if scheme == "light" else 1]))

    one, other = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)

    assert (one + 0.05) / (other + 0.05) >= least

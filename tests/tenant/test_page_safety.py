"""What holds for every page of the tenant: names stay text, no script, a structure that can be read aloud."""

from urllib.parse import quote

import pytest
import requests

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
    "/settings",
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

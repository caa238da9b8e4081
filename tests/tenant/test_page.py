"""The tenant's page without a browser: what it shows, what its forms do, and that names stay text.

In a browser, by keyboard and held against axe-core: `tests/browser`.
"""

import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

import pytest
import requests
from bs4 import BeautifulSoup

from auth0_local_tenant import Fault, LocalTenant
from tenant.support import API, Client, held

API_ID = "507f1f77bcf86cd799439011"
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{ "x" * 9 }}'
# Names that nobody sees, or that turn the reading around → how they are shown.
HIDDEN = {
    "read:\u202esredro": r"read:\u202esredro",
    "zero\u200bwidth": r"zero\u200bwidth",
    "null\0bell\x07escape\x1b[2J": r"null\x00bell\x07escape\x1b[2J",
    "next\x85line": r"next\x85line",
    "two\nlines\u2028three": r"two\nlines\u2028three",
    r"read:\u202esredro": r"read:\\u202esredro",
    "100%25%2F%00": "100%25%2F%00",
    "%s%n%(x)s{0}": "%s%n%(x)s{0}",
}
VALUES = ["read:orders", "write:orders", "read:comment ", MARKUP, *HIDDEN]
PERMISSIONS = f"/apis/{API_ID}/permissions"
DELETE = f"{PERMISSIONS}/delete?value=read%3Aorders"
PAGES = (
    "/",
    f"/apis/{API_ID}",
    PERMISSIONS,
    f"{PERMISSIONS}?done=deleted&value={quote(MARKUP)}",
    f"{PERMISSIONS}/delete?value={quote(MARKUP)}",
    f"{PERMISSIONS}/edit?value={quote(MARKUP)}",
    f"/apis/{API_ID}/holders",
    "/holders",
    "/journal",
    "/settings",
)


@dataclass(frozen=True, slots=True)
class Browser:
    """Fetches pages and sends forms as a browser does."""

    tenant: LocalTenant

    def get(self, path: str) -> BeautifulSoup:
        """Return a page."""
        answer = requests.get(self.tenant.domain + path, timeout=10)
        assert answer.status_code == 200, answer.text
        # Besides the page's own styles and pictures, no page of any test runs or loads anything.
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return BeautifulSoup(answer.text, "html.parser")

    def text(self, path: str) -> str:
        """Return the text of a page, with single spaces."""
        return " ".join(self.get(path).text.split())

    def post(self, path: str, /, **fields: str) -> BeautifulSoup:
        """Send a form and return the page that its redirect leads to."""
        headers = {"Origin": self.tenant.domain, "Sec-Fetch-Site": "same-origin"}
        answer = requests.post(self.tenant.domain + path, data=fields, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    def scopes(self) -> list[object]:
        """Return the API's permissions as they are."""
        found = next(api for api in self.tenant.dump()["resource_servers"] if api["identifier"] == API)["scopes"]
        assert isinstance(found, list)
        return found


@pytest.fixture
def tenant_seed() -> dict[str, object]:
    """An API with holders of every kind, all with names that are as hostile as can be."""
    return {
        "resource_servers": [
            {
                "id": API_ID,
                "identifier": API,
                "name": 'Orders "API" & more \u202e',
                "signing_secret": "very-secret-text",
                "scopes": [{"value": value, "description": f"About {value}"} for value in VALUES],
            },
            {"id": "b" * 24, "identifier": MARKUP},
        ],
        "roles": [
            *({"name": name, "permissions": held("read:orders", name)} for name in (MARKUP, *HIDDEN)),
            *({"name": f"Team {index}", "permissions": held("write:orders")} for index in range(6)),
        ],
        "clients": [{"client_id": MARKUP, "name": MARKUP}, {"client_id": "batch", "name": "Batch \u2066"}],
        "client_grants": [
            {"client_id": MARKUP, "audience": API, "scope": ["read:orders", "dead:scope", *HIDDEN]},
            {"client_id": "batch", "audience": API, "allow_all_scopes": True},
        ],
        "users": [{"user_id": "auth0|anne", "permissions": held("read:orders")}],
    }


@pytest.fixture
def browser(tenant: LocalTenant) -> Browser:
    """A browser at the tenant."""
    return Browser(tenant)


@pytest.fixture
def busy(browser: Browser, client: Client) -> Browser:
    """A browser at a tenant whose journal has hostile entries: a write that was refused, and reads that failed."""
    client.send("PATCH", f"/resource-servers/{API_ID}", {"name": MARKUP + "\u202e"})
    client.send("GET", f"/resource-servers/{MARKUP.replace(' ', '%20')}")
    browser.tenant.add_fault(Fault("drop_after"))
    with pytest.raises(requests.ConnectionError):
        client.send("GET", "/roles")
    return browser


@pytest.mark.parametrize("path", PAGES)
def test_names_stay_text_and_are_seen(busy: Browser, path: str) -> None:
    """No name becomes an element, an attribute or a template, and no page shows a secret or what nobody can see."""
    page = busy.get(path)

    elements = page.select("*")
    assert {element.name for element in elements} & {"script", "img", "b", "style", "iframe"} == set()
    attributes = [item for element in elements for item in element.attrs.items()]
    assert [name for name, _ in attributes if name.startswith("on") or name == "style"] == []
    assert "xxxxxxxxx" not in page.text
    assert "very-secret-text" not in page.text
    texts = [page.text, *(str(value) for _, value in attributes)]
    hidden = {one for text in texts for one in text if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert hidden <= {"\n"}


class TestShown:
    """What the pages show."""

    def test_permissions_with_their_holders(self, browser: Browser) -> None:
        """Each name is told from every other; a row tells the description and who holds it, long lists cut short."""
        rows = browser.get(PERMISSIONS).select("tbody tr")

        assert [row.code.text for row in rows if row.code] == [*VALUES[:4], *HIDDEN.values()]
        first, second, third = (" ".join(row.text.split()) for row in rows[:3])
        assert first.startswith("read:orders About read:orders")
        assert "Users 1 directly" in first
        assert "Team 3 and 2 more" in second
        assert "(ends with a space)" in third

    def test_system_api_can_only_be_looked_at(self, browser: Browser) -> None:
        """The Management API's permissions have neither bin nor form."""
        page = browser.get(str(browser.get("/").select("tbody a")[0]["href"]))

        assert page.select("form[method=post], a[href*=delete]") == []

    def test_dead_permissions_are_named(self, browser: Browser) -> None:
        """What somebody holds and the API lacks is listed with its holder."""
        assert browser.get(f"/apis/{API_ID}/holders").select("tbody tr")[0].text.startswith("dead:scope")

    def test_permissions_are_searched(self, browser: Browser) -> None:
        """The search shows the permissions whose name or description has the text, and how many there are in all."""
        page = browser.get(f"{PERMISSIONS}?q=WRITE")

        assert [row.text for row in page.select("th[scope=row]")] == ["write:orders"]
        assert f"1 of {len(VALUES)} permissions" in page.select("caption")[0].text


class TestChanges:
    """The bin icon, and the other forms for permissions."""

    def test_question_names_the_holders(self, browser: Browser) -> None:
        """The confirmation says who holds the permission: roles, grants, users, and grants for everything."""
        text = browser.text(DELETE)

        assert f"{1 + len(HIDDEN)} roles: " in text
        assert "1 client grant: " in text
        assert "1 user, directly" in text
        assert r"Applications with a grant for all permissions lose it at once: Batch \u2066." in text

    def test_confirming_deletes_exactly_one_through_the_management_api(self, browser: Browser) -> None:
        """It is one PATCH with all other permissions as they were, in the journal under the page's name."""
        before = browser.scopes()

        page = browser.post(DELETE)

        assert "Permission deleted" in page.text
        assert browser.scopes() == before[1:]
        [entry] = browser.tenant.journal()
        assert (entry.method, entry.path) == ("PATCH", f"/api/v2/resource-servers/{API_ID}")
        assert (entry.request_body, entry.status, entry.client_id) == ({"scopes": before[1:]}, 200, "tenant-page")

    def test_second_confirmation_changes_nothing(self, browser: Browser) -> None:
        """A permission that is gone already is said to be, and no request is made."""
        browser.post(DELETE)
        browser.tenant.clear_journal()

        assert "gone already" in browser.post(DELETE).text
        assert "gone already" in browser.text(DELETE)
        assert browser.tenant.journal() == []

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            ("read:orders", f"Array items are not unique (indexes 0 and {len(VALUES)})"),
            ("v" * 281, "String is too long (281 chars), maximum 280"),
            ("", "String is too short (0 chars), minimum 1"),
        ],
    )
    def test_refused_addition_keeps_what_was_typed(self, browser: Browser, value: str, sentence: str) -> None:
        """What the Management API refuses is said in its words, the form stays filled and nothing changes."""
        page = browser.post(PERMISSIONS, value=value, description="mine")

        assert sentence in page.select("[role=alert]")[0].text
        assert {str(one["name"]): one["value"] for one in page.select("input")} == {
            "value": value,
            "description": "mine",
            "q": "",
        }
        assert len(browser.scopes()) == len(VALUES)

    def test_a_description_is_edited_as_it_is(self, browser: Browser) -> None:
        """The field holds the text with all that nobody sees, and what is sent takes its place."""
        path = f"{PERMISSIONS}/edit?value=" + quote("read:\u202esredro")
        form = browser.get(path).select("form")[0]

        browser.post(str(form["action"]), description="New")

        assert form.select("input[name=description]")[0]["value"] == "About read:\u202esredro"
        assert {"value": "read:\u202esredro", "description": "New"} in browser.scopes()


class TestJournal:
    """The request journal."""

    def test_newest_first_with_bodies(self, busy: Browser) -> None:
        """Requests are listed newest first, with method, path, status and client, and bodies to unfold."""
        dropped, missing, patch = busy.get("/journal").select("tbody tr")[:3]

        assert "dropped" in dropped.text
        assert "drop_after" in dropped.text
        assert "404" in missing.text
        assert [part for part in ("PATCH", "400", "Machine to machine") if part not in patch.text] == []
        sent, answered = patch.select("pre")
        assert '"name"' in sent.text
        assert "Payload validation error" in answered.text

    def test_filtered_and_cleared(self, busy: Browser) -> None:
        """With the filter no reads are listed; the button forgets the requests so far."""
        methods = [item.text for item in busy.get("/journal?writes=1").select("span.method")]
        page = busy.post("/journal/clear")

        assert methods == ["PATCH"]
        assert "No requests yet." in page.text
        assert busy.tenant.journal() == []

    def test_pages(self, browser: Browser, client: Client) -> None:
        """More than fifty requests are shown in pages; what only the real service answers is marked."""
        for _ in range(60):
            client.send("GET", "/connections")

        first, second = browser.get("/journal"), browser.get("/journal?page=1")

        assert [len(page.select("tbody tr")) for page in (first, second)] == [50, 10]
        assert [link.text for page in (first, second) for link in page.select("a[href*='page=']")] == ["Older", "Newer"]
        assert "Not emulated" in first.text


class TestControls:
    """The screen for faults and options."""

    def test_a_fault_is_added_and_removed(self, browser: Browser, client: Client) -> None:
        """The form adds a fault that hits the next request; the button removes all; nonsense is refused in words."""
        fields = {"action": "status", "method": "GET", "path": "/roles", "status": "503", "delay_s": "1", "times": "2"}
        refused = browser.post("/settings/faults", **{**fields, "path": "("})
        added = browser.post("/settings/faults", **fields)

        assert "is not a regular expression" in refused.select("[role=alert]")[0].text
        assert refused.select("#path")[0]["value"] == "("
        assert "0 of 2" in added.text
        client.call("GET /roles", status=503)
        browser.post("/settings/faults/clear")
        client.call("GET /roles", status=200)

    def test_options_are_changed(self, browser: Browser) -> None:
        """The form sets options; a value that is no JSON is refused and nothing is changed."""
        browser.post("/settings/options", latency_ms="2", rate_limit="null")
        refused = browser.post("/settings/options", latency_ms="fast")

        assert browser.tenant.options.latency_ms == 2
        assert refused.select("[role=alert]")


@pytest.mark.parametrize(
    ("method", "path", "header"),
    [
        ("GET", "/", {"Host": "evil.example.com"}),
        ("POST", "/settings/options", {"Origin": "https://evil.example.com"}),
        ("POST", DELETE, {"Origin": "https://evil.example.com"}),
    ],
)
def test_other_sites_are_refused(browser: Browser, method: str, path: str, header: dict[str, str]) -> None:
    """No page for a rebound host name; a form of another site sets no option and deletes no permission."""
    before = (browser.tenant.dump(), browser.tenant.options)
    url = browser.tenant.domain + path

    answer = requests.request(method, url, data={"latency_ms": "2"}, headers=header, timeout=10)

    assert (answer.status_code, before) == (403, (browser.tenant.dump(), browser.tenant.options))

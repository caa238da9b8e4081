"""The tenant's page: what it shows, what its forms do, and that names from outside stay text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

import auth0_local_tenant
from auth0_local_tenant import Fault, LocalTenant
from tenant.support import Client, connect

API = "https://orders.example.com/v1"
API_ID = "507f1f77bcf86cd799439011"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{ "x" * 9 }}'
VALUES = ["read:orders", "write:orders", "read:comment ", HOSTILE]
VOID = {"meta", "link", "input", "br", "path"}


def held(*values: str) -> list[dict[str, str]]:
    """Return permissions of the API as a seed names them."""
    return [{"resource_server_identifier": API, "permission_name": value} for value in values]


@dataclass
class Element:
    """An element of a page with the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, tag: str) -> Iterator["Element"]:
        """Yield the elements with this tag, in order."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.all(tag)

    def everything(self) -> Iterator["Element"]:
        """Yield all elements inside."""
        for child in self.children:
            yield child
            yield from child.everything()


class Reader(HTMLParser):
    """Reads a page into elements; fails if tags are not closed as they were opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.root = Element("root", {})
        self._open = [self.root]
        self.feed(page)
        assert self._open == [self.root], "unclosed elements"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"repeated attribute in {tag}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag not in VOID:
            assert self._open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        """Add text to all that is open."""
        for element in self._open:
            element.text += data


@dataclass(frozen=True, slots=True)
class Browser:
    """Fetches pages and sends forms as a browser does."""

    tenant: LocalTenant

    def get(self, path: str) -> Element:
        """Return a page."""
        answer = requests.get(self.tenant.domain + path, timeout=10)
        assert answer.status_code == 200, answer.text
        return Reader(answer.text).root

    def post(self, path: str, **fields: str) -> requests.Response:
        """Send a form and follow the redirect."""
        headers = {"Origin": self.tenant.domain, "Sec-Fetch-Site": "same-origin"}
        return requests.post(self.tenant.domain + path, data=fields, headers=headers, timeout=10)


@pytest.fixture
def browser(tenant: LocalTenant) -> Browser:
    """A browser at a tenant whose names are as hostile as can be."""
    tenant.seed(
        {
            "resource_servers": [
                {
                    "id": API_ID,
                    "identifier": API,
                    "name": 'Orders "API" & more',
                    "scopes": [{"value": value, "description": f"About {value}"} for value in VALUES],
                },
                {"id": "b" * 24, "identifier": HOSTILE},
            ],
            "roles": [
                {"name": HOSTILE, "permissions": held("read:orders", HOSTILE)},
                *({"name": f"Team {index}", "permissions": held("read:orders")} for index in range(6)),
            ],
            "clients": [{"client_id": HOSTILE, "name": HOSTILE}, {"client_id": "batch", "name": "Batch"}],
            "client_grants": [
                {"client_id": HOSTILE, "audience": API, "scope": ["read:orders", "dead:scope"]},
                {"client_id": "batch", "audience": API, "allow_all_scopes": True},
                {"audience": API, "default_for": "third_party_clients", "scope": ["write:orders"]},
            ],
            "users": [{"user_id": "auth0|anne", "permissions": held("read:orders")}],
        }
    )
    tenant.clear_journal()
    return Browser(tenant)


PERMISSIONS = f"/apis/{API_ID}/permissions"
DELETE_READ = f"{PERMISSIONS}/delete?value=read%3Aorders"
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


@pytest.fixture
def busy(browser: Browser) -> Browser:
    """A browser at a tenant whose journal has hostile entries too."""
    client = connect(browser.tenant)
    client.send("PATCH", client.api(API), {"name": HOSTILE})
    client.send("GET", f"/resource-servers/{HOSTILE.replace(' ', '%20')}")
    browser.tenant.add_fault(Fault("drop_after"))
    with pytest.raises(requests.ConnectionError):
        client.send("GET", "/roles")
    client.session.close()
    return browser


def scopes(tenant: LocalTenant) -> list[object]:
    """Return the API's permissions as they are."""
    found = next(api for api in tenant.dump()["resource_servers"] if api["identifier"] == API)["scopes"]
    assert isinstance(found, list)
    return found


class TestShown:
    """What the pages show."""

    def test_apis(self, browser: Browser) -> None:
        """The first page lists every API with its identifier and number of permissions."""
        rows = [row.text.split() for row in browser.get("/").all("tr")]

        assert rows[1][-2:] == [f"{browser.tenant.domain}/api/v2/", "273"]
        assert rows[2][-2:] == [API, "4"]

    def test_permissions_with_their_holders(self, browser: Browser) -> None:
        """A row tells a permission's description and who holds it, long lists cut with a count."""
        row = list(browser.get(PERMISSIONS).all("tr"))[1]

        text = " ".join(row.text.split())
        assert text.startswith("read:orders About read:orders")
        assert "Team 0, Team 1, Team 2 and 3 more" in text
        assert "Users 1 directly" in text

    def test_space_at_the_end_is_pointed_out(self, browser: Browser) -> None:
        """A permission that ends in a space says so."""
        row = list(browser.get(PERMISSIONS).all("tr"))[3]

        assert next(row.all("code")).text == "read:comment "
        assert "(ends with a space)" in row.text

    def test_grant_for_everything_is_named_above(self, browser: Browser) -> None:
        """An application with a grant for all permissions is named once, above the list."""
        assert "Batch has a grant for all permissions of this API" in browser.get(PERMISSIONS).text

    def test_system_api_can_only_be_looked_at(self, browser: Browser) -> None:
        """The Management API's permissions have neither bin nor form."""
        management = next(browser.get("/").all("tbody"))
        link = next(management.all("a")).attributes["href"]

        page = browser.get(link)

        assert list(page.all("form")) == []
        assert [a for a in page.all("a") if "delete" in a.attributes["href"]] == []

    def test_dead_permissions_are_named(self, browser: Browser) -> None:
        """What somebody holds and the API lacks is listed with its holder."""
        page = browser.get(f"/apis/{API_ID}/holders")

        row = next(next(page.all("tbody")).all("tr"))
        assert row.text.startswith("dead:scope")

    def test_settings_without_the_secret(self, tenant: LocalTenant, browser: Browser) -> None:
        """An API's settings are shown, its signing secret is not."""
        tenant.seed(
            {"resource_servers": [{"id": "c" * 24, "identifier": "urn:s", "signing_secret": "very-secret-text"}]}
        )

        page = browser.get(f"/apis/{'c' * 24}")

        assert "token_lifetime" in page.text
        assert "very-secret-text" not in page.text

    def test_unknown_api(self, browser: Browser) -> None:
        """A page for an API that is not there says so, with 404."""
        answer = requests.get(f"{browser.tenant.domain}/apis/nothing/permissions", timeout=10)

        assert answer.status_code == 404
        assert "The resource server does not exist" in answer.text


class TestDeletion:
    """The bin icon and what follows."""

    def test_bin_leads_to_a_question(self, browser: Browser) -> None:
        """Each row has a bin with the permission in its name, and following it changes nothing."""
        bins = [a for a in browser.get(PERMISSIONS).all("a") if "/delete?" in a.attributes["href"]]

        assert [a.attributes["aria-label"] for a in bins] == [f"Delete permission {value}" for value in VALUES]
        assert all(list(a.all("svg")) for a in bins)
        question = browser.get(bins[0].attributes["href"])
        assert "Delete permission?" in question.text
        assert len(scopes(browser.tenant)) == 4

    def test_question_names_the_holders(self, browser: Browser) -> None:
        """The confirmation says who holds the permission: roles, grants, users, and grants for everything."""
        text = " ".join(browser.get(DELETE_READ).text.split())

        assert "7 roles: " in text
        assert "1 client grant: " in text
        assert "1 user, directly" in text
        assert "Applications with a grant for all permissions lose it at once: Batch." in text

    def test_confirming_deletes_exactly_one(self, browser: Browser) -> None:
        """The permission is gone, all others are as they were, and the list says what happened."""
        before = scopes(browser.tenant)

        answer = browser.post(DELETE_READ)

        assert scopes(browser.tenant) == before[1:]
        assert "Permission deleted" in answer.text

    def test_goes_through_the_management_api(self, browser: Browser) -> None:
        """A deletion is one PATCH of the whole list, in the journal and in the log under the page's name."""
        browser.post(DELETE_READ)

        (entry,) = browser.tenant.journal()
        assert (entry.method, entry.path) == ("PATCH", f"/api/v2/resource-servers/{API_ID}")
        assert entry.request_body == {"scopes": scopes(browser.tenant)}
        assert (entry.status, entry.client_id) == (200, "tenant-page")

    def test_hostile_value_can_be_deleted(self, browser: Browser) -> None:
        """The link behind the bin finds a value with quotes, brackets and ampersands."""
        link = [a for a in browser.get(PERMISSIONS).all("a") if "/delete?" in a.attributes["href"]][3]
        form = next(browser.get(link.attributes["href"]).all("form"))

        browser.post(form.attributes["action"])

        assert HOSTILE not in str(scopes(browser.tenant))

    def test_second_confirmation_changes_nothing(self, browser: Browser) -> None:
        """A permission that is gone already is said to be, and no request is made."""
        browser.post(DELETE_READ)
        browser.tenant.clear_journal()

        answer = browser.post(DELETE_READ)

        assert "gone already" in answer.text
        assert browser.tenant.journal() == []
        assert "gone already" in browser.get(DELETE_READ).text

    def test_following_the_link_of_another_site_deletes_nothing(self, browser: Browser) -> None:
        """A form on another site is refused."""
        answer = requests.post(
            browser.tenant.domain + DELETE_READ, headers={"Origin": "https://evil.example.com"}, timeout=10
        )

        assert answer.status_code == 403
        assert len(scopes(browser.tenant)) == 4


class TestAddAndEdit:
    """The other forms."""

    def test_add(self, browser: Browser) -> None:
        """A new permission is put at the end, as it was typed."""
        answer = browser.post(PERMISSIONS, value=" new:one ", description="Neu & <b>")

        assert scopes(browser.tenant)[-1] == {"value": " new:one ", "description": "Neu & <b>"}
        assert "Permission added" in answer.text

    def test_add_without_description(self, browser: Browser) -> None:
        """An empty description is not sent."""
        browser.post(PERMISSIONS, value="new", description="")

        assert scopes(browser.tenant)[-1] == {"value": "new"}

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            ("read:orders", "Array items are not unique (indexes 0 and 4)"),
            ("v" * 281, "String is too long (281 chars), maximum 280"),
            ("", "String is too short (0 chars), minimum 1"),
        ],
    )
    def test_refused_addition_keeps_what_was_typed(self, browser: Browser, value: str, sentence: str) -> None:
        """What the Management API refuses is said in its words, the form stays filled and nothing changes."""
        page = Reader(browser.post(PERMISSIONS, value=value, description="mine").text).root

        alert = next(element for element in page.everything() if element.attributes.get("role") == "alert")
        fields = {item.attributes["name"]: item.attributes["value"] for item in page.all("input")}
        assert sentence in alert.text
        assert fields == {"value": value, "description": "mine"}
        assert len(scopes(browser.tenant)) == 4

    def test_edit_changes_one_description_in_place(self, browser: Browser) -> None:
        """A description is changed, everything else and the order stay."""
        before = scopes(browser.tenant)
        path = f"{PERMISSIONS}/edit?value=write%3Aorders"
        assert next(browser.get(path).all("input")).attributes["value"] == "About write:orders"

        browser.post(path, description="Changed")

        assert scopes(browser.tenant) == [before[0], {"value": "write:orders", "description": "Changed"}, *before[2:]]

    def test_refused_edit_stays_on_the_form(self, browser: Browser) -> None:
        """A description that is too long is refused with the form still open."""
        answer = browser.post(f"{PERMISSIONS}/edit?value=write%3Aorders", description="d" * 501)

        assert "maximum 500" in answer.text
        assert next(Reader(answer.text).root.all("input")).attributes["value"] == "d" * 501

    def test_edit_of_what_is_gone(self, browser: Browser) -> None:
        """Describing a permission that is not there changes nothing."""
        answer = browser.post(f"{PERMISSIONS}/edit?value=nothing", description="x")

        assert "gone already" in answer.text
        assert browser.tenant.journal() == []


class TestJournal:
    """The request journal."""

    def test_newest_first_with_bodies(self, busy: Browser) -> None:
        """Requests are listed newest first, with method, path, status and client, and bodies to unfold."""
        rows = list(next(busy.get("/journal").all("tbody")).all("tr"))

        assert "dropped" in rows[0].text
        assert "drop_after" in rows[0].text
        assert "404" in rows[1].text
        patch = rows[2]
        assert ("PATCH" in patch.text, "400" in patch.text, "Machine to machine" in patch.text) == (True,) * 3
        sent, answered = patch.all("pre")
        assert '"name"' in sent.text
        assert "Payload validation error" in answered.text

    def test_secrets_are_not_shown(self, busy: Browser) -> None:
        """The token request is there without its secret and its token."""
        page = busy.get("/journal")

        assert "/oauth/token" in page.text
        assert busy.tenant.client_secret not in page.text
        assert "[REDACTED]" in page.text

    def test_pages(self, browser: Browser, client: Client) -> None:
        """More than fifty requests are shown in pages."""
        for _ in range(60):
            client.send("GET", "/nothing")

        first, second = browser.get("/journal"), browser.get("/journal?page=1")

        assert len(list(next(first.all("tbody")).all("tr"))) == 50
        assert len(list(next(second.all("tbody")).all("tr"))) == 10
        assert [a.text for a in first.all("a") if "page=" in a.attributes["href"]] == ["Older"]
        assert [a.text for a in second.all("a") if "page=" in a.attributes["href"]] == ["Newer"]

    def test_cleared(self, busy: Browser) -> None:
        """The button forgets the requests so far."""
        answer = busy.post("/journal/clear")

        assert "No requests yet." in answer.text
        assert busy.tenant.journal() == []


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

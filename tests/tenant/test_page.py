"""The tenant's page without a browser: what it shows, what its forms do, and that names stay text.

In a browser, by keyboard and held against axe-core: `tests/browser`.
"""

import unicodedata
from collections.abc import Mapping
from urllib.parse import quote

import pytest
import requests
from bs4 import BeautifulSoup

from auth0_local_tenant import Fault, LocalTenant
from support.hand import Hand
from tenant.support import API, Client, held

API_ID = "507f1f77bcf86cd799439011"
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{ "x" * 9 }}'
# Names with markup, for addresses, that nobody sees, or that turn the reading around → how they are shown.
HOSTILE = {
    **{
        name: name
        for name in (
            MARKUP,
            "' onclick='alert(1)",
            "</code></th></table></main>--><!--",
            "a&value=read:orders#top?done=deleted",
            "../../journal/clear",
            "javascript:alert(1)",
            "100%25%2F%00",
            "%s%n%(x)s{0}",
        )
    },
    "read:\u202esredro": r"read:\u202esredro",
    "zero\u200bwidth": r"zero\u200bwidth",
    "null\0bell\x07escape\x1b[2J": r"null\x00bell\x07escape\x1b[2J",
    "next\x85line": r"next\x85line",
    "two\nlines\u2028three": r"two\nlines\u2028three",
    r"read:\u202esredro": r"read:\\u202esredro",
}
VALUES = ["read:orders", "write:orders", "read:comment ", "read:comment", *HOSTILE]
PERMISSIONS = f"/apis/{API_ID}/permissions"
DELETE = f"{PERMISSIONS}/delete?value=read%3Aorders"
LISTS = ("/", PERMISSIONS, f"/apis/{API_ID}/holders", "/holders")
PAGES = (
    *LISTS,
    f"/apis/{API_ID}",
    f"{PERMISSIONS}?done=deleted&value={quote(MARKUP)}",
    f"{PERMISSIONS}/delete?value={quote(MARKUP)}",
    f"{PERMISSIONS}/edit?value={quote(MARKUP)}",
    "/journal",
    "/settings",
)


def get(tenant: LocalTenant, path: str, form: Mapping[str, str] | None = None) -> BeautifulSoup:
    """Return a page as a browser gets it, or that to which the redirect after a form leads."""
    url = tenant.domain + path
    own = {"Origin": tenant.domain, "Sec-Fetch-Site": "same-origin"}
    answer = requests.get(url, timeout=10) if form is None else requests.post(url, form, headers=own, timeout=10)
    assert answer.status_code == 200, answer.text
    # Besides the page's own styles and pictures, no page of any test runs or loads anything.
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return BeautifulSoup(answer.text, "html.parser")


def post(tenant: LocalTenant, path: str, /, **form: str) -> BeautifulSoup:
    """Send a form and return the page that its redirect leads to."""
    return get(tenant, path, form)


@pytest.fixture
def tenant_seed() -> dict[str, object]:
    """An API with holders of every kind; every hostile name is one of an API, a role, an application and in a grant."""
    return {
        "resource_servers": [
            {
                "id": API_ID,
                "identifier": API,
                "name": 'Orders "API" & more \u202e',
                "signing_secret": "very-secret-text",
                "scopes": [{"value": value, "description": f"About {value}"} for value in VALUES],
            },
            *({"identifier": name} for name in HOSTILE),
        ],
        "roles": [
            *({"name": name, "permissions": held("read:orders", name)} for name in HOSTILE),
            *({"name": f"Team {index}", "permissions": held("write:orders")} for index in range(6)),
        ],
        "clients": [
            *({"client_id": f"c{number}", "name": name} for number, name in enumerate(HOSTILE)),
            {"client_id": "batch", "name": "Batch \u2066"},
        ],
        "client_grants": [
            {"client_id": "c0", "audience": API, "scope": ["read:orders", "dead:scope"]},
            *(
                {"client_id": f"c{number}", "audience": API, "scope": list(HOSTILE)}
                for number in range(1, len(HOSTILE))
            ),
            {"client_id": "batch", "audience": API, "allow_all_scopes": True},
        ],
        "users": [{"user_id": "auth0|anne", "permissions": held("read:orders")}],
    }


@pytest.fixture
def busy(tenant: LocalTenant, client: Client) -> LocalTenant:
    """A tenant whose journal has hostile entries: a write that was refused, and reads that failed."""
    client.send(f"PATCH /resource-servers/{API_ID}", {"name": MARKUP + "\u202e"})
    client.send(f"GET /resource-servers/{MARKUP.replace(' ', '%20')}")
    tenant.add_fault(Fault("drop_after"))
    with pytest.raises(requests.ConnectionError):
        client.send("GET /roles")
    return tenant


@pytest.mark.parametrize("path", PAGES)
def test_names_stay_text_and_are_seen(busy: LocalTenant, path: str) -> None:
    """No name becomes an element, an attribute or a template, and no page shows a secret or what nobody can see."""
    page = get(busy, path)

    elements = page.select("*")
    assert {element.name for element in elements} & {"script", "img", "b", "style", "iframe"} == set()
    attributes = [item for element in elements for item in element.attrs.items()]
    assert [name for name, _ in attributes if name.startswith("on") or name == "style"] == []
    assert "xxxxxxxxx" not in page.text
    assert "very-secret-text" not in page.text
    texts = [page.text, *(str(value) for _, value in attributes)]
    hidden = {one for text in texts for one in text if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert hidden <= {"\n"}
    assert [shown for shown in HOSTILE.values() if path in LISTS and shown not in page.text] == []


def test_permissions_are_shown_with_their_holders_and_searched(tenant: LocalTenant) -> None:
    """A row tells the description and who holds it, long lists cut short; the search says how many there are."""
    page = get(tenant, PERMISSIONS)
    first, second, third = (" ".join(row.text.split()) for row in page.select("tbody tr")[:3])
    found = get(tenant, f"{PERMISSIONS}?q=WRITE")

    assert [code.text for code in page.select("th[scope=row] code")] == [*VALUES[:4], *HOSTILE.values()]
    assert first.startswith("read:orders About read:orders")
    assert "Users 1 directly" in first
    assert "Team 3 and 2 more" in second
    assert "(ends with a space)" in third
    assert [row.text for row in found.select("th[scope=row]")] == ["write:orders"]
    assert f"1 of {len(VALUES)} permissions" in found.select("caption")[0].text


def test_other_pages_of_apis(tenant: LocalTenant) -> None:
    """The Management API has neither bin nor form; what somebody holds and an API lacks is listed with its holder."""
    system = get(tenant, str(get(tenant, "/").select("tbody a")[0]["href"]))

    assert system.select("form[method=post], a[href*=delete]") == []
    assert get(tenant, f"/apis/{API_ID}/holders").select("tbody tr")[0].text.startswith("dead:scope")


def test_the_question_names_the_holders(tenant: LocalTenant) -> None:
    """The confirmation says who holds the permission: roles, grants, users, and grants for everything."""
    text = " ".join(get(tenant, DELETE).text.split())

    assert f"{len(HOSTILE)} roles: " in text
    assert "1 client grant: " in text
    assert "1 user, directly" in text
    assert r"Applications with a grant for all permissions lose it at once: Batch \u2066." in text


@pytest.mark.parametrize("value", VALUES)
def test_confirming_deletes_exactly_one_through_the_management_api(tenant: LocalTenant, value: str) -> None:
    """It is one PATCH with all other permissions as they were; the second time nothing is sent."""
    before, shown = Hand(tenant).scopes(API), HOSTILE.get(value, value)
    bins = {link["aria-label"]: link["href"] for link in get(tenant, PERMISSIONS).select("a.danger")}
    question = get(tenant, str(bins[f"Delete permission {shown}"]))
    action = str(question.select("form")[0]["action"])

    done = post(tenant, action)

    assert shown in question.select("#question + p")[0].text
    assert f"Permission deleted: {shown}" in done.text
    left = [scope for scope in before if scope["value"] != value]
    assert Hand(tenant).scopes(API) == left
    [entry] = tenant.journal()
    assert (entry.method, entry.path) == ("PATCH", f"/api/v2/resource-servers/{API_ID}")
    assert (entry.request_body, entry.status, entry.client_id) == ({"scopes": left}, 200, "tenant-page")
    for again in (post(tenant, action), get(tenant, action)):
        assert "gone already" in again.text
    assert tenant.journal() == [entry]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("read:orders", f"Array items are not unique (indexes 0 and {len(VALUES)})"),
        ("read:\u202esredro", "Array items are not unique"),
        ("v" * 281, "String is too long (281 chars), maximum 280"),
        ("", "String is too short (0 chars), minimum 1"),
    ],
)
def test_a_refused_addition_keeps_what_was_typed(tenant: LocalTenant, value: str, sentence: str) -> None:
    """What the Management API refuses is said in its words, the form stays filled and nothing changes."""
    page = post(tenant, PERMISSIONS, value=value, description="mine")

    assert sentence in page.select("[role=alert]")[0].text
    fields = {str(one["name"]): one["value"] for one in page.select("input")}
    assert fields == {"value": value, "description": "mine", "q": ""}
    assert len(Hand(tenant).scopes(API)) == len(VALUES)


def test_what_is_typed_arrives_as_it_was_typed(tenant: LocalTenant) -> None:
    """A name with markup, quotes and a space at its end; a description's field holds it with all that nobody sees."""
    typed, value = "<b>\"'&amp;</b> \u202e ", "read:\u202esredro"
    form = get(tenant, f"{PERMISSIONS}/edit?value={quote(value)}").select("form")[0]

    post(tenant, PERMISSIONS, value=typed, description="")
    post(tenant, str(form["action"]), description="New")

    assert form.select("input[name=description]")[0]["value"] == f"About {value}"
    assert {"value": value, "description": "New"} in Hand(tenant).scopes(API)
    assert Hand(tenant).scopes(API)[-1] == {"value": typed}


def test_the_journal_is_newest_first_with_bodies(busy: LocalTenant) -> None:
    """Requests have method, path, status, client, and bodies to unfold; reads can be left out, and all be forgotten."""
    dropped, missing, patch = get(busy, "/journal").select("tbody tr")[:3]
    methods = [item.text for item in get(busy, "/journal?writes=1").select("span.method")]
    cleared = post(busy, "/journal/clear")

    assert "dropped" in dropped.text
    assert "drop_after" in dropped.text
    assert "404" in missing.text
    assert [part for part in ("PATCH", "400", "Machine to machine") if part not in patch.text] == []
    sent, answered = patch.select("pre")
    assert '"name"' in sent.text
    assert "Payload validation error" in answered.text
    assert methods == ["PATCH"]
    assert "No requests yet." in cleared.text
    assert busy.journal() == []


def test_the_journal_has_pages(tenant: LocalTenant, client: Client) -> None:
    """More than fifty requests are shown in pages; what only the real service answers is marked."""
    for _ in range(60):
        client.send("GET /connections")

    first, second = get(tenant, "/journal"), get(tenant, "/journal?page=1")

    assert [len(page.select("tbody tr")) for page in (first, second)] == [50, 10]
    assert [link.text for page in (first, second) for link in page.select("a[href*='page=']")] == ["Older", "Newer"]
    assert "Not emulated" in first.text


def test_faults_and_options_are_set(tenant: LocalTenant, client: Client) -> None:
    """The form adds a fault that hits the next request, a button removes all; nonsense is refused in words."""
    fields = {"action": "status", "method": "GET", "path": "/roles", "status": "503", "delay_s": "1", "times": "2"}
    refused = post(tenant, "/settings/faults", **{**fields, "path": "("})
    added = post(tenant, "/settings/faults", **fields)

    assert "is not a regular expression" in refused.select("[role=alert]")[0].text
    assert refused.select("#path")[0]["value"] == "("
    assert "0 of 2" in added.text
    client.call("GET /roles", status=503)
    post(tenant, "/settings/faults/clear")
    client.call("GET /roles", status=200)
    post(tenant, "/settings/options", latency_ms="2", rate_limit="null")
    assert post(tenant, "/settings/options", latency_ms="fast").select("[role=alert]")
    assert tenant.options.latency_ms == 2


@pytest.mark.parametrize(
    ("method", "path", "header"),
    [
        ("GET", "/", {"Host": "evil.example.com"}),
        ("POST", "/settings/options", {"Origin": "https://evil.example.com"}),
        ("POST", DELETE, {"Origin": "https://evil.example.com"}),
    ],
)
def test_other_sites_are_refused(tenant: LocalTenant, method: str, path: str, header: dict[str, str]) -> None:
    """No page for a rebound host name; a form of another site sets no option and deletes no permission."""
    before = (tenant.dump(), tenant.options)
    url = tenant.domain + path

    answer = requests.request(method, url, data={"latency_ms": "2"}, headers=header, timeout=10)

    assert (answer.status_code, before) == (403, (tenant.dump(), tenant.options))

"""Names with characters that nobody sees or that turn the reading around: shown by their codes, changed as they are."""

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from auth0_local_tenant import LocalTenant
from tenant.pages import API_ID, PERMISSIONS, Browser

NAMES = {
    "read:\u202esredro": r"read:\u202esredro",
    "zero\u200bwidth": r"zero\u200bwidth",
    "bell\x07": r"bell\x07",
    "null\0": r"null\x00",
    "escape\x1b[2J": r"escape\x1b[2J",
    "next\x85line": r"next\x85line",
    "two\nlines\u2028three": r"two\nlines\u2028three",
    r"read:\u202esredro": r"read:\\u202esredro",
    "back\\slash": r"back\\slash",
    "100%25%2F%00": "100%25%2F%00",
    "%s%n%(x)s{0}": "%s%n%(x)s{0}",
}
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
API = "https://hidden.example.com/\u202e"
SEED = {
    "resource_servers": [
        {
            "id": API_ID,
            "identifier": API,
            "name": "Hidden \u202e",
            "scopes": [{"value": name, "description": f"About {name}"} for name in NAMES],
        }
    ],
    "roles": [
        {"name": name, "permissions": [{"resource_server_identifier": API, "permission_name": name}]} for name in NAMES
    ],
    "clients": [{"client_id": "c", "name": "App \u2066"}],
    "client_grants": [{"client_id": "c", "audience": API, "scope": list(NAMES)}],
}


@pytest.fixture
def hidden() -> Iterator[Browser]:
    """A browser at a tenant that is full of such names."""
    with LocalTenant(seed=SEED) as tenant:
        yield Browser(tenant)


@pytest.mark.parametrize(
    "path", ["/", f"/apis/{API_ID}", PERMISSIONS, f"/apis/{API_ID}/holders", "/holders", "/journal"]
)
def test_no_page_holds_what_cannot_be_seen(hidden: Browser, path: str) -> None:
    """Neither text nor attributes hold control, format or line-breaking characters besides the page's own line ends."""
    hidden.post(f"{PERMISSIONS}", value="new\u202e", description="\u2066")
    page = hidden.get(path)

    texts = [page.text, *(value for one in page.everything() for value in one.attributes.values())]
    found = {character for text in texts for character in text if unicodedata.category(character) in UNSEEN}
    assert found <= {"\n"}


def test_every_name_is_told_from_every_other(hidden: Browser) -> None:
    """A name and another one that holds its code are shown differently."""
    shown = [next(row.all("code")).text for row in list(hidden.get(PERMISSIONS).all("tr"))[1:]]

    assert shown == list(NAMES.values())


def test_a_field_holds_the_text_as_it_is(hidden: Browser) -> None:
    """What is edited goes back as it came."""
    page = hidden.get(f"{PERMISSIONS}/edit?value=" + quote("read:\u202esredro"))
    field = next(one for one in page.all("input") if one.attributes.get("name") == "description")

    assert field.attributes["value"] == "About read:\u202esredro"

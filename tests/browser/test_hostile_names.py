"""Names that other people chose are shown as text, whatever they hold, and can be deleted like any other."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from browser.site import API_ID, scopes_of
from browser.tab import Tab
from support.hand import Hand
from support.workspace import ORDERS

# A page that let one of them out of its place would be heard by the watch that every tab is under (quiet.py).
NAMES = {
    "script": "<script>console.log('ran')</script>",
    "attribute": '" onfocus="console.log(\'ran\')" autofocus x="',
    "single quote": "' onclick='console.log(1)",
    "picture": "<img src=http://127.0.0.1:9/x onerror=console.log(1)>",
    "template": "{{ 7 * 7 }}{% raw %}",
    "address": "javascript:console.log(1)",
    "closing tags": "</code></th></table></main>--><!--",
    "entity": "&lt;b&gt;&amp;&quot;",
    "query": "a&value=read:orders#top?done=deleted",
    "right to left": "read:\u05d4\u05d6\u05de\u05e0\u05d5\u05ea \u0642\u0631\u0627\u0621\u0629",
    "direction override": "read:\u202esredro",
    "longest": "x" * 280,
    "emoji": "read:📦🇫🇷👩\u200d💻",
    "path": "../../journal/clear",
    "percent": "100%25%2F%00",
}
HOSTILE_API = "https://hostile.example.com"
HOSTILE_ID = API_ID.replace("1", "2")
PERMISSIONS = f"/apis/{HOSTILE_ID}/permissions"


def _held(name: str) -> list[dict[str, str]]:
    return [{"resource_server_identifier": HOSTILE_API, "permission_name": name}]


# Every name is a permission, its description, the role that holds it, the application whose grant names it, and the
# identifier of an API.
SEED: dict[str, object] = {
    "resource_servers": [
        {
            "id": HOSTILE_ID,
            "identifier": HOSTILE_API,
            "name": NAMES["attribute"],
            "scopes": [{"value": name, "description": name} for name in NAMES.values()],
        },
        *({"id": f"{number:024x}", "identifier": name} for number, name in enumerate(NAMES.values(), 1)),
    ],
    "roles": [{"name": name, "permissions": _held(name)} for name in NAMES.values()],
    "clients": [{"client_id": f"client{number}", "name": name} for number, name in enumerate(NAMES.values())],
    "client_grants": [
        {"client_id": f"client{number}", "audience": HOSTILE_API, "scope": [name]}
        for number, name in enumerate(NAMES.values())
    ],
}


@pytest.fixture
def hostile(tab: Tab, tenant: LocalTenant) -> Tab:
    """A tab at the permissions of an API that is full of hostile names."""
    tenant.seed(SEED)
    tab.open(tenant.domain + PERMISSIONS)
    return tab


def seen(name: str) -> str:
    """Return a name as pages show it: what nobody could see by its code."""
    return name.replace("\u202e", r"\u202e").replace("\u200d", r"\u200d")


def heard(name: str) -> str:
    """Return a name as browsers compute the names of links: runs of white space are one space."""
    return " ".join(seen(name).split())


@pytest.mark.parametrize("path", ["/", PERMISSIONS, f"/apis/{HOSTILE_ID}/holders", "/holders"])
def test_lists_show_every_name_letter_by_letter(hostile: Tab, tenant: LocalTenant, path: str) -> None:
    """APIs, permissions, roles and applications are listed with their names as they are, and no script is there."""
    hostile.open(tenant.domain + path)

    text = hostile.text()
    assert [name for name in NAMES.values() if seen(name) not in text] == []
    assert hostile.evaluate("document.scripts.length") == 0


def test_the_journal_shows_paths_and_bodies_as_text(hostile: Tab, tenant: LocalTenant) -> None:
    """A write of the hostile names is in the journal, its body unfolds, and every name in it is text."""
    Hand(tenant).reorder(HOSTILE_API)
    with hostile.loading():
        hostile.click("link", "Request journal")
    hostile.click_first("DisclosureTriangle")

    text = hostile.text()
    assert NAMES["script"] in text
    assert NAMES["closing tags"] in text


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_it_is_deleted_by_its_bin(hostile: Tab, tenant: LocalTenant, name: str) -> None:
    """The bin is named with the whole permission, the confirmation shows it, and that deletes it and nothing else."""
    with hostile.loading():
        hostile.click("link", f"Delete permission {heard(name)}")
    question = hostile.text()
    with hostile.loading():
        hostile.click("button", "Delete permission")

    assert f"Delete permission?\n{seen(name)}" in question
    assert list(scopes_of(tenant, HOSTILE_API)) == [other for other in NAMES.values() if other != name]
    assert f"Permission deleted: \n{seen(name)}" in hostile.text()


def test_it_is_added_as_it_was_typed(tab: Tab, tenant: LocalTenant) -> None:
    """A name with markup, quotes and a space at its end arrives at the API as it was typed."""
    typed = "<b>\"'&amp;</b> \u202e "
    tab.open(f"{tenant.domain}/apis/{API_ID}/permissions")
    tab.fill("Permission", typed)
    with tab.loading():
        tab.click("button", "Add")

    assert list(scopes_of(tenant, ORDERS))[-1] == typed

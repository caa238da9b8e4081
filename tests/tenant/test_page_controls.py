"""The page's search and filter, and its screen for faults and options."""

from auth0_local_tenant import LocalTenant
from tenant.pages import PERMISSIONS, Browser
from tenant.support import Client


def test_permissions_are_searched(browser: Browser) -> None:
    """The search shows the permissions whose name or description has the text, and how many there are in all."""
    page = browser.get(f"{PERMISSIONS}?q=WRITE")

    assert [row.text for row in page.all("th") if row.attributes.get("scope") == "row"] == ["write:orders"]
    assert "1 of 4 permissions" in next(page.all("caption")).text


def test_the_journal_shows_writes_alone(busy: Browser) -> None:
    """With the filter, the journal lists no reads."""
    methods = [item.text for item in busy.get("/journal?writes=1").all("span") if item.attributes["class"] == "method"]

    assert methods == ["PATCH", "POST"]


def test_what_is_not_emulated_is_marked(client: Client, tenant: LocalTenant) -> None:
    """The journal marks a request that only the real service answers."""
    client.send("GET", "/connections")

    assert "Not emulated" in Browser(tenant).get("/journal").text


def test_a_fault_is_added_and_removed(client: Client, tenant: LocalTenant) -> None:
    """The form adds a fault that hits the next request; the button removes all."""
    browser = Browser(tenant)
    added = browser.post(
        "/settings/faults", action="status", method="GET", path="/roles", status="503", delay_s="1", times="2"
    )

    assert client.send("GET", "/roles").status_code == 503
    assert "0 of 2" in added.text
    browser.post("/settings/faults/clear")
    assert client.send("GET", "/roles").status_code == 200


def test_a_fault_that_makes_no_sense_is_refused_in_words(tenant: LocalTenant) -> None:
    """A wrong path keeps what was typed and says what is wrong."""
    answer = Browser(tenant).post(
        "/settings/faults", action="status", method="GET", path="(", status="503", delay_s="1", times="1"
    )

    assert "is not a regular expression" in answer.text
    assert 'value="("' in answer.text


def test_options_are_changed(tenant: LocalTenant) -> None:
    """The form sets options; a value that is no JSON is refused and nothing is changed."""
    browser = Browser(tenant)

    browser.post("/settings/options", latency_ms="2", rate_limit="null")
    refused = browser.post("/settings/options", latency_ms="fast")

    assert tenant.options.latency_ms == 2
    assert refused.status_code == 200
    assert 'role="alert"' in refused.text

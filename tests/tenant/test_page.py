"""The tenant's page: what it shows and what its forms do."""

import pytest

from auth0_local_tenant import LocalTenant
from tenant.pages import API, API_ID, DELETE_READ, PERMISSIONS, Browser, Reader
from tenant.support import Client


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

    def test_system_api_can_only_be_looked_at(self, browser: Browser) -> None:
        """The Management API's permissions have neither bin nor form."""
        management = next(browser.get("/").all("tbody"))
        link = next(management.all("a")).attributes["href"]

        page = browser.get(link)

        assert [form for form in page.all("form") if form.attributes["method"] == "post"] == []
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


class TestDeletion:
    """The bin icon and what follows."""

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

    def test_second_confirmation_changes_nothing(self, browser: Browser) -> None:
        """A permission that is gone already is said to be, and no request is made."""
        browser.post(DELETE_READ)
        browser.tenant.clear_journal()

        answer = browser.post(DELETE_READ)

        assert "gone already" in answer.text
        assert browser.tenant.journal() == []
        assert "gone already" in browser.get(DELETE_READ).text


class TestAddAndEdit:
    """The other forms."""

    def test_add(self, browser: Browser) -> None:
        """A new permission is put at the end, as it was typed."""
        answer = browser.post(PERMISSIONS, value=" new:one ", description="Neu & <b>")

        assert scopes(browser.tenant)[-1] == {"value": " new:one ", "description": "Neu & <b>"}
        assert "Permission added" in answer.text

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
        assert fields == {"value": value, "description": "mine", "q": ""}
        assert len(scopes(browser.tenant)) == 4


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

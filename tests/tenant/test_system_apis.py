"""The vendor's own APIs: what they are called, and what can't be done to them."""

import pytest

from tenant.support import Client


class TestSystemApis:
    """The vendor's own APIs."""

    def test_management_api_is_there_from_the_start(self, client: Client) -> None:
        """A tenant has its Management API, marked as a system API, with its 273 permissions."""
        answer = client.send("GET", client.api(f"{client.tenant.domain}/api/v2/")).json()

        assert (answer["name"], answer["is_system"]) == ("Auth0 Management API", True)
        assert len(answer["scopes"]) == 273
        assert list(answer["scopes"][0]) == ["description", "value"]

    @pytest.mark.parametrize("body", [{"scopes": []}, {"name": "Mine"}])
    def test_its_name_and_permissions_are_not_to_be_changed(self, client: Client, body: object) -> None:
        """A PATCH of a system API's name or permissions is refused."""
        answer = client.send("PATCH", client.api(f"{client.tenant.domain}/api/v2/"), body)

        assert answer.status_code == 400

    def test_its_token_lifetime_can_be_changed(self, client: Client) -> None:
        """The few settings of a system API that may change do."""
        path = client.api(f"{client.tenant.domain}/api/v2/")

        assert client.send("PATCH", path, {"token_lifetime": 60}).json()["token_lifetime"] == 60

    def test_it_cannot_be_deleted(self, client: Client) -> None:
        """The Management API stays."""
        path = client.api(f"{client.tenant.domain}/api/v2/")

        assert client.send("DELETE", path).status_code == 400
        assert client.send("GET", path).status_code == 200

    def test_my_account_api_names_itself_and_grows(self, client: Client) -> None:
        """The My Account API takes its own name, and its permissions change right after its creation."""
        identifier = f"{client.tenant.domain}/me/"

        created = client.send("POST", "/resource-servers", {"identifier": identifier, "name": "Mine"}).json()
        read = client.send("GET", client.api(identifier)).json()

        assert (created["name"], created["token_lifetime"]) == ("Auth0 My Account API", 600)
        assert (len(created["scopes"]), len(read["scopes"])) == (3, 8)
        assert client.send("DELETE", client.api(identifier)).status_code == 204

    def test_express_configuration_api(self, client: Client) -> None:
        """The express configuration API is a system API that can be made and deleted."""
        path = client.api("urn:auth0:express-configure")

        created = client.send("POST", "/resource-servers", {"identifier": "urn:auth0:express-configure"})

        assert (created.status_code, created.json()["is_system"]) == (201, True)
        assert client.send("PATCH", path, {"name": "Mine"}).status_code == 400
        assert client.send("DELETE", path).status_code == 204

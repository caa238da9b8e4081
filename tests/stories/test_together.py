"""Stories of an API that is made by another provider in the same program."""

from __future__ import annotations

from support.workspace import Workspace

PROGRAM = """
import os
import requests
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class ApiProvider(ResourceProvider):
    # Stands for the official provider's auth0.ResourceServer.
    def create(self, props):
        domain = os.environ["AUTH0_DOMAIN"]
        token = requests.post(domain + "/oauth/token", json={
            "grant_type": "client_credentials", "audience": domain + "/api/v2/",
            "client_id": os.environ["AUTH0_CLIENT_ID"], "client_secret": os.environ["AUTH0_CLIENT_SECRET"],
        }).json()["access_token"]
        body = {"identifier": props["identifier"], "name": "Made"}
        made = requests.post(domain + "/api/v2/resource-servers", json=body,
                             headers={"Authorization": "Bearer " + token}).json()
        return CreateResult(made["id"], {**props, "resource_server_id": made["id"]})


class Api(Resource):
    identifier: pulumi.Output[str]
    resource_server_id: pulumi.Output[str]

    def __init__(self, name, identifier):
        super().__init__(ApiProvider(), name, {"identifier": identifier, "resource_server_id": None})


made = Api("made", "urn:made")
auth0_permissions.ApiPermissions("permissions", api=made.WHICH, permissions={"read:it": "Read it"})
"""


def test_an_api_made_in_the_same_operation_by_its_id(shop: Workspace) -> None:
    """The id is unknown in the preview, which says so; `up` then writes the permissions."""
    shop.client_id, shop.client_secret = shop.tenant.client_id, shop.tenant.client_secret
    shop.program(PROGRAM.replace("WHICH", "resource_server_id"))

    result = shop.up()

    assert "the plan is known after apply: what it depends on has not been created yet" in result
    assert shop.scopes("urn:made") == {"read:it": "Read it"}


def test_an_api_made_in_the_same_operation_by_its_identifier(shop: Workspace) -> None:
    """The identifier may be known in the preview already: that the API is not there yet is no mistake."""
    shop.client_id, shop.client_secret = shop.tenant.client_id, shop.tenant.client_secret
    shop.program(PROGRAM.replace("WHICH", "identifier"))

    result = shop.up()

    assert "the plan is known after apply" in result
    assert shop.scopes("urn:made") == {"read:it": "Read it"}
    shop.up("--expect-no-changes")

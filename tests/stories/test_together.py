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


for which in ("identifier", "resource_server_id"):
    made = Api(which, f"urn:{which}")
    auth0_permissions.ApiPermissions(f"by {which}", api=getattr(made, which), permissions={"read:it": "Read it"})
"""


def test_an_api_may_be_made_in_the_same_operation(shop: Workspace) -> None:
    """Its id is unknown in the preview, which says so; its identifier may be known, and is not there yet: no mistake.

    `up` then writes the permissions.
    """
    shop.client_id, shop.client_secret = shop.tenant.client_id, shop.tenant.client_secret
    shop.program(PROGRAM)

    result = shop.up()

    assert result.previewed.count("the plan is known after apply: what it depends on has not been created yet") >= 2
    assert shop.scopes("urn:identifier") == shop.scopes("urn:resource_server_id") == {"read:it": "Read it"}
    shop.up("--skip-preview", "--expect-no-changes")

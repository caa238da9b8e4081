"""Stories of programs: what they only reference, modes that are outputs, an API that another provider makes."""

from __future__ import annotations

from support.environment import WITH_OFFICIAL_SDK
from support.workspace import ORDERS, Workspace


def test_a_program_looks_up_what_it_does_not_own(shop: Workspace) -> None:
    """It needs one request, writes nothing, and follows what the API holds."""
    shop.program(
        f"""
        orders = auth0_permissions.get_api_permissions({ORDERS!r})
        assert auth0_permissions.get_api_permissions({ORDERS!r}) is orders
        later = auth0_permissions.get_api_permissions_output(pulumi.Output.from_input({ORDERS!r}))
        pulumi.export("found", [orders.identifier, orders.name, orders.require("read:orders")])
        pulumi.export("later", later.permissions)
        """
    )

    shop.up("--skip-preview")

    assert shop.outputs() == {"found": [ORDERS, "Orders", "read:orders"], "later": shop.scopes()}
    assert sum("resource-servers" in request for request in shop.requests()) == 1
    assert shop.writes() == []


def test_modes_and_renames_may_be_outputs_that_are_known(shop: Workspace) -> None:
    """Those of a configuration are; what is not known yet is refused."""
    renamed = {value: text for value, text in shop.scopes().items() if value != "read:orders"} | {"see:orders": ""}
    shop.declare(
        renamed,
        arguments="unmanaged=pulumi.Output.from_input('keep'), removal=pulumi.Output.secret('revoke'), "
        "renames=pulumi.Output.from_input({'read:orders': 'see:orders'})",
    )

    shop.up("--skip-preview")

    assert set(shop.scopes()) == {*renamed, "read:orders"}  # kept: it is not this resource's to rename
    assert shop.state()["inputs"]["unmanaged"] == "keep"


MAKES_APIS = """
import pulumi_auth0 as auth0

for which in ("identifier", "id"):
    made = auth0.ResourceServer(which, identifier=f"urn:{which}", name="Made")
    auth0_permissions.ApiPermissions(f"by {which}", api=getattr(made, which), permissions={"read:it": "Read it"})
"""


def test_an_api_may_be_made_in_the_same_operation(shop: Workspace) -> None:
    """Its id is unknown in the preview, which says so; its identifier may be known, and is not there yet: no mistake.

    `up` then writes the permissions.
    """
    shop.client_id, shop.client_secret = shop.tenant.client_id, shop.tenant.client_secret
    shop.environment["PYTHONPATH"] = WITH_OFFICIAL_SDK
    shop.program(MAKES_APIS)

    result = shop.up()

    assert result.previewed.count("the plan is known after apply: what it depends on has not been created yet") >= 2
    assert shop.scopes("urn:identifier") == shop.scopes("urn:id") == {"read:it": "Read it"}
    shop.up("--skip-preview", "--expect-no-changes")

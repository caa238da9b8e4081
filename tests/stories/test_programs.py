"""Stories of programs: what they may write, and what cannot work: one clear message each, and nothing written."""

import json

from support.environment import WITH_OFFICIAL_SDK
from support.workspace import ORDERS, Workspace

OURS = {"read:orders": "Read orders", "write:orders": "Create and change orders", "delete:orders": "Delete orders"}


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


def refusal(shop: Workspace, **environment: str) -> str:
    """Run `up`, which has to fail in its preview, and return what it said."""
    result = shop.up(ok=False, **environment)
    assert "Updating (dev)" not in result
    assert shop.writes() == []
    return result.output


def test_all_bad_inputs_are_said_at_once(shop: Workspace) -> None:
    """Every wrong value is named with its property, its numbers and what is allowed."""
    shop.declare(
        {"": "empty", "a\tb": "tab", "d" * 281: "y" * 501, "number": 5, "nothing": None},
        arguments="unmanaged='some', removal=3, renames={'x': pulumi.Output.secret('x')}",
    )

    said = refusal(shop)

    for part in (
        'permissions[""]: the permission has 0 characters; Auth0 allows 1 to 280',
        "has a control character (U+0009) at position 2",
        "the permission has 281 characters; Auth0 allows 1 to 280",
        "the description has 501 characters; Auth0 allows 0 to 500",
        'permissions["number"]: the description must be text; got a number',
        'unmanaged: must be one of "refuse", "keep", "remove"; got "some"',
        "removal: must be one of",
        'renames["x"]: "x" is renamed as well',
        "renames: is secret, but permissions are public names in the tenant",
    ):
        assert part in said


def test_mistakes_in_a_program_are_one_sentence(shop: Workspace) -> None:
    """With what was probably meant: a list for a map, typos in what is referenced, in identifiers."""
    shop.program(
        f"""
        def tried(mistake):
            try:
                mistake()
            except pulumi.RunError as error:  # which the engine shows without a traceback
                pulumi.info(str(error))

        tried(lambda: auth0_permissions.ApiPermissions("list", {ORDERS!r}, ["read:orders"]))
        tried(lambda: auth0_permissions.get_api_permissions({ORDERS!r}).require("read:order"))
        tried(lambda: auth0_permissions.get_api_permissions("http://orders.example.com/"))
        own = auth0_permissions.ApiPermissions("own", {ORDERS!r}, {OURS!r})
        pulumi.export("required", own.require("delete:order"))
        """
    )
    said = refusal(shop)
    shop.declare(OURS, api=f"{ORDERS}/")
    said += refusal(shop)

    for part in (
        '`permissions` must be a map such as {"read:orders": "Read orders"}; got a list',
        f'the API {ORDERS} has no permission "read:order". Did you mean "read:orders"?',
        '\'own\' declares no permission "delete:order". Did you mean "delete:orders"?',
        f'there is no API "{ORDERS}/" in {shop.host}. Did you mean "{ORDERS}"?',
    ):
        assert part in said
    assert said.count(f'Did you mean "{ORDERS}"?') >= 2


def test_no_credentials(shop: Workspace) -> None:
    """Without credentials the message says both ways to give them; a misspelled setting is named with the right one."""
    shop.declare(OURS)
    shop.config("auth0-permissions:maxremovals", json.dumps(0))

    said = refusal(shop, AUTH0_CLIENT_ID="", AUTH0_CLIENT_SECRET="", AUTH0_DOMAIN="")

    assert "auth0:domain: the tenant is not set" in said
    assert "auth0:clientId: it is not set. Set auth0:clientId and auth0:clientSecret" in said
    assert 'there is no such setting. Did you mean "maxRemovals"?' in said

"""Programs that only reference permissions, and typos in what they reference; modes that are outputs."""

from __future__ import annotations

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


def test_typos_fail_the_preview_with_what_was_probably_meant(shop: Workspace) -> None:
    """In a permission that is looked up, in one of the program's own, and in an identifier."""
    shop.program(f"auth0_permissions.get_api_permissions({ORDERS!r}).require('read:order')")
    looked_up = shop.preview(ok=False).output
    shop.program(
        f"""
        orders = auth0_permissions.ApiPermissions("orders", {ORDERS!r}, {shop.scopes()!r})
        pulumi.export("held", orders.require("delete:order"))
        """
    )
    own = shop.preview(ok=False).output
    shop.program(f"auth0_permissions.get_api_permissions({ORDERS.replace('https', 'http') + '/'!r})")
    identifier = shop.preview(ok=False).output
    shop.declare(shop.scopes(), api=f"{ORDERS}/")
    declared = shop.preview(ok=False).output

    assert f'the API {ORDERS} has no permission "read:order". Did you mean "read:orders"?' in looked_up
    assert '\'orders\' declares no permission "delete:order". Did you mean "delete:orders"?' in own
    assert f'Did you mean "{ORDERS}"?' in identifier
    assert f'there is no API "{ORDERS}/" in {shop.host}. Did you mean "{ORDERS}"?' in declared
    assert not [said for said in (looked_up, own, identifier, declared) if "Traceback" in said]


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
    inputs = shop.state()["inputs"]
    assert isinstance(inputs, dict)
    assert inputs["unmanaged"] == "keep"

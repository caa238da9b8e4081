"""From an API that was made by hand to a program that manages it: export, load the catalog, `pulumi up`."""

from __future__ import annotations

from auth0_local_tenant import LocalTenant
from cli.support import Shell
from support.workspace import Workspace

PROGRAM = """
from pulumi_auth0_permissions.catalog import load_catalog

catalog = load_catalog("permissions.yaml")
apis = pulumi.Config("auth0-permissions").require_object("apis")
for name, permissions in catalog.items():
    auth0_permissions.ApiPermissions(name, api=apis[name], permissions=permissions)
"""


def test_an_exported_api_is_taken_over_without_a_change(tenant: LocalTenant, shop: Workspace) -> None:
    """The program made of an export has nothing to add, change or delete, and `up` writes nothing."""
    shop.program(PROGRAM)
    run = Shell(tenant, shop.folder).run("export", "--all", "--output", "permissions.yaml")
    assert run.code == 0, run.err
    lines = run.err[run.err.index("config:\n") :].removeprefix("config:\n")
    with (shop.folder / f"Pulumi.{shop.stack}.yaml").open("a", encoding="utf-8") as config:
        config.write(f"config:\n{lines}")
    tenant.clear_journal()

    up = shop.up()

    assert f"orders.example.com (Orders) on {shop.host}: no changes" in up.previewed
    assert f"urn:billing on {shop.host}: no changes" in up.previewed
    assert shop.writes() == []

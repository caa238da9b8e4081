"""Refactorings of a program, through the real CLI: what stays declared stays, and so does who holds it."""

from __future__ import annotations

import json

import pytest

from auth0_local_tenant import LocalTenant
from lifecycle.refactoring import API_ID, BILLING, Refactoring, declared, run_refactoring
from support.workspace import ORDERS, Workspace

COMPONENT = """
class Box(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Box", name)
box = Box("box")
"""
INSIDE = "opts=pulumi.ResourceOptions(parent=box)"
SUBCLASS = "class Own(auth0_permissions.ApiPermissions):\n    pass\n"
OWN = f"a = Own('a', api={ORDERS!r}, permissions={{'a': '', 'b': '', 'c': ''}})\n"
STAGE = "orders = auth0_permissions.Stage().declare()['orders']\n"
CATALOG = "apis:\n  {name}:\n    permissions:\n      a: ''\n      b: ''\n      c: ''\n"
KEEP = "unmanaged='keep'"
REFRESH = "options:\n  refresh: always\n"


def _urn(shop: Workspace) -> str:
    return str(shop.state()["urn"])


def _taint(shop: Workspace) -> None:
    shop.pulumi("state", "taint", _urn(shop), "--yes")


def _stage(name: str, *, catalog: bool = True) -> object:
    def prepare(shop: Workspace) -> None:
        shop.pulumi("config", "rm", "auth0-permissions:apis", ok=None)
        shop.config(f"auth0-permissions:apis.{name}", ORDERS, path=True)
        shop.write("permissions.yaml", CATALOG.format(name=name))

    return prepare


A = declared("a", "abc")
REFACTORINGS = {
    "rename": Refactoring(A, declared("z", "abc")),
    "rename, refreshed": Refactoring(A, declared("z", "abc"), project=REFRESH),
    "rename, no preview": Refactoring(A, declared("z", "abc"), arguments=["--skip-preview"]),
    "rename under remove and revoke": Refactoring(
        declared("a", "abc", more="unmanaged='remove', removal='revoke'"),
        declared("z", "abc", more="unmanaged='remove', removal='revoke'"),
    ),
    "rename under refuse_if_held": Refactoring(
        declared("a", "abc", more="removal='refuse_if_held'"), declared("z", "abc", more="removal='refuse_if_held'")
    ),
    "rename under refuse": Refactoring(
        declared("a", "abc", more="removal='refuse'"), declared("z", "abc", more="removal='refuse'")
    ),
    "rename, drop one": Refactoring(declared("a", "abc", more=KEEP), declared("z", "ab", more=KEEP), lost="c"),
    "into a component": Refactoring(A, COMPONENT + declared("a", "abc", more=INSIDE)),
    "out of a component": Refactoring(COMPONENT + declared("a", "abc", more=INSIDE), A),
    "subclass": Refactoring(A, SUBCLASS + OWN),
    "taint": Refactoring(A, A, between=_taint),
    "delete before replace": Refactoring(
        declared("a", "abc", api=repr(API_ID), more="opts=pulumi.ResourceOptions(delete_before_replace=True)"),
        declared("a", "abc", more="opts=pulumi.ResourceOptions(delete_before_replace=True)"),
        between=_taint,
    ),
    "id to identifier": Refactoring(declared("a", "abc", api=repr(API_ID)), A),
    "move, giver first": Refactoring(
        declared("a", "abc", more=KEEP), declared("a", "ab", more=KEEP) + declared("z", "c", more=KEEP)
    ),
    "move, taker first": Refactoring(
        declared("a", "abc", more=KEEP), declared("z", "c", more=KEEP) + declared("a", "ab", more=KEEP)
    ),
    "move under refuse, no preview": Refactoring(
        A, declared("a", "ab") + declared("z", "c"), arguments=["--skip-preview"]
    ),
    "move, taker depends on giver": Refactoring(
        A, declared("a", "ab") + declared("z", "c", more="opts=pulumi.ResourceOptions(depends_on=[a])")
    ),
    "move, giver depends on taker": Refactoring(
        A, declared("z", "c") + declared("a", "ab", more="opts=pulumi.ResourceOptions(depends_on=[z])"), project=REFRESH
    ),
    "move between id and identifier": Refactoring(
        A, declared("a", "ab") + declared("z", "c", api=repr(API_ID)), arguments=["--skip-preview"]
    ),
    "move to an API given as output": Refactoring(
        A, declared("a", "ab") + declared("z", "c", api=f"pulumi.Output.from_input({ORDERS!r}).apply(str)")
    ),
    "swap": Refactoring(
        declared("a", "ab") + declared("z", "c"), declared("a", "c") + declared("z", "ab"), project=REFRESH
    ),
    "split": Refactoring(A, declared("x", "a") + declared("y", "bc"), arguments=["--skip-preview"]),
    "merge under remove": Refactoring(
        declared("x", "a", more="unmanaged='remove'") + declared("y", "bc", more="unmanaged='remove'"),
        declared("a", "abc", more="unmanaged='remove'"),
    ),
    "both declare, one lets go": Refactoring(
        declared("a", "abc") + declared("z", "bc"), declared("a", "abc") + declared("z", "b")
    ),
    "both declare, one leaves": Refactoring(declared("a", "abc") + declared("z", "bc"), A),
    "drop by one of two": Refactoring(
        declared("z", "a") + declared("a", "bc"), declared("z", "a") + declared("a", "b"), lost="c"
    ),
    "to a stage": Refactoring(A, STAGE, between=_stage("orders")),  # type: ignore[arg-type]
}


@pytest.fixture(params=REFACTORINGS)
def refactoring(request: pytest.FixtureRequest) -> Refactoring:
    """Each of the refactorings."""
    return REFACTORINGS[request.param]


def test_nothing_declared_is_lost(shop: Workspace, tenant: LocalTenant, refactoring: Refactoring) -> None:
    """API, role and client grant keep what stays declared, at each step; then nothing is left to do; destroy cleans."""
    run_refactoring(shop, tenant, refactoring)


def test_a_replacement_on_demand_loses_nothing(shop: Workspace, tenant: LocalTenant) -> None:
    """`pulumi up --replace` of a resource adopts what its old self managed."""
    shop.program(A)
    shop.up()

    shop.up("--replace", _urn(shop))

    assert set(shop.scopes()) == set("abc")


def test_a_logical_api_is_renamed_in_the_catalog(shop: Workspace, tenant: LocalTenant) -> None:
    """The stage's resource under the new name takes over from the one under the old name."""
    _stage("orders")(shop)  # type: ignore[operator]
    shop.program("auth0_permissions.Stage().declare()\n")
    shop.up()
    _stage("commerce")(shop)  # type: ignore[operator]
    tenant.clear_journal()

    shop.up()

    assert shop.writes() == []
    assert set(shop.scopes()) == set("abc")


def test_the_handover_is_shown(shop: Workspace, tenant: LocalTenant) -> None:
    """The preview of a move names the resource that takes over."""
    shop.program(A)
    shop.up()
    shop.program(declared("a", "ab") + declared("z", "c"))

    output = shop.preview().output

    assert 'handed over to z, which declares it now: "c"' in output
    assert json.dumps(output).count("to delete") == 0


def test_a_stage_applied_in_part_keeps_a_true_receipt(shop: Workspace, tenant: LocalTenant) -> None:
    """With `--target`, the receipt tells what was applied, and nothing of an API that was never looked at."""
    apis = {"orders": ORDERS, "billing": BILLING}
    shop.config("auth0-permissions:apis", json.dumps(apis))
    text = "apis:\n" + "".join(f"  {name}:\n    permissions:\n      a: ''\n" for name in apis)
    shop.write("permissions.yaml", text)
    shop.program("auth0_permissions.Stage().declare(unmanaged='keep')\n")
    target = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::{}".format

    shop.up("--target", target("orders"))
    first = shop.outputs()["auth0PermissionsReceipt"]
    shop.up()
    shop.write("permissions.yaml", text.replace("a: ''", "a: Changed"))
    shop.up("--target", target("orders"))
    later = shop.outputs()["auth0PermissionsReceipt"]

    assert isinstance(first, dict)
    assert isinstance(later, dict)
    assert list(first["apis"]) == ["orders"]
    assert later["apis"]["billing"]["permissions"] == {"a": ""}
    assert later["apis"]["billing"]["sourceRevision"] == later["apis"]["billing"]["revision"]
    assert later["apis"]["orders"]["permissions"] == {"a": "Changed"}

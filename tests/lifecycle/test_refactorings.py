"""Refactorings of a program, through the real CLI: what stays declared stays, and so does who holds it."""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from auth0_local_tenant import JournalEntry, LocalTenant
from pulumi_auth0_permissions.chain import receipt_of
from support.cases import BILLING, HELD, api_id, identifier, one, program, seed
from support.workspace import ORDERS, Workspace

A = one("a", HELD)
ID = "'@id'"
BOX = """
class Box(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Box", name)
box = Box("box-@")
"""
INSIDE = "opts=pulumi.ResourceOptions(parent=box)"
OWN = f"""
class Own(auth0_permissions.ApiPermissions):
    pass
Own('a-@', api='@api', permissions={dict.fromkeys(HELD, "")})
"""
STAGE = "auth0_permissions.Stage().declare()\n"
KEEP, REMOVE = "unmanaged='keep'", "unmanaged='remove'"
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::{}"
FIRST = "opts=pulumi.ResourceOptions(delete_before_replace=True)"
MODES = ("removal='refuse'", "removal='refuse_if_held'", "unmanaged='remove', removal='revoke'")


class Refactoring(NamedTuple):
    """Statements of a program before and after, and the permissions that the second one really drops."""

    before: str
    after: str
    lost: str = ""


SHOWN = {
    "rename": Refactoring(A, one("z", "abc")),
    **{f"rename-{n}": Refactoring(one("a", "abc", more=m), one("z", "abc", more=m)) for n, m in enumerate(MODES)},
    "rename-and-drop": Refactoring(one("a", "abc", more=KEEP), one("z", "ab", more=KEEP), lost="c"),
    "into-a-component": Refactoring(A, BOX + one("a", "abc", more=INSIDE)),
    "out-of-a-component": Refactoring(BOX + one("a", "abc", more=INSIDE), A),
    "subclass": Refactoring(A, OWN),
    "tainted": Refactoring(A, A),
    "delete-before-replace": Refactoring(one("a", "abc", api=ID, more=FIRST), one("a", "abc", more=FIRST)),
    "replaced-on-demand": Refactoring(A, A),
    "id-to-identifier": Refactoring(one("a", "abc", api=ID), A),
    "giver-first": Refactoring(A, one("a", "ab", more=KEEP) + one("z", "c", more=KEEP)),
    "taker-first": Refactoring(A, one("z", "c", more=KEEP) + one("a", "ab", more=KEEP)),
    "taker-depends-on-giver": Refactoring(
        A, one("a", "ab") + one("z", "c", more="opts=pulumi.ResourceOptions(depends_on=[a])")
    ),
    "api-as-output": Refactoring(A, one("a", "ab") + one("z", "c", api="pulumi.Output.from_input('@api').apply(str)")),
    "merge": Refactoring(one("x", "a", more=REMOVE) + one("y", "bc", more=REMOVE), one("a", "abc", more=REMOVE)),
    "both-declare-one-lets-go": Refactoring(A + one("z", "bc"), A + one("z", "b")),
    "both-declare-one-leaves": Refactoring(A + one("z", "bc"), A),
    "drop-by-one-of-two": Refactoring(one("z", "a") + one("a", "bc"), one("z", "a") + one("a", "b"), lost="c"),
    "to-a-stage": Refactoring(A, ""),
    "renamed-in-the-catalog": Refactoring(STAGE, STAGE),
}
UNSEEN = {
    "rename": Refactoring(A, one("z", "abc")),
    "move-to-the-id": Refactoring(A, one("a", "ab") + one("z", "c", api=ID)),
    "split": Refactoring(A, one("x", "a") + one("y", "bc")),
    "swap": Refactoring(one("a", "ab") + one("z", "c"), one("a", "c") + one("z", "ab")),
    "giver-depends-on-taker": Refactoring(
        A, one("z", "c") + one("a", "ab", more="opts=pulumi.ResourceOptions(depends_on=[z])")
    ),
}


def _catalog(shop: Workspace, names: Mapping[str, str]) -> None:
    """Write the catalog: logical name → case whose API it stands for."""
    permissions = "".join(f"      {value}: ''\n" for value in HELD)
    shop.write("permissions.yaml", "apis:\n" + "".join(f"  {name}:\n    permissions:\n{permissions}" for name in names))
    shop.config("auth0-permissions:apis", json.dumps({name: identifier(case) for name, case in names.items()}))


@pytest.mark.parametrize(
    ("cases", "arguments"),
    [
        pytest.param(SHOWN, ("--replace", URN.format("a-replaced-on-demand")), id="shown"),
        pytest.param(UNSEEN, ("--skip-preview", "--refresh"), id="unseen"),
    ],
)
def test_nothing_declared_is_lost(
    new_shop: Callable[[Mapping[str, object]], Workspace], cases: Mapping[str, Refactoring], arguments: tuple[str, ...]
) -> None:
    """API, role and client grant keep what stays declared, at each step; then nothing is left to do; destroy cleans.

    The preview of a move names the resource that takes over.
    """
    shop = new_shop(seed(cases))
    if cases is SHOWN:
        _catalog(shop, {"orders": "renamed-in-the-catalog"})
    shop.program(program({case: one.before for case, one in cases.items()}))
    shop.up("--skip-preview")
    if cases is SHOWN:
        for name in ("a-tainted", "a-delete-before-replace"):
            shop.pulumi("state", "taint", URN.format(name), "--yes")
        _catalog(shop, {"commerce": "renamed-in-the-catalog", "moved": "to-a-stage"})
    shop.program(program({case: one.after for case, one in cases.items()}))
    shop.tenant.clear_journal()
    ran = shop.up(*arguments)
    written = _writes(shop)
    stays = {case: set(HELD) - set(one.lost) for case, one in cases.items()}

    assert {case: set(shop.scopes(identifier(case))) for case in cases} == stays
    assert {case: _held(shop.tenant, case) >= stays[case] for case in cases} == dict.fromkeys(cases, True)
    for number, case in enumerate(cases):
        in_between = [
            {scope["value"] for scope in entry.request_body["scopes"]}  # type: ignore[index]
            for entry in written
            if entry.path.endswith(f"/resource-servers/{api_id(case)}")
        ]
        assert all(stays[case] <= values for values in in_between), f"{case}: a step in between took a permission"
        of_holders = [entry.path for entry in written if f"_{number:016}" in entry.path]
        assert cases[case].lost or not of_holders, f"{case}: a role or client grant was changed"
    if cases is SHOWN:
        assert 'handed over to z-giver-first, which now declares it: "c"' in ran.previewed

    shop.tenant.clear_journal()
    shop.up("--skip-preview")
    assert _writes(shop) == []
    shop.destroy("--skip-preview", AUTH0_PERMISSIONS_APPROVED_REMOVALS='["a", "b", "c"]')
    assert {case: shop.scopes(identifier(case)) for case in cases} == {case: {} for case in cases}


def _writes(shop: Workspace) -> list[JournalEntry]:
    return [entry for entry in shop.tenant.journal() if entry.method != "GET" and "/api/v2/" in entry.path]


def _held(tenant: LocalTenant, case: str) -> set[str]:
    """Return what both the role and the client grant of a case hold."""
    state, api = tenant.dump(), identifier(case)
    (grant,) = [one for one in state["client_grants"] if one["audience"] == api]
    held = {
        one["permission_name"]
        for role in state["roles"]
        for one in role["permissions"]  # type: ignore[attr-defined]
        if one["resource_server_identifier"] == api
    }
    return held & set(grant["scope"])  # type: ignore[call-overload, no-any-return]


def test_a_stage_applied_in_part_keeps_a_true_receipt(shop: Workspace, tenant: LocalTenant) -> None:
    """With `--target`, the receipt tells what was applied, and nothing of an API that was never looked at."""
    apis = {"orders": ORDERS, "billing": BILLING}
    shop.config("auth0-permissions:apis", json.dumps(apis))
    text = "apis:\n" + "".join(f"  {name}:\n    permissions:\n      a: ''\n" for name in apis)
    shop.write("permissions.yaml", text)
    shop.program("auth0_permissions.Stage().declare(unmanaged='keep')\n")

    shop.up("--target", URN.format("orders"), "--skip-preview")
    first = receipt_of(shop.outputs()["auth0PermissionsReceipt"], "dev")
    shop.up("--skip-preview")
    shop.write("permissions.yaml", text.replace("a: ''", "a: Changed"))
    shop.up("--target", URN.format("orders"))
    later = receipt_of(shop.outputs()["auth0PermissionsReceipt"], "dev")

    assert list(first) == ["orders"]
    assert later["billing"] == {"a": ""}
    assert later["orders"] == {"a": "Changed"}

"""Refactorings of a program, through the real CLI: what stays declared stays, and so does who holds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache

import pytest

from auth0_local_tenant import LocalTenant
from lifecycle.refactoring import BILLING, HELD, Applied, Refactoring, apply, one, seed
from pulumi_auth0_permissions.promotion.receipt import Receipt
from support.cases import identifier, program
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
    "move": Refactoring(A, one("a", "ab") + one("z", "c")),
    "move-to-the-id": Refactoring(A, one("a", "ab") + one("z", "c", api=ID)),
    "split": Refactoring(A, one("x", "a") + one("y", "bc")),
}
REFRESHED = {
    "rename": Refactoring(A, one("z", "abc")),
    "swap": Refactoring(one("a", "ab") + one("z", "c"), one("a", "c") + one("z", "ab")),
    "giver-depends-on-taker": Refactoring(
        A, one("z", "c") + one("a", "ab", more="opts=pulumi.ResourceOptions(depends_on=[z])")
    ),
}
GROUPS: Mapping[str, tuple[Mapping[str, Refactoring], tuple[str, ...]]] = {
    "shown": (SHOWN, ("--replace", URN.format("a-replaced-on-demand"))),
    "unseen": (UNSEEN, ("--skip-preview",)),
    "refreshed": (REFRESHED, ("--refresh",)),
}
CASES = [pytest.param(group, case, id=f"{group}-{case}") for group, (cases, _) in GROUPS.items() for case in cases]


def _catalog(shop: Workspace, names: Mapping[str, str]) -> None:
    """Write the catalog: logical name → case whose API it stands for."""
    permissions = "".join(f"      {value}: ''\n" for value in HELD)
    shop.write("permissions.yaml", "apis:\n" + "".join(f"  {name}:\n    permissions:\n{permissions}" for name in names))
    shop.config("auth0-permissions:apis", json.dumps({name: identifier(case) for name, case in names.items()}))


@pytest.fixture(scope="module")
def applied(new_shop: Callable[[Mapping[str, object]], Workspace]) -> Callable[[str], Applied]:
    """Applies the refactorings of a group, once."""

    @cache
    def apply_group(group: str) -> Applied:
        cases, arguments = GROUPS[group]
        shop = new_shop(seed(cases))
        if group == "shown":
            _catalog(shop, {"orders": "renamed-in-the-catalog"})
        shop.program(program({case: one.before for case, one in cases.items()}))
        shop.up("--skip-preview")
        if group == "shown":
            for name in ("a-tainted", "a-delete-before-replace"):
                shop.pulumi("state", "taint", URN.format(name), "--yes")
            _catalog(shop, {"commerce": "renamed-in-the-catalog", "moved": "to-a-stage"})
        return apply(shop, cases, *arguments)

    return apply_group


@pytest.mark.parametrize(("group", "case"), CASES)
def test_nothing_declared_is_lost(applied: Callable[[str], Applied], group: str, case: str) -> None:
    """API, role and client grant keep what stays declared, at each step; then nothing is left to do; destroy cleans."""
    facts = applied(group).facts[case]
    lost = set(GROUPS[group][0][case].lost)
    stays = set(HELD) - lost

    assert facts.api == stays
    assert all(stays <= values for values in facts.sent), "a step in between took a permission"
    assert facts.held >= stays, "a role or client grant lost access"
    assert lost or not facts.holder_writes
    assert not facts.written_later
    assert facts.left == set()


def test_the_handover_is_shown(applied: Callable[[str], Applied]) -> None:
    """The preview of a move names the resource that takes over."""
    preview = applied("shown").ran.previewed

    assert 'handed over to z-giver-first, which declares it now: "c"' in preview


def test_a_stage_applied_in_part_keeps_a_true_receipt(shop: Workspace, tenant: LocalTenant) -> None:
    """With `--target`, the receipt tells what was applied, and nothing of an API that was never looked at."""
    apis = {"orders": ORDERS, "billing": BILLING}
    shop.config("auth0-permissions:apis", json.dumps(apis))
    text = "apis:\n" + "".join(f"  {name}:\n    permissions:\n      a: ''\n" for name in apis)
    shop.write("permissions.yaml", text)
    shop.program("auth0_permissions.Stage().declare(unmanaged='keep')\n")

    shop.up("--target", URN.format("orders"), "--skip-preview")
    first = Receipt.from_output(shop.outputs()["auth0PermissionsReceipt"])
    shop.up("--skip-preview")
    shop.write("permissions.yaml", text.replace("a: ''", "a: Changed"))
    shop.up("--target", URN.format("orders"))
    later = Receipt.from_output(shop.outputs()["auth0PermissionsReceipt"])

    assert list(first.apis) == ["orders"]
    assert later.apis["billing"].permissions == {"a": ""}
    assert later.apis["billing"].source_revision == later.apis["billing"].revision
    assert later.apis["orders"].permissions == {"a": "Changed"}

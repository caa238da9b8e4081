"""Several people at one API: two stacks that share it, and a reviewer."""

from __future__ import annotations

from collections.abc import Mapping

from docs.scenes.scene import Scene, in_shop
from docs.shop import Shop
from support.workspace import Workspace


def _share(shop: Shop) -> Mapping[str, str]:
    first = shop.workspace
    second = Workspace(first.folder.parent / "audits", shop.tenant, first.environment)
    second.init()
    auditors = Shop(second)
    auditors.program(shop.use("share"))
    up = auditors.transcript("pulumi up")
    refused = shop.refusal("pulumi preview")
    keep = shop.typed("share-keep")
    return {"share-up": up, "share-refused": refused, "share-keep": keep}


def _review(shop: Shop) -> Mapping[str, str]:
    shop.declare("delete:orders")
    return {"ci-plan": shop.typed("ci-plan")}


TEAMS: Mapping[str, Scene] = {
    "share": Scene(frozenset({"share-up", "share-refused", "share-keep"}), _share, in_shop, frozenset({"share"})),
    "review": Scene(frozenset({"ci-plan"}), _review, in_shop),
}

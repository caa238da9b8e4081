"""What a preview has shown binds the update of the same run, through the real CLI."""

from __future__ import annotations

from faults.person import at_request, edit_now
from faults.scene import BEFORE, ORDERS, SEED
from support.hand import add
from support.workspace import Workspace

LESS = {value: text for value, text in BEFORE.items() if value != "delete:orders"}
STRANGER = {"stranger:orders": "Of somebody else"}
ADD = add("stranger:orders", "Of somebody else")


def test_what_the_preview_did_not_show_going_does_not_go(shop: Workspace) -> None:
    """A permission that appears between preview and update is there afterwards, in the way of what was to be done."""
    shop.declare(BEFORE, arguments="unmanaged='remove'")
    shop.adopt(SEED)
    shop.declare(LESS, arguments="unmanaged='remove'")
    at_request(shop.tenant, lambda: edit_now(shop.tenant, ADD), method="GET", path="/resource-servers/", after=1)

    ran = shop.up(ok=False)

    assert "- stranger:orders" not in ran.previewed
    assert f"conflict on {ORDERS}" in ran
    assert "\n      - stranger:orders" in ran
    assert shop.scopes() == {**BEFORE, **STRANGER}


def test_another_run_does_not_do_what_a_preview_showed(shop: Workspace) -> None:
    """What one run has shown is no other run's permission to do it."""
    shop.declare(BEFORE, arguments="unmanaged='remove'")
    shop.adopt(SEED)
    edit_now(shop.tenant, ADD)

    assert "- stranger:orders" in shop.preview()
    shop.up("--skip-preview")

    assert shop.scopes() == {**BEFORE, **STRANGER}

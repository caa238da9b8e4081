"""What a stack sets as its default counts for every resource, without an update of them."""

from __future__ import annotations

from lifecycle.refactoring import adopt, declared
from support.workspace import Workspace


def test_a_default_guards_whatever_comes_next(shop: Workspace) -> None:
    """A default that is set later shows no update of what stays, and refuses the next removal and the destroy."""
    adopt(shop)

    shop.config("auth0-permissions:removal", "refuse")
    shop.up("--skip-preview", "--expect-no-changes")
    shop.program(declared("a", "ab"))
    assert 'removal is "refuse", and 1 removal is not approved: "c"' in shop.preview(ok=False)
    assert "3 removals are not approved" in shop.destroy("--skip-preview", ok=False)
    assert set(shop.scopes()) == set("abc")

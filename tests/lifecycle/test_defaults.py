"""What a stack sets as its default counts for every resource, without an update of them."""

from __future__ import annotations

from lifecycle.refactoring import declared
from support.workspace import Workspace


def test_a_default_guards_whatever_comes_next(shop: Workspace) -> None:
    """A default that is set later shows no update of what stays, and refuses the next removal and the destroy."""
    shop.program(declared("a", "abcd"))
    shop.up("--skip-preview")

    shop.config("auth0-permissions:removal", "refuse")
    shop.preview("--expect-no-changes")
    shop.program(declared("a", "abc"))
    assert 'removal is "refuse", and 1 removal is not approved: "d"' in shop.preview(ok=False).output
    shop.program(declared("a", "abcd"))
    shop.up("--skip-preview", "--expect-no-changes")
    destroyed = shop.destroy(ok=False)

    assert "4 removals are not approved" in destroyed.output
    assert set(shop.scopes()) == set("abcd")

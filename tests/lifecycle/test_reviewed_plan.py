"""A run that is held to a plan which somebody has reviewed does that, or less."""

from __future__ import annotations

from pathlib import Path

from auth0_local_tenant import LocalTenant
from lifecycle.refactoring import declared
from support.commands import run
from support.hand import Hand
from support.workspace import ORDERS, Workspace

REMOVE = "unmanaged='remove'"


def _save(shop: Workspace, *options: str) -> str:
    """Save a plan and return its file."""
    path = shop.folder / "plan.json"
    command = ["auth0-permissions", "plan", "--stack", "dev", "--save", str(path), *options]
    done = run(command, cwd=shop.folder, environ=shop.environ())
    assert done.code == 0, done.output
    return str(path)


def test_what_was_reviewed_is_done_or_less(shop: Workspace, tenant: LocalTenant) -> None:
    """Without a preview and with one; what somebody has done already needs no new review."""
    shop.program(declared("a", "abc", more=REMOVE))
    shop.up("--skip-preview")
    shop.program(declared("a", "abd", more=REMOVE))
    shop.up("--skip-preview", AUTH0_PERMISSIONS_REVIEWED_PLAN=_save(shop))
    assert set(shop.scopes()) == set("abd")

    shop.program(declared("a", "abe", more=REMOVE))
    held_to = _save(shop)
    Hand(tenant).delete(ORDERS, "d")
    shop.up("--refresh", AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to)
    assert set(shop.scopes()) == set("abe")


def test_what_was_not_reviewed_is_not_done(shop: Workspace, tenant: LocalTenant) -> None:
    """What drifted and what the program has added since is listed, and nothing is written; nor with an edited plan.

    A plan of an update allows no destroy; one of `--destroy` allows exactly that.
    """
    shop.program(declared("a", "abc", more=REMOVE))
    shop.up("--skip-preview")
    shop.program(declared("a", "abd", more=REMOVE))
    held_to, edited = _save(shop), shop.folder / "edited.json"
    edited.write_text(Path(held_to).read_text("utf-8").replace('"c"', '"b"'))
    assert "was changed since it was saved" in shop.preview(ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=str(edited))
    Hand(tenant).add(ORDERS, "hotfix")
    shop.program(declared("a", "abde", more=REMOVE))
    tenant.clear_journal()

    for option in ("--yes", "--skip-preview"):
        refused = shop.up(option, ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to).output
        assert "the reviewed plan does not have all of it" in refused
        assert "- hotfix" in refused
        assert "+ e" in refused
        assert "auth0-permissions plan --save" in refused
    refused = shop.destroy(ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to).output
    assert "the reviewed plan does not have all of it" in refused
    assert shop.writes() == []

    shop.destroy("--skip-preview", AUTH0_PERMISSIONS_REVIEWED_PLAN=_save(shop, "--destroy"))
    assert set(shop.scopes()) == {"hotfix"}


def test_a_resource_that_leaves_is_part_of_the_plan(shop: Workspace, tenant: LocalTenant) -> None:
    """The engine deletes without a preview of ours: a resource that left since the review stops the whole run.

    Nothing of it is written then, reviewed or not. What the saved plan has of it goes.
    """
    both = declared("a", "ab", more="unmanaged='keep'") + declared("z", "c", more="unmanaged='keep'")
    shop.program(both)
    shop.up("--skip-preview")
    shop.program(both.replace("'b'", "'d'"))
    without_it = _save(shop)
    shop.program(declared("a", "ad", more="unmanaged='keep'"))

    for option in ("--yes", "--skip-preview"):
        refused = shop.up(option, ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=without_it).output
        assert "the reviewed plan" in refused
        assert 'no longer declares "z"' in refused
        assert "Traceback" not in refused
        assert set(shop.scopes()) == set("abc")

    shop.up("--skip-preview", AUTH0_PERMISSIONS_REVIEWED_PLAN=_save(shop))
    assert set(shop.scopes()) == set("ad")


def test_a_resource_declared_late_has_not_left(shop: Workspace) -> None:
    """One that the program declares within an `apply` is waited for."""
    late = declared("z", "c", more="unmanaged='keep'").replace("\n", "\n    ")
    shop.program(
        declared("a", "ab", more="unmanaged='keep'")
        + f"import asyncio\n\ndef later(_):\n    {late}\n\npulumi.Output.from_input(asyncio.sleep(1)).apply(later)\n"
    )
    shop.up("--skip-preview", AUTH0_PERMISSIONS_REVIEWED_PLAN=_save(shop))

    assert set(shop.scopes()) == set("abc")

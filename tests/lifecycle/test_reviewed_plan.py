"""A run that is held to a plan which somebody has reviewed does that, or less."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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


def _changed(shop: Workspace) -> str:
    """Apply a first program, change it, and save the plan of the change."""
    shop.program(declared("a", "abc", more=REMOVE))
    shop.up()
    shop.program(declared("a", "abd", more=REMOVE))
    return _save(shop)


@pytest.mark.parametrize("option", ["--yes", "--skip-preview"])
def test_what_was_reviewed_is_done(shop: Workspace, tenant: LocalTenant, option: str) -> None:
    """With a preview and without one, the plan is applied as it was saved."""
    held_to = _changed(shop)

    shop.up(option, AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to)

    assert set(shop.scopes()) == set("abd")


@pytest.mark.parametrize("option", ["--yes", "--skip-preview"])
def test_what_was_not_reviewed_is_not_done(shop: Workspace, tenant: LocalTenant, option: str) -> None:
    """What drifted and what the program has added since is listed, and nothing at all is written."""
    held_to = _changed(shop)
    Hand(tenant).add(ORDERS, "hotfix")
    shop.program(declared("a", "abde", more=REMOVE))
    tenant.clear_journal()

    refused = shop.up(option, ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to).output

    assert "the reviewed plan does not have all of it" in refused
    assert "- hotfix" in refused
    assert "+ e" in refused
    assert "auth0-permissions plan --save" in refused
    assert shop.writes() == []


def test_less_than_what_was_reviewed_is_fine(shop: Workspace, tenant: LocalTenant) -> None:
    """What somebody has done already, or the program no longer asks for, needs no new review."""
    held_to = _changed(shop)
    Hand(tenant).delete(ORDERS, "c")

    shop.up("--refresh", AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to)

    assert set(shop.scopes()) == set("abd")


def test_a_resource_that_leaves_is_part_of_the_plan(shop: Workspace, tenant: LocalTenant) -> None:
    """The engine deletes without a preview of ours: only what the saved plan has of it goes."""
    shop.program(declared("a", "ab", more="unmanaged='keep'") + declared("z", "c", more="unmanaged='keep'"))
    shop.up()
    unchanged = _save(shop)
    shop.program(declared("a", "ab", more="unmanaged='keep'"))

    refused = shop.up(ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=unchanged).output
    assert "- c" in refused
    assert set(shop.scopes()) == set("abc")

    shop.up(AUTH0_PERMISSIONS_REVIEWED_PLAN=_save(shop))
    assert set(shop.scopes()) == set("ab")


def test_a_destroy_is_held_to_its_plan(shop: Workspace, tenant: LocalTenant) -> None:
    """A plan of an update allows no destroy; one of `--destroy` allows exactly that."""
    of_update = _changed(shop)
    refused = shop.destroy(ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=of_update).output
    assert "the reviewed plan does not have all of it" in refused
    assert set(shop.scopes()) == set("abc")

    shop.destroy(AUTH0_PERMISSIONS_REVIEWED_PLAN=_save(shop, "--destroy"))

    assert shop.scopes() == {}


def test_a_plan_that_was_edited_is_refused(shop: Workspace, tenant: LocalTenant) -> None:
    """Its digest tells, in the preview, before anything is written."""
    held_to = _changed(shop)
    path = Path(held_to)
    path.write_text(path.read_text("utf-8").replace('"c"', '"b"'))
    assert json.loads(path.read_text("utf-8"))["stack"] == "dev"

    refused = shop.up(ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to).output

    assert "was changed since it was saved" in refused
    assert set(shop.scopes()) == set("abc")

"""A run that is held to a plan which somebody has reviewed does that, or less."""

from auth0_local_tenant import LocalTenant
from support.cases import adopt, declared
from support.commands import run
from support.hand import Hand
from support.workspace import ORDERS, Workspace

KEEP, REMOVE = "unmanaged='keep'", "unmanaged='remove'"


def _save(shop: Workspace, *options: str) -> str:
    """Save a plan and return its file."""
    path = shop.folder / "plan.json"
    command = ["auth0-permissions", "plan", "--stack", "dev", "--save", str(path), *options]
    done = run(command, cwd=shop.folder, environ=shop.environ())
    assert done.code == 0, done.output
    return str(path)


def test_what_was_reviewed_is_done_or_less(shop: Workspace, tenant: LocalTenant) -> None:
    """Without a preview and with one; what somebody has done already needs no new review.

    The engine deletes without a preview of ours: a resource that left since the review stops the whole run, and one
    that the program declares within an `apply` is waited for.
    """
    z = declared("z", "c", more=KEEP)
    late = "import asyncio\n\ndef later(_):\n    {}\npulumi.Output.from_input(asyncio.sleep(1)).apply(later)\n"
    adopt(shop, declared("a", "ab", more=KEEP) + z)
    both = declared("a", "ad", more=KEEP) + late.format(z)
    shop.program(both)
    held_to = _save(shop)
    shop.program(declared("a", "ad", more=KEEP))
    refused = shop.up("--skip-preview", ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to)
    assert 'no longer declares "z"' in refused
    assert set(shop.scopes()) == set("abc")
    shop.program(both)
    shop.up("--skip-preview", AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to)
    assert set(shop.scopes()) == set("acd")

    shop.program(declared("a", "ae", more=KEEP))
    held_to = _save(shop)
    Hand(tenant).delete(ORDERS, "d")
    shop.up("--refresh", AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to)
    assert set(shop.scopes()) == set("ae")


def test_what_was_not_reviewed_is_not_done(shop: Workspace, tenant: LocalTenant) -> None:
    """What drifted and what the program has added since is listed, and nothing is written.

    A plan of an update allows no destroy; one of `--destroy` allows exactly that.
    """
    adopt(shop, declared("a", "abc", more=REMOVE))
    shop.program(declared("a", "abd", more=REMOVE))
    held_to = _save(shop)
    Hand(tenant).add(ORDERS, "hotfix")
    shop.program(declared("a", "abde", more=REMOVE))
    tenant.clear_journal()

    for option in ("--yes", "--skip-preview"):
        refused = shop.up(option, ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to).output
        assert "the reviewed plan does not cover everything" in refused
        assert "- hotfix" in refused
        assert "+ e" in refused
        assert "auth0-permissions plan --save" in refused
    refused = shop.destroy("--skip-preview", ok=False, AUTH0_PERMISSIONS_REVIEWED_PLAN=held_to).output
    assert "the reviewed plan does not cover everything" in refused
    assert shop.writes() == []

    shop.destroy("--skip-preview", AUTH0_PERMISSIONS_REVIEWED_PLAN=_save(shop, "--destroy"))
    assert set(shop.scopes()) == {"hotfix"}
